"""The texts in a value of JSON, and the fields of a form, whoever has named them. Pure.

`sql/schema/code/caller_names.sql` does the same in the database; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def leaves_of(value: Any) -> Iterator[str]:
    """Yield the texts in a value of lists and objects; empty ones are left out. Members of an object come in the order
    of jsonb: shorter names first.
    """
    rest = [value]
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            if value:
                yield value
        elif isinstance(value, list):
            rest += reversed(value)
        elif isinstance(value, dict):
            rest += [value[key] for key in sorted(value, key=_order, reverse=True)]


def _order(key: str) -> tuple[int, bytes]:
    octets = key.encode()
    return len(octets), octets


def names_in(value: Any) -> list[str]:
    """Return what may be a name in a value: a text, or the texts in a list or an object, each and all together."""
    if isinstance(value, str):
        return [value] if value else []
    parts = list(leaves_of(value))
    return [*parts, " ".join(parts)] if len(parts) > 1 else parts


def as_one(value: Any) -> str:
    """Return a value as one text, which is a part of a name."""
    if isinstance(value, str):
        return value
    return " ".join(leaves_of(value)) if isinstance(value, list | dict) else "" if value is None else str(value)
