"""Decisions forged by SQL, as a role of the tasks: none counts without its row of the ledger, and a hold stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.db.refusals import mapped_errors
from redaction.deployment import Deployment
from redaction.errors import NotAllowed
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.verify import verify_ledger
from redaction.objects.registry import add_store, remove_store
from redaction.objects.stores import Store

Sql = Callable[..., list[dict[str, Any]]]
RELEASE = "UPDATE redaction.holds SET released_by = 'eve', released_at = now() WHERE id = :hold"
WAITING = (
    "WITH r AS (INSERT INTO redaction.runs (account_id, kind, trigger, cutoff, requested_by, reason, state)"
    " VALUES (7, 'manual', 'manual', now(), 'bob', 'T-1', 'selected') RETURNING id)"
    " INSERT INTO redaction.approvals (run_id, explained) SELECT id, 1 FROM r"
)


@pytest.fixture
def forge(database: Database) -> Callable[..., str | None]:
    """Run statements in a transaction of the worker's role; returns the SQLSTATE of the refusal, None without one."""

    def run(*statements: str, **values: Any) -> str | None:
        try:
            with mapped_errors(), database.engine("redaction_worker").begin() as connection:
                for statement in statements:
                    connection.execute(sa.text(statement), values)
        except NotAllowed as error:
            return error.sqlstate
        return None

    return run


@pytest.fixture
def held(deployment: Deployment, account: int, insert: Callable[..., None]) -> dict[str, int]:
    """A hold of each scope, by its scope."""
    insert(1)
    insert(2, contact_key="+12125550143")
    return {
        "activity": place_hold(deployment, 7, "T-1", "ada", activity_ids=[1]).id,
        "contact": place_hold(deployment, 7, "T-2", "ada", contact="+12125550143").id,
        "account": place_hold(deployment, 7, "T-3", "ada").id,
    }


def _in_force(sql: Sql) -> list[Any]:
    return [
        sql(f"SELECT to_jsonb(t) AS row FROM {table} t ORDER BY 1")
        for table in ("redaction.holds", "redaction.held_activities", "tracking.held_contacts")
    ]


def test_an_answer_about_a_run_has_its_row(forge: Callable[..., str | None], account: int, sql: Sql) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username, since) VALUES (7, 'eve', '2026-01-01')")
    sql(WAITING)
    for approved in ("true", "false"):
        answer = f"UPDATE redaction.approvals SET approved = {approved}, decided_by = 'eve', decided_at = now()"
        assert forge(answer) == "RD022"
        assert forge("SET CONSTRAINTS ALL DEFERRED", answer) == "RD022"
    assert sql("SELECT count(*) AS n FROM redaction.approvals WHERE approved IS NOT NULL") == [{"n": 0}]


def test_an_answer_to_a_proposal_has_its_row(forge: Callable[..., str | None], account: int, sql: Sql) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username, since) VALUES (7, 'eve', '2026-01-01')")
    sql("INSERT INTO redaction.proposals (kind, requested_by, asked, account_id) VALUES ('setting', 'bob', '{}', 7)")
    answer = "UPDATE redaction.proposals SET approved = true, decided_by = 'eve', decided_at = now()"
    assert forge(answer) == "RD022"
    whole = (
        "INSERT INTO redaction.proposals (kind, requested_by, asked, account_id, approved, decided_by, decided_at)"
        " VALUES ('setting', 'bob', '{}', 7, true, 'eve', now())"
    )
    assert forge(whole) == "RD022"


