"""Lines that a raw line break in a text has cut -> the line that they were. Pure.

JSON escapes a line break, and some programs do not. Only a line that cannot be read comes here.
"""

from __future__ import annotations

import orjson

from redaction.source.salvage import is_nothing, scan

_MOST_SCANS = 20
"""How often, on average, a byte of a block is read in vain."""

_REST = 64
"""Bytes in which a line ends behind its last bracket."""


class LineJoiner:
    """The lines of one block that may have to be joined."""

    def __init__(self, data: bytes, longest: int) -> None:
        """Take a block, and the most bytes that a line may have."""
        self._data, self._longest = data, longest
        self._left = _MOST_SCANS * len(data)

    def join(self, begin: int) -> bytes | None:
        """Return the line that begins at a place of the block, with those after it that belong to it.

        None if none does: the line has no raw line break in a text, or its brackets do not pair behind it.
        """
        data, depth, last, end = self._data, 0, begin, -1
        if self._left <= 0:
            return None
        for token, start, after in scan(data, begin, begin + self._longest):
            if data.find(b"\n", last, start) >= 0 or (token[:1] == b'"' and self._has_json(start, after)):
                break
            last = after
            depth += (token in (b"{", b"[")) - (token in (b"}", b"]"))
            if depth <= 0:
                end = self._end_of_line(after)
                if depth < 0 or end >= 0:
                    break
        else:
            last = min(begin + self._longest, len(data))
        self._left -= last - begin
        joined = data[begin:end] if depth == 0 and end >= 0 else b""
        return joined if joined.rstrip().count(b"\n") else None

    def _end_of_line(self, after: int) -> int:
        """Return where a line ends of which only separators are left; -1 if there is more."""
        rest = self._data[after : after + _REST]
        line, found, _ = rest.partition(b"\n")
        is_last = found or len(rest) < _REST
        return after + len(line) + len(found) if is_last and is_nothing(line) else -1

    def _has_json(self, start: int, after: int) -> bool:
        """Return whether a line that begins within a text is JSON: then the line before it is cut, and not broken."""
        data = self._data
        at = data.find(b"\n", start, after) + 1
        while at:
            end = data.find(b"\n", at) + 1 or len(data)
            if data[at : at + 1] in (b"{", b"["):
                self._left -= end - at
                try:
                    orjson.loads(data[at:end])
                except orjson.JSONDecodeError:
                    pass
                else:
                    return True
            at = data.find(b"\n", at, after) + 1
        return False
