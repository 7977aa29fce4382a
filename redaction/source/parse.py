"""A block of lines -> rows ready to be copied. Runs in worker processes; knows no database."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from redaction.settings import DEEPEST
from redaction.source.addresses import find_objects
from redaction.source.copyformat import Encoder
from redaction.source.ctm import CallSettings, Elsewhere, Rejected, account_of, build_row
from redaction.source.limits import LIGHT_BYTES, Limits, TooLarge
from redaction.source.personal import RECORDINGS
from redaction.source.reader import Block
from redaction.source.salvage import find_id, is_page, split_page

MOST_NAMED = 100
"""Rejections that are kept, of a batch and of a load; the others are counted."""
_HEAD = 64 * 1024
_LISTS = ("calls", "activities", "texts", "messages", "chats", "forms")
_QUOTED_LISTS = frozenset(f'"{name}"'.encode() for name in _LISTS)
_NUL = re.compile(rb"\\u0000")
_SINGER = ("SCHEMA", "STATE", "ACTIVATE_VERSION")


@dataclass(frozen=True)
class Rejection:
    """A record that was not loaded: where it stands and why, never what it holds."""

    path: str
    line: int
    activity_id: int | None
    reason: str


@dataclass
class Parsed:
    """The rows of some blocks and what the load has to know of them."""

    read: int = 0
    rows: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """By account and id, a row in COPY's binary format."""
    places: dict[tuple[int, int], tuple[str, int, str | None]] = field(default_factory=dict)
    """By account and id, the file and line of a row, and the address of its recording."""
    objects: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    """By account and id, the addresses of objects beside that of the recording; of twins those of both, and that of the
    recording of the earlier one, whose row is not stored."""
    days: set[datetime] = field(default_factory=set)
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    """The first of them."""
    bytes_read: int = 0

    def reject(self, path: str, line: int, activity_id: int | None, reason: str) -> None:
        """Count a record that is not loaded, and keep the first of them."""
        self.rejected += 1
        if len(self.rejections) < MOST_NAMED:
            self.rejections.append(Rejection(path, line, activity_id, reason))


def parse_blocks(
    blocks: Iterable[Block], settings: Mapping[int, CallSettings | None], limits: Limits, only_own: bool = False
) -> Parsed:
    """Return the rows of some blocks; of two with one identity the later one.

    `only_own` passes over what is rejected and of none of the accounts here: every placement rejects that alike.
    """
    parsed = Parsed()
    days: set[int] = set()
    for block in blocks:
        _parse(block, settings, limits, only_own, parsed, days)
        parsed.bytes_read += block.read
    parsed.days = {datetime.fromordinal(day).replace(tzinfo=UTC) for day in days}
    return parsed


def _parse(
    block: Block,
    settings: Mapping[int, CallSettings | None],
    limits: Limits,
    only_own: bool,
    parsed: Parsed,
    days: set[int],
) -> None:
    rows, places, path = parsed.rows, parsed.places, block.path
    clean = _NUL.search(block.data) is None
    encode = Encoder.of(limits).encode
    for line, record, problem in _records(block, limits):
        parsed.read += 1
        try:
            if problem is not None:
                raise Rejected(problem)
            if not clean:
                record = _without_nul(record)
            row = build_row(record, settings)
            at: datetime = row["called_at"]
            key = row["account_id"], row["id"]
            encoded, linked = encode(row)
            objects = _find_objects(row, linked, limits) if linked or RECORDINGS in row else []
            if key in places and (recording := places[key][2]) is not None:
                objects.append(recording)
            rows[key] = encoded
            places[key] = path, line, row.get("recording_url")
            if objects:
                parsed.objects.setdefault(key, []).extend(objects)
            days.add(at.toordinal())
        except Elsewhere:
            parsed.read -= 1
        except Exception as error:  # whatever a record may be made of, it is a rejection and no end of the load
            if only_own and (problem is not None or account_of(record, settings) is None):
                parsed.read -= 1
            else:
                parsed.reject(path, line, _id_of(record), _reason(error, limits))


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


def _id_of(record: Any) -> int | None:
    found = record.get("id") if isinstance(record, dict) else None
    return found if isinstance(found, int) else None


