"""Records of activities that the source itself has redacted: how they are recognised, and what of them may be
stored. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from redaction.catalog import load_catalog

REDACTED = "redacted at the source"
"""The key of a row whose record says so; it is not a column, and almost no row has it."""
_SAID = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0", "none", "null", ""), False),
}


def says_redacted(value: Any) -> bool | None:
    """Return whether the field's value means yes or no; None if it means neither, and the record says nothing certain.

    An empty or missing JSON value means no.
    """
    if value.__class__ is str:
        return _SAID.get(value.strip().lower())
    if value.__class__ in (bool, int, float):
        return bool(value) if value in (0, 1) else None
    return None if value else False


def contacts_of(row: Mapping[str, Any]) -> set[str]:
    """Return the keys of a row's contacts, as holds know them."""
    return {row["contact_key"], *row.get("contact_keys", ()), *row.get("emails", ())} if "contact_key" in row else set()


@cache
def _kept() -> frozenset[str]:
    catalog = load_catalog()
    return frozenset((*catalog.keys, *catalog.retained))


def drop_personal(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without its personal columns."""
    return {name: value for name, value in row.items() if name in _kept()}
