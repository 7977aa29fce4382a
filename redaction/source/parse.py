"""A block of lines -> rows ready to be copied. Runs in worker processes; knows no database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from redaction.source.addresses import find_objects
from redaction.source.callers import NAMED, Named
from redaction.source.copyformat import Encoder
from redaction.source.limits import Limits, TooLarge
from redaction.source.personal import RECORDINGS, Row
from redaction.source.reader import Block
from redaction.source.redacted import REDACTED, contacts_of, drop_personal
from redaction.source.rows import Closed, Draft, Elsewhere, Known, Rejected, account_of, draft_row, finish_row
from redaction.source.shapes import OTHER_STREAM, id_of, read_records
from redaction.source.times import AHEAD

_Found = tuple[int, Any, str | None, bytes | None]
_Encode = Callable[[Row], tuple[bytes, Sequence[str]]]
_Built = tuple[Row, Named | None, bytes, Sequence[str]]
"""A row, its texts if its caller's names are words of the business, its COPY form, and its columns with addresses."""
_T = TypeVar("_T")
_U = TypeVar("_U")
MOST_NAMED = 100
"""Rejections that are kept, of a batch and of a load; the others are counted."""
_NUL = b"\\u0000"
_BACKSLASH = ord("\\")
_AT_ONCE, _BYTES_AT_ONCE = 32, 256 * 1024
"""Records that go through each step together, and their bytes: a step that is repeated finds its code in the caches of
the processor, and takes three quarters of the time.
"""


@dataclass(frozen=True)
class Rejection:
    """A record that was not loaded: its place and the reason, never its content."""

    path: str
    line: int
    activity_id: int | None
    reason: str


@dataclass
class Parsed:
    """The rows of some blocks, and what the load must know of them."""

    read: int = 0
    rows: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """By account and id, a row in COPY's binary format."""
    named: dict[tuple[int, int], tuple[tuple[str, ...], bytes]] = field(default_factory=dict)
    """By account and id, the caller's names that are cut out of a row, and the row with them: for the case that they
    are words of the business.
    """
    places: dict[tuple[int, int], tuple[str, int, str | None, datetime | None]] = field(default_factory=dict)
    """By account and id, the file and line of a row, the address of its recording, and when its source has written
    it.
    """
    future: set[tuple[int, int]] = field(default_factory=set)
    """Account and id of rows whose time is more than a day ahead."""
    objects: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    """By account and id, the addresses of objects other than the recording. For twins they are those of both, and
    the recording of the earlier one, whose row is not stored.
    """
    recordings: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    """By account and id, those of these objects that are recordings."""
    redacted: dict[tuple[int, int], bool | bytes] = field(default_factory=dict)
    """By account and id, the activities that a record calls redacted at the source; whether that record was the
    first of them here, so that their row has no personal value. It is the row of a newer copy that does not say so.
    """
    contacts: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    """By account and id, the contacts of these activities."""
    days: set[datetime] = field(default_factory=set)
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    """The first of them."""
    refused: list[Rejection] = field(default_factory=list)
    """Those of the database, whose records `keep_refused` searches for."""
    kept: bytearray = field(default_factory=bytearray)
    """The rejected records as they were sent, a line each, for the quarantine."""
    kept_records: int = 0
    unkept: int = 0
    """Rejected records that are too large or too deep to be kept."""
    other_streams: int = 0
    """Records of other streams than activities; they are not among those read."""
    bytes_read: int = 0

    def reject(self, path: str, line: int, activity_id: int | None, reason: str) -> None:
        """Count a record that is not loaded, and keep the first of them."""
        self.rejected += 1
        if len(self.rejections) < MOST_NAMED:
            self.rejections.append(Rejection(path, line, activity_id, reason))

    def refuse(self, path: str, line: int, activity_id: int, reason: str) -> None:
        """Count a record that the database refuses."""
        self.reject(path, line, activity_id, reason)
        self.refused.append(Rejection(path, line, activity_id, reason))

    def keep(self, record: Any, raw: bytes | None) -> None:
        """Keep a rejected record for the quarantine: its line, or its value if it has no line for itself."""
        data = (_written(record) if raw is None else raw).strip().replace(b"\n", b" ")
        if data:
            self.kept += data
            self.kept += b"\n"
            self.kept_records += 1
        else:
            self.unkept += 1


def parse_blocks(
    blocks: Iterable[Block], settings: Mapping[int, Known], limits: Limits, only_own: bool = False
) -> Parsed:
    """Return the rows of some blocks; of two with one identity the newer one by its source, else the later one.

    `only_own` skips rejected records that belong to no account here: every placement rejects them alike.
    """
    parsed = Parsed()
    days: set[int] = set()
    for block in blocks:
        _parse(block, settings, limits, only_own, parsed, days)
        parsed.bytes_read += block.read
    parsed.days = {datetime.fromordinal(day).replace(tzinfo=UTC) for day in days}
    return parsed


