"""A row -> PostgreSQL's binary COPY format (manual, COPY, "Binary Format"): nothing to escape, and nothing to parse
there.

Lengths and numbers are in network byte order; a field of length -1 is NULL.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

import orjson

from redaction.catalog import load_catalog
from redaction.contacts.remembered import Remembered
from redaction.source.addresses import LISTED, SEARCHED, may_name_objects
from redaction.source.inside import may_hold
from redaction.source.limits import Limits
from redaction.source.naming import field_names

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""The bytes before the first row: signature, no flags, no extension."""
TRAILER = b"\xff\xff"
"""The bytes after the last row."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TEXT_OID = 25
_NULL = b"\xff\xff\xff\xff"
_JSONB_VERSION = b"\x01"
_REMEMBERED = 1_000
_MOST_REMEMBERED = 200
"""Characters of the longest text whose encoded form is remembered."""
_SLASH, _BACKSLASH, _COLON = b"/\\:"
_DOT = ord(".")
_NOWHERE = b"\n"
"""A byte that no JSON of ours has."""
_int32 = struct.Struct("!i").pack
_fixed_int64 = struct.Struct("!iq").pack
_array = struct.Struct("!iiiii").pack
_LENGTHS = [_int32(length) for length in range(4096)]
"""Looking a length up takes a third of the time of packing it."""
_JSON_LENGTHS = [_int32(length + 1) + _JSONB_VERSION for length in range(4096)]
"""The bytes before the text of a jsonb value, by its length."""


def _time(value: datetime) -> bytes:
    return _fixed_int64(8, (value - _EPOCH) // _MICROSECOND)


_FEW = frozenset(("status", "call_status", "dial_status", "tracking_number", "tracking_label", "source", "kind"))
"""Columns with few values, whose encoded form is remembered."""
_KEYS = ("contact_key", "contact_keys", "emails")
_SHORT = (
    *("status", "call_status", "dial_status", "tracking_number", "tracking_label", "source"),
    *("caller_name", "caller_number", "caller_id", "recording_url", "tags"),
)
_FIXED: Mapping[str, Callable[[Any], bytes]] = {
    "bigint": partial(_fixed_int64, 8),
    "timestamptz": _time,
    "boolean": partial(struct.Struct("!i?").pack, 1),
    "double precision": partial(struct.Struct("!id").pack, 8),
}
"""Codecs of fixed-length values: the length is packed with the value."""
_TYPES = {
    **dict.fromkeys(("id", "account_id", "tracking_number_id", "source_id"), "bigint"),
    **dict.fromkeys(("contact_keys", "emails", "tags"), "text[]"),
    **dict.fromkeys(("call_path", "caller_numbers", "transcription_details", "message", "custom_fields"), "jsonb"),
    **dict.fromkeys(("visitor", "form", "enhanced_caller_id", "unlisted"), "jsonb"),
    **dict.fromkeys(("called_at", "indexed_at"), "timestamptz"),
}


def type_of(column: str) -> str:
    """Return the type as which a column is sent, which must be its own: the binary format is not converted."""
    own = load_catalog().own.get(column)
    return _TYPES.get(column, (own and own.type) or "text")


class _Step(NamedTuple):
    """How the value of a column is encoded."""

    name: str
    encode: Callable[[Any], bytes]
    lengths: Sequence[bytes]
    """The bytes before the data, by the length of the data; empty if the codec returns them too."""
    enough: int
    """The length from which on the limits are checked."""
    may_link: Callable[[bytes], Any] | None
    """Says whether the data may contain an address of an object; None for a column that never does."""


_Plan = tuple[
    list[bytes],
    list[tuple[int, int, Callable[[Any], bytes]]],
    list[tuple[int, int, str, Callable[[Any], bytes], Sequence[bytes], int, Callable[[bytes], Any] | None]],
]
"""The parts of an empty row, with adjacent NULLs as one part; and the part of each value, its place in the row and its
step: of those that their codec returns with their length, and of the others.
"""


def drop_values(row: bytes) -> bytes:
    """Return a row in its COPY form without its personal values."""
    catalog = load_catalog()
    parts, at = [row[:2]], 2
    for name in catalog.copied:
        length = int.from_bytes(row[at : at + 4], signed=True)
        end = at + 4 + max(length, 0)
        parts.append(_NULL if name in catalog.personal else row[at:end])
        at = end
    return b"".join(parts)


class Encoder:
    """A row -> its COPY form, with the catalog's copied columns in order; missing values are NULL."""

    def __init__(self, limits: Limits) -> None:
        """Take the limits of the texts."""
        self._limits = limits
        self._linked: list[str] = []
        copied = load_catalog().copied
        self._steps = {name: self._step(name) for name in copied}
        self._begin = struct.pack("!h", len(copied))
        self._plans = Remembered(self._plan_row, _REMEMBERED)

    @staticmethod
    @lru_cache(maxsize=4)
    def of(limits: Limits) -> Encoder:
        """Return the encoder for some limits, created once."""
        return Encoder(limits)

    def _most(self, name: str) -> int | None:
        return self._limits.key_bytes if name in _KEYS else self._limits.text_bytes if name in _SHORT else None

    def _step(self, name: str) -> _Step:
        kind, most = type_of(name), self._most(name)
        if kind in _FIXED:
            return _Step(name, _FIXED[kind], (), 0, None)
        if kind == "text[]":
            return _Step(name, self._texts_of(name), _LENGTHS, len(_LENGTHS), None)
        may_link = self._search(name) if name in SEARCHED else None
        if kind == "jsonb":
            return _Step(name, orjson.dumps, _JSON_LENGTHS, len(_JSON_LENGTHS), may_link)
        if name in _FEW:
            return _Step(name, self._remembered(name), (), 0, None)
        enough = len(_LENGTHS) if most is None else min(most + 1, len(_LENGTHS))
        return _Step(name, str.encode, _LENGTHS, enough, may_link)

    def _remembered(self, name: str) -> Callable[[str], bytes]:
        def encode(value: str) -> bytes:
            data = value.encode()
            return self._text_length(name, len(data)) + data

        return Remembered(encode, _REMEMBERED, lambda value: len(value) <= _MOST_REMEMBERED).__getitem__

    def _texts_of(self, name: str) -> Callable[[list[str]], bytes]:
        limits, linked, searched = self._limits, self._linked, name in SEARCHED

        def encode(values: list[str]) -> bytes:
            if len(values) > limits.items:
                limits.check_items(name, values)
            parts = [_array(1, 0, _TEXT_OID, len(values), 1)]
            for value in values:
                data = value.encode()
                length = len(data)
                if searched and _COLON in data and may_hold(value):
                    linked.append(name)
                parts += (_LENGTHS[length] if length < enough else self._text_length(name, length), data)
            return b"".join(parts)

        enough = min((self._most(name) or len(_LENGTHS)) + 1, len(_LENGTHS))
        return encode

    @staticmethod
    def _search(name: str) -> Callable[[bytes], Any]:
        ends = sorted({f'{field[-3:]}"'.encode() for field in field_names().media})
        first, second, *others = [*ends, _NOWHERE, _NOWHERE][: max(len(ends), 2)]

        def may_link(data: bytes) -> Any:
            # Searching a byte takes 13 ns by its number and 140 as bytes; several are found fastest from the end.
            return (
                _SLASH in data
                or _BACKSLASH in data
                or (
                    # A bare name has a dot, and is in a field of objects, in any case.
                    _DOT in data
                    and (
                        (low := data.lower()).rfind(first) >= 0
                        or low.rfind(second) >= 0
                        or (others and any([low.rfind(end) >= 0 for end in others]))
                    )
                )
            )

        def may_link_listed(data: bytes) -> Any:
            return (_SLASH in data or _BACKSLASH in data) and may_name_objects(data)

        return may_link_listed if name in LISTED else may_link

    def _length(self, name: str, length: int) -> bytes:
        """Return what goes before the data of a value that are longer than most; raises TooLarge for what may not be so
        long.
        """
        kind = type_of(name)
        if kind == "jsonb":
            return _int32(length + 1) + _JSONB_VERSION
        return _int32(length) if kind == "text[]" else self._text_length(name, length)

    def _text_length(self, name: str, length: int) -> bytes:
        most = self._most(name)
        if most is not None and length > most:
            raise self._limits.too_long(name, most, "KEY" if name in _KEYS else "TEXT")
        return _int32(length)

    def _plan_row(self, names: tuple[str, ...]) -> _Plan | None:
        """Return how the values of a row with such keys are encoded; None if a key is not a column."""
        if not self._steps.keys() >= set(names):
            return None
        parts, places = [self._begin], {}
        for name in self._steps:
            if name in names:
                places[name] = len(parts)
                parts.append(_NULL)
            elif len(parts) - 1 in places.values():
                parts.append(_NULL)
            else:
                parts[-1] += _NULL
        steps = [(places[name], at, self._steps[name]) for at, name in enumerate(names)]
        whole = [(place, at, step.encode) for place, at, step in steps if not step.lengths]
        return parts, whole, [(place, at, *step) for place, at, step in steps if step.lengths]

    def encode(self, row: Mapping[str, Any]) -> tuple[bytes, Sequence[str]]:
        """Return a row in its COPY form, and those of its columns that may hold an address of an object.

        Almost none does, and the text that is made of a column here shows it for free. Raises TooLarge for a text or a
        list of texts that is too large.
        """
        plan = self._plans[tuple(row)]
        if plan is None:
            return self.encode({name: value for name, value in row.items() if name in self._steps})
        empty, whole, measured = plan
        linked = self._linked
        linked.clear()
        parts, values = empty.copy(), tuple(row.values())
        for place, at, encode in whole:
            if (value := values[at]) is not None:
                parts[place] = encode(value)
        for place, at, name, encode, lengths, enough, may_link in measured:
            if (value := values[at]) is not None:
                data = encode(value)
                length = len(data)
                parts[place] = (lengths[length] if length < enough else self._length(name, length)) + data
                if may_link is not None and may_link(data):
                    linked.append(name)
        return b"".join(parts), tuple(linked)
