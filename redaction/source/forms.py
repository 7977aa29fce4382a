"""The fields of a form, whoever has named them: `First Name`, `first_name` and `firstname` are one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
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


def fields_of(form: Any, leaves_out: Callable[[str], bool] = lambda _: False) -> list[tuple[str, Any]]:
    """Return the fields of a form with their values, likewise; not those in an object whose name is to be left out."""
    fields = list(_within(_read(form) if isinstance(form, str) else form))
    return fields + [
        each
        for name, held in fields
        if isinstance(held, dict | list) and not leaves_out(name)
        for each in _within(held)
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
            value = next((key for key in FIELD_VALUES if key in item), None)
            yield from item.items() if value is None else ((said, item[value]) for said in _names(item))


def _names(item: Mapping[str, Any]) -> Iterator[str]:
    seen = set()
    for key in FIELD_CALLED:
        said = item.get(key)
        if isinstance(said, str) and letters_of[said] not in seen:
            seen.add(letters_of[said])
            yield said
