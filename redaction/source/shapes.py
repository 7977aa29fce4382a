"""A line or document -> the records in it: bare, in lists and pages, in messages of Singer and Airbyte.

If it cannot be read at once, it is read record by record, and an unreadable record is one rejection.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from redaction.settings import DEEPEST
from redaction.source.broken_lines import LineJoiner
from redaction.source.limits import LIGHT_BYTES, Limits, TooLarge
from redaction.source.mend import mend
from redaction.source.numbers import whole_number
from redaction.source.reader import Block
from redaction.source.rules import load_rules
from redaction.source.salvage import (
    find_id,
    find_list,
    find_objects,
    is_nothing,
    is_page,
    split_broken,
    split_documents,
    split_page,
)
from redaction.source.twice import SMALL, read_both, repeats_names
from redaction.source.wrapped import MOST_WRAPPERS, find_inside, find_record, read_text

OTHER_STREAM = "is of another stream"
"""The problem of an object that is no activity, and not meant to be one: it is skipped and counted."""
_HEAD = 64 * 1024
_MESSAGES = frozenset(
    (
        *("SCHEMA", "STATE", "ACTIVATE_VERSION"),
        *("LOG", "SPEC", "CONNECTION_STATUS", "CATALOG", "TRACE", "CONTROL", "DESTINATION_CATALOG"),
    )
)
"""Messages of Singer and of Airbyte (Airbyte protocol 0.3 to 0.18) that carry no record."""
_ERRORS = ("error", "errors", "fault")
_SUCCESSES = ("success", "ok")
_STATES = ("status", "code", "statuscode", "status_code")
_FAILED_CODE = re.compile("[45][0-9]{2}")
_FAILED = frozenset({"error", "fail", "failed", "failure"})
"""Fields by which an answer says that its empty list is none, and what they say then."""
_NAME_SPACE = re.compile(r"__|[-.:/]")
"""Separators of the name of a stream and of what a pipeline writes before it."""
_NO_OBJECT = "is JSON, but no object"


class Found(NamedTuple):
    """A record: its line, or its place in a list; why it cannot be loaded; and its own line.

    `raw` is None for a record of a list, and empty for a line that is too long.
    """

    place: int
    record: Any
    problem: str | None
    raw: bytes | None


def read_records(block: Block, limits: Limits) -> Iterator[tuple[int, Any, str | None, bytes | None]]:
    """Yield the content of a block, each as `Found` (plain tuples: created once for each record of a load)."""
    if block.cut:
        yield block.first_line, _named(block.data, whole=False), _cut_reason(block, limits), b""
        return
    # Counting the brackets of every line costs 3 % of a load, and the encoder refuses what is too deep for everything.
    depth = limits.depth if limits.depth < DEEPEST else None
    most = limits.values
    rules = load_rules()
    key, account, time, other_time = rules.bare_fields
    repeats = repeats_names(block, rules.quoted_pages, rules.quoted_id[0])
    file = io.BytesIO(block.data)
    lines = enumerate([block.data] if block.whole_file else file, block.first_line)
    joiner = LineJoiner(b"" if block.whole_file else block.data, limits.line_bytes)
    for number, line in lines:
        if line.isspace():
            continue
        if len(line) > limits.line_bytes and not block.whole_file:
            yield number, _named(line[:_HEAD], whole=False), _cut_reason(block, limits), b""
            continue
        # Its length is checked first: a call for every line would be half a percent of a load.
        if len(line) > most and limits.has_too_many_values(line):
            yield from _salvage(number, line, limits, _too_many(limits), repeats)
            continue
        try:
            found = orjson.loads(line)
            if repeats:
                found = read_both(line, found)
        except orjson.JSONDecodeError:
            found, problem = _read_mended(line, limits, repeats)
            if problem is not None and (joined := joiner.join(file.tell() - len(line))) is not None:
                for _ in range(joined.rstrip().count(b"\n")):
                    next(lines)
                line = joined
                found, problem = _read_mended(line, limits, repeats or len(line) <= SMALL)
            if problem is not None:
                yield from _salvage(number, line, limits, problem, repeats)
                continue
        heavy = len(line) > LIGHT_BYTES or (depth is not None and line.count(b"{") + line.count(b"[") > depth)
        record = found
        if found.__class__ is dict and found.get("type") == "RECORD":
            record = _in_message(found)
        if (
            record.__class__ is dict
            and key in record
            and account in record
            and (time in record or other_time in record)
            and "record" not in record
        ):
            yield number, record, _size_reason(record, limits) if heavy else None, line
        elif found.__class__ is str:
            yield from _check(_read_within(number, found, line, limits), limits, heavy)
        else:
            yield from _check(_unwrap(number, found, line), limits, heavy)


def _in_message(found: Mapping[str, Any]) -> Any:
    """Return the record of a message of Singer in its usual form; any other value as it is, for `_unwrap`."""
    stream, rules = found.get("stream"), load_rules()
    is_usual = stream.__class__ is str and stream in rules.streams and rules.bare not in found
    return found.get("record", found) if is_usual else found


def id_of(record: Any) -> int | None:
    """Return the id that names a record that is not loaded, if it has one."""
    rules = load_rules()
    return whole_number(rules.move(record).get(rules.id)) if isinstance(record, dict) else None


def _named(data: bytes, whole: bool = True) -> dict[str, Any]:
    """Return the substitute for a record that is not read: its id, if it is found in its bytes."""
    return {load_rules().id: find_id(data, load_rules().quoted_id, whole)}


def _check(found: Iterable[Found], limits: Limits, heavy: bool) -> Iterator[Found]:
    for one in found:
        yield one._replace(problem=_size_reason(one.record, limits)) if heavy and one.problem is None else one


def _size_reason(record: Mapping[str, Any], limits: Limits) -> str | None:
    try:
        limits.check(record)
    except TooLarge as error:
        return str(error)
    return None


def _read_within(number: int, text: str, line: bytes, limits: Limits) -> Iterator[Found]:
    """Yield the records in a line that is a text of JSON."""
    if text[:1] not in ("{", "[") or read_text(text) is not text:
        return _unwrap(number, text, line)
    found = list(_salvage(number, text.encode(errors="replace"), limits, _NO_OBJECT))
    return iter(found) if len(found) > 1 else _unwrap(number, text, line)


def _salvage(number: int, data: bytes, limits: Limits, reason: str, repeats: bool = False) -> Iterator[Found]:
    """Yield the records of a page that cannot be read at once, one by one; anything else is one rejection."""
    rules = load_rules()
    repeats = repeats or len(data) <= SMALL
    if not is_page(data, rules.quoted_lists, rules.quoted_id[0]):
        yield from _salvage_broken(number, data, limits, reason, repeats)
        return
    for place, part in enumerate(split_page(data, rules.quoted_lists), 1):
        found, problem = _read(part, limits, repeats)
        if problem is not None:
            yield Found(place, _named(part), problem, part)
        else:
            yield from _check(_unwrap(place, found, part), limits, heavy=True)


def _salvage_broken(number: int, data: bytes, limits: Limits, reason: str, repeats: bool) -> Iterator[Found]:
    """Yield the complete records of a page that is cut, or whose brackets do not pair, or of several documents, and
    the remains of the others.
    """
    rules = load_rules()
    begin = find_list(data, rules.quoted_pages, rules.quoted_id[0])
    if begin < 0 and find_id(data, rules.quoted_id, whole=False) is None:
        begin = find_objects(data, rules.quoted_id[0])
    parts = split_documents(data, _holds_record) if begin < 0 else split_records(data[begin:])
    if not any(is_whole for _, is_whole in parts) or parts == [(data.strip(), True)]:
        if not is_nothing(data):
            yield Found(number, _named(data), reason, data)
        return
    for place, (part, is_whole) in enumerate(parts, 1):
        found, problem = _read(part, limits, repeats) if is_whole else (None, reason)
        if problem is not None:
            yield Found(place, _named(part, whole=False), problem, part)
        else:
            yield from _check(_unwrap(place, found, part), limits, heavy=True)


def split_records(page: bytes) -> list[tuple[bytes, bool]]:
    """Return the complete records of a broken page, and the parts between them, each with whether it is a record."""
    return list(split_broken(page, _holds_record))


def _holds_record(value: dict[str, Any]) -> bool:
    rules = load_rules()
    return (rules.bare in value and rules.account in rules.move(value)) or any(
        found.problem is None and isinstance(found.record, dict) and find_record(found.record) is not None
        for found in _unwrap(0, value, None)
    )


def _read(data: bytes, limits: Limits, repeats: bool) -> tuple[Any, str | None]:
    """Return the value of some JSON, or why it cannot be read."""
    if limits.has_too_many_values(data):
        return None, _too_many(limits)
    try:
        found = orjson.loads(data)
        return read_both(data, found) if repeats else found, None
    except orjson.JSONDecodeError:
        return _read_mended(data, limits, repeats)


def _read_mended(data: bytes, limits: Limits, repeats: bool) -> tuple[Any, str | None]:
    mended = mend(data)
    try:
        found = orjson.loads(mended)
    except orjson.JSONDecodeError as error:
        return None, limits.too_deep if "depth limit" in error.msg else "is not JSON"
    return read_both(mended, found) if repeats else found, None


def _too_many(limits: Limits) -> str:
    return f"has more than {limits.values:,} JSON values (REDACTION_LIMIT_VALUES)"


def _cut_reason(block: Block, limits: Limits) -> str:
    if block.whole_file:
        return f"is one document of more than {limits.document_bytes:,} bytes (REDACTION_LIMIT_DOCUMENT_BYTES)"
    return f"is a line of more than {limits.line_bytes:,} bytes (REDACTION_LIMIT_LINE_BYTES)"


def _unwrap(place: int, value: Any, raw: bytes | None, wrappers: int = 0) -> Iterator[Found]:
    """Yield the records in a value; those of a list by their places in it, without a line of their own."""
    if isinstance(value, str) and wrappers < MOST_WRAPPERS:
        # Tables store a record as a text.
        value = read_text(value)
    if not isinstance(value, dict):
        if isinstance(value, list) and wrappers < MOST_WRAPPERS:
            for number, item in enumerate(value, 1):
                yield from _unwrap(number, item, None, wrappers + 1)
        else:
            yield Found(place, value, _NO_OBJECT, raw)
        return
    rules = load_rules()
    has_id = rules.bare in value
    record = find_record(value)
    if (record is not None and "record" not in value) or wrappers >= MOST_WRAPPERS:
        yield Found(place, value if record is None else record, None, raw)
        return
    kind = kind.upper() if isinstance(kind := value.get("type"), str) and not has_id else kind
    if kind == "RECORD" and "record" in value:
        stream, held = value.get("stream"), value["record"]
        if stream is None and isinstance(held, dict) and "data" in held:
            stream, held = held.get("stream"), held["data"]
        if problem := _stream_problem(stream, isinstance(held, dict) and find_record(held) is not None):
            yield Found(place, held, problem, raw)
        else:
            yield from _unwrap(place, held, raw, wrappers + 1)
    elif kind == "BATCH" and "manifest" in value:
        problem = _stream_problem(value.get("stream"))
        yield Found(place, value, problem or "names files of activities: load those files", raw)
    elif kind.__class__ is str and kind in _MESSAGES and not has_id:
        return
    elif not has_id and isinstance(held := value.get("_airbyte_data"), dict | str):
        yield from _unwrap(place, held, raw, wrappers + 1)
    else:
        inside = [] if record is not None else find_inside(value)
        if not inside or (not any(inside) and _is_error(value)):
            yield Found(place, value, None, raw)
        for held in inside:
            yield from _unwrap(place, held, raw, wrappers + 1)


def _is_error(value: Mapping[str, Any]) -> bool:
    """Return whether an answer without records says that it has failed."""
    said = {name.lower(): held for name, held in value.items()}
    states = [str(said.get(name)).lower() for name in _STATES]
    return (
        any(map(said.get, _ERRORS))
        or any(str(said.get(name)).lower() in ("false", "0") for name in _SUCCESSES)
        or any(state in _FAILED or _FAILED_CODE.fullmatch(state) for state in states)
    )


def _stream_problem(stream: Any, is_whole: bool = False) -> str | None:
    if not isinstance(stream, str):
        return "is a message that names no stream"
    name = _NAME_SPACE.split(stream.lower())[-1]
    names = {name, name.rpartition("_")[2] if is_whole else name}
    return OTHER_STREAM if load_rules().streams.isdisjoint(names) else None
