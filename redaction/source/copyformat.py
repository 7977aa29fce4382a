"""A row -> PostgreSQL's binary COPY format (manual, COPY, "Binary Format"): nothing to escape, nothing to parse there.

Lengths and numbers are in network byte order; a field of length -1 is NULL.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

import orjson

from redaction.catalog import load_catalog
from redaction.contacts.remembered import Remembered
from redaction.source.addresses import LISTED, SEARCHED, may_name_objects
from redaction.source.inside import may_hold
from redaction.source.limits import Limits
from redaction.source.naming import field_names

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""What goes before the first row: signature, no flags, no extension."""
TRAILER = b"\xff\xff"
"""What goes after the last one."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TEXT_OID = 25
_NULL = b"\xff\xff\xff\xff"
_JSONB_VERSION = b"\x01"
_REMEMBERED = 1_000
_SLASH, _BACKSLASH = b"/\\"
_DOT = ord(".")
_NOWHERE = b"\n"
"""What stands in no JSON that is made here."""
_int32 = struct.Struct("!i").pack
_fixed_int64 = struct.Struct("!iq").pack
_array = struct.Struct("!iiiii").pack
_LENGTHS = [_int32(length) for length in range(4096)]
"""Looking a length up takes a third of the time of packing it."""


def _time(value: datetime) -> bytes:
    return _fixed_int64(8, (value - _EPOCH) // _MICROSECOND)


def _jsonb(value: Any) -> bytes:
    return _JSONB_VERSION + orjson.dumps(value)


_KEYS = ("contact_key", "contact_keys", "emails")
_SHORT = (
    *("status", "call_status", "dial_status", "tracking_number", "tracking_label", "source"),
    *("caller_name", "caller_number", "caller_id", "recording_url", "tags"),
)
_CODECS: Mapping[str, Callable[[Any], bytes]] = {
    "text": str.encode,
    "jsonb": _jsonb,
}
_FIXED: Mapping[str, Callable[[Any], bytes]] = {
    "bigint": partial(_fixed_int64, 8),
    "timestamptz": _time,
    "boolean": partial(struct.Struct("!i?").pack, 1),
    "double precision": partial(struct.Struct("!id").pack, 8),
}
"""Codecs of what has always one length: it is made with its value."""
_TYPES = {
    **dict.fromkeys(("id", "account_id", "tracking_number_id", "source_id"), "bigint"),
    **dict.fromkeys(("contact_keys", "emails", "tags"), "text[]"),
    **dict.fromkeys(("call_path", "caller_numbers", "transcription_details", "message", "custom_fields"), "jsonb"),
    **dict.fromkeys(("visitor", "form", "enhanced_caller_id", "unlisted"), "jsonb"),
    **dict.fromkeys(("called_at", "indexed_at"), "timestamptz"),
}


def type_of(column: str) -> str:
    """Return the type that a column is sent as, which must be its own: the binary format is not converted."""
    own = load_catalog().own.get(column)
    return _TYPES.get(column, (own and own.type) or "text")


_Plan = tuple[int, Callable[[Any], bytes], int]
"""Of a column: its place, its codec, and the length from which on its value is looked at more closely."""


class Encoder:
    """A row -> as COPY takes it, the catalog's copied columns in their order; what it has not is NULL."""

    def __init__(self, limits: Limits) -> None:
        """Take the limits of the texts."""
        self._limits = limits
        self._linked: list[str] = []
        copied = load_catalog().copied
        self._columns = {name: (place, *self._plan(name)) for place, name in enumerate(copied, 1)}
        self._empty = [struct.pack("!h", len(copied)), *([_NULL] * len(copied))]
        self._plans = Remembered(self._plan_row, _REMEMBERED)

    @staticmethod
    @lru_cache(maxsize=4)
    def of(limits: Limits) -> Encoder:
        """Return the encoder for some limits, made once."""
        return Encoder(limits)

    def _most(self, name: str) -> int | None:
        return self._limits.key_bytes if name in _KEYS else self._limits.text_bytes if name in _SHORT else None

    def _plan(self, name: str) -> tuple[Callable[[Any], bytes], int]:
        """Return the codec of a column, and the length from which on its value is looked at more closely; 0 if the
        codec returns its length with it.
        """
        most = self._most(name)
        if type_of(name) in _FIXED:
            return _FIXED[type_of(name)], 0
        if type_of(name) == "text[]":
            return self._texts_of(name), len(_LENGTHS)
        enough = len(_LENGTHS) if most is None else min(most + 1, len(_LENGTHS))
        return self._searched(name) if name in SEARCHED else _CODECS[type_of(name)], enough

    def _texts_of(self, name: str) -> Callable[[list[str]], bytes]:
        limits, linked, searched = self._limits, self._linked, name in SEARCHED

        def encode(values: list[str]) -> bytes:
            if len(values) > limits.items:
                limits.check_items(name, values)
            parts = [_array(1, 0, _TEXT_OID, len(values), 1)]
            for value in values:
                data = value.encode()
                length = len(data)
                if searched and _SLASH in data and may_hold(value):
                    linked.append(name)
                parts += (_LENGTHS[length] if length < enough else self._length(name, length), data)
            return b"".join(parts)

        enough = min((self._most(name) or len(_LENGTHS)) + 1, len(_LENGTHS))
        return encode

    def _searched(self, name: str) -> Callable[[Any], bytes]:
        linked = self._linked
        ends = sorted({f'{field[-3:]}"'.encode() for field in field_names().media})
        first, second, *others = [*ends, _NOWHERE, _NOWHERE][: max(len(ends), 2)]

        def encode(value: Any) -> bytes:
            data = _JSONB_VERSION + orjson.dumps(value)
            # A byte is found in 13 ns by its number and in 140 as bytes; several are found fastest from behind.
            if (
                _SLASH in data
                or _BACKSLASH in data
                or (
                    # A bare name has a dot, and is one of a field that holds objects, in any case.
                    _DOT in data
                    and (
                        (low := data.lower()).rfind(first) >= 0
                        or low.rfind(second) >= 0
                        or (others and any([low.rfind(end) >= 0 for end in others]))
                    )
                )
            ):
                linked.append(name)
            return data

        def encode_listed(value: Any) -> bytes:
            data = _JSONB_VERSION + orjson.dumps(value)
            if (_SLASH in data or _BACKSLASH in data) and may_name_objects(data):
                linked.append(name)
            return data

        return encode_listed if name in LISTED else encode

    def _length(self, name: str, length: int) -> bytes:
        most = self._most(name)
        if most is not None and length > most:
            raise self._limits.too_long(name, most, "KEY" if name in _KEYS else "TEXT")
        return _int32(length)

    def _plan_row(self, names: tuple[str, ...]) -> list[_Plan] | None:
        """Return how the values of a row with such keys are encoded, in their order; None if one is no column."""
        return [self._columns[name] for name in names] if self._columns.keys() >= set(names) else None

    def encode(self, row: Mapping[str, Any]) -> tuple[bytes, Sequence[str]]:
        """Return a row as COPY takes it, and those of its columns that may hold an address of an object.

        Nearly none does, and the text that is made of a column here shows it at no cost. Raises TooLarge for a text or
        a list of texts that may not be so large.
        """
        names = tuple(row)
        plans = self._plans[names]
        if plans is None:
            return self.encode({name: row[name] for name in names if name in self._columns})
        self._linked.clear()
        parts = self._empty.copy()
        for (place, encode, enough), value in zip(plans, row.values(), strict=True):
            if value is not None:
                data = encode(value)
                if enough:
                    length = len(data)
                    data = (_LENGTHS[length] if length < enough else self._whole_length(place, length)) + data
                parts[place] = data
        return b"".join(parts), tuple(self._linked)

    def _whole_length(self, place: int, length: int) -> bytes:
        name = load_catalog().copied[place - 1]
        return _int32(length) if type_of(name) == "text[]" else self._length(name, length)
