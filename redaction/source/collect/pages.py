"""One answer of the API -> the lines that a load reads, and the next page.

No address in an answer is followed: it must have the same scheme, host and path, and only the number or cursor of the
page is taken from it, for an address that this module builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import orjson

from redaction.errors import SourceRefused
from redaction.source.collect.endpoint import Endpoint
from redaction.source.limits import Limits
from redaction.source.mend import BYTE_ORDER_MARK, mend
from redaction.source.numbers import whole_number
from redaction.source.salvage import split_page, without_lists
from redaction.source.shapes import split_records

CALLS, ACCOUNTS = "calls", "accounts"
"""The lists that answers of the API have."""
_CURSORS = ("after", "page")
_CURSOR = re.compile(r"[\x21-\x7e]{1,1000}")
_TOTALS = ("total_pages", "total_entries")
_MESSAGE = frozenset({"id", "record", "type", "_airbyte_data"})
"""Keys that make the loader take an object for something else than a page."""
_MOST_ENDS = 50
"""How many ends of lists are tried, from the end of a broken page, to find that of its list of records."""
_LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")


class NoPage(ValueError):
    """An answer is not a page of the API; the message says in safe words what it is."""


class _Record(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw()


class _Calls(msgspec.Struct):
    """The frame of an ordinary page of activities; the load reads the records."""

    calls: list[_Record]
    next_page: Any = None
    after: Any = None
    total_pages: Any = None
    total_entries: Any = None
    # Keys of `_MESSAGE`: a page with one of them is not an ordinary one.
    id: Any = msgspec.UNSET
    record: Any = msgspec.UNSET
    type: Any = msgspec.UNSET
    _airbyte_data: Any = msgspec.UNSET


_CALLS = msgspec.json.Decoder(_Calls)


@dataclass(frozen=True)
class Page:
    """A page: its list as it was read, the body as it was sent, and which page comes next (None: it is the last).

    The list has the id of each record that was not read, as it was sent, and all of a record that is not JSON.
    `total_pages` and `total_entries` are how many pages and records the API announces in all; 0: it does not say.
    """

    items: list[Any]
    body: bytes
    total_pages: int
    total_entries: int
    following: Mapping[str, str] | None
    is_plain: bool
    """Whether nothing outside its list could make the loader take it for something else."""
    is_cut: bool = False
    """Whether it is cut before its end, so that it had more records."""
    is_broken: bool = False
    """Whether its brackets do not pair, or it is cut: the loader finds the complete records."""

    @cached_property
    def digest(self) -> bytes:
        """Return the identity of a page; the same list has the same one, whatever else the answer says."""
        ids = [item.get("id") if isinstance(item, dict) else item for item in self.items]
        # Lists and objects may be nested deeper than they can be written.
        return sha256(repr([None if isinstance(each, dict | list) else each for each in ids]).encode()).digest()

    def lines(self, limits: Limits) -> Iterator[bytes]:
        """Yield the page as the loader reads it: in one line, or a line for each record if that would be too long."""
        if self.is_broken:
            yield from (_in_one_line(part) for part, _ in split_records(self.body))
            return
        if self.is_plain and len(self.body) <= limits.line_bytes:
            # JSON escapes line breaks in its texts.
            yield _in_one_line(self.body)
            return
        for part in split_page(self.body, frozenset({_quote(CALLS)})):
            yield _in_one_line(part)
        # The loader rejects what is no record.
        yield from (orjson.dumps(item) + b"\n" for item in self.items if not isinstance(item, dict | list | bytes))


def _in_one_line(data: bytes) -> bytes:
    # Almost no page has a line break, and searching for one takes a tenth of the time.
    return (data.translate(_LINE_BREAKS) if b"\n" in data or b"\r" in data else data) + b"\n"


def read_page(body: bytes, name: str, endpoint: Endpoint, path: str) -> Page:
    """Return the page in an answer for a path of the API; `name` is the list that it must have.

    Raises NoPage for any other answer, SourceRefused if the next page is not at the same path of the same host.
    """
    body = body.removeprefix(BYTE_ORDER_MARK).strip()
    ordinary = _read_calls(body) if name == CALLS else None
    if ordinary is not None:
        frame = {key: getattr(ordinary, key) for key in ("next_page", "after", *_TOTALS)}
        ids = [bytes(record.id) for record in ordinary.calls]
        return Page(ids, body, *_read_totals(frame), _find_next(frame, endpoint, path), True)
    found = _read(body)
    is_whole = not isinstance(found, bytes)
    if not is_whole:
        # One record of invalid JSON must not stop the others: the load rejects it alone.
        found = _read(without_lists(body, _quote(name)) or b"")
        if isinstance(found, bytes):
            return _read_broken(body, name, endpoint, path)
        found[name] = [_read(part) for part in split_page(body, frozenset({_quote(name)}))]
    if not isinstance(found, dict) or not isinstance(found.get(name), list):
        failed = isinstance(found, dict) and bool({"error", "errors"} & found.keys())
        raise NoPage("an error in words" if failed else f"JSON without a list of {name}")
    following = _find_next(found, endpoint, path)
    return Page(found[name], body, *_read_totals(found), following, is_whole and _MESSAGE.isdisjoint(found))


def _read_calls(body: bytes) -> _Calls | None:
    """Return the frame of a page of activities, checked to its end; None if the page is not an ordinary one."""
    try:
        found = _CALLS.decode(body)
        # The decoder does not check the encoding of the texts that it skips.
        body.decode()
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return found if all(getattr(found, key) is msgspec.UNSET for key in _MESSAGE) else None


def _read_totals(found: Mapping[str, Any]) -> tuple[int, int]:
    pages, entries = (whole_number(found.get(name)) or 0 for name in _TOTALS)
    return pages if 0 < pages < 1_000_000 else 0, entries if 0 < entries < 1_000_000_000 else 0


def _read_broken(body: bytes, name: str, endpoint: Endpoint, path: str) -> Page:
    """Return a page that is cut, or whose brackets do not pair, if it has a complete record."""
    frame, is_whole = _read_frame(body, name)
    parts = split_records(body) if frame is not None else []
    if frame is None or not (is_whole or any(is_record for _, is_record in parts)):
        raise NoPage("a page of HTML" if body.startswith(b"<") else "what is no JSON")
    items = [part for part, _ in parts]
    return Page(items, body, *_read_totals(frame), _find_next(frame, endpoint, path), False, not is_whole, True)


def _read_frame(body: bytes, name: str) -> tuple[dict[str, Any] | None, bool]:
    """Return the part of a broken page outside its list, and whether it is complete; None if it has no such list."""
    begin = re.search(re.escape(_quote(name)) + rb"\s*:\s*\[", body)
    if begin is None:
        return None, False
    head = body[: begin.end()]
    before = _read(head + b"]}")
    if not isinstance(before, dict):
        return None, False
    at = len(body)
    for _ in range(_MOST_ENDS):
        at = body.rfind(b"]", begin.end(), at)
        if at < 0:
            break
        frame = _read(head + body[at:])
        # A list within a record may end the same way: only the part after it proves that this is the end of the page.
        if isinstance(frame, dict) and len(frame) > len(before):
            return frame, True
    return before, False


def _read(data: bytes) -> Any:
    """Return the value of some JSON, or the bytes if it is invalid."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return orjson.loads(mend(data))
        except orjson.JSONDecodeError:
            return data


