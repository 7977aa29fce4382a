"""TOAST: values outside their row, in chunks, in pages of a table of their own (`access/heaptoast.h`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from struct import Struct

from redaction.erasure.proof.datums import LARGEST, decompress
from redaction.erasure.proof.pages import (
    Column,
    Compressed,
    LinePointer,
    line_pointers,
    lost_tuples,
    read_tuple,
    read_varlena,
)
from redaction.errors import PageError

_COLUMNS = (
    Column("chunk_id", 4, 4, "other"),
    Column("chunk_seq", 4, 4, "other"),
    Column("chunk_data", -1, 4, "other"),
)
_WORD = Struct("<I")
_FIRST = Struct("<II")
# A tuple's header in the log or on a page: three attributes, one of variable length, no xmax, 24 bytes; then a pad.
_TUPLE = re.compile(rb"\x03\x00\x02[\x08\x09\x0b]\x18.(.{8})", re.S)

Chunks = dict[int, dict[int, bytes]]


def collect_chunks(pages: Iterable[tuple[int, bytes]], live: Collection[str]) -> tuple[Chunks, set[int]]:
    """Return the chunks on pages by the id of their value and their number, and the ids that living chunks have.

    `live` are the places of the living ones, as "(block,number)". Chunks that nothing points to are included.
    """
    found: Chunks = {}
    living: set[int] = set()
    for block, page in pages:
        with suppress(PageError):
            for pointer in [*line_pointers(page), *lost_tuples(page, _COLUMNS)]:
                with suppress(PageError):
                    chunk_id, number, chunk = _read_chunk(page, pointer)
                    found.setdefault(chunk_id, {}).setdefault(number, chunk)
                    if f"({block},{pointer.number})" in live:
                        living.add(chunk_id)
    return found, living


def _read_chunk(page: bytes, pointer: LinePointer) -> tuple[int, int, bytes]:
    fields = [field for _, field in read_tuple(page, pointer, _COLUMNS) if isinstance(field, bytes)]
    if len(fields) != len(_COLUMNS):
        raise PageError("a chunk is not of its type")
    return *_FIRST.unpack(fields[0] + fields[1]), fields[2]


def join_chunks(chunks: Mapping[int, bytes]) -> tuple[bytes, bool]:
    """Return the value in these chunks, by their number, and whether all existing parts could be read.

    Only a pointer says whether they are compressed. Without it: a compressed value starts with its size. No text or
    jsonb value starts with four bytes whose number is at most LARGEST and yet more than is stored.
    """
    found: list[bytes] = []
    while len(found) in chunks:
        found.append(chunks[len(found)])
    data, complete = b"".join(found), len(found) == len(chunks)
    if not _looks_compressed(data, 0, len(data)):
        return data, complete
    info = _WORD.unpack_from(data)[0]
    value = Compressed(info >> 30, info & 0x3FFFFFFF, data[4:])
    for partial in (False, True):
        with suppress(PageError):
            return decompress(value, partial), complete and not partial
    return b"", False


def find_compressed_chunks(data: bytes) -> list[int]:
    """Return the offsets, in whole pages, of tuples that look like the first chunk of a compressed value."""
    import numpy

    count = (len(data) - 40) // 8
    octets, halves, words = (numpy.frombuffer(data, dtype=kind) for kind in ("u1", "<u2", "<u4"))
    # For a tuple at each multiple of eight: the number of its attributes, the size of its header, the chunk's number.
    likely = (halves[9::4][:count] & 0x07FF == 3) & (octets[22::8][:count] == 24) & (words[7::2][:count] == 0)
    found = []
    for index in numpy.flatnonzero(likely):
        at = int(index) * 8 + 32
        short = data[at] & 1
        length = data[at] >> 1 if short else _WORD.unpack_from(data, at)[0] >> 2
        starts = at + 1 if short else at + 4
        if _looks_compressed(data, starts, at + length - starts):
            found.append(at - 32)
    return found


def find_logged_chunks(records: bytes) -> Chunks:
    """Return the chunks in insertions, or images of pages, of the write-ahead log: their tuples, to the byte."""
    found: Chunks = {}
    for match in _TUPLE.finditer(records):
        with suppress(PageError):
            chunk_id, number = _FIRST.unpack(match[1])
            chunk, _ = read_varlena(records, match.end(), len(records), align=1)
            if isinstance(chunk, bytes) and number < 1 << 16:
                found.setdefault(chunk_id, {}).setdefault(number, chunk)
    return found


def _looks_compressed(data: bytes, at: int, length: int) -> bool:
    if length <= 4 or at + 4 > len(data):
        return False
    info = _WORD.unpack_from(data, at)[0]
    return bool(info >> 30 <= 1 and length - 4 < info & 0x3FFFFFFF <= LARGEST)
