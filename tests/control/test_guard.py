"""The guard: far more than usual waits for a person, whichever way it is started, and the database sees to it."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from redaction.control.guard import decide_approval, find_approval, list_waiting
from redaction.database import Database
from redaction.errors import ApprovalNeeded, BadInput
from redaction.evidence.ledger import read_entries
from redaction.pipeline.run import begin_run, complete_run, run_account
from redaction.settings import Settings

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
AT = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def narrow(settings: Settings) -> Settings:
    """A guard that asks from four activities on, and twice the median."""
    return settings.model_copy(update={"guard_first": 3, "guard_least": 1, "guard_factor": 2})


@pytest.fixture
def days(insert: Insert) -> Callable[..., None]:
    """Insert so many activities on each of some days after AT."""

    def run(*counts: int) -> None:
        for day, count in enumerate(counts):
            for number in range(count):
                insert(day * 100 + number + 1, called_at=AT + timedelta(days=day))

    return run


def _run(database: Database, settings: Settings, day: int) -> int:
    run = begin_run(database, settings, 7, AT + timedelta(days=day, hours=1), "cli")
    complete_run(database, settings, run.id)
    return run.id


def _stripped(sql: Sql) -> int:
    return int(sql("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NOT NULL")[0]["n"])


def test_a_first_run_that_is_large_waits(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], sql: Sql
) -> None:
    days(4)
    with pytest.raises(ApprovalNeeded, match="4 activities"):
        _run(database, narrow, 0)
    [waiting] = list_waiting(database)
    assert (waiting.due_count, waiting.explained, waiting.approved) == (4, 3, None)
    assert _stripped(sql) == 0
    # An answer without a name is none, whoever writes it.
    with pytest.raises(IntegrityError, match="approvals_decided_by_someone"):
        sql("UPDATE redaction.approvals SET approved = true")
    decide_approval(database, narrow, waiting.run_id, True, "eve")
    complete_run(database, narrow, waiting.run_id)
    assert _stripped(sql) == 4
    asked = [entry for entry in read_entries(database) if entry.kind == "approval"]
    assert [(entry.actor, entry.run_id, entry.facts["approved"]) for entry in asked] == [("eve", waiting.run_id, True)]
    with pytest.raises(BadInput):
        decide_approval(database, narrow, waiting.run_id, False, "eve")


def test_later_runs_are_measured_by_the_median_of_those_before(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], sql: Sql
) -> None:
    days(2, 3, 2, 4, 5)
    for day in range(4):
        _run(database, narrow, day)
    assert list_waiting(database) == []
    # The median of 2, 3, 2, 4 is 2.5: five are explained, and no more.
    _run(database, narrow, 4)
    days(0, 0, 0, 0, 0, 7)
    with pytest.raises(ApprovalNeeded, match="explain 6"):
        _run(database, narrow, 5)


def test_a_run_of_usual_size_never_waits(
    database: Database, settings: Settings, account: int, days: Callable[..., None]
) -> None:
    days(0, 0, 9)
    for day in range(3):
        _run(database, settings, day)
    assert list_waiting(database) == []


def test_a_no_ends_the_run_and_the_next_one_asks_again(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], sql: Sql
) -> None:
    days(4)
    run = begin_run(database, narrow, 7, AT + timedelta(days=1), "cli")
    decide_approval(database, narrow, run.id, False, "eve")
    assert sql("SELECT state FROM redaction.runs") == [{"state": "refused"}]
    with pytest.raises(ApprovalNeeded, match="eve has said no"):
        complete_run(database, narrow, run.id)
    with pytest.raises(ApprovalNeeded, match="nobody has approved"):
        run_account(database, narrow, 7, AT + timedelta(days=2))
    assert _stripped(sql) == 0


@pytest.mark.parametrize("approved", [None, False])
def test_the_database_itself_keeps_a_waiting_run_out(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], approved: bool | None
) -> None:
    days(4)
    run = begin_run(database, narrow, 7, AT + timedelta(days=1), "cli")
    if approved is False:
        decide_approval(database, narrow, run.id, False, "eve")
    with pytest.raises(ApprovalNeeded), database.transaction("redaction_worker") as session:
        session.rows("enter_strip", account_id=7, run_id=run.id)
    with database.transaction("redaction_worker") as session:
        session.rows("enter_strip", account_id=7, run_id=run.id + 1)
    assert find_approval(database, run.id + 1) is None


def test_the_command_shows_what_would_go_and_exits_with_2(
    cli: Cli, account: int, days: Callable[..., None], sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "3")
    days(4)
    for _ in range(2):
        code, said, warned = cli("run", "7", "--json")
        assert (code, json.loads(said)["activities"]) == (2, 4)
        assert "--approve" in warned
    assert sql("SELECT count(*) AS n FROM redaction.runs") == [{"n": 1}]
    code, said, _ = cli("run", "7", "--approve")
    assert (code, _stripped(sql)) == (0, 4)
    assert sql("SELECT decided_by, approved FROM redaction.approvals") == [
        {"decided_by": getpass.getuser(), "approved": True}
    ]
