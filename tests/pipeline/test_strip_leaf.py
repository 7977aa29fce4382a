"""Update in place, leaf by leaf: what others change meanwhile, few and many rows of a leaf, the ends of time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.pipeline import strip
from redaction.pipeline.run import begin_run, run_step
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
OLD = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
RUN = "SELECT stripped_count, by_category FROM redaction.runs"


@pytest.fixture
def ten(account: int, insert: Insert) -> None:
    """Ten aged activities, and one of the day after."""
    for number in range(1, 11):
        insert(number, called_at=OLD + timedelta(hours=number))
    insert(11, called_at=CUTOFF)


def _strip_beside(database: Database, deployment: Deployment, sql: Sql, change: str) -> int:
    """Strip while another changes an activity and commits once the strip waits for it; return the run."""
    run = begin_run(deployment, 7, CUTOFF, "test")
    with ThreadPoolExecutor(1) as pool:
        with database.engine("owner").begin() as other:
            other.execute(sa.text(change))
            stripping = pool.submit(strip_run, deployment, run)
            while not sql("SELECT FROM pg_locks WHERE NOT granted"):
                assert not stripping.done()
        assert stripping.result() == 10
    return run.id


def test_a_row_that_another_changes_meanwhile_is_stripped_as_it_became(
    database: Database, deployment: Deployment, ten: None, sql: Sql
) -> None:
    change = "UPDATE tracking.activities SET notes = NULL, source = 'Post' WHERE id = 4"
    run_id = _strip_beside(database, deployment, sql, change)
    [found] = sql(RUN)
    assert found["stripped_count"] == 10
    assert (found["by_category"]["notes"], found["by_category"]["caller name"]) == (9, 10)
    # The digest of what stays is that of the row as it became.
    for step in ("strip", "objects", "validate"):
        run_step(deployment, run_id, step)
    assert sql("SELECT state FROM redaction.runs") == [{"state": "validated"}]


def test_a_row_that_another_moves_to_another_partition_meanwhile_is_stripped_there(
    database: Database, deployment: Deployment, ten: None, sql: Sql
) -> None:
    sql("SELECT tracking.ensure_partition(:at)", at=OLD - timedelta(days=30))
    change = "UPDATE tracking.activities SET called_at = called_at - interval '30 days' WHERE id = 4"
    _strip_beside(database, deployment, sql, change)
    [found] = sql(RUN)
    assert found["by_category"]["notes"] == 10


@pytest.mark.parametrize("others", [0, 500])
def test_the_rows_of_a_set_are_found_among_few_and_among_many(
    database: Database, deployment: Deployment, ten: None, sql: Sql, others: int
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id, name, timezone) VALUES (8, 1, 'Other', 'UTC')")
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, notes)"
        " SELECT n, 8, 'call', :at, 'theirs' FROM generate_series(1, :others) n",
        at=OLD,
        others=others,
    )
    with database.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE tracking.activities")
    run = begin_run(deployment, 7, CUTOFF, "test")
    assert strip_run(deployment, run) == 10
    left = "SELECT account_id, count(*)::int AS n FROM tracking.activities WHERE redacted_at IS NULL GROUP BY 1"
    assert {row["account_id"]: row["n"] for row in sql(left)} == ({7: 1, 8: others} if others else {7: 1})


def test_times_at_the_ends_of_time_are_stripped(deployment: Deployment, account: int, sql: Sql) -> None:
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, notes) VALUES"
        " (3, 7, 'call', '-infinity', 'x'), (4, 7, 'call', '4713-06-01 00:00:00+00 BC', 'x')"
    )
    run = begin_run(deployment, 7, CUTOFF, "test")
    assert strip_run(deployment, run) == 2


def test_transactions_of_a_large_set_go_side_by_side_and_each_row_counts_once(
    database: Database, settings: Settings, ten: None, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strip, "_LARGE", 5)
    deployment = deploy(database, settings.model_copy(update={"batch_size": 3}))
    run = begin_run(deployment, 7, CUTOFF, "test")
    batches: list[int] = []
    assert strip_run(deployment, run, batches.append) == 10
    assert batches == [3, 3, 3, 1]
    [found] = sql(RUN)
    assert found["by_category"]["notes"] == 10


def test_what_one_leaf_taught_of_texts_holds_for_the_next(
    deployment: Deployment, account: int, insert: Insert, sql: Sql
) -> None:
    for week in range(3):
        for number in range(4):
            name, label = ("Ann Canary", "Line for Ann Canary") if number == week else ("Bob Smith", "Line Two")
            insert(10 * week + number, called_at=OLD - timedelta(weeks=week), caller_name=name, tracking_label=label)
    run = begin_run(deployment, 7, CUTOFF, "test")
    assert strip_run(deployment, run) == 12
    found = sql("SELECT activity_id FROM redaction.run_findings ORDER BY 1")
    assert [row["activity_id"] for row in found] == [0, 11, 22]
