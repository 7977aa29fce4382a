"""A record as CallTrackingMetrics emits it -> a row of `tracking.activities`. Pure; runs in worker processes.

A field that the source lists as personal goes to the column of its category, one that nobody listed to `unlisted`.
What is retained must be of its declared type, or it is treated as unlisted: nothing is smuggled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, get_args

import orjson

from redaction.catalog import Category, load_catalog
from redaction.source.callers import MAIN_NUMBER, find_caller, find_contact, scrub_row
from redaction.source.numbers import to_e164

Record = Mapping[str, Any]
Row = dict[str, Any]

_KINDS = {"call": "call", "text": "text", "chat": "chat", "form": "form", "sms": "text", "mms": "text"}
_TEXTS = ("status", "call_status", "dial_status", "tracking_number", "tracking_label", "source")
_NUMBERS = ("tracking_number_id", "source_id")
_RETAINED = (
    *((name, name) for name in (*_TEXTS, *_NUMBERS)),
    ("to_number", "tracking_number"),
    ("tracking_source_id", "source_id"),
)
_LOOKED_UP = ("city", "state", "country", "postal_code", "street", "latitude", "longitude", "geo")
_LOCATION = frozenset((*_LOOKED_UP, "from_city", "from_state", "from_country", "from_zip"))
_BIGINT = 2**63
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_CONTAINERS = frozenset({str, list, dict})
_PATH_TYPES = frozenset({str, int, bool})
_PATH_KEYS = load_catalog().path_keys


class Rejected(ValueError):
    """A record cannot be loaded; the message names the field that is wrong, never its content."""


@dataclass(frozen=True)
class CallSettings:
    """What of the looked-up data an account keeps: for all its numbers, and for single tracking numbers (E.164)."""

    caller_id: bool = True
    enhanced: bool = True
    by_number: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)

    def of(self, tracking_number: str | None) -> tuple[bool, bool]:
        """Return (caller ID, enhanced caller ID) for the tracking number of an activity."""
        if self.by_number and tracking_number:
            found = self.by_number.get(to_e164(tracking_number) or tracking_number)
            if found is not None:
                return found
        return self.caller_id, self.enhanced


@cache
def field_routes() -> Mapping[str, str | None]:
    """Return, for each listed top-level wire field, its category; None for what is a key or retained."""
    routes: dict[str, str | None] = {"kind": None, "type": None}
    for line in Path(__file__).with_name("ctm_fields.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, _, kind, category = line.split("\t")
        name = name.rpartition("] ")[2] if name.startswith("[") else name
        if "." in name or "[]" in name:
            continue
        found = None if kind != "personal" else category.partition(" (")[0]
        routes.setdefault(name, found)
    return routes


def build_row(record: Record, settings: Mapping[int, CallSettings]) -> Row:
    """Return the row of a record, a value for each column that is not NULL; raises Rejected if there can be none."""
    account_id = _integer(record, "account_id")
    if account_id not in settings:
        raise Rejected(f"account {account_id} does not exist")
    names = tuple(record)
    found = _sort(record, names)
    row: Row = {"id": _integer(record, "id"), "account_id": account_id, "called_at": read_time(record)}
    row["kind"] = _kind(record, found)
    _retain(record, names, row, found["other"])
    row |= _personal(found)
    caller_id, enhanced = settings[account_id].of(row.get("tracking_number"))
    _drop_lookups(row, caller_id, enhanced)
    scrub_row(row, find_caller(found, row))
    return row


def _integer(record: Record, name: str) -> int:
    value = record.get(name)
    if value.__class__ is int and -_BIGINT <= value < _BIGINT:
        return int(value)
    try:
        number = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or not -_BIGINT <= number < _BIGINT:
        raise Rejected(f"{name} is missing or no integer")
    return number


_CATEGORIES: tuple[str, ...] = get_args(Category)


@lru_cache(maxsize=1_000)
def _personal_fields(names: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each category with those of a record's fields that fall into it: records of a source look alike."""
    fields: dict[str, list[str]] = {}
    for name in names:
        category = field_routes().get(name, "other")
        if category is not None:
            fields.setdefault(category, []).append(name)
    return tuple((category, tuple(held)) for category, held in fields.items())


