"""The valid values of retained columns: numbers, ids, times, and words for types. Pure.

An invalid value is no error: only that value goes to the unlisted ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

import orjson

from redaction.catalog import load_catalog, read_builtin
from redaction.contacts.countries import OTHERWISE
from redaction.contacts.numbers import SCHEME, numbers_of
from redaction.contacts.recognition import find_facts
from redaction.contacts.remembered import Remembered
from redaction.contacts.written_numbers import is_number_of
from redaction.formats import (
    FIRST_SECOND,
    LAST_SECOND,
    LONGEST_NUMBER,
    LONGEST_WORD,
    NO_CARD,
    NUMBER,
    SHORT_ID,
    SHORTEST_NUMBER,
    TIME,
    WORD,
)
from redaction.source.inside import names_stored
from redaction.source.limits import LIGHT_BYTES
from redaction.source.numbers import whole_number
from redaction.source.rules import load_rules

BIGINT = 2**63
_NUMBERS = numbers_of(OTHERWISE)
SURELY_AN_ID = 10**6
"""Below it an integer is nobody's phone number."""
DOUBTFUL = "doubtful"
"""The key of a row with ids that may be a phone number; it is not a column, and few rows have it."""
_NUMBER_OF_NOBODY = 10**9
"""Below it an integer is a number of the account's country only if it is the contact's."""
_FEWEST_DIGITS = 7
_REMEMBERED = 10_000
_NUMBER = re.compile(NUMBER)
_SHORT_ID = re.compile(SHORT_ID)
_TIME = re.compile(TIME)
_LONG_DIGITS = re.compile(r"[0-9]{10,15}")
_WORD = re.compile(WORD)


def as_text(value: float) -> str:
    """Return a number of JSON as text; a whole one without a fraction."""
    return str(int(value)) if value.__class__ is float and value.is_integer() and abs(value) < BIGINT else str(value)


def _read_number(text: str) -> str | None:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = SCHEME.sub("", plain.strip())
    fits = _NUMBER.fullmatch(plain) is not None and SHORTEST_NUMBER <= sum(map(str.isdigit, plain)) <= LONGEST_NUMBER
    return plain if fits and not (_is_document(plain) and _NUMBERS[plain] is None) else None


def _is_document(text: str) -> bool:
    """Return whether a text has the number of a card, or a US social security number."""
    return bool(find_facts(text).documents)


read_tracking_number = Remembered(_read_number, _REMEMBERED, lambda text: len(text) < 100).__getitem__
"""Return a tracking number, which is a phone number or short code in any format; None for any other text."""


def read_integer(value: Any) -> int | None:
    """Return an id of a column: an integer that PostgreSQL's bigint holds, in any JSON form; else None.

    Ten digits or more, which no source uses for an id, are none if they read as a phone number, or as that of a card.
    """
    number = whole_number(value)
    if number is None or -_NUMBER_OF_NOBODY < number < _NUMBER_OF_NOBODY:
        return number
    text = value if value.__class__ is str else str(number)
    return None if _NUMBERS[text] is not None or (number < NO_CARD and _is_document(text)) else number


def _fits_short_id(text: str) -> bool:
    if _SHORT_ID.fullmatch(text) is None:
        return False
    if not any(map(str.isdigit, text)) or _is_document(text):
        # Letters alone may be a name.
        return False
    if any(map(str.isalpha, text)):
        return not any(_NUMBERS[digits] for digits in _LONG_DIGITS.findall(text))
    return sum(map(str.isdigit, text)) < 7 or _NUMBERS[text] is None


def _fits_word(text: Any) -> bool:
    return text.__class__ is str and len(text) <= LONGEST_WORD and _WORD.fullmatch(text) is not None


_short_ids = Remembered(_fits_short_id, _REMEMBERED, lambda text: len(text) < 100)
_words: Remembered[Any, bool] = Remembered(_fits_word, _REMEMBERED, lambda text: len(text) < 100)


def _fits_id(value: Any) -> bool:
    return read_integer(value) is not None if value.__class__ is not str else _short_ids[value]


def _fits_time(value: Any) -> bool:
    if value.__class__ is not str:
        return value.__class__ is int and FIRST_SECOND <= value < LAST_SECOND
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return _TIME.fullmatch(value) is not None and any(each.fullmatch(value) for each in load_rules().formats)
    # Digits alone may be a number that happens to be a date of the short form.
    return bool(value[4:5] == "-")


def _is_doubtful(value: Any) -> bool:
    """Say whether an id, valid or not, may be a phone number in a spelling of its own country."""
    return sum(map(str.isdigit, str(value))) >= _FEWEST_DIGITS


