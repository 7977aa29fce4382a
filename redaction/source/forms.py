"""The fields of a form, whoever has named them: `First Name`, `first_name` and `firstname` are one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson

from redaction.alphabet import FIELD_CALLED, FIELD_VALUES
from redaction.contacts.folding import fold
from redaction.contacts.remembered import Remembered

_NO_LETTER = re.compile(r"[^a-z0-9]+")
_QUERY = re.compile(r"[^\s=&]+=[^\s]*")
"""A form as browsers send it."""

letters_of: Remembered[str, str] = Remembered(
    lambda name: _NO_LETTER.sub("", name.lower()) if name.isascii() else fold(name).replace(" ", ""),
    10_000,
    lambda name: len(name) < 100,
)
"""The letters of a name, in any script and without accents, and the digits: fields are compared by them."""


def values_of(form: Any, letters: Mapping[str, str] = letters_of) -> dict[str, list[Any]]:
    """Return the values of each field of a form by the letters of its name; also those in a list of fields, in an
    object in it, or in a form that is a text.
    """
    found: dict[str, list[Any]] = {}
    for name, value in fields_of(form):
        found.setdefault(letters[name], []).append(value)
    return found


def fields_of(form: Any) -> list[tuple[str, Any]]:
    """Return the fields of a form with their values, likewise."""
    return [each for group in groups_of(form) for each in group.fields]


class Group(NamedTuple):
    """The fields of one object of a form, or of one list of fields, and the place of the group around it."""

    fields: Collection[tuple[str, Any]]
    around: int


def groups_of(form: Any, leaves_out: Callable[[str], bool] = lambda _: False) -> list[Group]:
    """Return the fields of a form with their values, by objects; objects of some names are left out."""
    outer = Group(_within(_read(form) if isinstance(form, str) else form), -1)
    return [outer] + [
        Group(_within(held), 0) for name, held in outer.fields if isinstance(held, dict | list) and not leaves_out(name)
    ]


def _read(text: str) -> Any:
    if text[:1] in ("{", "["):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
    return parse_qs(text) if _QUERY.fullmatch(text) else None


def _within(held: Any) -> Collection[tuple[str, Any]]:
    if isinstance(held, dict):
        return held.items()
    return list(_list_fields(held)) if isinstance(held, list) else ()


def _list_fields(held: list[Any]) -> Iterator[tuple[str, Any]]:
    for item in held:
        if isinstance(item, dict):
            value, called = _keys[tuple(item)]
            if value is None:
                yield from item.items()
                continue
            seen: list[str] = []
            for key in called:
                said = item[key]
                if isinstance(said, str) and (letters := letters_of[said]) not in seen:
                    seen.append(letters)
                    yield said, item[value]


def _find_keys(keys: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    value = next((key for key in FIELD_VALUES if key in keys), None)
    return value, tuple(key for key in FIELD_CALLED if key in keys)


_keys: Remembered[tuple[str, ...], tuple[str | None, tuple[str, ...]]] = Remembered(
    _find_keys, 1_000, lambda keys: len(keys) < 50
)
"""The key of the value of an object with these keys, None if it is no field, and the keys of what it may be called."""
