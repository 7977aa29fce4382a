"""The values that a sample takes from given rows and pages: values worth searching for, by category."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from redaction.catalog import Category, load_catalog
from redaction.erasure.proof.datums import decompress, guess_strings, is_text, strings
from redaction.erasure.proof.pages import (
    Column,
    Compressed,
    Field,
    LinePointer,
    ToastPointer,
    free_space,
    line_pointers,
    lost_tuples,
    read_tuple,
)
from redaction.erasure.proof.toast import collect_chunks, join_chunks
from redaction.errors import PageError, RedactionError

_SHORTEST, _LONGEST = 6, 40
_FEWEST_DIGITS = 8
_MOST_OF_A_ROW = 4
_ROWS_A_VALUE = 1.25  # after so many rows a missing value is rare: each 128 more cost 8 ms
_COMPRESSED_FROM = 32  # bytes from which the server may compress a value
# Without characters that JSON or the text form of a row would escape, so that a value looks the same everywhere.
_PLAIN = re.compile(rb'[^\x00-\x1f"\\\x7f]+')
_NUMBER = re.compile(rb"[\d.,:+/ -]*")
RANDOM = random.SystemRandom()


class Secret:
    """Data that is never written anywhere: no pickle, no copy, no value in its `repr`."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise RedactionError("a sample of values stays in the memory of the process that drew it")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Value(Secret):
    """The parts of a value to search for, its category, and whether it may be stored compressed."""

    category: Category | None
    patterns: tuple[bytes, ...]
    compressible: bool


class Drawing:
    """The values drawn so far."""

    def __init__(
        self, columns: Sequence[Column], size: int, codec: str, categories: Mapping[str, Category | None] | None = None
    ) -> None:
        self._columns = columns
        entries = load_catalog().columns.items() if categories is None else ()
        self._categories = categories or {name: entry.category for name, entry in entries if entry.kind == "personal"}
        self._size, self._codec = size, codec
        self._texts = {column.name for column in columns if column.kind != "other"}
        self._any_dropped = any(column.dropped for column in columns)
        self._found: dict[Category | None, dict[bytes, bool]] = {}
        self._rows = 0
        self._retained: set[bytes] = set()
        self._pointers: dict[int, Column] = {}

    @property
    def full(self) -> bool:
        """Say whether no category that has any value can take more, or what is missing is rare."""
        complete = bool(self._found) and all(len(some) >= self._size for some in self._found.values())
        return complete or self._rows >= self._size * _ROWS_A_VALUE

    def _is_full(self, name: str) -> bool:
        return name in self._categories and len(self._found.get(self._categories[name], ())) >= self._size

    def values(self) -> tuple[Value, ...]:
        retained = b"\n".join(self._retained)
        return tuple(
            Value(category, patterns, compressible)
            for category, some in self._found.items()
            for value, compressible in some.items()
            if (patterns := _make_patterns(value)) and not any(pattern in retained for pattern in patterns)
        )

    def take_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take living rows with JSON values."""
        for row in rows:
            self._rows += 1
            for name, value in row.items():
                if value is None or name not in self._texts or self._is_full(name):
                    continue
                found: list[str] = []
                _collect(value, found)
                with suppress(UnicodeEncodeError):
                    texts = [text.encode(self._codec) for text in found]
                    if name in self._categories:
                        compressible = not isinstance(value, str) or len(value) >= _COMPRESSED_FROM
                        self._take(self._categories[name], texts, compressible)
                    else:
                        self._retained.update(texts)

    def take_pages(self, pages: Iterable[tuple[int, bytes]], live: set[str], kept: set[int]) -> None:
        """Take dead rows, lost rows without a living row of the same id that keeps its values, and dropped columns
        of all.
        """
        for block, page in pages:
            if self.full:
                break
            with suppress(PageError):
                lower, upper = free_space(page)
                for pointer in line_pointers(page):
                    alive = f"({block},{pointer.number})" in live
                    if not alive or self._any_dropped:
                        self._take_tuple(page, pointer, only_dropped=alive)
                if upper - lower > _SHORTEST:
                    for pointer in lost_tuples(page, self._columns):
                        self._take_tuple(page, pointer, but_not=kept)

    def take_chunks(self, pages: Iterable[tuple[int, bytes]], live: set[str]) -> None:
        """Take TOAST values without a living row, or those that a dead row or a dropped column on a page points to."""
        chunks, living = collect_chunks(pages, live)
        for chunk_id, some in chunks.items():
            column = self._pointers.get(chunk_id)
            if column is None and chunk_id in living:
                continue
            data, _ = join_chunks(some)
            with suppress(PageError):
                if column is None or column.dropped:
                    self._take(None, guess_strings(data), True)
                elif column.name in self._categories:
                    self._take(self._categories[column.name], strings(column.kind, data), True)

    def _take_tuple(
        self, page: bytes, pointer: LinePointer, only_dropped: bool = False, but_not: set[int] | None = None
    ) -> None:
        with suppress(PageError):
            for column, value in read_tuple(page, pointer, self._columns):
                if column.name == "id" and isinstance(value, bytes) and but_not is not None:
                    if int.from_bytes(value, "little", signed=True) in but_not:
                        break
                elif column.dropped:
                    self._take_field(None, column, value)
                elif not only_dropped and column.kind != "other":
                    self._take_field(self._categories.get(column.name), column, value)

    def _take_field(self, category: Category | None, column: Column, value: Field) -> None:
        if isinstance(value, ToastPointer):
            self._pointers[value.chunk_id] = column
            return
        compressible = isinstance(value, Compressed) or len(value) >= _COMPRESSED_FROM
        data = decompress(value) if isinstance(value, Compressed) else value
        texts = guess_strings(data) if column.dropped else strings(column.kind, data)
        if category is None and not column.dropped:
            self._retained.update(texts)
        else:
            self._take(category, texts, compressible)

    def _take(self, category: Category | None, texts: list[bytes], compressible: bool) -> None:
        worth = [text for text in texts if len(text) >= _SHORTEST and is_text(text)]
        if not worth:
            return
        found = self._found.setdefault(category, {})
        for text in RANDOM.sample(worth, _MOST_OF_A_ROW) if len(worth) > _MOST_OF_A_ROW else worth:
            if len(found) < self._size:
                found.setdefault(text, compressible)


def _collect(value: Any, found: list[str]) -> None:
    """Add the strings in a JSON value, without keys."""
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _collect(part, found)


def _make_patterns(value: bytes) -> tuple[bytes, ...]:
    """Return the patterns to search for: the value, or its beginning, middle and end if it is long; none if it is
    common.
    """
    plain = max(_PLAIN.findall(value), key=len, default=b"").strip()
    if len(plain) < _SHORTEST or (_NUMBER.fullmatch(plain) and sum(48 <= c < 58 for c in plain) < _FEWEST_DIGITS):
        return ()
    if len(plain) <= _LONGEST:
        return (plain,)
    middle = (len(plain) - _LONGEST) // 2
    return plain[:_LONGEST], plain[middle : middle + _LONGEST], plain[-_LONGEST:]
