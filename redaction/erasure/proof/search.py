"""Proof by sample: after a rewrite each sampled value is searched for in every place where it could still be.

Bytes are compared. Compressed data is decompressed first, except in living rows, whose values a SELECT shows; what
stays compressed counts as not searched, for values that may be compressed at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby, islice
from typing import Any

from redaction.db.session import Row, Session
from redaction.erasure.proof.datums import decompress, find_compressed
from redaction.erasure.proof.files import (
    File,
    Reader,
    list_files,
    looking,
    open_reader,
    read_file,
    read_values,
)
from redaction.erasure.proof.findings import Finding, Look, Patterns, judge, not_drawn
from redaction.erasure.proof.pages import (
    PAGE_SIZE,
    Compressed,
    LinePointer,
    line_pointers,
    log_records,
    read_varlena,
)
from redaction.erasure.proof.sample import Sample
from redaction.erasure.proof.toast import collect_chunks, find_compressed_chunks, find_logged_chunks, join_chunks
from redaction.errors import CouldNotLook, PageError

_MOST_SPOTS = 4  # matches in 4 MB that are compared with living rows
_MOST_OPENED = 128  # pages of a file whose compressed values are decompressed
_ROWS_STEP = 128  # pages whose rows are requested at a time
_OVERLAP = 64  # bytes of one piece of a file that are searched again with the next
_MOST_IN_PIECE = 500  # different compressed values of 16 MB that are decompressed


def search(session: Session, sample: Sample, relation: str) -> list[Finding]:
    """Return what is left of a sample in the files of a partition: heap, TOAST, and the indexes of both.

    `session` acts as the worker, after the swap; `relation` is the new partition's name, as `regclass` gives it.
    """
    if not sample.values:
        return not_drawn(sample)
    patterns = _make_patterns(sample)
    looks = {place: Look(place) for place in ("heap", "toast", "index")}
    files: list[File] = []
    with _noting(*looks.values()):
        reader = open_reader(session)
        reader.flush()
        with looking(session):
            files = list_files(session, [relation])
            dropped = any(row["dropped"] for row in session.rows("relation_columns", relation=relation))
        for file in files:
            look_at_file(reader, file, patterns, looks[file.place.split()[-1]], allowed=not dropped)
    seen: set[int] = set().union(*(look.found for look in looks.values()))
    heap = [{"relation": relation, "blocks": file.blocks} for file in files if file.place == "heap"] if seen else []
    living = looks["heap"].living | looks["toast"].living
    in_use = living | find_in_use(session, patterns, seen - living, heap)[0]
    return not_drawn(sample) + [
        finding for look in looks.values() for finding in judge(sample.values, patterns, look, in_use)
    ]


def search_outside(
    session: Session, sample: Sample, most_log_bytes: int = 1 << 30, most_row_bytes: int = 1 << 30
) -> list[Finding]:
    """Return what is left of a sample outside the partitions, after the log was rotated.

    These places are the planner's statistics, temporary files, the write-ahead log, the old files themselves, the
    tables of runs, and the reports. `session` acts as the worker. It reads at most `most_log_bytes` of the log, newest
    first, and `most_row_bytes` of living rows, to find what is still in use. Beyond either the answer is "could not
    look: too large".
    """
    if not sample.values:
        return []
    patterns = _make_patterns(sample)
    looks = [
        *_look_at_tables(session, patterns),
        _look_at_files(session, "temporary files", patterns, "temporary_files"),
        _look_at_log(session, patterns, most_log_bytes),
        # A rewrite frees them: the server empties them at once and removes them at a checkpoint.
        _look_at_files(session, "old files", patterns, "sizes_of_files", paths=list(sample.files)),
    ]
    seen: set[int] = set().union(*(look.found for look in looks))
    in_use, complete = find_in_use(session, patterns, seen, session.rows("living_tables"), most_row_bytes)
    if not complete:
        for look in looks:
            # Neither residue nor allowed, as far as is known.
            if look.found - in_use:
                look.found, look.reason = look.found & in_use, look.reason or "too large"
    return [finding for look in looks for finding in judge(sample.values, patterns, look, in_use)]


def _make_patterns(sample: Sample) -> Patterns:
    return Patterns(pattern for value in sample.values for pattern in value.patterns)


def find_in_use(
    session: Session, patterns: Patterns, seen: set[int], tables: Iterable[Row], most_bytes: int = 1 << 40
) -> tuple[set[int], bool]:
    """Return which of these patterns are in living rows of tables, and whether all relevant rows were read.

    The rows come to this process; the values never go to the server, where they would be part of a statement.
    """
    left = {patterns.all[number] for number in seen}
    wanted = Patterns(left)
    for table in tables:
        for first in range(0, table["blocks"], _ROWS_STEP):
            if not left:
                break
            if most_bytes <= 0:
                return seen - {patterns.numbers[pattern] for pattern in left}, False
            last = first + _ROWS_STEP
            data = b"".join(read_values(session, "rows_as_text", relation=table["relation"], first=first, last=last))
            most_bytes -= len(data)
            left -= {wanted.all[number] for number in wanted.find(data)}
            if len(left) < len(wanted.all) // 2:
                wanted = Patterns(left)
    return seen - {patterns.numbers[pattern] for pattern in left}, True


@contextmanager
def _noting(*looks: Look) -> Iterator[None]:
    """Record a place that cannot be searched as the reason of these looks, and continue."""
    try:
        yield
    except CouldNotLook as error:
        for look in looks:
            look.reason = error.reason


def look_at_file(reader: Reader, file: File, patterns: Patterns, look: Look, allowed: bool) -> None:
    """Search a table's file for patterns; `allowed`: it may have values of its living rows, which a SELECT shows."""
    find = {"heap": find_compressed, "toast": find_compressed_chunks}.get(file.place)
    suspects: dict[int, set[str]] = {}
    spots: dict[int, set[str]] = {}

    def see(first: int, data: bytes) -> None:
        spotted: dict[int, list[int]] = {}
        for number, at in patterns.matches(data):
            look.found.add(number)
            if allowed and find is not None and len(some := spotted.setdefault(number, [])) < _MOST_SPOTS:
                some.append(at)
        packed = find(data) if find is not None else []
        tids = _tuples_at(first, data, {*packed, *(at for some in spotted.values() for at in some)} if allowed else ())
        for number, some in spotted.items():
            spots.setdefault(number, set()).update(tids[at] for at in some)
        for at in packed:
            suspects.setdefault(first + at // PAGE_SIZE, set()).add(tids.get(at, ""))

    with _noting(look), looking(reader.session):
        reader.scan(file, see)
        live = _live(reader.session, file, {tid for some in (*suspects.values(), *spots.values()) for tid in some})
        look.living |= {number for number, some in spots.items() if not live.isdisjoint(some)}
        blocks = [block for block, some in suspects.items() if not live.issuperset(some)]
        if blocks:
            _open(reader, file, blocks, patterns, look, live)


def _tuples_at(first: int, data: bytes, offsets: Iterable[int]) -> dict[int, str]:
    """Return the tuple of each of these bytes of some pages, as "(block,number)"; number 0 if it is in none."""
    found = {}
    for block, some in groupby(sorted(offsets), key=lambda offset: offset // PAGE_SIZE):
        pointers: list[LinePointer] = []
        with suppress(PageError):
            pointers = line_pointers(data[block * PAGE_SIZE : (block + 1) * PAGE_SIZE])
        for offset in some:
            at = offset % PAGE_SIZE
            number = next((pointer.number for pointer in pointers if pointer.starts <= at < pointer.ends), 0)
            found[offset] = f"({first + block},{number})"
    return found


def _live(session: Session, file: File, tids: set[str]) -> set[str]:
    asked = [tid for tid in tids if tid and not tid.endswith(",0)")]
    rows = session.rows("live_tuples", relation=str(file.oid), tids=asked) if asked else []
    return {row["tid"] for row in rows}


def _open(reader: Reader, file: File, blocks: list[int], patterns: Patterns, look: Look, live: set[str]) -> None:
    """Search the compressed values on some pages, except those of living rows."""
    if file.place == "toast" and file.blocks <= _MOST_OPENED:
        # The later chunks of a value are on other pages than its first.
        blocks = list(range(file.blocks))
    look.compressed |= len(blocks) > _MOST_OPENED
    pages = reader.pages(file, blocks[:_MOST_OPENED])
    if file.place == "toast":
        chunks, living = collect_chunks(pages, live)
        for joined, complete in (join_chunks(some) for chunk_id, some in chunks.items() if chunk_id not in living):
            look.found |= patterns.find(joined)
            look.compressed |= not complete
        return
    for block, page in pages:
        offsets = find_compressed(page)
        tids = _tuples_at(block, page, offsets)
        for at in offsets:
            if tids[at] not in live:
                with suppress(PageError):
                    value, _ = read_varlena(page, at, PAGE_SIZE)
                    if isinstance(value, Compressed):
                        look.found |= patterns.find(decompress(value))


def _look_at_tables(session: Session, patterns: Patterns) -> list[Look]:
    looks = {place: Look(place) for place in ("statistics", "books", "reports", "records")}
    tables = session.rows("redaction_tables")
    with _noting(*looks.values()):
        reader = open_reader(session)
        reader.flush()
        for place, look in looks.items():
            with looking(session):
                files = list_files(session, [table["relation"] for table in tables if table["place"] == place])
            for file in files:
                look_at_file(reader, file, patterns, look, allowed=False)
    for shown in read_values(session, "shown_statistics"):
        looks["statistics"].found |= patterns.find(shown)
    return list(looks.values())


def _look_at_files(session: Session, place: str, patterns: Patterns, statement: str, **values: Any) -> Look:
    look, tail = Look(place), b""

    def see(position: int, data: bytes) -> None:
        nonlocal tail
        whole = tail + data if position else data
        look.found |= patterns.find(whole)
        _open_anywhere(whole, patterns, look)
        tail = data[-_OVERLAP:]

    with _noting(look), looking(session):
        for file in session.rows(statement, **values):
            read_file(session, file, see)
    return look


def _look_at_log(session: Session, patterns: Patterns, most_bytes: int) -> Look:
    look = Look("write-ahead log")

    def see(_: int, data: bytes) -> None:
        records = log_records(data)
        look.found |= patterns.find(records)
        _open_anywhere(records, patterns, look)

    with _noting(look), looking(session):
        look.compressed = session.one("log_compression")["compressed"]
        for file in session.rows("wal_files"):
            if most_bytes < file["size"]:
                raise CouldNotLook("too large")
            most_bytes -= file["size"]
            read_file(session, file, see)
    return look


def _open_anywhere(records: bytes, patterns: Patterns, look: Look) -> None:
    """Search the compressed values of a piece of a file without pages: they may start at any byte."""
    opened: set[bytes] = set()
    for data in (records[shift:] for shift in range(4)):
        for at in find_compressed(data):
            with suppress(PageError):
                value, _ = read_varlena(data, at, len(data))
                if not isinstance(value, Compressed) or value.stream in opened:
                    continue
                if len(opened) >= _MOST_IN_PIECE:
                    look.compressed = True
                    return
                look.found |= patterns.find(decompress(value))
                opened.add(value.stream)
    chunks = find_logged_chunks(records)
    look.compressed |= len(chunks) > _MOST_IN_PIECE
    for some in islice(chunks.values(), _MOST_IN_PIECE):
        value, complete = join_chunks(some)
        look.found |= patterns.find(value)
        look.compressed |= not complete
