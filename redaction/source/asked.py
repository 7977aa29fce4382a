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
_MOST_WORDS = 6
"""Words of a name; a longer one is a question, which may ask for a number because of the business."""
_FILLERS = frozenset({"info", "information", "details", "data", "contact", "contacts", "address", "record", "s"})
"""Words of the name of an object that say nothing about whose it is."""
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
    plain = _join(stems)
    anywhere = sorted(stem for stem in plain if len(stem) >= _ANYWHERE or not stem.isascii())
    words = sorted(plain.difference(anywhere))
    found = [re.escape(stem) for stem in anywhere] + [f" {re.escape(stem)} " for stem in words]
    return re.compile("|".join(found) or "(?!)")


def _join(stems: Iterable[str]) -> set[str]:
    return {"".join(_split(stem)) for stem in stems} - {""}


def _word_pattern(words: Iterable[str], before: Iterable[str] = ()) -> re.Pattern[str]:
    """Return the pattern of some words, and of phrases, each as a whole or joined with a stem of `before`."""
    plain = sorted({"  ".join(_split(word)) for word in words} - {""})
    whole = "|".join(map(re.escape, plain)) or "(?!)"
    joined = "|".join(re.escape(each.replace(" ", "")) for each in plain) or "(?!)"
    stems = "|".join(map(re.escape, sorted(_join(before)))) or "(?!)"
    return re.compile(rf" (?:{whole}) |\A(?:{joined})(?:{stems})")


class _Patterns(NamedTuple):
    """The patterns of stems of numbers, of addresses, and of what is not the contact's."""

    number: re.Pattern[str]
    email: re.Pattern[str]
    other: re.Pattern[str]
    business: re.Pattern[str]
    yours: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    rules = load_rules()
    return _Patterns(
        _pattern(rules.number_stems),
        _pattern(rules.email_stems),
        _pattern(rules.other_stems),
        _word_pattern(rules.business_words, (*rules.number_stems, *rules.email_stems)),
        _word_pattern(rules.your_words),
    )


def _as_said(words: list[str]) -> str:
    """Return words as the patterns search them: joined, and then each between blanks."""
    return f"{''.join(words)}\n {'  '.join(words)} "


def _is_somebody_elses(words: list[str]) -> bool:
    """Return whether a field with these words in its name belongs to the business, or to another person."""
    patterns, said = _patterns(), _as_said(words)
    if patterns.other.search(said) is not None:
        return True
    return len(words) <= _MOST_WORDS and patterns.business.search(said) is not None and not patterns.yours.search(said)


def _holds_others(name: str) -> bool:
    """Return whether an object of this name has the fields of somebody else: its words say nothing but that."""
    words = [word for word in _split(name) if word not in _FILLERS]
    return bool(words) and all(_is_somebody_elses([word]) for word in words)


def _read_name(name: str) -> _Asked:
    rules, letters = load_rules(), letters_of[name]
    listed = [names.index(letters) if letters in names else None for names in (rules.form_numbers, rules.form_emails)]
    if any(each is not None for each in listed):
        return _Asked(*listed)
    words, patterns = _split(name), _patterns()
    if _is_somebody_elses(words):
        return _NOTHING
    said = _as_said(words)
    return _Asked(
        len(rules.form_numbers) if patterns.number.search(said) is not None else None,
        len(rules.form_emails) if patterns.email.search(said) is not None else None,
    )


_asked: Remembered[str, _Asked] = Remembered(_read_name, 10_000, lambda name: len(name) < 200)
_others: Remembered[str, bool] = Remembered(_holds_others, 10_000, lambda name: len(name) < 200)
QUIET: set[str] = set()
"""Names of fields that ask for neither, as far as they are known: almost all custom fields have such names only."""


def forget_names() -> None:
    """Forget what is cached about names: for callers that change the source."""
    _patterns.cache_clear()
    _asked.clear()
    _others.clear()
    QUIET.clear()


def read_asked(held: Any, country: str) -> tuple[list[str], list[Any]]:
    """Return the numbers (E.164) in the fields of a form, or of custom fields, that ask for one, best first, and the
    values of those that ask for an address.
    """
    if held.__class__ is dict and len(QUIET) < _MOST_QUIET:
        QUIET.update(
            name for name, value in held.items() if value.__class__ not in _CONTAINERS and _asked[name] == _NOTHING
        )
    fields = [(_asked[name], value) for name, value in fields_of(held, _others.__getitem__)]
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