@pytest.mark.parametrize("scope", ["activity", "contact", "account"])
def test_a_release_has_its_row(
    forge: Callable[..., str | None], held: dict[str, int], deployment: Deployment, sql: Sql, scope: str
) -> None:
    before = _in_force(sql)
    assert forge(RELEASE, hold=held[scope]) == "RD022"
    gone = "DELETE FROM redaction.held_activities; DELETE FROM tracking.held_contacts"
    assert forge(RELEASE, *gone.split("; "), hold=held[scope]) in {"RD021", "RD022"}
    assert _in_force(sql) == before
    assert release_hold(deployment, held[scope], "eve").released_by == "eve"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM redaction.holds",
        "DELETE FROM redaction.held_activities",
        "DELETE FROM tracking.held_contacts",
        "UPDATE redaction.held_activities SET activity_id = 99",
        "UPDATE tracking.held_contacts SET contact_key = '+12125550199'",
        "UPDATE redaction.holds SET scope = 'activity'",
        "UPDATE redaction.holds SET account_id = 8",
        "UPDATE redaction.holds SET id = id + 100",
        "UPDATE redaction.holds SET placed_at = '2026-01-01', expires_at = '2026-01-02'",
        "UPDATE redaction.holds SET placed_by = 'redaction ledger replay'",
        "UPDATE redaction.holds SET reason = 'none'",
    ],
)
def test_a_hold_in_force_stays_as_it_was_placed(
    forge: Callable[..., str | None], held: dict[str, int], sql: Sql, statement: str
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id) VALUES (8, 1)")
    before = _in_force(sql)
    assert forge(statement) == "RD021"
    assert _in_force(sql) == before


def test_a_released_hold_stays_released(
    forge: Callable[..., str | None], held: dict[str, int], deployment: Deployment
) -> None:
    release_hold(deployment, held["account"], "eve")
    assert forge("UPDATE redaction.holds SET released_by = NULL, released_at = NULL WHERE scope = 'account'") == "RD021"
    assert forge("UPDATE redaction.holds SET released_by = 'bob' WHERE scope = 'account'") == "RD021"


def test_two_people_release_a_hold_under_their_rule(
    forge: Callable[..., str | None], held: dict[str, int], sql: Sql
) -> None:
    sql("UPDATE tracking.accounts SET needs_approval = true")
    assert forge(RELEASE, hold=held["account"]) == "RD020"


def test_a_hold_that_the_owner_has_removed_or_weakened_is_found(
    held: dict[str, int], deployment: Deployment, sql: Sql
) -> None:
    assert verify_ledger(deployment).is_whole
    sql("DELETE FROM redaction.held_activities")
    sql("UPDATE redaction.holds SET scope = 'activity' WHERE scope = 'account'")
    sql("DELETE FROM tracking.held_contacts")
    sql("DELETE FROM redaction.holds WHERE scope = 'contact'")
    found = verify_ledger(deployment)
    assert found.unrecorded == (
        f"change of hold {held['activity']} (account 7): no row says so",
        f"change of hold {held['account']} (account 7): no row says so",
        f"removal of hold {held['contact']} (account 7): no row says so",
    )


def test_the_end_of_a_pause_has_its_row(
    forge: Callable[..., str | None], account: int, deployment: Deployment, sql: Sql
) -> None:
    pause(deployment, 7, "T-4", "ada")
    for statement in ("DELETE FROM redaction.pauses", "UPDATE redaction.pauses SET account_id = NULL"):
        assert forge(statement) == "RD022"
    assert sql("SELECT account_id FROM redaction.pauses") == [{"account_id": 7}]
    resume(deployment, 7, "ada")
    pause(deployment, 7, "T-4", "ada")
    assert forge("DELETE FROM redaction.pauses") == "RD022", "the row of an earlier end is none of this one"


def test_a_store_has_its_row(
    forge: Callable[..., str | None], account: int, deployment: Deployment, sql: Sql, tmp_path: Path
) -> None:
    declared = Store(0, "rec", (tmp_path / "rec").as_uri(), None, "delete", None, None, None)
    made = add_store(deployment, declared, "ada")
    before = sql("SELECT * FROM redaction.stores")
    for statement in (
        "INSERT INTO redaction.stores (name, prefix, mode) VALUES ('x', 'file:///srv', 'delete')",
        "UPDATE redaction.stores SET prefix = 'file:///srv'",
        "UPDATE redaction.stores SET id = id + 1",
        "UPDATE redaction.stores SET account_id = 7",
        "DELETE FROM redaction.stores",
    ):
        assert forge(statement) == "RD022"
    assert sql("SELECT * FROM redaction.stores") == before
    remove_store(deployment, "rec", "ada")
    again = "INSERT INTO redaction.stores (id, name, prefix, mode) VALUES (:id, 'rec', :prefix, 'delete')"
    assert forge(again, id=made.id, prefix=made.prefix) == "RD022", "it was removed since"
