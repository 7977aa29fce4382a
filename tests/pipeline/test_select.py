"""The set of a run, day by day: each activity is in the batch of its own local day, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from redaction.deployment import Deployment
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged, select_listed
from tests.conftest import EMPTY

Sql = Callable[..., list[dict[str, Any]]]
CUTOFF = datetime(2026, 4, 1, tzinfo=UTC)
# Clocks that went back over midnight, to midnight, forward at midnight; a day that was left out; none of it.
CHANGES = {
    "America/St_Johns": datetime(2006, 10, 29, 2, 31, tzinfo=UTC),
    "Asia/Beirut": datetime(2022, 10, 29, 21, tzinfo=UTC),
    "Africa/Cairo": datetime(2023, 4, 27, 22, tzinfo=UTC),
    "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),
    "America/New_York": datetime(2025, 11, 2, 6, tzinfo=UTC),
    "UTC": datetime(2024, 2, 29, tzinfo=UTC),
}


def _fill(sql: Sql, zone: str, instants: list[datetime]) -> None:
    sql(f"{EMPTY}; UPDATE tracking.accounts SET timezone = :zone", zone=zone)
    sql("SELECT tracking.ensure_partition(CAST(at AS timestamptz)) FROM unnest(:at) AS u (at)", at=instants)
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at)"
        " SELECT n, 7, 'call', CAST(at AS timestamptz) FROM unnest(:at) WITH ORDINALITY AS u (at, n)",
        at=instants,
    )


def _days(sql: Sql, run_id: int) -> list[dict[str, Any]]:
    return sql(
        "SELECT u.id, b.day FROM redaction.run_batches b CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id)"
        " WHERE b.run_id = :run ORDER BY u.id",
        run=run_id,
    )


@given(
    st.sampled_from(list(CHANGES)),
    st.lists(st.one_of(st.integers(-reach, reach) for reach in (90, 5400, 3 * 24 * 3600)), min_size=1, max_size=40),
)
@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_activity_is_in_a_batch_of_its_own_day(
    deployment: Deployment, sql: Sql, account: int, zone: str, seconds: list[int]
) -> None:
    _fill(sql, zone, [CHANGES[zone] + timedelta(seconds=offset) for offset in seconds])
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    own = sql("SELECT id, (called_at AT TIME ZONE :zone)::date AS day FROM tracking.activities ORDER BY id", zone=zone)
    assert run.due_count == len(seconds)
    assert _days(sql, run.id) == own


@pytest.mark.parametrize("zone", CHANGES)
def test_a_time_before_all_others_is_selected_too(deployment: Deployment, sql: Sql, account: int, zone: str) -> None:
    _fill(sql, zone, [CUTOFF - timedelta(days=1), CUTOFF + timedelta(days=1)])
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at)"
        " VALUES (3, 7, 'call', '-infinity'), (4, 7, 'call', '4713-06-01 00:00:00+00 BC')"
    )
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    assert sql(
        "SELECT array_agg(u.id ORDER BY u.id) AS ids FROM redaction.run_batches b"
        " CROSS JOIN LATERAL unnest(b.activity_ids) AS u (id) WHERE b.run_id = :run",
        run=run.id,
    ) == [{"ids": [1, 3, 4]}]


def test_equal_sets_have_equal_digests_however_they_are_asked_for(
    deployment: Deployment, sql: Sql, account: int
) -> None:
    _fill(sql, "UTC", [CUTOFF - timedelta(days=days) for days in range(1, 40)])
    aged = select_aged(deployment, 7, CUTOFF, Request("test"))
    asked = Request("test", requested_by="anna", reason="wish", kind="manual")
    listed = select_listed(deployment, 7, lambda session: list(range(39, 0, -1)), asked)
    some = select_listed(deployment, 7, lambda session: list(range(38, 0, -1)), asked)
    digests = {
        row["id"]: row["digest"]
        for row in sql("SELECT id, digest FROM redaction.runs WHERE id = ANY(:ids)", ids=[aged.id, listed.id, some.id])
    }
    assert digests[aged.id] == digests[listed.id] != digests[some.id]


def test_no_partition_without_unredacted_rows_is_opened(
    deployment: Deployment, sql: Sql, account: int, insert: Callable[..., None]
) -> None:
    """The index of what is unredacted is one page long until the first row is there, committed or not."""
    living = "SELECT partition_name FROM redaction.living_partitions"
    sql("SELECT tracking.ensure_partition(CAST(:at AS timestamptz))", at=CUTOFF - timedelta(days=1))
    sql("SELECT tracking.ensure_partition(CAST(:at AS timestamptz))", at=CUTOFF - timedelta(days=40))
    assert sql(living) == []
    insert(1, called_at=CUTOFF - timedelta(days=1))
    with_row = sql(
        "SELECT DISTINCT partition_name FROM tracking.activities a JOIN redaction.partitions p ON p.leaf = a.tableoid"
    )
    assert sql(living) == with_row
    # An index that somebody has dropped says nothing of its leaf.
    sql("DROP INDEX tracking.activities_unredacted")
    assert len(sql(living)) == len(sql("SELECT FROM redaction.partitions"))
    assert select_aged(deployment, 7, CUTOFF, Request("test")).due_count == 1
