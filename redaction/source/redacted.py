"""Records of activities that the source itself has redacted: what says so, and what of them may come in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from redaction.catalog import load_catalog

REDACTED = "redacted at the source"
"""The key of a row whose record says it; no column, and nearly no row has it."""
_YES = frozenset({"true", "t", "yes", "y", "1"})


def says_redacted(value: Any) -> bool:
    """Return whether the field's value means yes: true, 1 or such a word. What else is there means no."""
    if value.__class__ is str:
        return value.strip().lower() in _YES
    return value.__class__ in (bool, int, float) and value == 1


@cache
def _kept() -> frozenset[str]:
    catalog = load_catalog()
    return frozenset((*catalog.keys, *catalog.retained))


def drop_personal(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without its personal columns."""
    return {name: value for name, value in row.items() if name in _kept()}
