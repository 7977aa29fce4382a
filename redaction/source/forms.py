"""The fields of a form, whoever has named them: `First Name`, `first_name` and `firstname` are one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from redaction.contacts.remembered import Remembered

_NO_LETTER = re.compile(r"[^a-z0-9]+")
_VALUE = "value"
_CALLED = ("id", "key", "label", "field", "title", "question")
"""What a field may be called by in a list of fields with their values."""

letters_of: Remembered[str, str] = Remembered(
    lambda name: _NO_LETTER.sub("", name.lower()), 10_000, lambda name: len(name) < 100
)
"""The letters and digits of a name, by which fields are compared."""


def values_of(form: Any) -> dict[str, list[Any]]:
    """Return the values of each field of a form by the letters of its name; also those in a list of fields, or in an
    object in it.
    """
    found: dict[str, list[Any]] = {}
    if isinstance(form, dict):
        for name, value in (*form.items(), *(each for held in form.values() for each in _within(held))):
            found.setdefault(letters_of[name], []).append(value)
    return found


def _within(held: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(held, dict):
        yield from held.items()
    elif isinstance(held, list):
        for item in held:
            if isinstance(item, dict) and _VALUE in item:
                yield from ((said, item[_VALUE]) for said in _names(item))


def _names(item: Mapping[str, Any]) -> Iterator[str]:
    seen = set()
    for key in _CALLED:
        said = item.get(key)
        if isinstance(said, str) and letters_of[said] not in seen:
            seen.add(letters_of[said])
            yield said
