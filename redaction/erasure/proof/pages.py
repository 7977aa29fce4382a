"""The page format of PostgreSQL 15 to 18: pages, line pointers, tuples, and what is left of tuples in free space.

Pure: it is given bytes and returns bytes. The layout is that of `storage/bufpage.h`, `storage/itemid.h`,
`access/htup_details.h` and `varatt.h` in the server's source, on little-endian machines; any other page is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Literal, NamedTuple

from redaction.errors import PageError

PAGE_SIZE = 8192
_HEADER_SIZE = 24
_LOG_HEADER = 24  # SizeOfXLogShortPHD; the first page of a segment has 16 bytes more
_LAYOUT = PAGE_SIZE | 4  # size and layout version, pd_pagesize_version
_LINE_POINTER_USED, _LINE_POINTER_DEAD = 1, 3
_HAS_NULL = 0x0001
_NO_SUCH_BIT = 0x0008  # HEAP_HASOID_OLD: no tuple since version 12 has it
_ATTRIBUTES = 0x07FF
_TUPLE_HEADER = 23
_ON_DISK = 18  # VARTAG_ONDISK

_PAGE = Struct("<12xHHHH")
_WORD = Struct("<I")
_TUPLE = Struct("<I14xHHB")
_POINTER = Struct("<iIII")

Kind = Literal["text", "jsonb", "array", "other"]


@dataclass(frozen=True)
class Column:
    """A column as the tuple lays it out: length in bytes (-1: variable), alignment in bytes, what its bytes mean."""

    name: str
    length: int
    align: int
    kind: Kind
    dropped: bool = False


@dataclass(frozen=True, repr=False)
class Compressed:
    """A compressed inline value: method (0 pglz, 1 lz4), original size in bytes, and the stream."""

    method: int
    size: int
    stream: bytes


@dataclass(frozen=True)
class ToastPointer:
    """A value in the TOAST table: size in bytes, whether compressed there, and its id."""

    size: int
    compressed: bool
    chunk_id: int


Field = bytes | Compressed | ToastPointer


class LinePointer(NamedTuple):
    """A tuple of a page: its number in the page (from 1), its start and end."""

    number: int
    starts: int
    ends: int


def free_space(page: bytes) -> tuple[int, int]:
    """Return the start and end of a page's free space; (0, 0) for a page that was never written.

    Raises PageError for anything that is not a page.
    """
    if len(page) != PAGE_SIZE:
        raise PageError("a page is cut off")
    lower, upper, special, layout = _PAGE.unpack_from(page)
    if upper == 0:
        return 0, 0
    if layout != _LAYOUT or not _HEADER_SIZE <= lower <= upper <= special <= PAGE_SIZE:
        raise PageError("a page has a format that is not known")
    return lower, upper


def log_records(segment: bytes) -> bytes:
    """Return the content of pages of the write-ahead log, without headers: a record, and a value, may span two."""
    return b"".join(segment[at + _LOG_HEADER : at + PAGE_SIZE] for at in range(0, len(segment), PAGE_SIZE))


def line_pointers(page: bytes) -> list[LinePointer]:
    """Return the tuples that a page points to, dead or alive. Raises PageError."""
    lower, _ = free_space(page)
    found = []
    for number, at in enumerate(range(_HEADER_SIZE, lower, 4), 1):
        word = _WORD.unpack_from(page, at)[0]
        starts, length = word & 0x7FFF, word >> 17
        if length and word >> 15 & 3 in (_LINE_POINTER_USED, _LINE_POINTER_DEAD) and starts + length <= PAGE_SIZE:
            found.append(LinePointer(number, starts, starts + length))
    return found


def lost_tuples(page: bytes, columns: Sequence[Column]) -> list[LinePointer]:
    """Return where in the free space of a page a tuple seems to start that nothing points to any more (number 0).

    Pruning moves the living tuples together and leaves the bytes of all others in place. Any of them may be overwritten
    from some byte on, so its end is that of the free space, and reading it is a guess. Raises PageError.
    """
    lower, upper = free_space(page)
    first = -(-lower // 8) * 8
    counts = range(max(1, len(columns) // 2), len(columns) + 1)
    likely = bytes({_header_size(count, nulls) for count in counts for nulls in (False, True)})
    found = []
    # Tuples start at multiples of eight; the size of a header, its byte 22, rules out nearly all other places.
    for match in re.finditer(b"[" + re.escape(likely) + b"]", page[first + 22 : upper : 8]):
        starts = first + 8 * match.start()
        xmin, infomask2, infomask, size = _TUPLE.unpack_from(page, starts)
        count = infomask2 & _ATTRIBUTES
        if (
            xmin
            and count in counts
            and not infomask & _NO_SUCH_BIT
            and size == _header_size(count, bool(infomask & _HAS_NULL))
        ):
            found.append(LinePointer(0, starts, upper))
    return found


def _header_size(count: int, nulls: bool) -> int:
    return -(-(_TUPLE_HEADER + (count + 7) // 8 * nulls) // 8) * 8


def read_tuple(page: bytes, pointer: LinePointer, columns: Sequence[Column]) -> Iterator[tuple[Column, Field]]:
    """Yield the fields of a tuple that are not NULL, in the order of its columns.

    Raises PageError at the first impossible field.
    """
    if pointer.ends - pointer.starts < _TUPLE_HEADER + 1:
        raise PageError("a tuple is cut off")
    _, infomask2, infomask, size = _TUPLE.unpack_from(page, pointer.starts)
    count, bitmap = infomask2 & _ATTRIBUTES, pointer.starts + _TUPLE_HEADER
    at = pointer.starts + size
    if count > len(columns) or size != _header_size(count, bool(infomask & _HAS_NULL)) or at > pointer.ends:
        raise PageError("a tuple has a header that is not known")
    for index in range(count):
        if infomask & _HAS_NULL and not page[bitmap + (index >> 3)] >> (index & 7) & 1:
            continue
        column = columns[index]
        if column.length > 0:
            at = -(-at // column.align) * column.align
            field, ends = page[at : at + column.length], at + column.length
            if ends > pointer.ends:
                raise PageError("a tuple is cut off")
            yield column, field
        else:
            value, ends = read_varlena(page, at, pointer.ends, column.align)
            yield column, value
        at = ends


def read_varlena(data: bytes, at: int, limit: int, align: int = 4) -> tuple[Field, int]:
    """Return a value of variable length that starts at a byte, or after padding, and its end. Raises PageError.

    A byte that is not zero is no padding: it is the header of a short value, or the first byte of an aligned long one.
    """
    if at < limit and data[at] == 0:
        at = -(-at // align) * align
    if at >= limit:
        raise PageError("a value is cut off")
    first = data[at]
    if first == 1:
        if at + 18 > limit or data[at + 1] != _ON_DISK:
            raise PageError("a value lies nowhere that is known")
        size, external, chunk_id, _ = _POINTER.unpack_from(data, at + 2)
        stored = external & 0x3FFFFFFF
        if size < 5 or stored > size - 4:
            raise PageError("a pointer has a size that cannot be")
        return ToastPointer(size - 4, stored < size - 4, chunk_id), at + 18
    if first & 1:
        starts, ends = at + 1, at + (first >> 1)
    else:
        if at + 4 > limit:
            raise PageError("a value is cut off")
        starts, ends = at + 4, at + (_WORD.unpack_from(data, at)[0] >> 2)
    if ends < starts or ends > limit:
        raise PageError("a value has a length that cannot be")
    if first & 3 == 2:
        if ends - starts < 5:
            raise PageError("a compressed value is cut off")
        info = _WORD.unpack_from(data, starts)[0]
        return Compressed(info >> 30, info & 0x3FFFFFFF, data[starts + 4 : ends]), ends
    return data[starts:ends], ends
