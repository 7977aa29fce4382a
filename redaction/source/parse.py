"""A block of lines -> rows ready to be copied. Runs in worker processes; knows no database."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from redaction.source.copyformat import encode_row
from redaction.source.ctm import OBJECTS, CallSettings, Elsewhere, Rejected, build_row
from redaction.source.reader import Block

_LISTS = ("calls", "activities", "texts", "messages", "chats", "forms")
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
    objects: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    """By account and id, the addresses of objects beside that of the recording; of twins those of both."""
    days: set[datetime] = field(default_factory=set)
    rejections: list[Rejection] = field(default_factory=list)
    bytes_read: int = 0


def parse_blocks(blocks: Iterable[Block], settings: Mapping[int, CallSettings | None]) -> Parsed:
    """Return the rows of some blocks; of two with one identity the later one."""
    parsed = Parsed()
    days: set[int] = set()
    for block in blocks:
        _parse(block, settings, parsed, days)
        parsed.bytes_read += block.read
    parsed.days = {datetime.fromordinal(day).replace(tzinfo=UTC) for day in days}
    return parsed


def _parse(block: Block, settings: Mapping[int, CallSettings | None], parsed: Parsed, days: set[int]) -> None:
    rows = parsed.rows
    clean = _NUL.search(block.data) is None
    for line, record, problem in _records(block):
        parsed.read += 1
        try:
            if problem is not None:
                raise Rejected(problem)
            row = build_row(record if clean else _without_nul(record), settings)
            at: datetime = row["called_at"]
            rows[row["account_id"], row["id"]] = encode_row(row)
            if OBJECTS in row:
                parsed.objects.setdefault((row["account_id"], row["id"]), []).extend(row[OBJECTS])
            days.add(at.toordinal())
        except Elsewhere:
            parsed.read -= 1
        except (Rejected, OverflowError) as error:
            reason = str(error) if isinstance(error, Rejected) else "called_at is out of range"
            parsed.rejections.append(Rejection(block.path, line, _id_of(record), reason))
        except Exception as error:  # whatever a record may be made of, it is a rejection and no end of the load
            reason = f"cannot be understood ({type(error).__name__})"
            parsed.rejections.append(Rejection(block.path, line, _id_of(record), reason))


def _id_of(record: Any) -> int | None:
    found = record.get("id") if isinstance(record, dict) else None
    return found if isinstance(found, int) else None


def _records(block: Block) -> Iterator[tuple[int, Any, str | None]]:
    lines: Iterable[bytes] = [block.data] if block.whole_file else io.BytesIO(block.data)
    for number, line in enumerate(lines, block.first_line):
        if line.isspace():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield number, None, "is not JSON"
            continue
        if not isinstance(found, dict):
            yield number, None, "is JSON, but no object"
            continue
        if "id" in found and "record" not in found:
            yield number, found, None
        else:
            yield from _unpack(number, found)


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
