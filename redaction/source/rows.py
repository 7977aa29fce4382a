"""A record of a source -> a row of `tracking.activities`. Pure; runs in worker processes.

A field that the source lists as personal goes to the column of its category, an unlisted field to `unlisted`. A
retained value must have its declared type, or it is treated as unlisted: nothing is smuggled in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal, NamedTuple

from redaction.contacts.countries import OTHERWISE
from redaction.contacts.cut import NO_CUTS, Cuts
from redaction.contacts.numbers import line_key, numbers_of
from redaction.contacts.written_numbers import is_number_of, unread_key
from redaction.source.callers import cut_row, find_contacts, scrub_row
from redaction.source.fields import Shape, find_shape, find_shape_of, lookup_of
from redaction.source.kinds import find_kind, kind_of
from redaction.source.numbers import whole_number
from redaction.source.own import put_own, unlist_contacts
from redaction.source.personal import EMPTY, Row
from redaction.source.redacted import REDACTED, says_redacted
from redaction.source.retained import (
    BIGINT,
    DOUBTFUL,
    SURELY_AN_ID,
    as_text,
    fits_path,
    read_integer,
    read_path,
    read_tracking_number,
    split_path,
    unlist_numbers,
)
from redaction.source.rules import LOCATION, LOOKED_UP, Rules, load_rules
from redaction.source.sides import find_direction, is_of_business
from redaction.source.times import AHEAD, BadTime, read_stamp, read_time

Record = Mapping[str, Any]

_CONTAINERS = frozenset({str, list, dict})


class Rejected(ValueError):
    """A record cannot be loaded; the message names the wrong field, never its content."""


@dataclass(frozen=True)
class CallSettings:
    """Which looked-up data an account keeps: for all its numbers, and for single ones, by `line_key`."""

    caller_id: bool = True
    enhanced: bool = True
    by_number: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)
    country: str = OTHERWISE
    """The country of numbers without one (ISO 3166-1)."""
    zone: tzinfo = UTC
    """The zone of times without one."""
    cuts: Cuts = NO_CUTS
    """The digests of the texts to cut."""

    def of(self, tracking_number: str | None) -> tuple[bool, bool]:
        """Return (caller ID, enhanced caller ID) for the tracking number of an activity."""
        if self.by_number and tracking_number:
            found = self.by_number.get(line_key(tracking_number, self.country))
            if found is not None:
                return found
        return self.caller_id, self.enhanced

    def has(self, tracking_number: str, contacts: Collection[str]) -> bool:
        """Return whether a tracking number that is one of some contacts is the account's own, or they are."""
        return bool(self.by_number) and (
            line_key(tracking_number, self.country) in self.by_number
            or not is_number_of(tracking_number, [key for key in contacts if key not in self.by_number])
        )


Known = CallSettings | Literal[False] | None
"""The settings of an account; False if it is closed, None if it is at another placement."""


class Closed(Rejected):
    """A record belongs to a closed account: it is refused, and kept nowhere."""


class Elsewhere(Exception):
    """A record belongs to an account at another placement: it is valid, and not for this database."""


class Draft(NamedTuple):
    """A row whose texts may still name its caller."""

    row: Row
    record: Record
    shape: Shape
    cuts: Cuts


def build_row(record: Record, settings: Mapping[int, Known]) -> Row:
    """Return the row of a record: a value for each column that is not NULL, and under RECORDINGS those after the first.
    If the source has redacted the activity, the row has the key REDACTED, and still all its values.

    Raises Rejected if there can be no row.
    """
    return finish_row(draft_row(record, settings))


def finish_row(draft: Draft) -> Row:
    """Return the row of a draft, without what names its caller or is to be cut."""
    row, record, shape, cuts = draft
    scrub_row(record, shape, row)
    if cuts.digests:
        cut_row(row, cuts)
    return row


