"""A redacted activity is final: no role, not even the owner, gives it a value, changes it, deletes it or replaces
it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.db.login import Role
from redaction.db.session import Session
from redaction.errors import NotAllowed
from redaction.ledger.entries import record_event
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import PERSONAL_VALUES, ReadyMade

Sql = Callable[..., list[dict[str, Any]]]
OLD = datetime(2026, 3, 2, 15, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, tzinfo=UTC)
PART = "activities_20260302"
FINAL = "RD004"
ROLES: tuple[Role, ...] = ("redaction_loader", "redaction_worker", "redaction_analyst", "owner")


@pytest.fixture(params=["update", "rewrite"])
def before(
    request: pytest.FixtureRequest,
    database: Database,
    settings: Settings,
    insert: Callable[..., None],
    sql: Sql,
    ready_made: ReadyMade,
) -> list[dict[str, Any]]:
    """Two redacted activities and an unredacted one, stripped in place or by a rewrite; returns all rows."""

    def build() -> None:
        for number in (1, 2):
            insert(number, called_at=OLD)
        insert(3, called_at=CUTOFF)
        way = settings.model_copy(update={"rewrite_min_rows": 1 if request.param == "rewrite" else 10**9})
        strip_run(deploy(database, way), select_aged(deploy(database, way), 7, CUTOFF, Request("test")))

    ready_made(f"stripped_by_{request.param}", build)
    rows = _rows(sql)
    assert [row["redacted_at"] is not None for row in rows] == [True, True, False]
    return rows


def _rows(sql: Sql) -> list[dict[str, Any]]:
    return sql("SELECT *, xmin::text AS written_by, tableoid FROM tracking.activities ORDER BY id")


def _refused(database: Database, role: Role, statement: str, **values: Any) -> str:
    with pytest.raises(DBAPIError) as caught, database.engine(role).begin() as connection:
        connection.execute(sa.text(statement), values)
    return str(getattr(caught.value.orig, "pgcode", None))


def _others() -> dict[str, Any]:
    return {
        **PERSONAL_VALUES,
        "recording_url": "file:///x",
        "id": 9,
        "account_id": 8,
        "kind": "text",
        "called_at": CUTOFF,
        "indexed_at": CUTOFF,
        "status": "x",
        "call_status": "x",
        "dial_status": "x",
        "tracking_number": None,
        "tracking_number_id": 1,
        "tracking_label": None,
        "source": "x",
        "source_id": None,
        "call_path": None,
        "redacted_at": None,
        "redaction_run_id": None,
    }


def test_no_role_changes_a_column(database: Database, before: list[dict[str, Any]], sql: Sql) -> None:
    assert _others().keys() == load_catalog().columns.keys(), "a new column belongs into this test"
    for role in ROLES:
        for column, value in _others().items():
            state = _refused(
                database, role, f"UPDATE tracking.activities SET {column} = :value WHERE id = 1", value=value
            )
            assert state in ({FINAL, "RD009"} if role == "owner" else {FINAL, "42501"}), (role, column)
    assert _rows(sql) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tracking.activities SET redacted_at = NULL, notes = 'x' WHERE id = 1",
        "UPDATE tracking.activities SET redacted_at = now() WHERE id = 1",
        "UPDATE tracking.activities SET called_at = called_at + interval '1 year' WHERE id = 1",
        f"UPDATE tracking.{PART} SET status = 'x' WHERE id = 1",
        f"UPDATE tracking.{PART}_rows SET status = 'x' WHERE id = 1",
        "UPDATE tracking.activities SET status = 'x'",
        "DELETE FROM tracking.activities WHERE id = 1",
        f"DELETE FROM tracking.{PART}_rows",
        "TRUNCATE tracking.activities",
        f"TRUNCATE tracking.{PART}",
        f"TRUNCATE tracking.{PART}_rows",
        "TRUNCATE tracking.activities CASCADE",
        "MERGE INTO tracking.activities a USING (SELECT 1) s ON a.id = 1 WHEN MATCHED THEN DELETE",
        "MERGE INTO tracking.activities a USING (SELECT 1) s ON a.id = 1 WHEN MATCHED THEN UPDATE SET source = 'x'",
        "INSERT INTO tracking.activities SELECT * FROM tracking.activities WHERE id = 1"
        " ON CONFLICT (account_id, called_at, id) DO UPDATE SET notes = 'x'",
        "DELETE FROM tracking.activity_identity WHERE id = 1",
        "UPDATE tracking.activity_identity SET id = 9 WHERE id = 1",
        "TRUNCATE tracking.activity_identity",
        "SELECT redaction.take_away(7, '{1}', '{source}')",
        "SELECT redaction.take_away(7, '{1}', '{notes}')",
        "SELECT redaction.take_away(7, '{1}', '{redacted_at}')",
        "SELECT redaction.take_away(7, '{1}', '{called_at}')",
        "SELECT redaction.take_away(7, '{1}', '{}')",
        "SELECT tracking.remove_departed(7, '-infinity', 'infinity')",
    ],
)
def test_the_owner_is_refused_too(database: Database, before: list[dict[str, Any]], sql: Sql, statement: str) -> None:
    assert _refused(database, "owner", statement) == FINAL
    assert _rows(sql) == before


def test_a_new_row_of_a_redacted_identity_is_refused(
    database: Database, before: list[dict[str, Any]], sql: Sql
) -> None:
    for at in (OLD, CUTOFF, "infinity"):
        state = _refused(
            database,
            "redaction_loader",
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, notes) VALUES (1, 7, 'call', :at, 'x')",
            at=at,
        )
        assert state == "23505"
    assert _rows(sql) == before


def test_the_error_says_that_nothing_was_changed(database: Database, before: list[dict[str, Any]]) -> None:
    with pytest.raises(NotAllowed, match="nothing was changed"), database.transaction("owner") as session:
        session.connection.execute(sa.text("DELETE FROM tracking.activities WHERE id = 1"))


def test_what_is_not_redacted_stays_free(database: Database, before: list[dict[str, Any]], sql: Sql) -> None:
    sql("UPDATE tracking.activities SET notes = 'x', called_at = called_at + interval '1 day' WHERE id = 3")
    sql("DELETE FROM tracking.activities WHERE id = 3")
    assert _rows(sql) == before[:2]


@pytest.mark.parametrize(("place", "goes"), [("here", False), ("leaving", False), ("left", True), ("arriving", True)])
def test_only_what_is_at_another_placement_is_deleted(
    database: Database, before: list[dict[str, Any]], sql: Sql, place: str, goes: bool
) -> None:
    sql(
        "UPDATE tracking.accounts SET whereabouts = :place, other_placement = CASE WHEN :place <> 'here' THEN 'x' END",
        place=place,
    )
    statement = "SELECT tracking.remove_departed(7, '-infinity', 'infinity')"
    if not goes:
        assert _refused(database, "redaction_worker", statement) == FINAL
        assert _refused(database, "owner", "DELETE FROM tracking.activities") == FINAL
        assert _rows(sql) == before
        return
    with database.engine("redaction_worker").begin() as connection:
        assert connection.execute(sa.text(statement)).scalar() == 3
    assert _rows(sql) == []


def _take(database: Database, taken: dict[str, Any], ids: str, columns: str, account_id: int = 7) -> int:
    with database.transaction("redaction_worker") as session:
        record_event(session, "setting", account_id, "ada", None, {"taken_away": taken})
        return int(
            session.connection.execute(
                sa.text("SELECT redaction.take_away(7, CAST(:ids AS bigint[]), CAST(:columns AS text[]))"),
                {"ids": ids, "columns": columns},
            ).scalar_one()
        )


def test_a_retained_text_is_taken_away_as_an_act_in_the_ledger(
    database: Database, before: list[dict[str, Any]], sql: Sql
) -> None:
    assert (
        _take(database, {"columns": ["source", "tracking_label"], "ids": [1, 3]}, "{1,3}", "{source,tracking_label}")
        == 1
    )
    after = _rows(sql)
    gone = {"source": None, "tracking_label": None, "written_by": after[0]["written_by"]}
    assert after == [before[0] | gone, *before[1:]]
    assert sql("SELECT facts FROM redaction.ledger ORDER BY position DESC LIMIT 1")[0]["facts"]["taken_away"][
        "ids"
    ] == [1, 3]


@pytest.mark.parametrize(
    ("taken", "account_id"),
    [
        ({"columns": ["status"], "ids": [1]}, 7),
        ({"columns": ["source"], "ids": [2]}, 7),
        ({"columns": ["source"]}, 7),
        ({}, 7),
        ({"columns": ["source"], "ids": [1]}, 8),
    ],
)
def test_what_the_ledger_does_not_say_is_not_taken_away(
    database: Database, before: list[dict[str, Any]], sql: Sql, taken: dict[str, Any], account_id: int
) -> None:
    with pytest.raises(NotAllowed):
        _take(database, taken, "{1}", "{source}", account_id)
    assert _rows(sql) == before
    assert sql("SELECT count(*) AS n FROM redaction.ledger") == [{"n": 0}]


def test_an_act_of_another_transaction_does_not_count(database: Database, before: list[dict[str, Any]]) -> None:
    with database.transaction("redaction_worker") as session:
        record_event(session, "setting", 7, "ada", None, {"taken_away": {"columns": ["source"], "ids": [1]}})
    assert _refused(database, "redaction_worker", "SELECT redaction.take_away(7, '{1}', '{source}')") == FINAL


def test_an_act_in_the_ledger_lets_nothing_be_replaced(
    database: Database, before: list[dict[str, Any]], sql: Sql
) -> None:
    act = {"columns": ["source"], "ids": [1]}
    with database.engine("owner").connect() as connection:
        record_event(Session(connection), "setting", 7, "ada", None, {"taken_away": act})
        with pytest.raises(DBAPIError) as caught:
            connection.execute(sa.text("UPDATE tracking.activities SET source = 'x' WHERE id = 1"))
    assert getattr(caught.value.orig, "pgcode", None) == FINAL
    assert _rows(sql) == before


def test_what_is_remembered_after_a_restore_is_not_forgotten(database: Database, account: int, sql: Sql) -> None:
    sql("INSERT INTO redaction.forgotten VALUES (7, 1, 1)")
    sql("INSERT INTO redaction.forgotten_before VALUES (7, now(), 1)")
    for statement in (
        "DELETE FROM redaction.forgotten",
        "UPDATE redaction.forgotten SET activity_id = 2",
        "TRUNCATE redaction.forgotten",
        "DELETE FROM redaction.forgotten_before",
        "UPDATE redaction.forgotten_before SET before = before - interval '1 day'",
        "UPDATE redaction.forgotten_before SET account_id = 8",
        "TRUNCATE redaction.forgotten_before",
    ):
        assert _refused(database, "owner", statement) == FINAL
    state = _refused(database, "redaction_worker", "UPDATE redaction.forgotten_before SET before = '-infinity'")
    assert state == FINAL
    sql("UPDATE redaction.forgotten_before SET before = before + interval '1 day'")
