"""A random sample of what a rewrite is about to erase, held in this process's memory and nowhere else.

Drawn from the living rows that a run is about to strip, and from the old files themselves: dead rows, what is left of
rows in the free space of pages, columns that were dropped, and TOAST chunks that nothing points to. What is short,
common or part of a retained value is left out: to find it afterwards would prove nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

import orjson
from psycopg2.extensions import encodings

from redaction.catalog import Category, load_catalog
from redaction.db.session import Session
from redaction.erasure.datums import decompress, guess_strings, is_text, strings
from redaction.erasure.files import CouldNotLook, File, Reader, Reason, list_files, looking, open_reader, read_values
from redaction.erasure.pages import (
    Column,
    Compressed,
    Field,
    LinePointer,
    PageError,
    ToastPointer,
    free_space,
    line_pointers,
    lost_tuples,
    read_tuple,
)
from redaction.erasure.toast import collect_chunks, join_chunks
from redaction.errors import BadInput, RedactionError

_SHORTEST, _LONGEST = 6, 40
_FEWEST_DIGITS = 8
_FROM_ONE_ROW = 4
_ROWS_A_VALUE = 1.25  # after so many rows a category that is not full is rare: each 128 more cost 8 ms
_PAGES_AT_A_TIME = 16
_TUPLES_OF_A_PAGE = 291  # MaxHeapTuplesPerPage
_COMPRESSED_FROM = 32  # bytes from which the server may compress a value
# Without what JSON and the text form of a row would escape, so that a value looks the same wherever it lies.
_PLAIN = re.compile(rb'[^\x00-\x1f"\\\x7f]+')
_NUMBER = re.compile(rb"[\d.,:+/ -]*")
_random = random.SystemRandom()


class _Secret:
    """Something that is never written down: no pickle, no copy, no value in its `repr`."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise RedactionError("a sample of values stays in the memory of the process that drew it")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Value(_Secret):
    """A value as the parts of it that are looked for, its category, and whether it may be stored compressed."""

    category: Category | None
    needles: tuple[bytes, ...]
    compressible: bool


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Sample(_Secret):
    """Values, the old files they were in, and why some source of them could not be looked at."""

    values: tuple[Value, ...] = ()
    files: tuple[str, ...] = ()
    not_drawn: Mapping[str, Reason] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Sample of {len(self.values)} values"


def draw(session: Session, relation: str, run_id: int | None = None, size: int = 200, most_pages: int = 64) -> Sample:
    """Return a sample of what a rewrite of a partition erases: up to `size` values a category.

    `session` acts as the worker, in a transaction that ends before the copy begins; `relation` is the partition's name,
    qualified and quoted as `regclass` gives it; `run_id` the run whose set is stripped, None if only residue is erased.
    At most `most_pages` pages are read, at random. What may not be read is not drawn, and the sample says so.
    """
    if size == 0:
        return Sample()
    files = list_files(session, [relation])
    heap = next((file for file in files if file.place == "heap"), None)
    if heap is None:
        raise BadInput(f"{relation} is no partition with a file of its own: name one that rows are in")
    toast = next((file for file in files if file.place == "toast"), None)
    columns = tuple(Column(**row) for row in session.rows("relation_columns", relation=relation))
    drawing = _Drawing(columns, size, server_codec(session))
    not_drawn: dict[str, Reason] = {}
    reader: Reader | None = None
    try:
        reader = open_reader(session)
    except CouldNotLook as error:
        not_drawn["dead rows"] = error.reason
    blocks = _random.sample(range(heap.blocks), min(most_pages, heap.blocks))
    for at in range(0, len(blocks), _PAGES_AT_A_TIME):
        some = blocks[at : at + _PAGES_AT_A_TIME]
        pages: list[tuple[int, bytes]] = []
        if reader is not None:
            try:
                with looking(session):
                    pages = reader.pages(heap, some)
            except CouldNotLook as error:
                not_drawn["dead rows"], reader = error.reason, None
        # Without their pages, or while these are not in the file yet, rows may be in any place of a page.
        tids = _tids(pages) or [f"({block},{number})" for block in some for number in range(1, _TUPLES_OF_A_PAGE)]
        found = read_values(session, "sample_rows", relation=relation, run_id=run_id, tids=tids)
        rows = [orjson.loads(row) for row in found]
        drawing.take_pages(pages, {row["tid"] for row in rows}, {row["id"] for row in rows if row["kept"]})
        drawing.take_rows(row["content"] for row in rows if row["content"] is not None)
        if drawing.full:
            break
    if reader is not None and toast is not None and toast.blocks:
        try:
            with looking(session):
                _draw_toast(reader, toast, drawing, most_pages)
        except CouldNotLook as error:
            not_drawn["dead TOAST chunks"] = error.reason
    return Sample(drawing.values(), tuple(file.path for file in files), not_drawn)