def draft_row(record: Record, settings: Mapping[int, Known]) -> Draft:
    """Return the draft of a record's row, as `build_row` begins it."""
    rules = load_rules()
    if rules.moves:
        record = rules.move(record)
    account_id = _integer(record, rules.account)
    kept = settings.get(account_id)
    if kept is None and account_id in settings:
        raise Elsewhere
    if kept is None:
        raise Rejected("its account does not exist here")
    if kept is False:
        raise Closed("its account is closed")
    shape, direction = find_shape(tuple(record)), None
    if shape.sides:
        direction = find_direction(record, shape.contacts, shape.lines, kept.by_number, kept.country)
        shape = find_shape_of(tuple(record), direction)
    row: Row = {"id": _integer(record, rules.id), "account_id": account_id, "called_at": _read_time(record, kept.zone)}
    misfits = _retain(record, shape, row, rules, kept.zone)
    if (stamp := record.get(rules.written)) is not None:
        indexed_at = read_stamp(stamp, kept.zone)
        # A wrong clock would make every later copy the older one.
        if indexed_at is None or indexed_at - datetime.now(UTC) > AHEAD:
            misfits[rules.written] = stamp
        else:
            row["indexed_at"] = indexed_at
    for put, name in shape.single:
        value = record[name]
        if value or (value is not None and value.__class__ not in _CONTAINERS):
            put(row, {name: value})
    for put, names in shape.personal:
        found: Row = {}
        for name in names:
            value = record[name]
            if value or (value is not None and value.__class__ not in _CONTAINERS):
                found[name] = value
        if found:
            put(row, found)
    if misfits:
        row["unlisted"] = row.get("unlisted", {}) | misfits
    row["kind"] = find_kind(record, shape, row, rules)
    contacts = find_contacts(record, shape, row, kept.country, kept.by_number)
    if direction == "unknown" and len(contacts) > 1:
        contacts = [key for key in contacts if key not in kept.by_number] or contacts
    # A number that is none, as sent, is theirs too.
    theirs = contacts or unread_key(row.get("caller_number"))
    tracking = row.get("tracking_number")
    if theirs and tracking is not None:
        line = numbers_of(kept.country)[tracking]
        if line in contacts and is_of_business(line, record, direction, contacts, kept.by_number):
            contacts.remove(line)
        # Almost always a full number, which is nobody else's.
        is_theirs = line != tracking and is_number_of(tracking, theirs) and not kept.has(tracking, theirs)
        if line in contacts or is_theirs:
            row["unlisted"] = row.get("unlisted", {}) | {"tracking_number": row.pop("tracking_number")}
    if theirs and shape.own:
        unlist_contacts(row, theirs, kept.country)
    if contacts:
        row["contact_key"] = contacts[0]
        if len(contacts) > 1:
            row["contact_keys"] = contacts
    if DOUBTFUL in row:
        unlist_numbers(row, theirs)
    if kept.by_number or not (kept.caller_id and kept.enhanced):
        caller_id, enhanced = kept.of(row.get("tracking_number"))
        if not (caller_id and enhanced):
            _drop_lookups(row, caller_id, enhanced)
    if shape.redacted and (said := record[shape.redacted]):
        redacted = says_redacted(said)
        if redacted is None:
            # Read as a no, its empty fields would empty a row outside a run.
            raise Rejected(f"{shape.redacted} says neither yes nor no")
        if redacted:
            row[REDACTED] = True
    return Draft(row, record, shape, kept.cuts)


def _read_time(record: Record, zone: tzinfo) -> datetime:
    try:
        return read_time(record, zone)
    except BadTime as error:
        raise Rejected(str(error)) from None


def account_of(record: Any, settings: Mapping[int, Known]) -> int | None:
    """Return the account of a record if it is one of those here."""
    rules = load_rules()
    try:
        account_id = _integer(rules.move(record), rules.account) if isinstance(record, dict) else None
    except Rejected:
        return None
    return account_id if account_id is not None and settings.get(account_id) is not None else None


def _integer(record: Record, name: str) -> int:
    value = record.get(name)
    number = value if value.__class__ is int and 0 <= value < BIGINT else whole_number(value)
    if number is None:
        raise Rejected(f"{name} {'has several values' if value.__class__ is list else 'is missing or no integer'}")
    return number


def _retain(record: Record, shape: Shape, row: Row, rules: Rules, zone: tzinfo) -> Row:
    """Put the retained values into a row; return those of another type, which are to be unlisted."""
    misfits: Row = {}
    for name, column in shape.texts:
        value = record[name]
        if value.__class__ is str and column != "tracking_number":  # nearly all
            if value and column not in row:
                row[column] = value
            continue
        if value is None or value == "" or column in row:
            continue
        text = value
        if value.__class__ is not str:
            text = as_text(value) if value.__class__ is int or value.__class__ is float else None
        if column == "tracking_number" and text is not None:
            text = read_tracking_number(text)
        if text is None:
            misfits[name] = value
        else:
            row[column] = text
    for name, column in shape.numbers:
        value = record[name]
        if value is None or value == "" or column in row:
            continue
        if value.__class__ is int and -SURELY_AN_ID < value < SURELY_AN_ID:
            row[column] = value
        elif (number := read_integer(value)) is None:
            misfits[name] = value
        else:
            row[column] = number
            if abs(number) >= SURELY_AN_ID:
                row[DOUBTFUL] = True
    for name, column in shape.own:
        put_own(name, column, record[name], row, misfits, zone)
    for name in shape.of_kind:
        said = record[name]
        if said not in EMPTY and not (isinstance(said, str) and kind_of[said]):
            misfits[name] = said
    path = record.get(rules.path)
    if path:
        _retain_path(path, row, misfits, rules)
    return misfits


def _retain_path(path: Any, row: Row, misfits: Row, rules: Rules) -> None:
    if rules.renames_path:
        path = rules.rename_path(path)
    if not isinstance(path, list):
        read = read_path(path)
        if read is None:
            misfits[rules.path] = path
        elif read:
            _retain_path(read, row, misfits, rules)
    elif fits_path(path):
        row["call_path"] = path
    else:
        kept, rest = split_path(path)
        row[DOUBTFUL] = True
        if kept:
            row["call_path"] = kept
        if any(rest):
            misfits[rules.path] = rest


def _drop_lookups(row: Row, caller_id: bool, enhanced: bool) -> None:
    if not enhanced:
        row.pop("enhanced_caller_id", None)
    if not caller_id:
        row.pop("caller_id", None)
    dropped = {LOCATION, *(name for name, on in zip(LOOKED_UP, (caller_id, enhanced), strict=True) if not on)}
    for column in ("enhanced_caller_id", "unlisted"):
        if column in row:
            kept = {name: value for name, value in row.pop(column).items() if lookup_of(name) not in dropped}
            if kept:
                row[column] = kept
