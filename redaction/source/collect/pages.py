"""One answer of the API -> the lines that a load reads, and the page that comes after it.

Of an address that an answer names, nothing is followed: it must be of the same scheme, host and path, and only the
number or cursor of the page is taken from it, for an address of our own making.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from redaction.errors import SourceRefused
from redaction.source.collect.endpoint import Endpoint
from redaction.source.limits import Limits
from redaction.source.mend import BYTE_ORDER_MARK, mend
from redaction.source.salvage import split_page

CALLS, ACCOUNTS = "calls", "accounts"
"""The lists that answers of the API have."""
_CURSORS = ("after", "page")
_CURSOR = re.compile(r"[\x21-\x7e]{1,1000}")
_MESSAGE = frozenset({"id", "record", "type", "_airbyte_data"})
"""Keys by which the door takes an object for something else than a page."""
_LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")


class NoPage(ValueError):
    """What was answered is no page of the API; the message says in safe words what it is."""


@dataclass(frozen=True)
class Page:
    """A page: its list as it was read, the body as it was sent, and which page comes next (None: it is the last)."""

    items: list[Any]
    body: bytes
    total_pages: int
    following: Mapping[str, str] | None
    is_plain: bool
    """Whether nothing beside its list could make the door take it for something else."""

    @property
    def digest(self) -> bytes:
        """Return what tells a page from others; the same list has the same, whatever else the answer says."""
        ids = [item.get("id") if isinstance(item, dict) else None for item in self.items]
        return sha256(repr(ids).encode()).digest()

    def lines(self, limits: Limits) -> Iterator[bytes]:
        """Yield it as the door takes it: in one line, or a line for each record if that would be too long."""
        if self.is_plain and len(self.body) <= limits.line_bytes:
            # Within the texts of JSON a line break is written otherwise.
            yield self.body.translate(_LINE_BREAKS) + b"\n"
            return
        for part in split_page(self.body, frozenset({f'"{CALLS}"'.encode()})):
            yield part.translate(_LINE_BREAKS) + b"\n"
        # What is no record at all is rejected there too.
        yield from (orjson.dumps(item) + b"\n" for item in self.items if not isinstance(item, dict | list))


def read_page(body: bytes, name: str, endpoint: Endpoint, path: str) -> Page:
    """Return the page that was answered for a path of the API; `name` is the list that it must have.

    Raises NoPage for what is none, SourceRefused if the page after it is not at the same path of the same host.
    """
    body = body.removeprefix(BYTE_ORDER_MARK).strip()
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            found = orjson.loads(mend(body))
        except orjson.JSONDecodeError:
            raise NoPage("a page of HTML" if body.startswith(b"<") else "what is no JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get(name), list):
        failed = isinstance(found, dict) and bool({"error", "errors"} & found.keys())
        raise NoPage("an error in words" if failed else f"JSON without a list of {name}")
    total = found.get("total_pages")
    pages = total if isinstance(total, int) and 0 < total < 1_000_000 else 1
    items: list[Any] = found[name]
    following = _find_next(found, endpoint, path) if items else None
    return Page(items, body, pages, following, _MESSAGE.isdisjoint(found))


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
