"""The meaning of a stored value's bytes: decompression, and the strings inside texts, arrays and jsonb.

Pure. The formats are those of `common/pg_lzcompress.c`, `utils/array.h` and `utils/jsonb.h` in the server's source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct
from typing import TYPE_CHECKING

from redaction.erasure.proof.pages import PAGE_SIZE, Compressed, Kind, read_varlena
from redaction.errors import PageError

if TYPE_CHECKING:
    from numpy import bool_, int64
    from numpy.typing import NDArray

LARGEST = 1 << 26
"""Largest value that is believed (bytes): a larger one is other bytes that look like a value by chance."""

_DENSEST = 256  # most times that a compressed value may grow: lz4 255, pglz 87
_CONTROLS = 4  # control bytes of pglz, each before eight literals or references back, that must fit
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WORD = Struct("<I")
_ARRAY = Struct("<iiI")
_COUNT, _SCALAR, _OBJECT, _ARRAY_FLAG = 0x0FFFFFFF, 0x10000000, 0x20000000, 0x40000000
_ENTRY_LENGTH, _ENTRY_TYPE, _ENTRY_IS_END = 0x0FFFFFFF, 0x70000000, 0x80000000
_ENTRY_STRING, _ENTRY_CONTAINER = 0x00000000, 0x50000000


def decompress(value: Compressed, partial: bool = False) -> bytes:
    """Return the bytes of a compressed value, or as many as a truncated stream holds. Raises PageError.

    Nothing of a truncated lz4 stream can be read.
    """
    if not 0 < value.size <= LARGEST:
        raise PageError("a compressed value has a size that cannot be")
    if value.method == 0:
        return _decompress_pglz(value.stream, value.size, partial)
    if value.method != 1 or partial:
        raise PageError("a compressed value has a method that is not known")
    import lz4.block

    try:
        found = bytes(lz4.block.decompress(value.stream, uncompressed_size=value.size))
    except (lz4.block.LZ4BlockError, ValueError, OverflowError, MemoryError):
        raise PageError("a compressed value is damaged") from None
    if len(found) != value.size:
        raise PageError("a compressed value is damaged")
    return found


def _decompress_pglz(stream: bytes, size: int, partial: bool) -> bytes:
    found = bytearray()
    at, ends = 0, len(stream)
    while at < ends and len(found) < size:
        control, at = stream[at], at + 1
        if control == 0:
            found += stream[at : at + 8]
            at += 8
            continue
        for _ in range(8):
            if at >= ends or len(found) >= size:
                break
            if not control & 1:
                found.append(stream[at])
                at += 1
            else:
                length = (stream[at] & 0x0F) + 3
                if at + (3 if length == 18 else 2) > ends:
                    at = ends
                    break
                distance = (stream[at] & 0xF0) << 4 | stream[at + 1]
                at += 2
                if length == 18:
                    length += stream[at]
                    at += 1
                if not 0 < distance <= len(found):
                    raise PageError("a compressed value is damaged")
                copied = found[-distance:][:length]
                # The copied bytes may overlap the source: a run of one byte is a distance of one.
                found += (copied * (length // len(copied) + 1))[:length]
            control >>= 1
    if len(found) > size or (not partial and (len(found) < size or at < ends)):
        raise PageError("a compressed value is damaged")
    return bytes(found)


def strings(kind: Kind, data: bytes) -> list[bytes]:
    """Return the texts in a value: itself, the elements of an array, or the strings of a jsonb value. Raises PageError.

    Keys, numbers and truth values of jsonb are left out.
    """
    if kind == "text":
        return [data]
    try:
        if kind == "array":
            return list(_array_strings(data))
        return list(_json_strings(data, 0, len(data))) if kind == "jsonb" else []
    except (IndexError, ValueError):
        raise PageError("a value is not of its type") from None
    except RecursionError:
        raise PageError("a value is nested too deep") from None


def guess_strings(data: bytes) -> list[bytes]:
    """Return the texts in a value of unknown type (of a dropped column, or a TOAST chunk)."""
    for kind in ("jsonb", "array", "text"):
        try:
            found = strings(kind, data)
        except PageError:
            continue
        if found and all(is_text(text) for text in found):
            return found
    return []


def is_text(data: bytes) -> bool:
    """Say whether bytes are a text that a person may have written: no control characters except white space."""
    return _CONTROL.search(data) is None


def _array_strings(data: bytes) -> Iterator[bytes]:
    if len(data) < _ARRAY.size:
        raise PageError("an array is cut off")
    dimensions, offset, _ = _ARRAY.unpack_from(data)
    if not 0 <= dimensions <= 6:
        raise PageError("an array has dimensions that cannot be")
    count = 1 if dimensions else 0
    for index in range(dimensions):
        count *= _word(data, 12 + 4 * index)
    bitmap = 12 + 8 * dimensions
    # Offsets count from the value's length word, which is not in `data`.
    at = offset - 4 if offset else -(-(bitmap + 4) // 8) * 8 - 4
    if count > PAGE_SIZE * PAGE_SIZE:
        raise PageError("an array has dimensions that cannot be")
    for index in range(count):
        if offset and not data[bitmap + (index >> 3)] >> (index & 7) & 1:
            continue
        element, at = read_varlena(data, at, len(data))
        if isinstance(element, bytes):
            yield element


def _json_strings(data: bytes, at: int, limit: int) -> Iterator[bytes]:
    header = _word(data, at)
    count = header & _COUNT
    kinds = header & (_OBJECT | _ARRAY_FLAG)
    if kinds not in (_OBJECT, _ARRAY_FLAG) or header >> 31 or (header & _SCALAR and kinds != _ARRAY_FLAG):
        raise PageError("a jsonb value has a header that is not known")
    entries = count * 2 if kinds == _OBJECT else count
    base = at + 4 + 4 * entries
    if base > limit:
        raise PageError("a jsonb value is cut off")
    starts = 0
    for index in range(entries):
        entry = _word(data, at + 4 + 4 * index)
        length = entry & _ENTRY_LENGTH
        ends = length if entry & _ENTRY_IS_END else starts + length
        if not starts <= ends <= limit - base:
            raise PageError("a jsonb value is cut off")
        if kinds == _ARRAY_FLAG or index >= count:
            if entry & _ENTRY_TYPE == _ENTRY_STRING:
                yield data[base + starts : base + ends]
            elif entry & _ENTRY_TYPE == _ENTRY_CONTAINER:
                # Containers are aligned to four bytes; the padding before them counts as part of them.
                yield from _json_strings(data, -(-(base + starts) // 4) * 4, base + ends)
        starts = ends


def _word(data: bytes, at: int) -> int:
    if at + 4 > len(data):
        raise PageError("a value is cut off")
    return int(_WORD.unpack_from(data, at)[0])


def find_compressed(data: bytes) -> list[int]:
    """Return the offsets of what looks like a compressed inline value.

    Such a value is aligned to four bytes. It starts with its length, whose lowest bits say that it is compressed, and
    its original size, which is larger. Few other bytes look so by chance: they fail to decompress.
    """
    import numpy

    words = numpy.frombuffer(data, dtype="<u4", count=len(data) // 4)
    likely = numpy.flatnonzero((words[:-1] & 0xFFFF8003) == 2)
    length, info = words[likely] >> 2, words[likely + 1]
    size = info & 0x3FFFFFFF
    believable = (length > 12) & (size + 8 > length) & (size < length * _DENSEST) & (info >> 30 <= 1)
    offsets, is_lz4 = likely[believable] * 4, info[believable] >> 30 == 1
    return [int(at) for at in offsets[is_lz4 | _may_be_pglz(data, offsets + 8)]] if len(offsets) else []


def _may_be_pglz(data: bytes, streams: NDArray[int64]) -> NDArray[bool_]:
    """Return for each offset whether a stream of pglz may begin there: its first reference back, if it is within the
    first control bytes, cannot point before the beginning. Nearly all chance hits fail this test.
    """
    import numpy

    def octets(at: NDArray[int64]) -> NDArray[int64]:
        return stored.take(at, mode="clip").astype("i8")

    stored = numpy.frombuffer(data, dtype="u1")
    literals = numpy.array([8, *((control & -control).bit_length() - 1 for control in range(1, 256))])
    may_be = numpy.ones(len(streams), dtype=bool)
    undecided = may_be.copy()
    for number in range(_CONTROLS):
        at = streams + number * 9
        before = literals[octets(at)]
        distance = (octets(at + before + 1) & 0xF0) << 4 | octets(at + before + 2)
        may_be &= ~undecided | (before == 8) | ((distance > 0) & (distance <= number * 8 + before))
        undecided &= before == 8
    return may_be
