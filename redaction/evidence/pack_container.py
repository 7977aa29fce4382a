"""The container of an evidence pack, a ZIP or a folder: its files, and a check that nothing in it is hidden from some
tools.

It becomes part of the script `verify.py` of each pack, so it needs only Python 3.9 or later.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

_LOCAL, _CENTRAL = 30, 46
"""Bytes of a ZIP record before the name."""
_ENDS = (22, 56 + 20 + 22)
"""Bytes after the list of files; a ZIP with long records has two more records."""
UNREADABLE = (OSError, ValueError, RuntimeError, OverflowError, EOFError, struct.error, zipfile.BadZipFile, zlib.error)
"""What Python raises for a damaged ZIP, or a file that is none."""


class Pack:
    """The files of a pack, in a ZIP or in a folder."""

    def __init__(self, place: str) -> None:
        """Open a ZIP or a folder; raises one of UNREADABLE."""
        self._zip = None if os.path.isdir(place) else zipfile.ZipFile(place)
        self._place = place

    def list_names(self) -> list[str]:
        """Return the names of all files; a name that a ZIP has twice is returned twice."""
        if self._zip is not None:
            return [name for name in self._zip.namelist() if not name.endswith("/")]
        return [
            os.path.relpath(os.path.join(folder, name), self._place).replace(os.sep, "/")
            for folder, _, names in os.walk(self._place)
            for name in names
        ]

    def open(self, name: str) -> IO[bytes]:
        """Open a file; raises KeyError or OSError if it is not there."""
        return open(os.path.join(self._place, name), "rb") if self._zip is None else self._zip.open(name)

    def read(self, name: str) -> bytes:
        """Return a file; empty if it is missing."""
        try:
            with self.open(name) as file:
                return file.read()
        except (KeyError, OSError):
            return b""

    def check_layout(self) -> Iterator[str]:
        """Yield what of the container is hidden or damaged; its content cannot be trusted then.

        Some tools read a ZIP from its start, some from its end: only a ZIP without gaps shows all of them the same.
        """
        if self._zip is not None:
            try:
                with open(self._place, "rb") as file:
                    yield from _check_zip(self._zip, file)
            except UNREADABLE as error:
                yield f"the ZIP is damaged ({error})"
            return
        for folder, folders, names in os.walk(self._place):
            for path in (os.path.join(folder, name) for name in (*folders, *names)):
                if os.path.islink(path) or not (os.path.isdir(path) or os.path.isfile(path)):
                    yield f"{os.path.relpath(path, self._place)} is a link or a device, and no file"
                elif not os.access(path, os.R_OK):
                    yield f"{os.path.relpath(path, self._place)} cannot be read"


def _check_zip(pack: zipfile.ZipFile, file: IO[bytes]) -> Iterator[str]:
    """Yield what is wrong with a ZIP: entries must be whole, follow each other without a gap, and match the list."""
    file.seek(pack.start_dir)
    directory, at, records = file.read(), 0, []
    for entry in pack.infolist():
        size = _CENTRAL + sum(struct.unpack_from("<3H", directory, at + 28))
        records.append((entry, directory[at : at + size]))
        at += size
    if len(directory) - at not in _ENDS or directory[-2:] != b"\0\0":
        yield "the ZIP has a comment, or bytes behind its list of files"
    place = 0
    for entry, record in sorted(records, key=lambda pair: pair[0].header_offset):
        if entry.header_offset != place:
            yield f"the ZIP has bytes before {entry.filename} that it does not list"
            return
        problem = _check_entry(entry, record, file)
        if problem:
            yield f"{entry.filename} {problem}"
            return
        place = file.tell()
    if place != pack.start_dir:
        yield "the ZIP has bytes before its list of files that it does not list"


def _check_entry(entry: zipfile.ZipInfo, record: bytes, file: IO[bytes]) -> str:
    """Return what is wrong with an entry, "" for nothing; the file is then positioned after it."""
    file.seek(entry.header_offset)
    head = file.read(_LOCAL)
    name, extra = struct.unpack_from("<2H", head, 26)
    named, more = file.read(name), file.read(extra)
    # Version, flags, method and time are in both; so is the name.
    if head[:14] != b"PK\3\4" + record[6:16] or named != record[_CENTRAL : _CENTRAL + name]:
        return "is listed differently in the ZIP"
    if (
        entry.orig_filename != entry.filename
        or struct.unpack_from("<2H", record, 28)[0] != name
        or record[32:34] != b"\0\0"
    ):
        return "has a name that tools read differently, or a comment"
    if entry.external_attr >> 28 not in (0, 4, 8) or (entry.filename.endswith("/") and entry.file_size):
        return "is a link, or a folder with a content"
    sizes = (entry.CRC, entry.compress_size, entry.file_size)
    long = (entry.CRC, 2**32 - 1, 2**32 - 1)
    deferred = bool(entry.flag_bits & 8)
    stated = struct.unpack_from("<3I", head, 14)
    is_long = stated == long and more[:20] == struct.pack("<2H2Q", 1, 16, entry.file_size, entry.compress_size)
    if not deferred and stated != sizes and not is_long:
        return "has other sizes in the ZIP than it lists"
    if entry.flag_bits & 1 or _inflate(entry, file) != (entry.file_size, entry.CRC):
        return "is damaged, or encrypted"
    if deferred:
        begin = file.tell()
        for form in ("<3I", "<I2Q"):
            file.seek(begin)
            if max(sizes) < 2**32 or form == "<I2Q":
                descriptor = b"PK\7\x08" + struct.pack(form, *sizes)
                if file.read(len(descriptor)) == descriptor:
                    return ""
        return "has other sizes behind it than the ZIP lists"
    return ""


def _inflate(entry: zipfile.ZipInfo, file: IO[bytes]) -> tuple[int, int]:
    """Return size and CRC of an entry's content; (-1, 0) if its bytes are not exactly one stream."""
    stream = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    if stream is None and (entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size):
        return -1, 0
    size, crc, left = 0, 0, entry.compress_size
    while left:
        part = file.read(min(left, 1 << 16))
        if not part:
            return -1, 0
        left -= len(part)
        if stream is not None:
            part = stream.decompress(part)
        size, crc = size + len(part), zlib.crc32(part, crc)
    if stream is not None and (not stream.eof or stream.unused_data):
        return -1, 0
    return size, crc
