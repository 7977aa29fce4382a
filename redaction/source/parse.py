"""A block of lines -> rows ready to be copied. Runs in worker processes; knows no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    """The rows of a block: COPY text with the columns of `copied_columns`, and what the load has to know of them."""

    read: int = 0
    rows: int = 0
    data: bytes = b""
    weeks: set[datetime] = field(default_factory=set)
    accounts: set[int] = field(default_factory=set)
    rejections: list[Rejection] = field(default_factory=list)
    bytes_read: int = 0


def copied_columns() -> tuple[str, ...]:
    """Return the columns of the staging table in the order of COPY: all but state."""
    state = load_catalog().state
    return tuple(name for name in load_catalog().columns if name not in state)


def parse_block(block: Block, settings: Mapping[int, CallSettings]) -> Parsed:
    """Return the rows of a block; of two with one identity the later one."""
    parsed = Parsed(bytes_read=block.read)
    columns = {name: place for place, name in enumerate(copied_columns())}
    empty = ["\\N"] * len(columns)
    lines: dict[tuple[int, int], bytes] = {}
    clean = b"\\u0000" not in block.data
    for line, record, problem in _records(block):
        parsed.read += 1
        try:
            if problem is not None:
                raise Rejected(problem)
            row = build_row(record if clean else _without_nul(record), settings)
            at: datetime = row["called_at"]
            week = (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
            lines[row["account_id"], row["id"]] = _copy_line(row, columns, empty)
            parsed.weeks.add(week)
            parsed.accounts.add(row["account_id"])
        except (Rejected, OverflowError) as error:
            reason = str(error) if isinstance(error, Rejected) else "called_at is out of range"
            parsed.rejections.append(Rejection(block.path, line, _id_of(record), reason))
        except Exception as error:  # whatever a record may be made of, it is a rejection and no end of the load
            reason = f"cannot be understood ({type(error).__name__})"
            parsed.rejections.append(Rejection(block.path, line, _id_of(record), reason))
    parsed.rows = len(lines)
    parsed.data = b"".join(lines.values())
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
        if name in _ARRAYS:
            text = _escape(_array(value))
        elif kind is dict or kind is list or name in _JSON:
            text = orjson.dumps(value).decode()
            if "\\" in text:
                text = text.replace("\\", "\\\\")
        elif kind is str:
            text = _escape(value)
        else:
            text = value.isoformat() if kind is datetime else str(value)
        values[columns[name]] = text
    return ("\t".join(values) + "\n").encode()


_SETTINGS: dict[int, CallSettings] = {}


def start_worker(call_settings: Mapping[int, CallSettings]) -> None:
    """Give a worker process the settings that all its blocks need."""
    _SETTINGS.update(call_settings)


def parse_in_worker(block: Block) -> Parsed:
    """Return `parse_block` with the settings of this worker process."""
    return parse_block(block, _SETTINGS)