def _records(block: Block, limits: Limits) -> Iterator[tuple[int, Any, str | None]]:
    if block.cut:
        yield block.first_line, {"id": find_id(block.data, whole=False)}, _cut_reason(block, limits)
        return
    # To count the brackets of every line costs 3 % of a load, and what is too deep for all is refused by the encoder.
    depth = limits.depth if limits.depth < DEEPEST else None
    most = limits.values
    lines: Iterable[bytes] = [block.data] if block.whole_file else io.BytesIO(block.data)
    for number, line in enumerate(lines, block.first_line):
        if line.isspace():
            continue
        if len(line) > limits.line_bytes and not block.whole_file:
            yield number, {"id": find_id(line[:_HEAD], whole=False)}, _cut_reason(block, limits)
            continue
        try:
            # Asked by its length first: a call for every line would be half a percent of a load.
            found = None if len(line) > most and limits.has_too_many_values(line) else orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield from _salvage(number, line, limits, _json_reason(error, limits))
            continue
        if not isinstance(found, dict):
            if limits.has_too_many_values(line):
                reason = f"has more than {limits.values:,} JSON values (REDACTION_LIMIT_VALUES)"
                yield from _salvage(number, line, limits, reason)
            else:
                yield number, None, "is JSON, but no object"
            continue
        heavy = len(line) > LIGHT_BYTES or (depth is not None and line.count(b"{") + line.count(b"[") > depth)
        if "id" in found and "record" not in found:
            yield number, found, _size_reason(found, limits) if heavy else None
        else:
            for place, record, problem in _unpack(number, found):
                yield place, record, problem or (_size_reason(record, limits) if heavy else None)


def _size_reason(record: Mapping[str, Any], limits: Limits) -> str | None:
    try:
        limits.check(record)
    except TooLarge as error:
        return str(error)
    return None


def _salvage(number: int, data: bytes, limits: Limits, reason: str) -> Iterator[tuple[int, Any, str | None]]:
    """Yield the records of a page that cannot be read at once, each by itself; anything else is one rejection."""
    if not is_page(data, _QUOTED_LISTS):
        yield number, {"id": find_id(data)}, reason
        return
    for place, part in enumerate(split_page(data, _QUOTED_LISTS), 1):
        problem: str | None = reason
        found: Any = None
        if not limits.has_too_many_values(part):
            try:
                found = orjson.loads(part)
                problem = _size_reason(found, limits) if isinstance(found, dict) else "is JSON, but no object"
            except orjson.JSONDecodeError as error:
                problem = _json_reason(error, limits)
        yield place, {"id": find_id(part)} if found is None else found, problem


def _json_reason(error: orjson.JSONDecodeError, limits: Limits) -> str:
    told = error.msg
    if "depth limit" in told:
        return limits.too_deep
    if "infinity" in told:
        return "has a number that is out of range"
    return "has half of a surrogate pair" if "surrogate" in told else "is not JSON"


def _cut_reason(block: Block, limits: Limits) -> str:
    if block.whole_file:
        return f"is one document of more than {limits.document_bytes:,} bytes (REDACTION_LIMIT_DOCUMENT_BYTES)"
    return f"is a line of more than {limits.line_bytes:,} bytes (REDACTION_LIMIT_LINE_BYTES)"


def _unpack(number: int, found: dict[str, Any]) -> Iterator[tuple[int, Any, str | None]]:
    if found.get("type") in _SINGER and "id" not in found:
        return
    if found.get("type") == "RECORD" and "record" in found:
        if found.get("stream") not in ("call", "calls"):
            yield number, None, "is a Singer record of another stream"
            return
        found = found["record"]
    listed = next((found[name] for name in _LISTS if "id" not in found and isinstance(found.get(name), list)), None)
    for place, record in enumerate(listed, 1) if listed is not None else [(number, found)]:
        yield place, record, None if isinstance(record, dict) else "is JSON, but no object"


def _without_nul(value: Any) -> Any:
    """Return a value without NUL characters, which PostgreSQL's text cannot hold."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {key.replace("\x00", ""): _without_nul(item) for key, item in value.items()}
    return value
