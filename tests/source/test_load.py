"""The loader on a real database: idempotent, complete, and without effect on redacted activities."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.db.statements import get_statement
from redaction.deployment import Deployment
from redaction.errors import BadInput, UnclassifiedColumn
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source import copyformat, reader
from redaction.source.inputs import Input
from redaction.source.load import load_files
from redaction.source.store import ActivityWriter

Sql = Callable[..., list[dict[str, Any]]]
Load = Callable[..., Any]


def record(activity_id: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": activity_id,
        "account_id": 7,
        "unix_time": 1_772_400_000 + activity_id,
        "name": "Zoë Canary",
        "caller_number": "+12125550143",
        "source": "Google",
        "tag_list": ['a "b"', "c\\d\te\nf"],
        "notes": "line\nbreak\t\\ and 'quotes' \u2028",
        "custom_fields": {"q": '\\"x\\"\n'},
        "email": "z@example.com",
        **fields,
    }


@pytest.fixture
def load(database: Database, settings: Settings, tmp_path: Path, account: int) -> Load:
    def run(data: bytes | list[dict[str, Any]], name: str = "x.jsonl", **changes: Any) -> Any:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else b"".join(orjson.dumps(item) + b"\n" for item in data))
        return load_files(deploy(database, settings.model_copy(update=changes)), [path])

    return run


def _counts(summary: Any) -> tuple[int, int, int, int]:
    return summary.inserted, summary.updated + summary.unchanged, summary.already_redacted, summary.rejected


def test_every_format(load: Load, sql: Sql) -> None:
    one, two = record(1), record(2)
    pages = [
        json.dumps({"page": 1, "calls": [one, two]}).encode(),
        json.dumps({"calls": [one, two]}, indent=2).encode(),
        b"\n".join(orjson.dumps(item) for item in (one, two)),
        b"\n".join(
            orjson.dumps(item)
            for item in (
                {"type": "SCHEMA", "stream": "call", "schema": {}},
                {"type": "RECORD", "stream": "call", "record": one},
                {"type": "RECORD", "stream": "call", "record": two},
                {"type": "STATE", "value": {}},
            )
        ),
        gzip.compress(orjson.dumps(one) + b"\r\n" + orjson.dumps(two)),
    ]
    for number, data in enumerate(pages):
        assert _counts(load(data, f"{number}.any")) == ((2, 0, 0, 0) if number == 0 else (0, 2, 0, 0)), number
        assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 2}]


def test_values_arrive_as_they_were_sent(load: Load, sql: Sql) -> None:
    sent = record(1, form={"name": "ü"}, transcription_text="t\\n")
    load([sent])
    found = sql("SELECT * FROM tracking.activities")[0]
    assert found["notes"] == sent["notes"]
    assert found["tags"] == sent["tag_list"]
    assert found["custom_fields"] == {"custom_fields": sent["custom_fields"]}
    assert found["emails"] == ["z@example.com"]
    assert found["transcription"] == "t\\n"
    assert found["form"] == {"name": "ü"}


def test_the_identity_is_account_and_id_whatever_the_time(load: Load, sql: Sql) -> None:
    load([record(1)])
    moved = load([record(1, unix_time=1_775_000_000, source="Bing")])
    assert _counts(moved) == (0, 1, 0, 0)
    assert sql("SELECT id, source, extract(epoch FROM called_at)::bigint AS at FROM tracking.activities") == [
        {"id": 1, "source": "Bing", "at": 1_775_000_000}
    ]


def test_the_later_of_two_in_one_file_wins(load: Load, sql: Sql) -> None:
    assert _counts(load([record(1, source="A"), record(1, source="B", unix_time=1_775_000_000)])) == (1, 0, 0, 0)
    assert sql("SELECT source FROM tracking.activities") == [{"source": "B"}]


@pytest.mark.parametrize("time", [1_772_400_001, 1_775_000_000])
def test_what_is_redacted_never_regains_a_value(load: Load, sql: Sql, time: int) -> None:
    load([record(1)])
    columns = load_catalog().personal
    sql(f"UPDATE tracking.activities SET redacted_at = now(), {', '.join(f'{name} = NULL' for name in columns)}")
    before = sql("SELECT *, xmin::text FROM tracking.activities")
    assert _counts(load([record(1, unix_time=time)])) == (0, 0, 1, 0)
    assert sql("SELECT *, xmin::text FROM tracking.activities") == before


def test_the_malformed_is_reported_without_its_content_and_the_rest_loads(load: Load) -> None:
    lines = [
        orjson.dumps(record(1)),
        b'{"id": 2, "canary',
        b"[1, 2]",
        b"",
        b'"canary"',
        orjson.dumps(record(6, account_id=99)),
        orjson.dumps(record(7, unix_time=None)),
        orjson.dumps(record(8)),
        b'{"type": "RECORD", "stream": "users", "record": {"id": 9, "name": "canary"}}',
        b"\xff\xfe canary",
    ]
    summary = load(b"\n".join(lines))
    assert _counts(summary) == (2, 0, 0, 7)
    assert summary.other_streams == 1
    assert [(item.line, item.activity_id) for item in summary.rejections] == [
        (2, None),
        # Two of a list, by their places in it.
        (1, None),
        (2, None),
        (5, None),
        (6, 6),
        (7, 7),
        (10, None),
    ]
    assert "canary" not in repr(summary)


def test_a_nul_character_is_left_out(load: Load, sql: Sql) -> None:
    assert _counts(load([record(1, notes="a\x00b", custom_fields={"k\x00": ["\x00"]})])) == (1, 0, 0, 0)
    assert sql("SELECT notes FROM tracking.activities") == [{"notes": "ab"}]


def test_a_truncated_gzip_loads_nothing(load: Load, sql: Sql) -> None:
    whole = gzip.compress(b"".join(orjson.dumps(record(number)) + b"\n" for number in range(2000)))
    with pytest.raises(BadInput, match="truncated"):
        load(whole[: len(whole) // 2], "x.gz")
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 0}]


def test_files_that_are_not_there(deployment: Deployment, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        load_files(deployment, [tmp_path / "nowhere"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no file in it"):
        load_files(deployment, [tmp_path / "empty"])


def test_drift_stops_the_load(load: Load, sql: Sql) -> None:
    sql("ALTER TABLE tracking.activities ADD COLUMN shoe_size int")
    with pytest.raises(UnclassifiedColumn):
        load([record(1)])


def test_two_loaders_of_the_same_make_no_second_row(
    database: Database, settings: Settings, account: int, tmp_path: Path, sql: Sql
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join(orjson.dumps(record(number)) + b"\n" for number in range(3_000)))
    found: list[Any] = []

    def run() -> None:
        own = Database(database.url.render_as_string(hide_password=False), settings)
        found.append(load_files(deploy(own, settings), [path]))
        own.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(item.inserted for item in found) == [0, 3_000]
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 3_000}]


def test_loads_mark_the_days_of_the_reports(load: Load, sql: Sql) -> None:
    load([record(1)])
    day = sql("SELECT day FROM reporting.stale_days")
    sql("DELETE FROM reporting.stale_days")
    summary = load([record(1)])
    assert (summary.updated, summary.unchanged) == (0, 1)
    assert sql("SELECT day FROM reporting.stale_days") == []
    summary = load([record(1, notes="something else")])
    assert (summary.updated, summary.unchanged) == (1, 0)
    assert sql("SELECT day FROM reporting.stale_days") == day
    load([record(1, unix_time=1_775_000_000)])
    assert len(sql("SELECT day FROM reporting.stale_days")) == 2


def test_few_of_many_have_changed(load: Load, sql: Sql) -> None:
    """The comparison takes two thousand at a time."""
    sent = [record(number) for number in range(1, 2_503)]
    assert load(sent).inserted == 2_502
    versions = {row["id"]: row["xmin"] for row in sql("SELECT id, xmin::text FROM tracking.activities")}
    changed = {1, 1_999, 2_000, 2_001, 2_502}
    summary = load([each | ({"notes": "Called back."} if each["id"] in changed else {}) for each in sent])
    assert (summary.updated, summary.unchanged) == (len(changed), len(sent) - len(changed))
    rows = sql("SELECT id, xmin::text, notes FROM tracking.activities")
    assert {row["id"] for row in rows if row["notes"] == "Called back."} == changed
    assert {row["id"] for row in rows if row["xmin"] != versions[row["id"]]} == changed


def test_an_unchanged_activity_is_not_locked(load: Load, sql: Sql) -> None:
    load([record(1)])
    load([record(1)])
    assert sql("SELECT xmax::text FROM tracking.activities") == [{"xmax": "0"}]


def test_the_staging_table_and_what_is_copied_are_of_the_types_of_the_table(sql: Sql) -> None:
    live = {
        row["name"]: row["type"]
        for row in sql(
            "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
            " WHERE attrelid = 'tracking.activities'::regclass AND attnum > 0"
        )
    }
    expected = [(name, live[name].replace("timestamp with time zone", "timestamptz")) for name in load_catalog().copied]
    lines = get_statement("create_staging").sql.splitlines()
    staged = [tuple(line.strip().rstrip(",").split()) for line in lines if line.startswith("    ")]
    assert staged == expected
    assert [(name, copyformat.type_of(name)) for name, _ in expected] == expected


def test_a_time_with_a_zone_lies_in_the_partition_of_its_utc_day(load: Load, sql: Sql) -> None:
    load([record(1, unix_time=None, called_at="2026-03-01 11:48 PM -05:00")])
    assert sql("SELECT tableoid::regclass::text AS name FROM tracking.activities") == [
        {"name": "tracking.activities_20260302_rows"}
    ]


def test_a_block_is_cut_at_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BLOCK", 700)
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(record(number)) for number in range(20)))
    blocks = list(reader.read_blocks(Input.of(path)))
    assert len(blocks) > 5
    assert b"".join(block.data for block in blocks) == path.read_bytes()
    lines = [line for block in blocks for line in io.BytesIO(block.data).readlines()]
    assert [orjson.loads(line)["id"] for line in lines] == list(range(20))
    assert sum(block.read for block in blocks) == path.stat().st_size
    assert [block.detached().attached() for block in blocks] == blocks
    assert not any(block.detached().data for block in blocks)


def test_a_compressed_block_keeps_its_data(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 100))
    [block] = reader.read_blocks(Input.of(path))
    assert block.detached() == block.attached() == block
    assert block.data == b"{}\n" * 100


def test_a_file_that_is_cut_off_meanwhile_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"{}\n" * 100)
    [block] = [block.detached() for block in reader.read_blocks(Input.of(path))]
    path.write_bytes(b"{}\n")
    with pytest.raises(BadInput, match="cut off"):
        block.attached()
    path.unlink()
    with pytest.raises(BadInput, match="cannot be read"):
        block.attached()


@pytest.mark.parametrize("told", [1, 0.3, 3])
def test_the_first_and_last_batches_of_processes_that_share_a_load_are_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: float
) -> None:
    monkeypatch.setattr(reader, "BLOCK", 8_000)
    path = tmp_path / "x.jsonl"
    line = b"x" * 99 + b"\n"
    path.write_bytes(line * 1_000)
    source = replace(Input.of(path), size=int(100_000 * told))
    batches = list(reader.read_batches([source], shared=True))
    assert b"".join(block.data for batch in batches for block in batch) == line * 1_000
    sizes = [sum(len(block.data) for block in batch) for batch in batches]
    assert [round(size, -3) for size in sizes[:4]] == [1_000, 2_000, 4_000, 8_000]
    assert max(sizes) < 8_200
    if told == 1:
        assert sizes[-1] < 1_200
        assert sizes == [*sorted(sizes[:4]), *sorted(sizes[4:], reverse=True)]
    # A stream that is longer than estimated continues in whole batches.
    assert len(sizes) < 25


def test_small_files_are_stored_together_and_reported_each_for_itself(
    deployment: Deployment, account: int, tmp_path: Path, sql: Sql
) -> None:
    for number in range(5):
        (tmp_path / f"{number}.jsonl").write_bytes(orjson.dumps(record(number)) + b"\n{")
    paths = sorted(tmp_path.glob("*.jsonl"))
    [batch] = reader.read_batches([Input.of(path) for path in paths])
    assert [Path(block.path) for block in batch] == paths
    summary = load_files(deployment, paths)
    assert [(Path(item.path), item.line) for item in summary.rejections] == [(path, 2) for path in paths]
    assert sql("SELECT count(*) AS n, count(DISTINCT xmin::text) AS transactions FROM tracking.activities") == [
        {"n": 5, "transactions": 1}
    ]


def test_what_was_loaded_is_on_the_disk_when_the_load_has_ended(
    load: Load, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch returns before that: nobody would know about the last one."""
    stored_at = []
    put = ActivityWriter.put

    def note(writer: ActivityWriter, *given: Any) -> Any:
        stored = put(writer, *given)
        stored_at.append(sql("SELECT pg_current_wal_insert_lsn()::text AS at")[0]["at"])
        return stored

    monkeypatch.setattr(ActivityWriter, "put", note)
    assert load([record(1)]).inserted == 1
    [at] = stored_at
    assert sql("SELECT pg_current_wal_flush_lsn() >= CAST(:at AS pg_lsn) AS lasts", at=at) == [{"lasts": True}]
