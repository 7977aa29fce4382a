"""The side of an activity that is the contact, if a record names the sending and the receiving side. Pure.

The source declares the words of directions, which decide. If they say nothing, or contradict the record, both sides are
personal, except for a known number of the business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

import orjson

from redaction.alphabet import INVISIBLE
from redaction.contacts.folding import decode, is_encoded
from redaction.contacts.numbers import number_text, numbers_of
from redaction.contacts.remembered import Remembered
from redaction.source.rules import load_rules

Direction = Literal["in", "out", "unknown"]
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_LETTER = re.compile(r"[\W\d_]+")
_SEVERAL = re.compile(
    r"[,;|\n<>*\u3001\u30fb]+|(?<=\S)\s*(?=\+[0-9])|(?<=[0-9]{7})\s+(?=[0-9]{7})|(?<!\s)\s*[/&]\s*"
    r"|\s(?:and|et|o|oder|or|ou|und|y)\s",
    re.IGNORECASE | re.DOTALL,
)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_BEGINS = 6
"""Letters of a word that may be the beginning of another one (`outboundapi`)."""


def _read_direction(text: str) -> Direction:
    plain = unicodedata.normalize("NFKC", _CAMEL.sub(" ", text)).lower()
    plain = f" {_NO_LETTER.sub(' ', plain).strip()} "
    said: set[Direction] = set()
    for word, side in load_rules().direction_words:
        found = f" {word}" if len(word) >= _BEGINS else f" {word} "
        if found in plain:
            said.add(side)
            # The words of `in uscita` do not count by themselves.
            plain = plain.replace(found, " ")
    return said.pop() if len(said) == 1 else "unknown"


direction_of = Remembered(_read_direction, 1_000, lambda text: len(text) < 100)
"""The direction of an activity that a text names."""


def numbers_in(value: Any, country: str) -> list[str]:
    """Return the numbers (E.164) that a value is or has: a text, also one of several, a list, an object."""
    numbers = numbers_of(country)
    if value.__class__ is str and (one := numbers[value]) is not None:
        return [one]
    return list(dict.fromkeys(number for text in texts_in(value, numbers) if (number := numbers[text]) is not None))


def texts_in(value: Any, numbers: Mapping[str, str | None]) -> list[str]:
    """Return the texts in a value that may each be a number: another text is split, as a list or as JSON."""
    found, rest = [], [value]
    while rest:
        value = rest.pop()
        if value.__class__ is list:
            rest += reversed(value)
        elif value.__class__ is dict:
            rest += reversed(value.values())
        elif (text := number_text(value)) is not None:
            parts = _split(text) if numbers[text] is None else None
            if parts is None:
                found.append(text)
            else:
                rest.append(parts)
    return found


def _split(text: str) -> Any:
    """Return the parts of a text that is no number but may be several; None if it is not."""
    if text[:1] in ("[", "{", '"'):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
    if not text.isascii() or is_encoded(text):
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", decode(text)))
    parts = _SEVERAL.split(text)
    return parts if len(parts) > 1 else None


def find_direction(
    record: Mapping[str, Any], contacts: Iterable[str], lines: Iterable[str], known: Collection[str], country: str
) -> Direction:
    """Return the direction of an activity with two sides.

    `contacts` and `lines` are the fields of the contact's and the tracking number in both directions, and `known` the
    numbers of the account among them.
    """
    rules = load_rules()
    assert rules.sides is not None
    said = record.get(rules.direction)
    if said.__class__ is list and len(said) == 1:
        [said] = said
    direction = direction_of[said] if said.__class__ is str else "unknown"
    ours = {number for name in lines for number in numbers_in(record[name], country)}
    if direction != "unknown" and not ours:
        return direction
    sender, receiver = (set(numbers_in(record.get(side), country)) for side in rules.sides)
    found = _tell(sender, receiver, ours)
    if direction != "unknown":
        return direction if found in (direction, "unknown") else "unknown"
    if found == "unknown":
        found = _tell(sender, receiver, known)
    if found == "unknown":
        theirs = {number for name in contacts for number in numbers_in(record[name], country)}
        found = _tell(receiver, sender, theirs)
    return found


def _tell(sender: set[str], receiver: set[str], ours: Collection[str]) -> Direction:
    """Return the direction by which of the sides is one of our numbers."""
    sends, receives = not sender.isdisjoint(ours), not receiver.isdisjoint(ours)
    return "unknown" if sends == receives else "out" if sends else "in"


def is_of_business(
    line: str, record: Mapping[str, Any], direction: Direction | None, contacts: Collection[str], known: Collection[str]
) -> bool:
    """Return whether a tracking number that a record also calls a number of its contact is the business's own.

    It is if the account has it, or if the business calls with it another person of the record. `direction` is that
    of two sides; None if the record has none.
    """
    if line in known:
        return True
    if direction is None:
        said = record.get(load_rules().direction)
        direction = direction_of[said] if said.__class__ is str else "unknown"
    return direction == "out" and any(key[0] == "+" and key != line for key in contacts)