def _is_text(value: Any) -> bool:
    return value.__class__ is str


_TYPED: Mapping[str, Callable[[Any], bool]] = {
    "route_id": _fits_id,
    "route_type": lambda value: value.__class__ is str and _words[value],
    "started_at": _fits_time,
}
_FITS = {key: _TYPED.get(key, _is_text) for key in read_builtin().path_keys}
"""The checks of values that may stay in a hop, by key; there are no other keys."""
_HOP = ("route_name", "route_id", "route_type", "started_at")
"""The keys of nearly every hop, in their order."""


def _fits(key: str, value: Any) -> bool:
    fits = _FITS.get(key)
    return fits is not None and (value is None or fits(value))


def fits_path(path: list[Any]) -> bool:
    """Say whether a call path has only valid values, and no id that may be a phone number, as almost every one does."""
    for hop in path:
        if hop.__class__ is not dict:
            return False
        if tuple(hop) == _HOP:  # nearly every hop: its values are checked without a loop
            name, number, kind, at = hop.values()
            if (
                name.__class__ is str
                and kind.__class__ is str
                and number.__class__ is int
                and -SURELY_AN_ID < number < SURELY_AN_ID
                and _words[kind]
                and _fits_time(at)
            ):
                continue
        if _is_doubtful(hop.get("route_id")) or not all([_fits(key, value) for key, value in hop.items()]):
            return False
    return True


def read_path(text: Any) -> list[Any] | None:
    """Return the call path that a short text has as JSON; None for anything else."""
    if text.__class__ is not str or text[:1] != "[" or len(text) > LIGHT_BYTES:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if all(isinstance(hop, dict) for hop in found) else None


def split_path(path: list[Any]) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the hops of a call path with their valid values, and the invalid values of each hop.

    Anything that is no hop counts as invalid, and the others keep their order. A name that is a number becomes its
    text.
    """
    kept: list[dict[str, Any]] = []
    rest: list[Any] = []
    for hop in path:
        if not isinstance(hop, dict):
            rest.append(hop)
            continue
        plain = dict(hop)
        name = plain.get("route_name")
        if name.__class__ is int or name.__class__ is float:
            plain["route_name"] = as_text(name)
        if plain.get("route_id").__class__ is float and (found := read_integer(plain["route_id"])) is not None:
            plain["route_id"] = found
        kept.append({key: value for key, value in plain.items() if _fits(key, value)})
        rest.append({key: value for key, value in hop.items() if key not in kept[-1]})
    return kept, rest


def unlist_numbers(row: dict[str, Any], contacts: Collection[str]) -> None:
    """Move ids that are a number of the contact, in any national spelling, from a doubtful row to `unlisted`."""
    del row[DOUBTFUL]
    numbers = [key[1:] for key in contacts if key[0] == "+"]

    def is_of_contact(value: Any) -> bool:
        digits = "".join(filter(str.isdigit, str(value))).lstrip("0")
        return len(digits) >= _FEWEST_DIGITS and (
            any(number.endswith(digits) for number in numbers) or is_number_of(str(value), contacts)
        )

    moved = {column: row.pop(column) for _, column in load_rules().numbers if is_of_contact(row.get(column))}
    path = row.get("call_path", ())
    rest = [{"route_id": hop["route_id"]} if is_of_contact(hop.get("route_id")) else {} for hop in path]
    _unlist(row, moved, rest)


def unlist_addresses(row: dict[str, Any]) -> None:
    """Move files and keys of buckets from the retained free texts of a row, and from the names of its routes, to
    `unlisted`: an address is personal, wherever it is.
    """
    moved: dict[str, Any] = {
        name: row.pop(name) for name in load_catalog().scrubbed if name in row and names_stored(row[name])
    }
    path = row.get("call_path", ())
    rest = [{"route_name": name} if names_stored(name := hop.get("route_name") or "") else {} for hop in path]
    _unlist(row, moved, rest)


def _unlist(row: dict[str, Any], moved: dict[str, Any], rest: list[dict[str, Any]]) -> None:
    """Put values that were moved out of a row, and those of each hop of its path, among the unlisted ones."""
    if any(rest):
        moved["call_path"] = rest
        row["call_path"] = [
            {key: value for key, value in hop.items() if key not in taken}
            for hop, taken in zip(row["call_path"], rest, strict=True)
        ]
    if moved:
        unlisted = row.get("unlisted", {})
        row["unlisted"] = unlisted | {
            name: [unlisted[name], value] if name in unlisted else value for name, value in moved.items()
        }
