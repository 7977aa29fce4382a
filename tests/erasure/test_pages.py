"""Pages: the decoded raw bytes equal what SELECT shows, alive, dead, or lost in free space."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import lz4.block
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redaction.db.database import Database
from redaction.erasure.proof.datums import decompress, find_compressed, guess_strings, strings
from redaction.erasure.proof.files import Reader, list_files, open_reader
from redaction.erasure.proof.pages import (
    PAGE_SIZE,
    Column,
    Compressed,
    LinePointer,
    ToastPointer,
    free_space,
    line_pointers,
    log_records,
    lost_tuples,
    read_tuple,
    read_varlena,
)
from redaction.erasure.proof.toast import collect_chunks, find_compressed_chunks, join_chunks
from redaction.errors import PageError
from tests.erasure.conftest import PART, STRIP, Sql

_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
_LONG = st.builds(
    lambda text, times, seed: text * times + "".join(chr(97 + seed * (n + 7) % 257 % 26) for n in range(seed)),
    _TEXT,
    st.integers(1, 3_000),
    st.integers(0, 4_000),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | _TEXT | _LONG,
    lambda inner: st.lists(inner, max_size=40) | st.dictionaries(_TEXT, inner, max_size=5),
    max_leaves=40,
)
_COLUMNS = {
    "id": st.integers(-(2**63), 2**63 - 1),
    "status": st.none() | _TEXT,
    "call_path": st.none() | _JSON,
    "caller_name": st.none() | _TEXT,
    "transcription": st.none() | _TEXT | _LONG,
    "message": st.none() | _JSON,
    "notes": st.none() | _LONG,
    "emails": st.none() | st.lists(st.none() | _TEXT | _LONG, max_size=5),
    "unlisted": st.none() | _JSON,
}


def _leaves(value: Any) -> Iterator[bytes]:
    if isinstance(value, str):
        yield value.encode()
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)


def _chunks(reader: Reader, relation: str) -> dict[int, dict[int, bytes]]:
    [toast] = [file for file in list_files(reader.session, [relation]) if file.place == "toast"]
    return collect_chunks(reader.pages(toast, range(toast.blocks)), set())[0]


def _streams(page: bytes) -> set[bytes]:
    """Return the compressed inline values that are found without knowing where the tuples are."""
    found = set()
    for at in find_compressed(page):
        with suppress(PageError):
            value, _ = read_varlena(page, at, PAGE_SIZE)
            found |= {value.stream} if isinstance(value, Compressed) else set()
    return found


def _decoded(database: Database, relation: str) -> list[dict[str, Counter[bytes]]]:
    """Return the strings of every tuple that the pages of a table point to, by column."""
    found = []
    with database.transaction("redaction_worker") as session:
        columns = [Column(**row) for row in session.rows("relation_columns", relation=relation)]
        reader = open_reader(session)
        chunks = _chunks(reader, relation)
        [heap] = [file for file in list_files(session, [relation]) if file.place == "heap"]
        for _, page in reader.pages(heap, range(heap.blocks)):
            streams = _streams(page)
            for pointer in line_pointers(page):
                row = {}
                for column, value in read_tuple(page, pointer, columns):
                    assert not isinstance(value, Compressed) or value.stream in streams
                    if isinstance(value, ToastPointer):
                        size = value.size
                        value, complete = join_chunks(chunks[value.chunk_id])
                        assert (len(value), complete) == (size, True)
                    data = decompress(value) if isinstance(value, Compressed) else value
                    if column.name == "id":
                        row["id"] = Counter([str(int.from_bytes(data, "little", signed=True)).encode()])
                    elif column.kind != "other":
                        row[column.name] = Counter(strings(column.kind, data))
                found.append(row)
    return found


@pytest.fixture
def table(sql: Sql) -> str:
    """A table with the columns of the activities, its values compressed by each method of the server."""
    sql("CREATE TABLE tracking.raw (LIKE tracking.activities INCLUDING STORAGE)")
    sql(
        "ALTER TABLE tracking.raw ALTER account_id DROP NOT NULL, ALTER kind DROP NOT NULL,"
        " ALTER called_at DROP NOT NULL"
    )
    methods = sql("SELECT unnest(enumvals) AS name FROM pg_settings WHERE name = 'default_toast_compression'")
    for number, name in enumerate(name for name in _COLUMNS if name != "id"):
        sql(f"ALTER TABLE tracking.raw ALTER {name} SET COMPRESSION {methods[number % len(methods)]['name']}")
    return "tracking.raw"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.fixed_dictionaries(_COLUMNS), min_size=1, max_size=6))
def test_what_is_decoded_is_what_select_says(database: Database, table: str, rows: list[dict[str, Any]]) -> None:
    names = ", ".join(_COLUMNS)
    binds = ", ".join(f"CAST(:{name} AS {_type(name)})" for name in _COLUMNS)
    with database.engine("owner").begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {table}"))
        for row in rows:
            bound = {name: json.dumps(value) if _type(name) == "jsonb" else value for name, value in row.items()}
            connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({binds})"), bound)
        selected = connection.execute(sa.text(f"SELECT {names} FROM {table} ORDER BY ctid")).mappings().all()
    expected = [
        {
            name: Counter([str(value).encode()] if name == "id" else _leaves(value))
            for name, value in row.items()
            # A jsonb null is a value without a string, and not NULL.
            if value is not None or _type(name) == "jsonb"
        }
        for row in selected
    ]
    assert _decoded(database, table) == expected
    assert len(expected) == len(rows)


def _type(name: str) -> str:
    return {"id": "bigint", "emails": "text[]"}.get(
        name, "jsonb" if name in ("call_path", "message", "unlisted") else "text"
    )


def test_every_way_to_store_a_value_is_met(database: Database, sql: Sql, table: str) -> None:
    """So that the property above does not hold for lack of compressed and TOAST values."""
    sql(f"ALTER TABLE {table} ALTER transcription SET STORAGE EXTERNAL")
    noise, other = (
        f"(SELECT string_agg(md5(n::text || '{salt}'), '') FROM generate_series(1, 100) n)" for salt in ("a", "b")
    )
    sql(
        f"INSERT INTO {table} (id, status, notes, transcription, caller_name)"
        f" SELECT 1, 'short', repeat('again and ', 500), {noise} || {other}, repeat({noise}, 3)"
    )
    with database.transaction("redaction_worker") as session:
        columns = [Column(**row) for row in session.rows("relation_columns", relation=table)]
        reader = open_reader(session)
        [heap] = [file for file in list_files(session, [table]) if file.place == "heap"]
        [(_, page)] = reader.pages(heap, [0])
        [pointer] = line_pointers(page)
        fields = {column.name: value for column, value in read_tuple(page, pointer, columns)}
        [toast] = [file for file in list_files(session, [table]) if file.place == "toast"]
        pages = reader.pages(toast, range(toast.blocks))
        starts = find_compressed_chunks(b"".join(page for _, page in pages))
    assert fields["status"] == b"short"
    assert isinstance(fields["notes"], Compressed)
    assert fields["notes"].stream in _streams(page)
    compressed = {name: value.compressed for name, value in fields.items() if isinstance(value, ToastPointer)}
    assert compressed == {"transcription": False, "caller_name": True}
    assert len(starts) == 1


@pytest.mark.parametrize(
    ("stream", "is_found"),
    [
        (b"\x02a\x04\x01" + b"b" * 12, True),  # a letter and seven times the letter before
        (b"\x02a\x04\x02" + b"b" * 12, False),  # two before, where only one has been
        (b"\x01\x04\x01" + b"b" * 13, False),  # nothing has been yet
        (b"\x00abcdefgh\x01\x04\x08" + b"b" * 4, True),
        (b"\x00abcdefgh\x01\x04\x09" + b"b" * 4, False),
        (b"\x00" * 9 * 4 + b"\x01\x0f\xff", True),  # further on it is left to the decompression
    ],
)
def test_what_cannot_be_a_compressed_value_is_not_taken_for_one(stream: bytes, is_found: bool) -> None:
    value = ((len(stream) + 8) << 2 | 2).to_bytes(4, "little") + (200).to_bytes(4, "little") + stream
    assert find_compressed(bytes(8) + value + bytes(64)) == [8] * is_found


def test_dead_versions_are_decoded_until_and_after_vacuum(
    database: Database, sql: Sql, filled: set[bytes], administer: Callable[[str], None]
) -> None:
    sql(STRIP)
    assert set().union(*(set().union(*row.values()) for row in _decoded(database, PART))) >= filled

    engine = database.engine("owner").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"VACUUM {PART}")
    assert not set().union(*(set().union(*row.values()) for row in _decoded(database, PART))) & filled
    lost: set[bytes] = set()
    with database.transaction("redaction_worker") as session:
        columns = [Column(**row) for row in session.rows("relation_columns", relation=PART)]
        reader = open_reader(session)
        [heap] = [file for file in list_files(session, [PART]) if file.place == "heap"]
        for _, page in reader.pages(heap, range(heap.blocks)):
            for pointer in lost_tuples(page, columns):
                with suppress(PageError):
                    for column, value in read_tuple(page, pointer, columns):
                        if isinstance(value, bytes):
                            lost.update(strings(column.kind, value))
    # The living rows, moved together, have overwritten some.
    assert len(lost & filled) > len(filled) / 2


@given(data=st.binary(max_size=PAGE_SIZE), at=st.integers(0, PAGE_SIZE))
def test_bytes_that_are_nothing_are_refused_and_never_crash(data: bytes, at: int) -> None:
    page = data + bytes(PAGE_SIZE - len(data))
    columns = [Column("id", 8, 8, "other"), Column("notes", -1, 4, "text"), Column("message", -1, 4, "jsonb")]
    for read in (
        lambda: line_pointers(page),
        lambda: lost_tuples(page, columns),
        lambda: list(read_tuple(page, LinePointer(1, at // 8 * 8, PAGE_SIZE), columns)),
        lambda: read_varlena(page, at, PAGE_SIZE),
        lambda: strings("jsonb", data),
        lambda: strings("array", data),
        lambda: decompress(Compressed(0, at + 1, data)),
        lambda: decompress(Compressed(1, at + 1, data)),
        lambda: join_chunks({0: data}),
        lambda: find_compressed(page),
        lambda: find_compressed_chunks(page),
        lambda: guess_strings(data),
    ):
        with suppress(PageError):
            assert read() is not None


def test_a_page_of_another_format_is_refused() -> None:
    assert free_space(bytes(PAGE_SIZE)) == (0, 0)
    with pytest.raises(PageError, match="not known"):
        free_space(b"\1" * PAGE_SIZE)
    with pytest.raises(PageError, match="cut off"):
        free_space(b"")


def test_a_value_compressed_in_part_is_read_as_far_as_it_goes() -> None:
    # pglz: eight literals, then a copy of all eight, twice.
    stream = b"\x00abcdefgh" + b"\x03\x05\x08\x05\x08"
    assert decompress(Compressed(0, 24, stream)) == b"abcdefgh" * 3
    assert decompress(Compressed(0, 24, stream[:-2]), partial=True) == b"abcdefgh" * 2
    with pytest.raises(PageError, match="damaged"):
        decompress(Compressed(0, 24, stream[:-2]))
    tcinfo = (24).to_bytes(4, "little")
    assert join_chunks({0: tcinfo + stream[:-2], 1: stream[-2:]}) == (b"abcdefgh" * 3, True)
    assert join_chunks({0: tcinfo + stream[:-2], 2: stream[-2:]}) == (b"abcdefgh" * 2, False)


@given(data=st.binary(min_size=1, max_size=3_000) | st.builds(lambda part: part * 400, st.binary(min_size=1)))
def test_lz4_is_read_back(data: bytes) -> None:
    stream = lz4.block.compress(data, store_size=False)
    assert decompress(Compressed(1, len(data), stream)) == data
    with pytest.raises(PageError, match="damaged"):
        decompress(Compressed(1, len(data) + 1, stream))


def test_a_value_that_spans_two_pages_of_the_log_is_whole_again() -> None:
    header = bytes(24)
    pages = header + bytes(PAGE_SIZE - 27) + b"dis" + header + b"tinct" + bytes(PAGE_SIZE - 29)
    assert b"distinct" not in pages
    assert b"distinct" in log_records(pages)
