"""What can still be read of JSON that the parser refuses: the records of a page one by one, and the id of a record.

A page whose brackets pair is scanned byte by byte, in a time that grows only with its length; nothing recurses here,
however deep it is nested. From any other page, each complete record is taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import orjson

_STRUCTURE = re.compile(rb'["{}\[\]]')
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_ID = re.compile(rb'\s*:\s*"?\s*(-?[0-9]{1,19})(?:\.0{1,30})?\s*"?\s*[,}]')
_OWN_ID = re.compile(rb'\s*:(?!\s*"(?!\s*-?[0-9]{1,19}(?:\.0{1,30})?\s*"))')
"""What follows the name of an id, unless that is a text and no integer: of an event, for instance."""
_RECORD = re.compile(rb"\s*:\s*\{")
_LIST = re.compile(rb"\s*:\s*\[")
_OBJECTS = re.compile(rb"\[\s*\{")
_NEXT_LINE = re.compile(r"\n\s*[{\[]")
_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
_NOT_WITHIN = re.compile(r"(?<![:\[,\s])\s*+(?=\{)")
"""The place before an object that is not the value of a field or of a list."""
_DECODER = json.JSONDecoder(strict=False)
_BETWEEN = " \t\r\n,\x00\x1a\x1e\ufeff\u2028\u2029"
"""Bytes between documents that do not make them a list, and after the last one."""
_MOST_SCANS = 20
"""How often, on average, a byte of a page whose brackets do not pair is read in vain."""
_DEEP = 100_000
"""The replacement for a value that is nested too deep to be read."""


def scan(data: bytes, begin: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Yield each bracket and each string with its start and end; stop at a string that does not end."""
    last = len(data) if end is None else end
    found = _STRUCTURE.search(data, begin, last)
    while found is not None:
        token, after = found[0], found.end()
        if token == b'"':
            whole = _STRING.match(data, found.start(), last)
            if whole is None:
                return
            token, after = whole[0], whole.end()
        yield token, found.start(), after
        found = _STRUCTURE.search(data, after, last)


def find_id(data: bytes, name: Sequence[bytes], whole: bool = True) -> int | None:
    """Return the id of the record in some JSON, or of the record in a message; None if it has none.

    `name` is the field of the id in quotes, after those around it. If the JSON is not `whole`, its existing part is
    searched; otherwise JSON that ends too early has no id.
    """
    depth, wanted, found, airbyte, within = 0, 1, None, False, 0
    for token, _, end in scan(data):
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
            within = min(within, max(depth - wanted, 0))
        elif depth == wanted + within and found is None and token == name[within]:
            if within < len(name) - 1:
                within += _RECORD.match(data, end) is not None
            else:
                matched = _ID.match(data, end)
                found = int(matched[1]) if matched is not None else None
        elif depth == wanted == 1 and token == b'"record"' and _RECORD.match(data, end):
            wanted = 2
        elif depth == wanted == 2 and found is None and token in (b'"stream"', b'"data"'):
            # Airbyte has the stream within, and the record one level below.
            wanted = 3 if airbyte and token == b'"data"' and _RECORD.match(data, end) else 2
            airbyte = True
        if found is not None and not whole:
            break
    return found if depth == 0 or not whole else None


def is_page(data: bytes, lists: Collection[bytes], name: bytes) -> bool:
    """Say whether some JSON is a complete list, or a complete page with a list of records under one of these names.

    An object with a field `name` is a record.
    """
    depth, first, listed = 0, b"", False
    for token, _, end in scan(data):
        if token in (b"{", b"["):
            first = first or token
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and first == b"{":
            if token == name:
                return False
            listed = listed or (token in lists and _LIST.match(data, end) is not None)
    return (listed or first == b"[") and depth == 0


def without_lists(data: bytes, name: bytes) -> bytes | None:
    """Return a page with its lists of a name (in quotes) empty; None if it has none or is not complete."""
    depth, after, begin = 0, -1, -1
    lists: list[tuple[int, int]] = []
    for token, start, end in scan(data):
        if token in (b"{", b"["):
            if depth == 1 and start == after:
                begin = end
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
            if depth == 1 and begin >= 0:
                lists.append((begin, start))
                begin = -1
        elif depth == 1 and token == name and (matched := _LIST.match(data, end)) is not None:
            after = matched.end() - 1
    if depth or not lists:
        return None
    begins, ends = [begin for begin, _ in lists], [end for _, end in lists]
    return b"".join(data[end:begin] for end, begin in zip([0, *ends], [*begins, len(data)], strict=True))


def split_page(data: bytes, lists: Collection[bytes]) -> Iterator[bytes]:
    """Yield the records of a list or page, unparsed, one by one."""
    depth, begin, name, level = 0, 0, b"", 0
    for token, start, end in scan(data):
        if token in (b"{", b"["):
            # In a page, the list is one level below its name.
            level = level or (1 if token == b"[" else 2)
            depth += 1
            if depth == level + 1:
                begin = start
        elif token in (b"}", b"]"):
            depth -= 1
            if depth == level and (level == 1 or name in lists):
                yield data[begin:end]
        elif depth == 1:
            name = token


