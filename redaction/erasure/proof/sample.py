"""A random sample of what a rewrite is about to erase, held only in this process's memory.

It is drawn from the living rows that a run is about to strip, and from the old files themselves: dead rows, remains of
rows in the free space of pages, dropped columns, and TOAST chunks that nothing points to. Values that are short, common
or part of a retained value are left out: finding them afterwards would prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from psycopg2.extensions import encodings

from redaction.catalog import Category, load_catalog
from redaction.db.session import Session
from redaction.erasure.proof.drawing import RANDOM, Drawing, Secret, Value
from redaction.erasure.proof.files import (
    File,
    Reader,
    list_files,
    looking,
    open_reader,
    read_values,
)
from redaction.erasure.proof.pages import Column, line_pointers
from redaction.errors import BadInput, CouldNotLook, PageError, ProofGap

_PAGES_AT_A_TIME = 16
_TUPLES_OF_A_PAGE = 291  # MaxHeapTuplesPerPage


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Sample(Secret):
    """Values, the old files they were in, and why some source could not be read."""

    values: tuple[Value, ...] = ()
    files: tuple[str, ...] = ()
    not_drawn: Mapping[str, ProofGap] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Sample of {len(self.values)} values"


def draw(session: Session, relation: str, run_id: int | None = None, size: int = 200, most_pages: int = 64) -> Sample:
    """Return a sample of what a rewrite of a partition erases: up to `size` values a category.

    `session` acts as the worker, in a transaction that ends before the copy begins; `relation` is the partition's name,
    qualified and quoted as `regclass` gives it; `run_id` the run whose set is stripped, None if only residue is erased.
    At most `most_pages` pages are read, at random. Nothing is drawn from forbidden places, and the sample says so.
    """
    if size == 0:
        return Sample()
    files = list_files(session, [relation])
    heap = next((file for file in files if file.place == "heap"), None)
    if heap is None:
        raise BadInput(f"{relation} is no partition with a file of its own: name a partition with rows")
    toast = next((file for file in files if file.place == "toast"), None)
    columns = tuple(Column(**row) for row in session.rows("relation_columns", relation=relation))
    drawing = Drawing(columns, size, server_codec(session))
    not_drawn: dict[str, ProofGap] = {}
    reader: Reader | None = None
    try:
        reader = open_reader(session)
    except CouldNotLook as error:
        not_drawn["dead rows"] = error.reason
    blocks = RANDOM.sample(range(heap.blocks), min(most_pages, heap.blocks))
    for at in range(0, len(blocks), _PAGES_AT_A_TIME):
        some = blocks[at : at + _PAGES_AT_A_TIME]
        pages: list[tuple[int, bytes]] = []
        if reader is not None:
            try:
                with looking(session):
                    pages = reader.pages(heap, some)
            except CouldNotLook as error:
                not_drawn["dead rows"], reader = error.reason, None
        # Without pages, or while these are not in the file yet, rows may be anywhere in a page.
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
    """Return a sample of what a rewrite of another table erases, as `draw` does for a partition.

    Values are drawn only from its dead rows: its living rows keep their values.
    """
    if size == 0:
        return Sample()
    files = list_files(session, [place])
    [heap] = [file for file in files if file.place == "heap"]
    columns = tuple(Column(**row) for row in session.rows("relation_columns", relation=place))
    categories = {name: column.category for name, column in load_catalog().places[place].personal.items()}
    drawing = Drawing(columns, size, server_codec(session), categories)
    blocks = RANDOM.sample(range(heap.blocks), min(most_pages, heap.blocks))
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
    """Merge samples into one, with up to `size` values a category: for the places that partitions share."""
    parts = list(samples)
    by_category: dict[Category | None, list[Value]] = {}
    for value in (value for sample in parts for value in sample.values):
        by_category.setdefault(value.category, []).append(value)
    chosen = tuple(value for some in by_category.values() for value in RANDOM.sample(some, min(size, len(some))))
    return Sample(chosen, tuple(path for sample in parts for path in sample.files))


def server_codec(session: Session) -> str:
    """Return Python's name of the server's text encoding."""
    info: Any = session.connection.connection.dbapi_connection
    return str(encodings[info.info.parameter_status("server_encoding")])


def _tids(pages: Iterable[tuple[int, bytes]]) -> list[str]:
    found = []
    for block, page in pages:
        with suppress(PageError):
            found += [f"({block},{pointer.number})" for pointer in line_pointers(page)]
    return found


def _draw_toast(reader: Reader, toast: File, drawing: Drawing, most_pages: int) -> None:
    # Four pages in a row, since the chunks of one value are adjacent.
    starts = RANDOM.sample(range(0, toast.blocks, 4), min(most_pages // 4, -(-toast.blocks // 4)))
    blocks = [block for start in starts for block in range(start, min(start + 4, toast.blocks))]
    pages = reader.pages(toast, blocks)
    live = reader.session.rows("live_tuples", relation=str(toast.oid), tids=_tids(pages))
    drawing.take_chunks(pages, {row["tid"] for row in live})