def _quote(name: str) -> bytes:
    return f'"{name}"'.encode()


def _find_next(found: Mapping[str, Any], endpoint: Endpoint, path: str) -> Mapping[str, str] | None:
    address, after = found.get("next_page"), found.get("after")
    if address in (None, "", False):
        return None if after in (None, "", False) else {"after": _check_cursor(after, endpoint)}
    if isinstance(address, int) and not isinstance(address, bool):
        return {"page": _check_cursor(address, endpoint)}
    try:
        parts = urlsplit(address)
        given = dict(parse_qsl(parts.query, max_num_fields=50))
    except (ValueError, TypeError, AttributeError):
        raise _refuse(endpoint, "is no address") from None
    elsewhere = (parts.scheme or parts.netloc) and not endpoint.is_same_host(parts.scheme or "", parts.netloc)
    if elsewhere:
        raise _refuse(endpoint, "is at another host, port or scheme")
    if parts.path.removesuffix(".json") != endpoint.path + path:
        raise _refuse(endpoint, "is of another account or path")
    cursors = {name: _check_cursor(given[name], endpoint) for name in _CURSORS if name in given}
    if not cursors:
        raise _refuse(endpoint, "names neither a page nor a cursor")
    return cursors


def _check_cursor(given: object, endpoint: Endpoint) -> str:
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not _CURSOR.fullmatch(text):
        raise _refuse(endpoint, "has a cursor that is none")
    return text


def _refuse(endpoint: Endpoint, why: str) -> SourceRefused:
    return SourceRefused(
        f"connection {endpoint.connection}: the next page that the API names {why}: it was not asked, and no "
        "credentials were sent there; what was stored before stays"
    )
