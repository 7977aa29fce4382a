"""Numbers and addresses that a form asks for, by the names of its fields: in lists, or by stems of words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from redaction.contacts.numbers import numbers_of
from redaction.contacts.remembered import Remembered
from redaction.contacts.values import leaves_of
from redaction.source.forms import fields_of, letters_of
from redaction.source.rules import load_rules
from redaction.source.sides import numbers_in

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_LETTER = re.compile(r"[\W\d_]+")
_MARKS = re.compile("[\u0300-\u036f\u3099\u309a]+")
_ANYWHERE = 5
"""Letters of a stem that counts within a word."""
_CONTAINERS = frozenset({list, dict})
_MOST_QUIET = 10_000


class _Asked(NamedTuple):
    """The place of a field among those of numbers and among those of addresses, best first; None for neither."""

    number: int | None
    email: int | None


_NOTHING = _Asked(None, None)


def _split(name: str) -> list[str]:
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", _CAMEL.sub(" ", name))).lower()
    return _NO_LETTER.sub(" ", plain).split()


def _pattern(stems: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of some stems in the words of a name, joined and then each between blanks."""
    plain = {"".join(_split(stem)) for stem in stems} - {""}
    anywhere = sorted(stem for stem in plain if len(stem) >= _ANYWHERE or not stem.isascii())
    words = sorted(plain.difference(anywhere))
    found = [re.escape(stem) for stem in anywhere] + [f" {re.escape(stem)} " for stem in words]
    return re.compile("|".join(found) or "(?!)")


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of stems of numbers, of addresses, and of what belongs to somebody else."""
    rules = load_rules()
    return _pattern(rules.number_stems), _pattern(rules.email_stems), _pattern(rules.other_stems)


def _read_name(name: str) -> _Asked:
    rules, letters = load_rules(), letters_of[name]
    listed = [names.index(letters) if letters in names else None for names in (rules.form_numbers, rules.form_emails)]
    if any(each is not None for each in listed):
        return _Asked(*listed)
    words = _split(name)
    said = f"{''.join(words)}\n {'  '.join(words)} "
    numbers, emails, others = _patterns()
    if others.search(said) is not None:
        return _NOTHING
    return _Asked(
        len(rules.form_numbers) if numbers.search(said) is not None else None,
        len(rules.form_emails) if emails.search(said) is not None else None,
    )


_asked: Remembered[str, _Asked] = Remembered(_read_name, 10_000, lambda name: len(name) < 200)
QUIET: set[str] = set()
"""Names of fields that ask for neither, as far as they are known: almost all custom fields have such names only."""


def forget_names() -> None:
    """Forget what is cached about names: for callers that change the source."""
    _patterns.cache_clear()
    _asked.clear()
    QUIET.clear()


def read_asked(held: Any, country: str) -> tuple[list[str], list[Any]]:
    """Return the numbers (E.164) in the fields of a form, or of custom fields, that ask for one, best first, and the
    values of those that ask for an address.
    """
    if held.__class__ is dict and len(QUIET) < _MOST_QUIET:
        QUIET.update(
            name for name, value in held.items() if value.__class__ not in _CONTAINERS and _asked[name] == _NOTHING
        )
    fields = [(_asked[name], value) for name, value in fields_of(held)]
    numbered = sorted(
        ((asked.number, value) for asked, value in fields if asked.number is not None), key=lambda e: e[0]
    )
    mailed = sorted(((asked.email, value) for asked, value in fields if asked.email is not None), key=lambda e: e[0])
    return [number for _, value in numbered for number in _numbers_in(value, country)], [value for _, value in mailed]


def _numbers_in(value: Any, country: str) -> list[str]:
    found = numbers_in(value, country)
    if found or not isinstance(value, dict):
        return found
    # A number in parts: its area and the rest.
    number = numbers_of(country)["".join(leaves_of(value))]
    return [] if number is None else [number]