def draw_place(session: Session, place: str, size: int = 200, most_pages: int = 64) -> Sample:
    """Return a sample of what a rewrite of a table beside the activities erases, as `draw` does of a partition.

    Values are drawn from its dead rows alone: what its living rows hold stays.
    """
    if size == 0:
        return Sample()
    files = list_files(session, [place])
    [heap] = [file for file in files if file.place == "heap"]
    columns = tuple(Column(**row) for row in session.rows("relation_columns", relation=place))
    categories = {name: column.category for name, column in load_catalog().places[place].personal.items()}
    drawing = _Drawing(columns, size, server_codec(session), categories)
    blocks = _random.sample(range(heap.blocks), min(most_pages, heap.blocks))
    try:
        reader = open_reader(session)
        with looking(session):
            for at in range(0, len(blocks), _PAGES_AT_A_TIME):
                pages = reader.pages(heap, blocks[at : at + _PAGES_AT_A_TIME])
                live = reader.session.rows("live_tuples", relation=place, tids=_tids(pages))
                drawing.take_pages(pages, {row["tid"] for row in live}, set())
    except CouldNotLook as error:
        return Sample((), tuple(file.path for file in files), {"dead rows": error.reason})
    return Sample(drawing.values(), tuple(file.path for file in files))


def merge(samples: Iterable[Sample], size: int = 200) -> Sample:
    """Return one sample of several, with up to `size` values a category: for the places that partitions share."""
    parts = list(samples)
    by_category: dict[Category | None, list[Value]] = {}
    for value in (value for sample in parts for value in sample.values):
        by_category.setdefault(value.category, []).append(value)
    chosen = tuple(value for some in by_category.values() for value in _random.sample(some, min(size, len(some))))
    return Sample(chosen, tuple(path for sample in parts for path in sample.files))


def _categories_of_activities() -> dict[str, Category | None]:
    return {name: entry.category for name, entry in load_catalog().columns.items() if entry.kind == "personal"}


def server_codec(session: Session) -> str:
    """Return Python's name of the encoding in which the server stores texts."""
    info: Any = session.connection.connection.dbapi_connection
    return str(encodings[info.info.parameter_status("server_encoding")])


def _tids(pages: Iterable[tuple[int, bytes]]) -> list[str]:
    found = []
    for block, page in pages:
        with suppress(PageError):
            found += [f"({block},{pointer.number})" for pointer in line_pointers(page)]
    return found


def _draw_toast(reader: Reader, toast: File, drawing: _Drawing, most_pages: int) -> None:
    # Pages in rows of four, since the chunks of one value lie side by side.
    starts = _random.sample(range(0, toast.blocks, 4), min(most_pages // 4, -(-toast.blocks // 4)))
    blocks = [block for start in starts for block in range(start, min(start + 4, toast.blocks))]
    pages = reader.pages(toast, blocks)
    live = reader.session.rows("live_tuples", relation=str(toast.oid), tids=_tids(pages))
    drawing.take_chunks(pages, {row["tid"] for row in live})


class _Drawing:
    """What was drawn so far."""

    def __init__(
        self, columns: Sequence[Column], size: int, codec: str, categories: Mapping[str, Category | None] | None = None
    ) -> None:
        self._columns = columns
        self._categories = _categories_of_activities() if categories is None else categories
        self._size, self._codec = size, codec
        self._texts = {column.name for column in columns if column.kind != "other"}
        self._any_dropped = any(column.dropped for column in columns)
        self._found: dict[Category | None, dict[bytes, bool]] = {}
        self._rows = 0
        self._retained: set[bytes] = set()
        self._pointers: dict[int, Column] = {}

    @property
    def full(self) -> bool:
        """Say whether no category of which there was any value can take more, or what is missing is rare."""
        met = bool(self._found) and all(len(some) >= self._size for some in self._found.values())
        return met or self._rows >= self._size * _ROWS_A_VALUE

    def _is_full(self, name: str) -> bool:
        return name in self._categories and len(self._found.get(self._categories[name], ())) >= self._size

    def values(self) -> tuple[Value, ...]:
        retained = b"\n".join(self._retained)
        return tuple(
            Value(category, needles, compressible)
            for category, some in self._found.items()
            for value, compressible in some.items()
            if (needles := _needles(value)) and not any(needle in retained for needle in needles)
        )

    def take_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take living rows, whose values are those of JSON."""
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
        """Take dead rows, lost ones whose id no row has that keeps its values, and dropped columns of all."""
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
        """Take TOASTed values that no living row has, or that a dead row or a dropped column on a page points to."""
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
        for text in _random.sample(worth, _FROM_ONE_ROW) if len(worth) > _FROM_ONE_ROW else worth:
            if len(found) < self._size:
                found.setdefault(text, compressible)


def _collect(value: Any, found: list[str]) -> None:
    """Add the strings in a value of JSON, without keys."""
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _collect(part, found)


def _needles(value: bytes) -> tuple[bytes, ...]:
    """Return what to look for: the value, or of a long one its beginning, middle and end; nothing if it is common."""
    plain = max(_PLAIN.findall(value), key=len, default=b"").strip()
    if len(plain) < _SHORTEST or (_NUMBER.fullmatch(plain) and sum(48 <= c < 58 for c in plain) < _FEWEST_DIGITS):
        return ()
    if len(plain) <= _LONGEST:
        return (plain,)
    middle = (len(plain) - _LONGEST) // 2
    return plain[:_LONGEST], plain[middle : middle + _LONGEST], plain[-_LONGEST:]
