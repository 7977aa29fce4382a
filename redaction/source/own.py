"""A value in a field of an operator's own -> the column of that field, or `unlisted`. Pure.

A value must have the type of its column. A value that has not, or that names an object or the activity's contact, goes
where it would without the operator's file: to `unlisted`, and only that value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from redaction.catalog import Catalog, load_catalog
from redaction.contacts.numbers import numbers_of
from redaction.contacts.written_numbers import is_number_of, unread_key
from redaction.errors import CatalogError
from redaction.formats import FIRST_SECOND, LAST_SECOND, NO_CARD
from redaction.own_fields import OWN, OwnType
from redaction.source.addresses import names_objects
from redaction.source.callers import scrub_row
from redaction.source.fields import find_shape, lies_in
from redaction.source.inside import may_hold
from redaction.source.personal import EMPTY, Row
from redaction.source.redacted import says_redacted
from redaction.source.retained import as_text, read_integer
from redaction.source.rules import load_rules
from redaction.source.times import read_stamp

_LONGEST_LABEL = 1_000
"""Longest retained text (characters): a longer one is no label."""
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_SAYS_SO = frozenset({str, bool, int, float})
_LEAST_NUMBER = 10**6
"""From here on a number may be a phone number."""
_NUMBER, _NAME, _CALLER_ID = "its number", "its name", "its caller ID"
"""The key of a contact's columns in a stored activity. No source has a field of this name."""


def _read_text(value: Any) -> str | None:
    if value.__class__ is int or value.__class__ is float:
        return as_text(value)
    return value if value.__class__ is str and not may_hold(value) else None


def _read_boolean(value: Any) -> bool | None:
    # The words by which a record says that it is redacted; an empty one says nothing.
    return says_redacted(value) if value.__class__ in _SAYS_SO else None


def _read_double(value: Any) -> float | None:
    if (value.__class__ is str and not _DECIMAL.fullmatch(value)) or value.__class__ not in (str, int, float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _read_time(value: Any, zone: tzinfo) -> datetime | None:
    """Return a time as that of an activity is read. A number outside the seconds of our time may be a phone number."""
    if value.__class__ is str:
        return read_stamp(value, zone)
    if value.__class__ is int or value.__class__ is float:
        return read_stamp(value, zone) if FIRST_SECOND <= value < LAST_SECOND else None
    return None


_READ: Mapping[OwnType, Callable[[Any], Any]] = {
    "bigint": read_integer,
    "boolean": _read_boolean,
    "double precision": _read_double,
    "text": _read_text,
}


def check_own_fields(catalog: Catalog) -> None:
    """Refuse fields of an operator's that hold contacts or objects, or have a column already; raises CatalogError."""
    for field in catalog.own_fields:
        category = lies_in(field)
        if category != "other":
            what = f"is personal ({category})" if category else "is a key, retained or a side of the activity"
            raise CatalogError(
                f"REDACTION_CATALOG: {field} {what}, and has a place of the product's: an own field would otherwise "
                "lie in `unlisted`; leave it out; nothing was changed"
            )
        if names_objects(field):
            raise CatalogError(
                f"REDACTION_CATALOG: {field} is a field of objects, which are deleted with their activity; "
                "leave it out; nothing was changed"
            )


def put_own(name: str, column: str, value: Any, row: Row, misfits: Row, zone: tzinfo) -> None:
    """Put the value of a field into its column, or among the values to be unlisted if it has another type."""
    if value in EMPTY:
        return
    entry = load_catalog().own[column]
    if entry.type == "timestamptz":
        found: Any = _read_time(value, zone)
    else:
        found = _READ[entry.type](value) if entry.type else None
        if entry.type == "double precision" and found is not None and abs(found) < NO_CARD:
            # That of a phone or a card is none, as for an integer.
            found = None if read_integer(int(found)) is None else found
    if found is None or (entry.scrub and len(found) > _LONGEST_LABEL):
        misfits[name] = value
    else:
        row[column] = found


def unlist_contacts(row: Row, contacts: Collection[str], country: str) -> None:
    """Move a number of the contact from the retained numbers of a row into `unlisted`."""
    for column, entry in load_catalog().own.items():
        value = row.get(column)
        if entry.kind != "retained" or entry.type not in ("bigint", "double precision") or value is None:
            continue
        text = str(abs(int(value))) if abs(value) >= _LEAST_NUMBER else ""
        if text and (numbers_of(country)[text] in contacts or is_number_of(text, contacts)):
            row["unlisted"] = row.get("unlisted", {}) | {column.removeprefix(OWN): row.pop(column)}


def read_stored(held: Mapping[str, Any], known: Mapping[str, Any], country: str, zone: tzinfo) -> Row:
    """Return the columns for values of `unlisted`, of an activity that was loaded before.

    `held` are the fields with their values, `known` the columns that identify its contact. Unfit values are left out. A
    retained text is scrubbed as in the loader.
    """
    row: Row = {}
    columns = load_catalog().own_fields
    for name, value in held.items():
        put_own(name, columns[name], value, row, {}, zone)
    contacts = known["contact_keys"] or (known["contact_key"] and [known["contact_key"]])
    unlist_contacts(row, contacts or unread_key(known["caller_number"]), country)
    record = {**(known["caller_numbers"] or {}), **(known["enhanced_caller_id"] or {})}
    if known["form"] is not None:
        record[load_rules().form] = known["form"]
    shape = find_shape(tuple(record))
    shape = replace(shape, own_numbers=(_NUMBER, *shape.own_numbers), names=(_NAME, _CALLER_ID))
    record |= {_NUMBER: known["caller_number"], _NAME: known["caller_name"], _CALLER_ID: known["caller_id"]}
    row |= {name: known[name] for name in ("contact_key", "emails", "form") if known[name] is not None}
    scrub_row(record, shape, row)
    return {column: value for column, value in row.items() if column.startswith(OWN)}
