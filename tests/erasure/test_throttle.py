"""Partitions are rewritten side by side, and one at a time, with rests, while others are at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.rewrite import Rewritten, rewrite_partition
from redaction.pipeline import strip
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.placements.resolve import deploy
from tests.conftest import as_owner

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def weeks(account: int, sql: Sql) -> int:
    """Six partitions of 500 activities each, all due; returns how many activities there are."""
    for week in range(6):
        at = CUTOFF - timedelta(weeks=week, days=2)
        sql("SELECT tracking.ensure_partition(:at)", at=at)
        sql(
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, notes)"
            " SELECT n + :first, 7, 'call', :at, 'a note' FROM generate_series(1, 500) n",
            first=week * 1000,
            at=at,
        )
    return 3000


@contextmanager
def _at_work(database: Database, name: str) -> Iterator[None]:
    """Let a session of a name ask something again and again."""
    stop, began = threading.Event(), threading.Event()
    engine = sa.create_engine(as_owner(database), connect_args={"application_name": name})

    def ask() -> None:
        with engine.connect() as connection:
            while not stop.wait(0.01):
                connection.exec_driver_sql("SELECT 1")
                connection.commit()
                began.set()

    thread = threading.Thread(target=ask)
    thread.start()
    assert began.wait(30)
    try:
        yield
    finally:
        stop.set()
        thread.join()
        engine.dispose()


@dataclass(frozen=True)
class Turn:
    """When a partition was being rewritten."""

    began: float
    ended: float


def _rewrite_all(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int, **changes: Any) -> list[Turn]:
    """Strip all partitions; return when each was rewritten, in the order in which they began."""
    turns: list[Turn] = []

    def watched(*values: Any) -> Rewritten:
        began = time.monotonic()
        try:
            return rewrite_partition(*values)
        finally:
            turns.append(Turn(began, time.monotonic()))

    monkeypatch.setattr(strip, "rewrite_partition", watched)
    changed = deployment.settings.model_copy(update={"rewrite_min_rows": 1, "proof_partitions": 0, **changes})
    run = select_aged(deploy(deployment.database, changed), 7, CUTOFF, Request("test"))
    assert strip.strip_run(deploy(deployment.database, changed), run) == weeks
    assert len(turns) == 6
    return sorted(turns, key=lambda turn: turn.began)


def _side_by_side(turns: list[Turn]) -> bool:
    return any(after.began < before.ended for before, after in pairwise(turns))


def test_side_by_side_while_nobody_else_is_at_work(
    database: Database, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int
) -> None:
    with _at_work(database, "redaction_worker"):
        assert _side_by_side(_rewrite_all(deployment, monkeypatch, weeks))


def test_one_at_a_time_and_rested_while_a_loader_is_at_work(
    database: Database, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int
) -> None:
    with _at_work(database, "redaction_loader"):
        turns = _rewrite_all(deployment, monkeypatch, weeks)
    for before, after in pairwise(turns):
        assert after.began - before.ended >= before.ended - before.began, "a rest as long as the turn before it"


def test_side_by_side_whoever_is_at_work_if_told_so(
    database: Database, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int
) -> None:
    with _at_work(database, "redaction_loader"):
        assert _side_by_side(_rewrite_all(deployment, monkeypatch, weeks, throttle_when_busy=False))


def test_who_is_connected_and_does_nothing_is_not_at_work(database: Database, sql: Sql) -> None:
    engine = sa.create_engine(as_owner(database), connect_args={"application_name": "pool"})
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        connection.commit()
        recent = "SELECT redaction.others_at_work() AS at_work"
        assert sql(recent) == [{"at_work": True}]
        long_ago = "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'pool' AND state_change > "
        while sql(long_ago + "clock_timestamp() - interval '1 second'")[0]["n"]:
            pass
        assert sql(recent) == [{"at_work": False}]
    engine.dispose()
