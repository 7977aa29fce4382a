"""The wire fields that CallTrackingMetrics emits, and what is to be done with those of one record.

Records of a source look alike, so what their field names come to is worked out once for each set of names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial

from redaction.catalog import load_catalog
from redaction.contacts.remembered import Remembered
from redaction.resources import find_file
from redaction.source.redacted import FIELD

_FROM, _TO = "from_number", "to_number"
"""The side that sends and the one that receives: which of them is the contact is a matter of the direction."""
MAIN_NUMBER = ("caller_number_complete", "caller_number", "contact_number", _FROM, _TO, "caller_number_bare")
"""Wire fields of the contact's number, the best first."""
_UNLISTED = "other"
_KINDS = ("kind", "type", "direction")
_NAMES = ("name", "cnam", "callerid")
_NESTED_NAMES = ("form", "extended_lookup")
_TEXTS = ("status", "call_status", "dial_status", "tracking_number", "tracking_label", "source")
_NUMBERS = ("tracking_number_id", "source_id")
_LOCATION = re.compile(
    r"(?:(?:from|to|caller|called)_)?(?:city|state|zip|zipcode|country|postal_code|street|latitude|longitude|geo)"
)
_RETAINED_NUMBERS = (*((name, name) for name in _NUMBERS), ("tracking_source_id", "source_id"))

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the fields of a record are, by their names alone."""

    texts: Pairs
    """Retained texts: field and column, the better field of a column first."""
    numbers: Pairs
    """Retained integers, likewise."""
    kinds: tuple[str, ...]
    """Those that may say which kind of activity it is."""
    directed: bool
    """Whether there is a direction."""
    may_be_redacted: bool
    """Whether there is the field that says that the source has redacted the activity."""
    personal: tuple[tuple[str, tuple[str, ...]], ...]
    """Each category with its fields."""
    own_numbers: tuple[str, ...]
    """Those that may hold the contact's number, the best first."""
    names: tuple[str, ...]
    """Those that may hold the caller's name."""
    nested_names: tuple[str, ...]
    """Those whose value may hold it."""
    own: Pairs = ()
    """Those that an operator has decided on, each with its column."""


@cache
def field_routes() -> Mapping[str, str | None]:
    """Return, for each listed top-level wire field, its category; None for what is a key or retained."""
    routes: dict[str, str | None] = {"kind": None, "type": None, _FROM: "caller number", _TO: None}
    for line in find_file("source/ctm_fields.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, _, kind, category = line.split("\t")
        name = name.rpartition("] ")[2] if name.startswith("[") else name
        if "." in name or "[]" in name:
            continue
        found = None if kind != "personal" else category.partition(" (")[0]
        routes.setdefault(name, found)
    return routes


def _jsonb_order(name: str) -> tuple[int, bytes]:
    key = name.encode()
    return len(key), key


def is_location(name: str) -> bool:
    """Return whether a field says where a side of the activity is."""
    return _LOCATION.fullmatch(name) is not None


def _category_of(name: str, outbound: bool) -> str | None:
    if outbound and name in (_FROM, _TO):
        name = _TO if name == _FROM else _FROM
    return field_routes().get(name, "enhanced caller id" if is_location(name) else _UNLISTED)


def lies_in(name: str) -> str | None:
    """Return the category in whose columns the product keeps a field that no operator has decided on, whatever the
    direction of the activity; None for a key or what is retained.
    """
    found = {_category_of(name, outbound) for outbound in (False, True)}
    return found.pop() if len(found) == 1 else None


def _find_shape(names: tuple[str, ...], outbound: bool = False) -> Shape:
    tracking = _FROM if outbound else _TO
    own = (*(name for name in MAIN_NUMBER if name != tracking), "caller_number_format", "alternative_number")
    personal: dict[str, list[str]] = {}
    decided, own_fields = load_catalog().own_fields, []
    for name in names:
        category = _category_of(name, outbound)
        if category == _UNLISTED and name in decided:
            own_fields.append((name, decided[name]))
        elif category is not None:
            personal.setdefault(category, []).append(name)
    return Shape(
        texts=tuple(
            pair for pair in (*zip(_TEXTS, _TEXTS, strict=True), (tracking, "tracking_number")) if pair[0] in names
        ),
        numbers=tuple(pair for pair in _RETAINED_NUMBERS if pair[0] in names),
        kinds=tuple(name for name in _KINDS if name in names),
        directed="direction" in names,
        may_be_redacted=FIELD in names,
        # In the order in which jsonb keeps its keys, which spares the server to sort them.
        personal=tuple((category, tuple(sorted(held, key=_jsonb_order))) for category, held in personal.items()),
        own_numbers=tuple(name for name in own if name in names),
        names=tuple(name for name in _NAMES if name in names),
        nested_names=tuple(name for name in _NESTED_NAMES if name in names),
        own=tuple(own_fields),
    )


find_shape = Remembered(_find_shape, 1_000).__getitem__
"""Return the shape of a record from the names of its fields; what nobody listed is of the category `other`."""
find_outbound_shape = Remembered(partial(_find_shape, outbound=True), 1_000).__getitem__
"""Return the shape of a record that went out: the side that receives is the contact."""
