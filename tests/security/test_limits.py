"""Oversized and hostile input: each record is rejected alone, the rest is stored, and memory stays constant."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.db.database import Database
from redaction.errors import BadInput
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source import store
from redaction.source.inputs import Input
from redaction.source.load import LoadSummary, load_files
from redaction.source.reader import read_blocks

Sql = Callable[..., list[dict[str, Any]]]
Load = Callable[..., LoadSummary]
MIB = 1024 * 1024
CANARY = "canary"


def record(activity_id: int, **fields: Any) -> dict[str, Any]:
    return {"id": activity_id, "account_id": 7, "unix_time": 1_772_400_000, **fields}


def lines(*records: Any) -> bytes:
    return b"".join((item if isinstance(item, bytes) else orjson.dumps(item)) + b"\n" for item in records)


@pytest.fixture
def load(database: Database, settings: Settings, tmp_path: Path, account: int) -> Load:
    def run(data: bytes, name: str = "x.jsonl", **changes: Any) -> LoadSummary:
        path = tmp_path / name
        path.write_bytes(data)
        return load_files(deploy(database, settings.model_copy(update=changes)), [path])

    return run


def _ids(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities ORDER BY id")]


def _refused(summary: LoadSummary) -> list[tuple[int, int | None]]:
    assert CANARY not in repr(summary)
    assert summary.rejected == len(summary.rejections)
    return [(found.line, found.activity_id) for found in summary.rejections]


def _nested(depth: int, inner: bytes = b'"canary"') -> bytes:
    head = b'{"id": 2, "account_id": 7, "unix_time": 1772400000, "deep": '
    # Shuffled brackets: a list in an object in a list.
    opened = b"".join(b"[" if level % 2 else b'{"k":' for level in range(depth))
    closed = b"".join(b"]" if level % 2 else b"}" for level in reversed(range(depth)))
    return head + opened + inner + closed + b"}"


LONG = "".join(f"{number * 7919:08x}" for number in range(1_000))
"""8,000 characters that do not compress: a compressible text may fit into an index."""

HOSTILE: dict[str, tuple[Any, str]] = {
    "email": (record(2, email=f"{CANARY}@{LONG}"), "emails"),
    "one of many e-mails": (record(2, emails=["a@x.example", f"{CANARY}@{LONG[:3000]}"]), "emails"),
    "e-mail without @": (record(2, email=LONG), "emails"),
    "e-mail that is an object": (record(2, email={"address": f"{CANARY}@{LONG}"}), "emails"),
    "many e-mails": (record(2, emails=[f"p{number}@x.example" for number in range(5_000)]), "emails"),
    "many objects": (record(2, media=[f"file:///{CANARY}/{number}" for number in range(5_000)]), "objects"),
    "many objects in a text": (record(2, media=" ".join(f"s3://{CANARY}/{n}" for n in range(5_000))), "objects"),
    "many tags": (record(2, tag_list=[f"{CANARY}{number}" for number in range(5_000)]), "tags"),
    "long tag": (record(2, tag_list=[LONG]), "tags"),
    "long source": (record(2, source=f"{CANARY} {LONG}"), "source"),
    "long status": (record(2, status=LONG), "status"),
    "long name": (record(2, name=LONG), "name"),
    "long number": (record(2, caller_number="1" * 20_000), "caller_number"),
    "long route": (record(2, call_path=[{"route_name": LONG, "route_type": "queue"}]), "call_path"),
    "many hops": (record(2, call_path=[{"route_name": "a"}] * 5_000), "call_path"),
    "many fields": (record(2, **{f"{CANARY}{number}": 1 for number in range(5_000)}), "fields"),
    "long field names": (record(2, **{f"{CANARY}{number}{LONG}": 1 for number in range(10)}), "names of its fields"),
    "depth 260": (_nested(260), "nested"),
    "depth 300": (_nested(300), "nested"),
    "depth 1,000": (_nested(1_000), "nested"),
    "depth 1,000 and a NUL": (_nested(1_000, b'"\\u0000canary"'), "nested"),
    "depth 100,000": (_nested(100_000), "nested"),
}


@pytest.mark.parametrize("form", ["lines", "page", "page over lines"])
def test_one_record_costs_itself_alone(load: Load, sql: Sql, form: str) -> None:
    sent: list[bytes] = [orjson.dumps(record(1))]
    for number, (hostile, _) in enumerate(HOSTILE.values(), 101):
        raw = hostile if isinstance(hostile, bytes) else orjson.dumps(hostile)
        sent += [raw.replace(b'"id":2,', b'"id": 2,').replace(b'"id": 2,', b'"id": %d,' % number, 1)]
    sent.append(orjson.dumps(record(3)))
    page = b'{"page": 1, "calls": [' + b", ".join(sent) + b"]}"
    data = lines(*sent) if form == "lines" else page.replace(b"[", b"[\n", 1) if "over" in form else page
    for time in range(2):
        summary = load(data)
        found = {rejection.activity_id: rejection.reason for rejection in summary.rejections}
        for number, (name, (_, told)) in enumerate(HOSTILE.items(), 101):
            assert told in found.get(number, ""), (name, found.get(number))
        assert _refused(summary) == [(number - 99, number) for number in range(101, 101 + len(HOSTILE))]
        assert summary.inserted == (2 if time == 0 else 0)
        assert _ids(sql) == [1, 3]


def test_a_singer_message_is_refused_by_the_id_of_its_record(load: Load, sql: Sql) -> None:
    deep = b'{"type": "RECORD", "stream": "call", "record": ' + _nested(2_000) + b"}"
    fine = {"type": "RECORD", "stream": "call", "record": record(3)}
    assert _refused(load(lines(record(1), deep, fine))) == [(2, 2)]
    assert _ids(sql) == [1, 3]


def test_a_held_door_costs_one_of_101(load: Load, sql: Sql) -> None:
    forms = [record(number, kind="form", email=f"p{number}@x.example") for number in range(1, 101)]
    sent = [*forms[:60], record(101, kind="form", email=f"a@{LONG}"), *forms[60:]]
    for time in range(2):
        summary = load(lines(*sent))
        assert _refused(summary) == [(61, 101)]
        assert (summary.inserted, summary.unchanged) == ((100, 0) if time == 0 else (0, 100))
    assert _ids(sql) == list(range(1, 101))


def test_the_address_of_an_object_is_found_at_every_depth_that_is_loaded(load: Load, sql: Sql) -> None:
    assert load(_nested(200, b'"s3://recordings/deep.wav"')).rejected == 0
    assert sql("SELECT address FROM tracking.objects") == [{"address": "s3://recordings/deep.wav"}]


def test_limits_are_settings(load: Load, sql: Sql) -> None:
    sent = lines(record(1, email=f"a@{'b' * 100}"), _nested(8), record(3, tag_list=["a", "b", "c"]))
    strict = {"limit_key_bytes": 50, "limit_depth": 5, "limit_items": 2}
    assert _refused(load(sent, **strict)) == [(1, 1), (2, 2), (3, 3)]
    assert load(sent).rejected == 0
    assert _ids(sql) == [1, 2, 3]


# A limit that is too wide for the server does not stop everything: the server's refusal finds the record.
def test_what_the_database_refuses_is_found_and_refused_alone(load: Load, sql: Sql) -> None:
    sql(
        "CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM 1 / (NEW.id % 100)::int; RETURN NEW; END $$"
    )
    sql(
        "CREATE TRIGGER choke BEFORE INSERT OR UPDATE ON tracking.activities FOR EACH ROW WHEN (NEW.id % 100 = 0)"
        " EXECUTE FUNCTION choke()"
    )
    sent = lines(*[record(number, notes=CANARY) for number in range(1, 501)])
    for time in range(2):
        summary = load(sent)
        assert _refused(summary) == [(number, number) for number in range(100, 501, 100)]
        assert all("SQLSTATE 22012" in found.reason for found in summary.rejections)
        assert (summary.inserted, summary.unchanged) == ((495, 0) if time == 0 else (0, 495))
    changed = lines(*[record(number, notes=f"{CANARY} again") for number in range(1, 501)])
    assert (load(changed).updated, load(changed).rejected) == (495, 5)


def test_what_the_server_refuses_of_an_update_is_refused_alone(load: Load, sql: Sql) -> None:
    load(lines(record(1), record(2), record(3)))
    sql(
        "CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '54000'; END $$"
    )
    sql(
        "CREATE TRIGGER choke BEFORE UPDATE ON tracking.activities FOR EACH ROW WHEN (NEW.id = 2)"
        " EXECUTE FUNCTION choke()"
    )
    summary = load(lines(*[record(number, notes="new") for number in (1, 2, 3, 4)]))
    assert _refused(summary) == [(2, 2)]
    assert (summary.inserted, summary.updated) == (1, 2)


WEEK = 7 * 24 * 3600


def test_partitions_of_many_weeks_are_made_some_at_a_time(
    load: Load, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_WEEKS", 3)
    sql("CREATE TABLE made (id bigint)")
    sql("GRANT ALL ON made TO PUBLIC")
    sql(
        "CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO public.made SELECT txid_current() FROM pg_event_trigger_ddl_commands()"
        " WHERE schema_name = 'tracking'; END $$"
    )
    sql("CREATE EVENT TRIGGER note ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION note()")
    assert load(lines(*[record(number, unix_time=1_700_000_000 + number * WEEK) for number in range(7)])).inserted == 7
    assert sql("SELECT count(DISTINCT id) AS n FROM made") == [{"n": 3}]


def test_a_batch_that_needs_more_locks_than_there_are_is_stored_in_parts(load: Load, sql: Sql) -> None:
    sql(
        "CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF (SELECT count(*) FROM inserted) > 10 THEN RAISE EXCEPTION 'no' USING ERRCODE = '53200'; END IF;"
        " RETURN NULL; END $$"
    )
    sql(
        "CREATE TRIGGER choke AFTER INSERT ON tracking.activities REFERENCING NEW TABLE AS inserted"
        " FOR EACH STATEMENT EXECUTE FUNCTION choke()"
    )
    summary = load(lines(*[record(number) for number in range(100)]))
    assert (summary.inserted, summary.rejected) == (100, 0)


def test_a_gzip_that_expands_beyond_measure_is_refused_before_anything_is_stored(
    load: Load, sql: Sql, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.gz"
    with gzip.open(bomb, "wb", compresslevel=9) as file:
        file.write(lines(record(1)))
        for _ in range(128):
            file.write(b" " * MIB)
    with pytest.raises(BadInput, match=r"x\.gz: .*times its size.*nothing of it was loaded"):
        load(bomb.read_bytes(), "x.gz")
    assert _ids(sql) == []
    assert load(bomb.read_bytes(), "x.gz", limit_gzip_ratio=2_000).inserted == 1


def test_a_gzip_of_gzips_counts_as_one(load: Load) -> None:
    part = gzip.compress(b" " * MIB)
    with pytest.raises(BadInput, match="times its size"):
        load(part * 100, "x.gz")


def test_many_empty_values_are_no_way_to_fill_memory(load: Load, sql: Sql) -> None:
    few = {"limit_values": 10_000}
    many = b'{"id": 2, "account_id": 7, "unix_time": 1, "x": [' + b"{}," * 15_000 + b"{}]}"
    assert _refused(load(lines(record(1), many, record(3)), **few)) == [(2, 2)]
    assert _ids(sql) == [1, 3]
    # A page may have more of them than a record: what is too much to be read at once is read record by record.
    page = b'{"calls": [\n' + b"{}," * 15_000 + orjson.dumps(record(4)) + b"," + many + b"]}"
    summary = load(page, "page.json", **few)
    assert (summary.inserted, summary.rejected, len(summary.rejections)) == (1, 15_001, 100)
    assert _ids(sql) == [1, 3, 4]


def test_the_first_line_of_a_file_is_not_parsed_to_see_what_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"[" + b"{}," * 2_500_000 + b"{}]\n{}\n")
    tracemalloc.start()
    try:
        [block] = read_blocks(Input.of(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert not block.whole_file
    assert peak < 5 * len(block.data)


def test_a_million_bad_lines_are_counted_and_a_hundred_kept(load: Load) -> None:
    summary = load(b"1\n" * 1_000_000)
    assert (summary.read, summary.rejected, len(summary.rejections)) == (1_000_000, 1_000_000, 100)


_SCRIPT = """
import resource, sys
from pathlib import Path
from redaction.db.database import open_database
from redaction.placements.resolve import deploy
from redaction.settings import load_settings
from redaction.source.load import load_files
settings = load_settings()
database = open_database(settings)
summary = load_files(deploy(database, settings), [Path(sys.argv[1])])
database.close()
print(summary.inserted, [(found.line, found.activity_id) for found in summary.rejections])
# Of this process not `ru_maxrss`, which begins with the memory of the process that started it.
[own] = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
print(max(int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""


_LONG = 400
"""MB of a line: more than a process may take."""


def _write_long(path: Path, packed: bool, over_lines: bool) -> None:
    head = b'{"calls": [\n' if over_lines else lines(record(1)) + b'{"id": 2, "account_id": 7, "notes": "canary'
    tail = b"]}" if over_lines else b'"}\n' + lines(record(3))
    if packed:
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.write(head)
            for _ in range(_LONG):
                file.write(bytes(MIB))
            file.write(tail)
        return
    with path.open("wb") as plain:
        plain.write(head)
        # A hole: it takes no space on the disk.
        plain.seek(_LONG * MIB, os.SEEK_CUR)
        plain.write(tail)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("over_lines", [False, True])
def test_memory_stays_flat_for_a_line_of_400_megabytes(
    deployed: None, account: int, tmp_path: Path, sql: Sql, packed: bool, over_lines: bool
) -> None:
    path = tmp_path / ("long.gz" if packed else "long.jsonl")
    _write_long(path, packed, over_lines)
    environment = {**os.environ, "REDACTION_LIMIT_GZIP_RATIO": "2000"}
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(path)], env=environment, capture_output=True, text=True, check=True
    )
    told, peak = ended.stdout.splitlines()
    assert told == ("0 [(1, None)]" if over_lines else "2 [(2, 2)]")
    assert _ids(sql) == ([] if over_lines else [1, 3])
    assert int(peak) < 300, f"{peak} MB"
