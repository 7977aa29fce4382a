"""What can still be read of JSON that the parser refuses: the records of a page, each by itself, and the id of one.

A scan of the bytes, in a time that grows with their number alone; nothing is nested here, however deep they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_STRUCTURE = re.compile(rb'["{}\[\]]')
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_ID = re.compile(rb'\s*:\s*"?(-?[0-9]{1,19})"?\s*[,}]')
_RECORD = re.compile(rb"\s*:\s*\{")
_LIST = re.compile(rb"\s*:\s*\[")


def _scan(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield each bracket and each string with where it begins and ends; stop at a string that does not end."""
    found = _STRUCTURE.search(data)
    while found is not None:
        token, end = found[0], found.end()
        if token == b'"':
            whole = _STRING.match(data, found.start())
            if whole is None:
                return
            token, end = whole[0], whole.end()
        yield token, found.start(), end
        found = _STRUCTURE.search(data, end)


def find_id(data: bytes, whole: bool = True) -> int | None:
    """Return the id of the record that some JSON is, or of that in a Singer message; None if it has none.

    Of JSON that is not `whole` what is there is looked at; else one that ends too early has none.
    """
    depth, wanted, found = 0, 1, None
    for token, _, end in _scan(data):
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == wanted and found is None and token == b'"id"':
            told = _ID.match(data, end)
            found = int(told[1]) if told is not None else None
        elif depth == wanted == 1 and token == b'"record"' and _RECORD.match(data, end):
            wanted = 2
        if found is not None and not whole:
            break
    return found if depth == 0 or not whole else None


def is_page(data: bytes, lists: Collection[bytes]) -> bool:
    """Say whether some JSON is a page of an API, with a list of records under one of these names, to its very end."""
    depth, listed = 0, False
    for token, _, end in _scan(data):
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == 1:
            if token == b'"id"':
                return False
            listed = listed or (token in lists and _LIST.match(data, end) is not None)
    return listed and depth == 0


def split_page(data: bytes, lists: Collection[bytes]) -> Iterator[bytes]:
    """Yield the records of a page, unread, one by one."""
    depth, begin, name = 0, 0, b""
    for token, start, end in _scan(data):
        if token in (b"{", b"["):
            depth += 1
            if depth == 3:
                begin = start
        elif token in (b"}", b"]"):
            depth -= 1
            if depth == 2 and name in lists:
                yield data[begin:end]
        elif depth == 1:
            name = token
