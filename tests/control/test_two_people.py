"""The rule of two people: an irreversible act needs an administrator who has not asked for it, however it is done."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from redaction.accounts.accounts import set_account
from redaction.accounts.agencies import set_agency
from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, ApproverRefused, NotAllowed, RedactionError
from redaction.gate.guard import decide_approval, find_approval
from redaction.gate.holds import decline_release, list_holds, place_hold, release_hold
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import begin_run, complete_run

Sql = Callable[..., list[dict[str, Any]]]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)
ACTOR = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(params=["accounts", "agencies"])
def two(request: pytest.FixtureRequest, account: int, insert: Callable[..., None], sql: Sql) -> str:
    """Account 7 with one activity, administered by ada and bob; it or its agency needs two people."""
    insert(1)
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (7, 'bob')")
    sql(f"UPDATE tracking.{request.param} SET needs_approval = true")
    return str(request.param)


def left(sql: Sql) -> int:
    return len(sql("SELECT FROM tracking.activities WHERE redacted_at IS NULL"))


def test_a_manual_redaction_waits_for_another_administrator(deployment: Deployment, two: str, sql: Sql) -> None:
    run = begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True)
    with pytest.raises(ApprovalNeeded, match="needs two people; nobody has approved"):
        complete_run(deployment, run.id)
    asked = find_approval(deployment.database, run.id)
    assert asked is not None
    assert "requested by ada, would redact 1 activity; the account needs two people" in asked.describe()
    for who in ("ada", "ADA ", "mallory", None):
        with pytest.raises(ApproverRefused):
            decide_approval(deployment, run.id, True, who)
    assert left(sql) == 1
    decide_approval(deployment, run.id, True, "bob")
    assert complete_run(deployment, run.id)["stripped_count"] == 1
    assert verify_ledger(deployment).unrecorded == ()


def test_a_no_ends_it(deployment: Deployment, two: str, sql: Sql) -> None:
    run = begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True)
    decide_approval(deployment, run.id, False, "bob")
    with pytest.raises(NotAllowed):
        complete_run(deployment, run.id)
    assert left(sql) == 1


def test_the_same_redaction_is_asked_for_once(
    deployment: Deployment, two: str, sql: Sql, insert: Callable[..., None]
) -> None:
    insert(2)
    run = begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True)
    for who, reason, key in (("ada", "ticket 1", None), ("ada", "ticket 2", "redact_on_demand/1"), ("bob", "x", None)):
        with pytest.raises(ApprovalNeeded, match=f"run {run.id}, requested by ada, waits already") as waits:
            begin_manual(deployment, ManualRequest(7, (1,), reason, who), "cli", True, run_key=key)
        assert waits.value.subject == run.id
    assert len(sql("SELECT FROM redaction.runs")) == 1
    # Another set is another question.
    begin_manual(deployment, ManualRequest(7, (1, 2), "ticket 1", "ada"), "cli", True)
    assert len(sql("SELECT FROM redaction.approvals")) == 2
    decide_approval(deployment, run.id, True, "bob")
    # The same command goes on with what was approved; nobody else's does.
    assert begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True).id == run.id
    assert begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "bob"), "cli", True).id != run.id
    assert complete_run(deployment, run.id)["stripped_count"] == 1


def test_the_database_asks_whoever_records_a_run(deployment: Deployment, two: str, sql: Sql) -> None:
    with deployment.transaction("redaction_worker") as session:
        session.connection.exec_driver_sql(
            "INSERT INTO redaction.runs (account_id, kind, requested_by, reason, cutoff)"
            " VALUES (7, 'manual', 'ada', 'x', now())"
        )
    assert sql("SELECT approved, ground FROM redaction.approvals") == [{"approved": None, "ground": "two people"}]
    with pytest.raises(RedactionError), deployment.transaction("redaction_worker") as session:
        session.connection.exec_driver_sql("DELETE FROM redaction.approvals")


def test_what_runs_by_itself_asks_nobody_for_that(deployment: Deployment, two: str, sql: Sql) -> None:
    begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True)
    run = begin_run(deployment, 7, CUTOFF, "scheduled")
    assert find_approval(deployment.database, run.id) is None
    assert complete_run(deployment, run.id)["stripped_count"] == 1


def test_a_release_takes_two(deployment: Deployment, two: str) -> None:
    hold = place_hold(deployment, 7, "case 4", "ada", [1]).id
    with pytest.raises(ApprovalNeeded, match=f"hold {hold} of account 7 stays in force: ada has proposed"):
        release_hold(deployment, hold, "ada")
    for who in ("ada", " Ada", "mallory"):
        with pytest.raises(ApproverRefused):
            release_hold(deployment, hold, who)
    assert list_holds(deployment.database)[0].released_at is None
    assert release_hold(deployment, hold, "bob").released_by == "bob"
    told = [(entry.kind, entry.actor, entry.facts.get("change")) for entry in read_entries(deployment.database)]
    assert told[1:] == [("proposal", "ada", "proposed"), ("proposal", "bob", "agreed"), ("release", "bob", None)]
    assert verify_ledger(deployment).unrecorded == ()


def test_a_release_may_be_refused(deployment: Deployment, two: str, sql: Sql, cli: Callable[..., Any]) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :name)", name=ACTOR)
    hold = place_hold(deployment, 7, "case 4", "ada", [1]).id
    assert cli("hold", "release", str(hold), "--no")[0] == 2
    with pytest.raises(ApprovalNeeded):
        release_hold(deployment, hold, "ada")
    with pytest.raises(ApproverRefused):
        decline_release(deployment, hold, "ada")
    assert cli("hold", "release", str(hold), "--no")[0] == 0
    assert list_holds(deployment.database)[0].released_at is None
    # A refused act is proposed again.
    with pytest.raises(ApprovalNeeded):
        release_hold(deployment, hold, "bob")
    assert verify_ledger(deployment).unrecorded == ()


def test_to_do_with_one_again_takes_two(deployment: Deployment, two: str, sql: Sql) -> None:
    def end(who: str) -> None:
        if two == "accounts":
            set_account(deployment, 7, who, needs_approval=False, name="Other")
        else:
            set_agency(deployment, 1, who, needs_approval=False, name="Other")

    with pytest.raises(ApprovalNeeded, match="nothing was changed"):
        end("ada")
    with pytest.raises(ApproverRefused):
        end("ada")
    assert sql(f"SELECT needs_approval, name = 'Other' AS renamed FROM tracking.{two}") == [
        {"needs_approval": True, "renamed": False}
    ]
    end("bob")
    assert sql(f"SELECT needs_approval FROM tracking.{two}") == [{"needs_approval": False}]
    begun = begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True)
    assert complete_run(deployment, begun.id)["stripped_count"] == 1


def test_a_proposal_that_is_old_is_made_anew(deployment: Deployment, two: str, sql: Sql) -> None:
    hold = place_hold(deployment, 7, "case 4", "ada", [1]).id
    with pytest.raises(ApprovalNeeded):
        release_hold(deployment, hold, "ada")
    sql("ALTER TABLE redaction.proposals DISABLE TRIGGER check_second")
    sql("UPDATE redaction.proposals SET requested_at = now() - interval '40 days'")
    with pytest.raises(ApprovalNeeded):
        release_hold(deployment, hold, "bob")


def test_the_command_line_has_no_way_round(
    database: Database, two: str, sql: Sql, cli: Callable[..., tuple[int, str, str]]
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :name)", name=ACTOR)
    words = ("activity", "1", "--account", "7", "--reason", "ticket 1", "--acknowledge-irreversible")
    code, _, said = cli(*words)
    assert (code, "needs two people" in said) == (1, True)
    assert cli("approve", "1")[0] == 1
    assert cli("hold", "add", "--account", "7", "--activity", "1", "--reason", "case 4")[0] == 0
    assert cli("hold", "release", "1")[0] == 1
    assert cli("hold", "release", "1")[0] == 1
    change = ("account", "set", "7") if two == "accounts" else ("agency", "set", "1")
    assert cli(*change, "--no-two-people")[0] == 1
    assert cli(*change, "--no-two-people")[0] == 1
    assert cli("run", "7")[0] in (0, 1, 2)
    assert left(sql) == 1
