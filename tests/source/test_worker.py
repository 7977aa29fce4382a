"""Loads by several processes: in the order of the files, and complete up to the failure."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import RedactionError
from redaction.pipeline.run import run_account
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source import load as loader
from redaction.source import reader
from redaction.source.worker import be_ready, choose_context

Sql = Callable[..., list[dict[str, Any]]]
Load = Callable[..., Any]
MANY = 4_000
"""Records of a load: more than thirty batches of the size that these tests set."""


def record(activity_id: int, **fields: Any) -> dict[str, Any]:
    return {"id": activity_id, "account_id": 7, "unix_time": 1_772_400_000, "notes": "long " * 40, **fields}


class Waiting(ProcessPoolExecutor):
    """Waits for its processes to start, so that a load shares out its work from the first batch on."""

    def submit(self, fn: Any, /, *args: Any, **more: Any) -> Future[Any]:
        future = super().submit(fn, *args, **more)
        if fn is be_ready:
            future.result()
        return future


@pytest.fixture
def load(database: Database, settings: Settings, tmp_path: Path, account: int, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load records in many batches, by three processes."""
    monkeypatch.setattr(loader, "ProcessPoolExecutor", Waiting)
    for module in (reader, loader):
        monkeypatch.setattr(module, "BLOCK", 33_000)

    def run(sent: list[dict[str, Any]], progress: Callable[[int], None] | None = None) -> Any:
        path = tmp_path / "x.jsonl"
        path.write_bytes(b"".join(orjson.dumps(item) + b"\n" for item in sent))
        return loader.load_files(deploy(database, settings.model_copy(update={"load_workers": 3})), [path], progress)

    return run


@pytest.mark.parametrize("pool", [Waiting, ProcessPoolExecutor])
def test_three_processes_give_what_one_gives(
    load: Load, sql: Sql, monkeypatch: pytest.MonkeyPatch, pool: type[ProcessPoolExecutor]
) -> None:
    monkeypatch.setattr(loader, "ProcessPoolExecutor", pool)
    many = [record(number) for number in range(MANY)]
    done: list[int] = []
    summary = load(many, done.append)
    assert (summary.read, summary.inserted) == (MANY, MANY)
    assert sum(done) == sum(len(orjson.dumps(item)) + 1 for item in many)
    found = sql("SELECT id, xmin::text::bigint AS written FROM tracking.activities ORDER BY id")
    assert [row["id"] for row in found] == list(range(MANY))
    written = [row["written"] for row in found]
    assert written == sorted(written)
    assert len(set(written)) > 30
    summary = load(many)
    assert (summary.inserted, summary.unchanged) == (0, MANY)


def test_the_later_of_two_wins_whichever_process_has_it(load: Load, sql: Sql) -> None:
    # The last fifty of four hundred stay: some three batches.
    load([record(number // 400 * 50 + number % 50, source=str(number)) for number in range(MANY)])
    found = sql("SELECT source::int AS number FROM tracking.activities ORDER BY 1")
    assert [row["number"] for row in found] == [number for number in range(MANY) if number % 400 >= 350]


# Each process has one of three consecutive batches.
@pytest.mark.parametrize("refused", [3_000, 3_117, 3_233])
def test_nothing_is_stored_after_a_batch_that_failed(load: Load, sql: Sql, refused: int) -> None:
    sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'; END $$"
    )
    sql(
        f"CREATE TRIGGER refuse BEFORE INSERT ON tracking.activities FOR EACH ROW WHEN (NEW.id = {refused})"
        " EXECUTE FUNCTION refuse()"
    )
    with pytest.raises(RedactionError, match="refused"):
        load([record(number) for number in range(MANY)])
    [found] = sql("SELECT count(*) AS n, max(id) AS last FROM tracking.activities")
    assert found["n"] == found["last"] + 1
    assert 2_600 < found["n"] <= refused
    sql("DROP TRIGGER refuse ON tracking.activities")
    assert load([record(number) for number in range(MANY)]).inserted == MANY - found["n"]


def test_a_process_that_is_killed_ends_the_load_with_an_error(load: Load, sql: Sql) -> None:
    def kill(_: int) -> None:
        for process in multiprocessing.active_children():
            process.kill()

    with pytest.raises(RedactionError, match="killed"):
        load([record(number) for number in range(MANY)], kill)
    [found] = sql("SELECT count(*) AS n, max(id) AS last FROM tracking.activities")
    assert found["n"] == found["last"] + 1 < MANY


def test_late_objects_are_found_whichever_process_has_the_record(load: Load, deployment: Deployment) -> None:
    load([record(number) for number in range(MANY)])
    run_account(deployment, 7, datetime(2026, 11, 1, 4, tzinfo=UTC))
    again = [record(number, audio=f"https://m.example.com/{number}") for number in range(0, MANY, 3)]
    # A twin in another batch brings another address while the first one is still listed.
    again += [record(number, audio=f"https://m.example.com/{number}/b") for number in range(0, MANY, 300)]
    summary = load(again)
    assert (summary.already_redacted, summary.late_objects) == (len(again), len(again))
    assert load(again).late_objects == 0


_FORKED = """
import sys
from pathlib import Path
from redaction.db.database import Database
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source import load, reader, worker

url, home, path = sys.argv[1:]
reader.BLOCK = load.BLOCK = 33_000
settings = Settings(home=Path(home), database_url=url, load_workers=3)
database = Database(url, settings)
with database.transaction("redaction_loader") as before:
    assert before.rows("list_lookup_settings")
started = []
def choose_context():
    started.append(worker.choose_context())
    return started[-1]
load.choose_context = choose_context
summary = load.load_files(deploy(database, settings), [Path(path)])
with database.transaction("redaction_loader") as after:
    assert after.rows("list_lookup_settings")
print(started[-1].get_start_method(), summary.inserted)
"""


def test_a_process_of_one_thread_forks_and_keeps_its_connections(
    database: Database, tmp_path: Path, account: int, sql: Sql
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join(orjson.dumps(record(number)) + b"\n" for number in range(MANY)))
    command = [sys.executable, "-c", _FORKED, database.url.render_as_string(hide_password=False), tmp_path, path]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["fork", str(MANY)]
    [found] = sql("SELECT count(DISTINCT xmin::text) AS batches FROM tracking.activities")
    assert found["batches"] > 30


_KILLED = """
import os, signal, sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from redaction.settings import Settings
from redaction.source.worker import BatchOrder, choose_context, start_worker

url, home = sys.argv[1:]
context = choose_context()
settings = Settings(home=Path(home), database_url=url)
pool = ProcessPoolExecutor(1, context, start_worker, (url, settings, {}, False, BatchOrder(context)))
pool.submit(os.getpid).result()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_process_outlives_a_load_that_is_killed(database: Database, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, database.url.render_as_string(hide_password=False), tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        # Its output ends when its last process ends.
        assert process.communicate(timeout=60) == (b"", None)
    assert process.returncode == -signal.SIGKILL


def test_a_process_of_several_threads_does_not_fork() -> None:
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        assert choose_context().get_start_method() == "spawn"
    finally:
        over.set()
        other.join()
