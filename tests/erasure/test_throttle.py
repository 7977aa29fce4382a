"""Partitions are rewritten in parallel, and one at a time, with pauses, while writes of others wait for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.rewrite import Rewritten, rewrite_partition
from redaction.erasure.throttle import Throttle
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
def _at_work(database: Database, name: str, statement: str, hidden: bool = False) -> Iterator[None]:
    """Let a session of a name do something again and again; `hidden`: it hides its actions from the views."""
    stop, began = threading.Event(), threading.Event()
    engine = sa.create_engine(as_owner(database), connect_args={"application_name": name})

    def act() -> None:
        with engine.connect() as connection:
            if hidden:
                connection.exec_driver_sql("SET track_activities = off")
                connection.commit()
            while not stop.wait(0.01):
                connection.exec_driver_sql(statement)
                connection.commit()
                began.set()

    thread = threading.Thread(target=act)
    thread.start()
    assert began.wait(30)
    try:
        yield
    finally:
        stop.set()
        thread.join()
        engine.dispose()


WRITE = "SELECT pg_current_xact_id(), pg_sleep(0.05)"
"""A write that takes long enough to be seen."""


@dataclass(frozen=True)
class Turn:
    """When a partition was being rewritten."""

    began: float
    ended: float


def _rewrite_all(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int, **changes: Any) -> list[Turn]:
    """Strip all partitions; return when each was rewritten, in the order of their starts."""
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


def _is_rested(turns: list[Turn]) -> bool:
    """Say whether no two ran at once and each came after a pause as long as the previous one took."""
    return all(after.began - before.ended >= before.ended - before.began for before, after in pairwise(turns))


@pytest.mark.parametrize(
    ("name", "statement"), [("redaction_worker", WRITE), ("report", "SELECT 1"), ("report", "SELECT pg_sleep(0.05)")]
)
def test_side_by_side_while_nobody_else_writes(
    database: Database, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int, name: str, statement: str
) -> None:
    with _at_work(database, name, statement):
        assert _side_by_side(_rewrite_all(deployment, monkeypatch, weeks))


@pytest.mark.parametrize("hidden", [False, True])
def test_one_at_a_time_and_rested_while_writes_of_others_wait(
    database: Database, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int, hidden: bool
) -> None:
    with _at_work(database, "redaction_loader", WRITE, hidden):
        assert _is_rested(_rewrite_all(deployment, monkeypatch, weeks))


@pytest.mark.parametrize("withheld", [False, True])
def test_an_owner_who_may_see_little_or_no_views_is_told_of_writes_too(
    database: Database, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int, sql: Sql, withheld: bool
) -> None:
    sql("CREATE ROLE blind_owner")
    sql("GRANT CREATE ON SCHEMA redaction TO blind_owner")
    sql("ALTER FUNCTION redaction.writes_of_others() OWNER TO blind_owner")
    try:
        if withheld:
            sql("REVOKE SELECT ON pg_stat_activity FROM PUBLIC")
        known = sql("SELECT is_known FROM redaction.writes_of_others()")
        assert known == [{"is_known": not withheld}]
        with _at_work(database, "redaction_loader", "SELECT pg_current_xact_id()" if withheld else WRITE):
            turns = _rewrite_all(deployment, monkeypatch, weeks)
        assert not _side_by_side(turns)
        assert _is_rested(turns)
    finally:
        sql("GRANT SELECT ON pg_stat_activity TO PUBLIC")
        sql("ALTER FUNCTION redaction.writes_of_others() OWNER TO CURRENT_USER")
        sql("REVOKE CREATE ON SCHEMA redaction FROM blind_owner")
        sql("DROP ROLE blind_owner")


def test_side_by_side_whoever_writes_if_told_so(
    database: Database, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, weeks: int
) -> None:
    with _at_work(database, "redaction_loader", WRITE):
        assert _side_by_side(_rewrite_all(deployment, monkeypatch, weeks, throttle_when_busy=False))


def test_who_waits_for_a_lock_is_felt_and_who_is_idle_in_a_transaction_is_not(database: Database, sql: Sql) -> None:
    looked = "SELECT cardinality(xids) AS writes, waiting, is_known FROM redaction.writes_of_others()"
    engine = sa.create_engine(as_owner(database), connect_args={"application_name": "pool"})
    lock = "SELECT pg_advisory_xact_lock(7)"
    with engine.connect() as holder, engine.connect() as waiter:
        holder.exec_driver_sql(lock)
        holder.exec_driver_sql("SELECT pg_current_xact_id()")
        assert sql(looked) == [{"writes": 0, "waiting": 0, "is_known": True}]
        thread = threading.Thread(target=waiter.exec_driver_sql, args=(lock,))
        thread.start()
        while sql(looked) != [{"writes": 0, "waiting": 1, "is_known": True}]:
            pass
        holder.rollback()
        thread.join()
        waiter.rollback()
    engine.dispose()


def test_a_write_that_goes_on_for_long_waits_for_nobody(database: Database, deployment: Deployment, sql: Sql) -> None:
    engine = sa.create_engine(as_owner(database), connect_args={"application_name": "batch"})

    def write() -> None:
        with suppress(sa.exc.OperationalError), engine.connect() as connection:
            connection.exec_driver_sql("SELECT pg_current_xact_id(), pg_sleep(60)")

    thread = threading.Thread(target=write)
    with Throttle(deployment) as throttle:
        thread.start()
        while not throttle.is_felt():
            pass
        while throttle.is_felt():
            pass
    assert thread.is_alive()
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'batch'")
    thread.join()
    engine.dispose()


@pytest.mark.parametrize("changes", [{"rewrite_min_rows": 1}, {"rewrite_min_rows": 10**6, "batch_size": 600}])
def test_it_works_with_one_connection_left_and_with_the_time_limit_of_a_role(
    database: Database,
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    weeks: int,
    sql: Sql,
    changes: dict[str, int],
) -> None:
    monkeypatch.setattr(strip, "_LARGE", 1000)
    login = database.url.username
    database.close()
    sql(f"ALTER ROLE {login} CONNECTION LIMIT 1")
    sql(f"ALTER ROLE {login} SET statement_timeout = '1ms'")
    try:
        changed = deployment.settings.model_copy(update={"proof_partitions": 0, **changes})
        run = select_aged(deploy(database, changed), 7, CUTOFF, Request("test"))
        assert strip.strip_run(deploy(database, changed), run) == weeks
    finally:
        sql(f"ALTER ROLE {login} CONNECTION LIMIT -1")
        sql(f"ALTER ROLE {login} RESET statement_timeout")