def _sort(record: Record, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the personal fields that are not empty, by category and wire name."""
    found: dict[str, dict[str, Any]] = {category: {} for category in _CATEGORIES}
    for category, held in _personal_fields(names):
        found[category] = {
            name: value
            for name in held
            if (value := record[name]) or (value is not None and value.__class__ not in _CONTAINERS)
        }
    return found


def _kind(record: Record, found: Mapping[str, Mapping[str, Any]]) -> str:
    for name in ("kind", "type"):
        said = record.get(name)
        if isinstance(said, str) and said.lower() in _KINDS:
            return _KINDS[said.lower()]
    message = found["message"]
    if "body" in message or "media" in message:
        return "text"
    if "chat_messages" in message:
        return "chat"
    if found["form data"] and record.get("duration") is None and not record.get("call_path"):
        return "form"
    return "call"


def read_time(record: Record) -> datetime:
    """Return when the activity was (UTC): `unix_time` (seconds) wins, then `called_at`; raises Rejected."""
    stamp = record.get("unix_time")
    try:
        if isinstance(stamp, str) and stamp:
            stamp = float(stamp)
        if isinstance(stamp, int | float) and not isinstance(stamp, bool) and stamp:
            return datetime.fromtimestamp(stamp, UTC)
        text = record.get("called_at")
        if isinstance(text, str) and text:
            return _parse_time(text)
    except (ValueError, OverflowError, OSError):
        raise Rejected("called_at or unix_time is no time") from None
    raise Rejected("called_at and unix_time are missing")


def _parse_time(text: str) -> datetime:
    # "2013-05-01 11:48 PM -04:00", taken apart by hand: strptime takes ten times as long.
    if len(text) == 26 and text[17:19] in ("AM", "PM"):
        hour = int(text[11:13]) % 12 + (12 if text[17] == "P" else 0)
        offset = timedelta(hours=int(text[21:23]), minutes=int(text[24:26])) * (-1 if text[20] == "-" else 1)
        zone = timezone(offset)
        return datetime(int(text[:4]), int(text[5:7]), int(text[8:10]), hour, int(text[14:16]), tzinfo=zone)
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


@lru_cache(maxsize=1_000)
def _retained_fields(names: tuple[str, ...]) -> tuple[tuple[str, str, bool], ...]:
    """Return those of a record's fields that a retained column takes: field, column, whether it is a number."""
    return tuple((name, column, column in _NUMBERS) for name, column in _RETAINED if name in names)


def _retain(record: Record, names: tuple[str, ...], row: Row, other: dict[str, Any]) -> None:
    for name, column, numeric in _retained_fields(names):
        value = record[name]
        if value is None or value == "" or column in row:
            continue
        kind = value.__class__
        if numeric:
            if kind is str and value.isdecimal():
                value = int(value)
            good = value.__class__ is int and abs(value) < _BIGINT
        else:
            if kind is int or kind is float:
                value = str(value)
            good = value.__class__ is str
        if good:
            row[column] = value
        else:
            other[name] = value
    for name in ("kind", "type"):
        said = record.get(name)
        if said not in _EMPTY and not (isinstance(said, str) and said.lower() in _KINDS):
            other[name] = said
    path = record.get("call_path")
    if path:
        _retain_path(path, row, other)


def _retain_path(path: Any, row: Row, other: dict[str, Any]) -> None:
    if not isinstance(path, list) or not all(isinstance(hop, dict) for hop in path):
        other["call_path"] = path
        return
    kept = [{key: hop[key] for key in _PATH_KEYS if hop.get(key).__class__ in _PATH_TYPES} for hop in path]
    row["call_path"] = kept
    if sum(map(len, path)) > sum(map(len, kept)):
        other["call_path"] = [
            {key: value for key, value in hop.items() if key not in taken}
            for hop, taken in zip(path, kept, strict=True)
        ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _texts(*values: Any) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            if item not in _EMPTY:
                found[_text(item)] = None
    return list(found)


def _personal(found: Mapping[str, dict[str, Any]]) -> Row:
    numbers = found["caller number"]
    spoken = found["transcription"]
    row: Row = {}
    if found["caller name"]:
        row["caller_name"] = _text(found["caller name"]["name"])
    if numbers:
        main = next((name for name in MAIN_NUMBER if isinstance(numbers.get(name), str)), None)
        if main is not None:
            row["caller_number"] = numbers[main]
        rest = {name: value for name, value in numbers.items() if name != main}
        if rest:
            row["caller_numbers"] = rest
    if found["caller id"]:
        row["caller_id"] = " / ".join(_texts(*found["caller id"].values()))
    if "audio" in found["call audio"]:
        row["recording_url"] = _text(found["call audio"]["audio"])
    if spoken:
        main = next((name for name in ("transcription", "transcription_text") if name in spoken), None)
        if main is not None:
            row["transcription"] = _text(spoken[main])
        rest = {name: value for name, value in spoken.items() if name != main}
        if rest:
            row["transcription_details"] = rest
    if "notes" in found["notes"]:
        row["notes"] = _text(found["notes"]["notes"])
    form = found["form data"].get("form")
    if form is not None:
        row["form"] = form
    if found["email"]:
        row["emails"] = _texts(found["email"].get("email"), found["email"].get("emails"))
    if found["tags"]:
        row["tags"] = _texts(found["tags"].get("tag_list"), found["tags"].get("source_tag"))
    for column, category in (
        ("message", "message"),
        ("custom_fields", "custom fields"),
        ("visitor", "visitor data"),
        ("enhanced_caller_id", "enhanced caller id"),
        ("unlisted", "other"),
    ):
        if found[category]:
            row[column] = found[category]
    contact = find_contact(numbers, row, form)
    if contact is not None:
        row["contact_key"] = contact
    return row


def _drop_lookups(row: Row, caller_id: bool, enhanced: bool) -> None:
    if not enhanced:
        row.pop("enhanced_caller_id", None)
    if not caller_id:
        row.pop("caller_id", None)
        looked_up = {k: v for k, v in row.pop("enhanced_caller_id", {}).items() if k not in _LOCATION}
        if looked_up:
            row["enhanced_caller_id"] = looked_up