def _parse(
    block: Block, settings: Mapping[int, Known], limits: Limits, only_own: bool, parsed: Parsed, days: set[int]
) -> None:
    rows, places, path = parsed.rows, parsed.places, block.path
    # The search for one byte is much faster than the search for six.
    clean = _BACKSLASH not in block.data or _NUL not in block.data
    encode = Encoder.of(limits).encode
    horizon = datetime.now(UTC) + AHEAD
    for (line, record, problem, raw), built in _build_rows(read_records(block, limits), settings, clean, encode):
        if problem is OTHER_STREAM:
            parsed.other_streams += not only_own
            continue
        parsed.read += 1
        try:
            if isinstance(built, Exception):
                raise built
            row, named, encoded, linked = built
            at: datetime = row["called_at"]
            key = row["account_id"], row["id"]
            is_newest, other = True, None
            if key in places:
                *_, other, written = places[key]
                if written is not None and row.setdefault("indexed_at", written) is written:
                    encoded, _ = encode(row)
                is_newest = written is None or row["indexed_at"] >= written
            objects = _find_objects(row, linked, limits) if linked or RECORDINGS in row else []
            heard = row.get(RECORDINGS, ())
            recording = row.get("recording_url")
            if REDACTED in row:
                heard = [*heard, recording] if recording is not None else heard
                objects += [recording] if recording is not None else []
                stays = not parsed.redacted.setdefault(key, key not in rows)
                if not stays:
                    encoded, _ = encode(drop_personal(row))
                parsed.contacts.setdefault(key, set()).update(contacts_of(row))
            else:
                stays = bool(parsed.redacted.get(key)) if parsed.redacted else False
                if stays:
                    parsed.contacts[key].update(contacts_of(row))
                    if is_newest and named is None:
                        parsed.redacted[key] = encoded
            if is_newest:
                if not stays:
                    rows[key] = encoded
                    parsed.named.pop(key, None)
                    if named is not None and REDACTED not in row:
                        parsed.named[key] = named.names, encode({**row, **named.kept})[0]
                places[key] = path, line, recording, row.get("indexed_at")
                days.add(at.toordinal())
                if at > horizon:
                    parsed.future.add(key)
            # The objects of twins are objects of the activity.
            twin = other if is_newest else recording
            if twin is not None:
                objects.append(twin)
                heard = [*heard, twin]
            if objects:
                parsed.objects.setdefault(key, []).extend(objects)
            if heard:
                parsed.recordings.setdefault(key, set()).update(heard)
        except Elsewhere:
            parsed.read -= 1
        except Exception as error:  # likewise
            with suppress(RecursionError):
                record = record if clean else _without_nul(record)
            if only_own and (problem is not None or account_of(record, settings) is None):
                parsed.read -= 1
            else:
                parsed.reject(path, line, id_of(record), _reason(error, limits))
                if not isinstance(error, Closed):
                    parsed.keep(record, raw)


def _build_rows(
    records: Iterable[_Found], settings: Mapping[int, Known], clean: bool, encode: _Encode
) -> Iterator[tuple[_Found, _Built | Exception]]:
    """Yield the records in order, each with its row or the reason why it has none."""

    def draft(found: _Found) -> Draft:
        _, record, problem, _ = found
        if problem is not None:
            raise Rejected(problem)
        return draft_row(record if clean else _without_nul(record), settings)

    def build(row: Row) -> _Built:
        named = row.pop(NAMED, None)
        return row, named, *encode(row)

    for some in _few_at_once(records):
        drafts = [_attempt(draft, found) for found in some]
        rows = [_attempt(finish_row, one) for one in drafts]
        yield from zip(some, [_attempt(build, row) for row in rows], strict=True)


def _attempt(step: Callable[[_T], _U], given: _T | Exception) -> _U | Exception:
    """Return the result of a step, or why it or one before it has failed."""
    if isinstance(given, Exception):
        return given
    try:
        return step(given)
    except Exception as error:  # whatever a record contains, it is a rejection and no end of the load
        return error


def _few_at_once(records: Iterable[_Found]) -> Iterator[list[_Found]]:
    some: list[_Found] = []
    size = 0
    for found in records:
        some.append(found)
        size += len(found[3] or b"")
        if len(some) == _AT_ONCE or size > _BYTES_AT_ONCE:
            yield some
            some, size = [], 0
    yield some


def keep_refused(parsed: Parsed, blocks: Iterable[Block], limits: Limits) -> None:
    """Keep the records that the database has refused: only then they are searched for in their blocks."""
    wanted = {(one.path, one.line, one.activity_id) for one in parsed.refused}
    for block in blocks:
        if any(path == block.path for path, _, _ in wanted):
            for line, record, _, raw in read_records(block, limits):
                place = block.path, line, id_of(record)
                if place in wanted:
                    wanted.discard(place)
                    parsed.keep(record, raw)
    parsed.unkept += len(wanted)


def _written(record: Any) -> bytes:
    try:
        return orjson.dumps(record)
    except orjson.JSONEncodeError:  # it is deeper than that writer supports
        try:
            return json.dumps(record).encode()
        except RecursionError:
            return b""


def _find_objects(row: Mapping[str, Any], linked: Iterable[str], limits: Limits) -> list[str]:
    found = [*row.get(RECORDINGS, ()), *find_objects(row, linked)]
    limits.check_items("objects", found)
    return found


def _reason(error: Exception, limits: Limits) -> str:
    if isinstance(error, Rejected | TooLarge):
        return str(error)
    if isinstance(error, OverflowError):
        return "called_at is out of range"
    if isinstance(error, RecursionError) or (isinstance(error, orjson.JSONEncodeError) and "ecursion" in str(error)):
        return limits.too_deep
    return f"cannot be understood ({type(error).__name__})"


def _without_nul(value: Any) -> Any:
    """Return a value without NUL characters, which PostgreSQL's text cannot hold."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {key.replace("\x00", ""): _without_nul(item) for key, item in value.items()}
    return value
