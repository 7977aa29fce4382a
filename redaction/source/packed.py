"""Compressed data -> its bytes, member by member (gzip, zstd), and what follows the last member unchanged.

A tool may have padded a file with zeros, or appended something: the complete members are still taken.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from backports.zstd import ZstdDecompressor

_CHUNK = 256 * 1024
_FIRST = 64
"""Bytes that a member is given first. A file may have millions of them."""
_ZEROS = re.compile(rb"\0*+")
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPED = b"\x2a\x4d\x18"
"""The next bytes of the frame that parallel writers put before those of zstd."""
_HEAD = 4
_MOST_LAYERS = 2
"""A file that was compressed before a server has compressed it."""


def unpack(file: BinaryIO) -> tuple[BinaryIO, str | None]:
    """Return a file without its compression, and the name of that; None if it had none.

    Reading it raises EOFError, zlib.error or ZstdError if a member is truncated or damaged.
    """
    found = None
    for _ in range(_MOST_LAYERS):
        kind = _kind(cast(io.BufferedReader, file).peek(_HEAD)[:_HEAD])
        if kind is None:
            break
        found = found or kind
        file = io.BufferedReader(_Members(file, kind), _CHUNK)
    return file, found


def _kind(head: bytes) -> str | None:
    if head.startswith(_GZIP):
        return "gzip"
    return "zstd" if head == _ZSTD or (head[1:] == _SKIPPED and 0x50 <= head[0] <= 0x5F) else None


class _Gzip:
    """The decompressor of a gzip member, with the interface of that of zstd."""

    def __init__(self) -> None:
        self._found = zlib.decompressobj(31)

    def decompress(self, data: bytes, most: int) -> bytes:
        return self._found.decompress(self._found.unconsumed_tail + data, most)

    @property
    def eof(self) -> bool:
        return self._found.eof

    @property
    def needs_input(self) -> bool:
        return not self._found.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._found.unused_data


_DECOMPRESSORS: dict[str, Callable[[], Any]] = {"gzip": _Gzip, "zstd": ZstdDecompressor}


class _Members(io.RawIOBase):
    """The bytes of all members; bytes outside a member start on a line of their own."""

    def __init__(self, file: BinaryIO, kind: str) -> None:
        self._file, self._kind = file, kind
        self._member: Any = _DECOMPRESSORS[kind]()
        self._ahead, self._at, self._size = b"", 0, _FIRST
        self._last = b"\n"
        self._rest: bytes | None = None
        """The bytes after the last member; None within one."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = more = self._read(len(buffer))
        # Whoever looks for an encoding or a second compression sees what one reading gives.
        while more and len(data) < min(_HEAD, len(buffer)):
            more = self._read(len(buffer) - len(data))
            data += more
        buffer[: len(data)] = data
        return len(data)

    def _read(self, most: int) -> bytes:
        while self._rest is None:
            if self._member.eof:
                self._begin_next()
                continue
            asked = self._member.needs_input
            data = self._piece() if asked else b""
            found: bytes = self._member.decompress(data, most)
            if found:
                self._last = found[-1:]
                return found
            if asked and not data and not self._member.eof:
                raise EOFError
        found, self._rest = self._rest[:most], self._rest[most:]
        return found or self._file.read(most)

    def _piece(self) -> bytes:
        """Return the next bytes for a member: few at first, since those after its end are given again."""
        if self._at == len(self._ahead):
            self._ahead, self._at = self._file.read(_CHUNK), 0
        piece = self._ahead[self._at : self._at + self._size]
        self._at += len(piece)
        self._size = min(self._size * 2, _CHUNK)
        return piece

    def _begin_next(self) -> None:
        self._at -= len(self._member.unused_data)
        while True:
            zeros = _ZEROS.match(self._ahead, self._at)
            self._at = zeros.end() if zeros else self._at
            if len(self._ahead) - self._at >= _HEAD or not (more := self._file.read(_CHUNK)):
                break
            self._ahead, self._at = self._ahead[self._at :] + more, 0
        if _kind(self._ahead[self._at : self._at + _HEAD]) == self._kind:
            self._member, self._size = _DECOMPRESSORS[self._kind](), _FIRST
        else:
            data = self._ahead[self._at :]
            self._rest = b"\n" + data if data and self._last != b"\n" else data
