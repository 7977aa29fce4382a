"""A block of lines -> rows ready to be copied. Runs in worker processes; knows no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from redaction.catalog import load_catalog
from redaction.source.ctm import CallSettings, Rejected, build_row
from redaction.source.reader import Block

_LISTS = ("calls", "activities", "texts", "messages", "chats", "forms")
_ARRAYS = frozenset({"emails", "tags"})
_JSON = frozenset({"form"})


@dataclass(frozen=True)
class Rejection:
    """A record that was not loaded: where it stands and why, never what it holds."""

    path: str
    line: int
    activity_id: int | None
    reason: str


@dataclass
class Parsed:
    """The rows of a block and what the load has to know of them."""

    read: int = 0
    lines: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """By account and id, a line of COPY's text format of the catalog's copied columns."""
    days: set[datetime] = field(default_factory=set)
    rejections: list[Rejection] = field(default_factory=list)
    bytes_read: int = 0


def parse_block(block: Block, settings: Mapping[int, CallSettings]) -> Parsed:
    """Return the rows of a block; of two with one identity the later one."""
    parsed = Parsed(bytes_read=block.read)
    columns = {name: place for place, name in enumerate(load_catalog().copied)}
    empty = [_NULL] * len(columns)
    lines = parsed.lines
    days: set[int] = set()
    clean = b"\\u0000" not in block.data
    for line, record, problem in _records(block):
        parsed.read += 1
        try:
            if problem is not None:
                raise Rejected(problem)
            row = build_row(record if clean else _without_nul(record), settings)
            at: datetime = row["called_at"]
            lines[row["account_id"], row["id"]] = _copy_line(row, columns, empty)
            days.add(at.toordinal())
        except (Rejected, OverflowError) as error:
            reason = str(error) if isinstance(error, Rejected) else "called_at is out of range"
            parsed.rejections.append(Rejection(block.path, line, _id_of(record), reason))
        except Exception as error:  # whatever a record may be made of, it is a rejection and no end of the load
            reason = f"cannot be understood ({type(error).__name__})"
            parsed.rejections.append(Rejection(block.path, line, _id_of(record), reason))
    parsed.days = {datetime.fromordinal(day).replace(tzinfo=UTC) for day in days}
    return parsed


def _id_of(record: Any) -> int | None:
    found = record.get("id") if isinstance(record, dict) else None
    return found if isinstance(found, int) else None


def _records(block: Block) -> Iterator[tuple[int, Any, str | None]]:
    lines = [block.data] if block.whole_file else block.data.split(b"\n")
    for number, line in enumerate(lines, block.first_line):
        if not line or line.isspace():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield number, None, "is not JSON"
            continue
        if not isinstance(found, dict):
            yield number, None, "is JSON, but no object"
            continue
        yield from _unpack(number, found)


def _unpack(number: int, found: dict[str, Any]) -> Iterator[tuple[int, Any, str | None]]:
    if found.get("type") in ("SCHEMA", "STATE", "ACTIVATE_VERSION") and "id" not in found:
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


_FIELD, _NULL = "\x1f", "\x1e"


def _escape(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text


def _array(items: list[str]) -> str:
    return "{" + ",".join('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items) + "}"


def _copy_line(row: dict[str, Any], columns: Mapping[str, int], empty: list[str]) -> bytes:
    """Return one line of COPY's text format (PostgreSQL manual, COPY, File Formats)."""
    values = empty.copy()
    for name, value in row.items():
        kind = value.__class__
        if kind is str and name not in _JSON:
            text = value
        elif kind is int and name not in _JSON:
            text = str(value)
        elif name in _ARRAYS:
            text = _array(value)
        elif kind is datetime:
            text = value.isoformat()
        else:
            text = orjson.dumps(value).decode()
        values[columns[name]] = text
    line = _FIELD.join(values)
    # Escaped all at once, with characters that nobody sends in the place of tab and NULL until then.
    if line.count(_FIELD) == len(values) - 1 and line.count(_NULL) == len(values) - len(row):
        return (_escape(line).replace(_FIELD, "\t").replace(_NULL, "\\N") + "\n").encode()
    return ("\t".join("\\N" if value is _NULL else _escape(value) for value in values) + "\n").encode()