def find_list(data: bytes, lists: Collection[bytes], name: bytes) -> int:
    """Return where the list of some JSON begins that is a list, or a page with one under one of these names, however
    it is wrapped; -1 if there is none.

    An object with an id in the field `name` before its list is a record.
    """
    depth = 0
    records: set[int] = set()
    for token, start, end in scan(data):
        if token == b"[" and depth == 0:
            return start
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            records.discard(depth)
            depth -= 1
        elif token == name and _OWN_ID.match(data, end):
            records.add(depth)
        elif token in lists and not records and (found := _LIST.match(data, end)):
            return found.end() - 1
    return -1


def find_objects(data: bytes, name: bytes) -> int:
    """Return where the first list of objects in some JSON begins; -1 if there is none, or a field `name` before it."""
    found = _OBJECTS.search(data)
    return -1 if found is None or data.find(name, 0, found.start()) >= 0 else found.start()


def split_broken(data: bytes, is_record: Callable[[Any], bool]) -> Iterator[tuple[bytes, bool]]:
    """Yield from a list or page that is cut, or whose brackets do not pair, each complete record, and the parts
    between them that may have been records; each with whether it is a record.
    """
    text = data.decode(errors="replace")
    last = text.find("[") + 1
    spent, most = 0, _MOST_SCANS * max(len(text), _DEEP)
    at = text.find("{", last)
    while at >= 0 and spent <= most:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            spent += error.pos - at if isinstance(error, json.JSONDecodeError) else _DEEP
            at = text.find("{", at + 1)
            continue
        if isinstance(value, dict) and is_record(value):
            between = text[last:at].strip(" \t\r\n,")
            if between:
                yield between.encode(errors="replace"), False
            yield text[at:end].encode(errors="replace"), True
            last = end
        at = text.find("{", end)
    rest = text[last:].strip(" \t\r\n,")
    if rest and rest[0] != "]":
        yield rest.encode(errors="replace"), False


def is_nothing(data: bytes) -> bool:
    """Say whether some bytes are only separators between documents."""
    return not data.decode(errors="replace").strip(_BETWEEN)


def split_documents(data: bytes, is_record: Callable[[Any], bool]) -> list[tuple[bytes, bool]]:
    """Return the objects and lists in some bytes, one after the other, and the parts that are none, up to the next
    one; each with whether it is JSON. Nothing if the bytes do not begin with one.
    """
    text = data.decode(errors="replace")
    found: list[tuple[bytes, bool]] = []
    spent, most = 0, _MOST_SCANS * max(len(text), _DEEP)
    at = _skip_between(text, 0)
    if text[at : at + 1] not in ("{", "["):
        return found
    while at < len(text):
        end, is_whole = len(text), False
        if text[at] in "{[" and spent <= most:
            paired = _pair_end(text, at)
            is_whole = paired >= 0 and _is_json(text[at:paired])
            if is_whole:
                end = paired
            else:
                spent += (paired if paired >= 0 else len(text)) - at
        if not is_whole and spent <= most:
            end = _find_end(text, at)
            if end < 0:
                end, tried = _find_next(text, at, is_record)
                spent += tried
            spent += end - at
        found.append((text[at:end].encode(errors="replace"), is_whole))
        at = _skip_between(text, end)
    return found


def _skip_between(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BETWEEN:
        at += 1
    return at


def _is_json(text: str) -> bool:
    for read in (orjson.loads, _DECODER.decode):
        try:
            read(text)
        except (ValueError, RecursionError):
            continue
        return True
    return False


def _pair_end(text: str, at: int) -> int:
    """Return the end of the first bracket's pair; -1 if it has none."""
    depth = 0
    for token in _BRACKETS.finditer(text, at):
        depth += (token[0] in "{[") - (token[0] in "}]")
        if depth <= 0 or token[0] == '"':
            return token.end() if depth == 0 and token[0] != '"' else -1
    return -1


def _find_end(text: str, at: int) -> int:
    """Return the end of invalid JSON whose brackets pair, if another document or nothing follows; else -1."""
    end = _pair_end(text, at)
    following = _skip_between(text, end) if end >= 0 else 0
    return end if end >= 0 and text[following : following + 1] in ("", "{", "[") else -1


def _find_next(text: str, at: int, is_record: Callable[[Any], bool]) -> tuple[int, int]:
    """Return where the next document begins, on its own line or as a complete record; and the characters that were
    read for it in vain.
    """
    line = _NEXT_LINE.search(text, at + 1)
    last, spent = line.start() if line else len(text), 0
    for before in _NOT_WITHIN.finditer(text, at + 1, last):
        end = _pair_end(text, before.end())
        try:
            value = _DECODER.decode(text[before.end() : end])
        except (ValueError, RecursionError):
            spent += (end if end >= 0 else len(text)) - before.end()
            if spent > _MOST_SCANS * (last - at):
                break
            continue
        if isinstance(value, dict) and is_record(value):
            return before.end(), spent
    return last, spent
