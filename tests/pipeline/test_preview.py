"""What a run would take, counted before it: with and without a hold, and only from the index if nothing is held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.db.statements import get_statement

CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)
OLD = datetime(2026, 3, 2, 15, tzinfo=UTC)
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def five(account: int, insert: Callable[..., None], sql: Sql) -> None:
    """Three calls, a text and one call that is not due; the first has two objects, the text and the last have one."""
    for number, kind in enumerate(("call", "call", "call", "text"), 1):
        insert(number, kind=kind, called_at=OLD + timedelta(hours=number), contact_key="+12125550101")
    insert(5, called_at=CUTOFF + timedelta(hours=1))
    for activity, name in ((1, "a"), (1, "b"), (4, "c"), (5, "d")):
        sql(
            "INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, :activity, :name)",
            activity=activity,
            name=name,
        )


def _kinds(database: Database) -> list[tuple[Any, ...]]:
    rows = database.rows("preview_due", account_id=7, cutoff=CUTOFF)
    return [(row["kind"], row["activities"], row["held"], row["oldest"], row["objects"]) for row in rows]


@pytest.mark.parametrize(
    ("held", "kinds"),
    [
        ((), [("call", 3, 0, 1, 2), ("text", 1, 0, 4, 1)]),
        ((1,), [("call", 2, 1, 2, 0), ("text", 1, 0, 4, 1)]),
        ((4,), [("call", 3, 0, 1, 2), ("text", 0, 1, None, 0)]),
    ],
)
def test_what_is_due_is_counted_by_kind(
    five: None, database: Database, sql: Sql, held: tuple[int, ...], kinds: list[Any]
) -> None:
    if held:
        sql(
            "WITH h AS (INSERT INTO redaction.holds (account_id, scope, reason, placed_by)"
            " VALUES (7, 'activity', 'r', 'ada') RETURNING id)"
            " INSERT INTO redaction.held_activities (account_id, activity_id, hold_id) SELECT 7, :held, id FROM h",
            held=held[0],
        )
    expected = [(*one[:3], None if one[3] is None else OLD + timedelta(hours=one[3]), one[4]) for one in kinds]
    assert _kinds(database) == expected


def test_without_a_hold_no_row_is_read(five: None, database: Database) -> None:
    with database.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE tracking.activities")
        connection.exec_driver_sql("SET enable_seqscan = off")
        connection.exec_driver_sql("SET enable_bitmapscan = off")
        explained = sa.text(f"EXPLAIN (ANALYZE, FORMAT JSON) {get_statement('preview_due').sql}")
        [plan] = connection.execute(explained, {"account_id": 7, "cutoff": CUTOFF}).scalars()
    scans = [
        node
        for node in _nodes(plan[0]["Plan"])
        if node.get("Relation Name", "").startswith("activities") and node["Actual Loops"]
    ]
    assert scans
    assert {node["Node Type"] for node in scans} == {"Index Only Scan"}


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(below for child in node.get("Plans", ()) for below in _nodes(child))]
