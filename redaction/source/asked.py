"""Numbers and addresses that a form asks for, by the names of its fields: in lists, or by stems of words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from redaction.contacts.numbers import number_text, numbers_of
from redaction.contacts.remembered import Remembered
from redaction.source.forms import Group, groups_of, letters_of
from redaction.source.limits import CONTAINERS
from redaction.source.national import NOTHING, Said, find_said, read_numbers
from redaction.source.rules import load_rules

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_LETTER = re.compile(r"[\W\d_]+")
_MARKS = re.compile("[\u0300-\u036f\u3099\u309a]+")
_ANYWHERE = 5
"""Letters of a stem that counts within a word."""
_MOST_WORDS = 6
"""Words of a name; a longer one is a question, which may ask for a number because of the business."""
_FILLERS = frozenset(
    {"info", "information", "details", "data", "contact", "contacts", "address", "record", "user", "person", "s"}
)
"""Words of the name of an object that say nothing about whose it is."""
_DEEPEST = 5
"""Levels of a form that are read."""
_BY_RANK = itemgetter(0)
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
    number_country: re.Pattern[str]
    country: re.Pattern[str]
    area: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    rules = load_rules()
    return _Patterns(
        _pattern(rules.number_stems),
        _pattern(rules.email_stems),
        _pattern(rules.other_stems),
        _word_pattern(rules.business_words, (*rules.number_stems, *rules.email_stems)),
        _word_pattern(rules.your_words),
        _pattern(rules.number_country_stems),
        _pattern(rules.country_stems),
        _pattern(rules.area_stems),
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


def _rank_country(name: str) -> int | None:
    """Return 0 for a field with the country of a number, 1 for one with another country, None for any other."""
    said, patterns = _as_said(_split(name)), _patterns()
    if patterns.number_country.search(said) is not None:
        return 0
    if patterns.country.search(said) is None:
        return None
    return 1 if patterns.number.search(said) is None else 0


_asked: Remembered[str, _Asked] = Remembered(_read_name, 10_000, lambda name: len(name) < 200)
_countries: Remembered[str, int | None] = Remembered(_rank_country, 10_000, lambda name: len(name) < 200)
_is_area: Remembered[str, bool] = Remembered(
    lambda name: _patterns().area.search(_as_said(_split(name))) is not None, 10_000, lambda name: len(name) < 200
)
_others: Remembered[str, bool] = Remembered(_holds_others, 10_000, lambda name: len(name) < 200)
QUIET: set[str] = set()
"""Names of fields that ask for neither, as far as they are known: almost all custom fields have such names only."""


def forget_names() -> None:
    """Forget what is cached about names: for callers that change the source."""
    _patterns.cache_clear()
    _asked.clear()
    _others.clear()
    _countries.clear()
    _is_area.clear()
    QUIET.clear()


def read_asked(held: Any, country: str) -> tuple[list[str], list[Any]]:
    """Return the numbers (E.164) in the fields of a form, or of custom fields, that ask for one, best first, and the
    values of those that ask for an address.
    """
    if held.__class__ is dict and len(QUIET) < _MOST_QUIET:
        QUIET.update(
            name
            for name, value in held.items()
            if value.__class__ not in CONTAINERS
            and not (value.__class__ is str and value[:1] in ("{", "["))
            and _asked[name] == _NOTHING
        )
    groups = groups_of(held, _leaves_out, _DEEPEST)
    numbered: list[tuple[int, int, str, Any]] = []
    mailed: list[tuple[int, Any]] = []
    for place, (fields, _) in enumerate(groups):
        for name, value in fields:
            number, email = _asked[name]
            if number is not None:
                numbered.append((number, place, name, value))
            if email is not None:
                mailed.append((email, value))
    numbers: list[str] = []
    for _, place, name, value in sorted(numbered, key=_BY_RANK):
        if value.__class__ is str and value[:1] == "+" and (full := numbers_of(country)[value]) is not None:
            numbers.append(full)
        else:
            numbers += _numbers_in(value, country, name, _find_said(groups, place)) or _join_area(
                groups, place, name, value, country
            )
    return numbers, [value for _, value in sorted(mailed, key=_BY_RANK)]


def _join_area(groups: Sequence[Group], place: int, name: str, value: Any, country: str) -> list[str]:
    """Return the number in a field together with the area code in another field of its object."""
    fields, _ = groups[place]
    rest = number_text(value)
    if rest is None or not any(map(_is_area.__getitem__, (other for other, _ in fields))):
        return []
    areas = [number_text(held) for other, held in fields if other != name and _is_area[other]]
    said = _find_said(groups, place).of(letters_of[name])
    return [number for area in areas if area for number in read_numbers(f"{area} {rest}", country, said)]


def _leaves_out(name: str, is_field: bool) -> bool:
    return _is_somebody_elses(_split(name)) if is_field else _others[name]


def _find_said(groups: Sequence[Group], place: int) -> Said:
    """Return the countries that the object of a group says, or else the one around it."""
    while place >= 0:
        fields, around = groups[place]
        for name, _ in fields:
            if _countries[name] is not None and any(said := find_said(fields, _countries)):
                return said
        place = around
    return NOTHING


def _numbers_in(value: Any, country: str, name: str, said: Said) -> list[str]:
    if value.__class__ is dict and any(within := find_said(value.items(), _countries)):
        said = within
        value = {key: part for key, part in value.items() if _countries[key] is None}
    return read_numbers(value, country, said.of(letters_of[name]))
