"""The guard: far more than usual waits for approval, however it is started, and the database enforces it."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput
from redaction.gate.guard import decide_approval, find_approval, list_waiting
from redaction.gate.holds import place_hold, release_hold
from redaction.ledger.entries import read_entries
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import begin_run, complete_run, run_account
from redaction.placements.resolve import deploy
from redaction.policy import day_start
from redaction.settings import Settings

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
AT = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def narrow(settings: Settings, account: int, sql: Sql) -> Settings:
    """A guard that asks from four activities on, and twice the median; eve administers the account."""
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'eve')")
    return settings.model_copy(update={"guard_first": 3, "guard_least": 1, "guard_factor": 2})


@pytest.fixture
def days(insert: Insert) -> Callable[..., None]:
    """Insert so many activities on each of some days after AT."""

    def run(*counts: int) -> None:
        for day, count in enumerate(counts):
            for number in range(count):
                insert(day * 100 + number + 1, called_at=AT + timedelta(days=day))

    return run


def _end_of(day: int) -> datetime:
    return day_start(date(2026, 3, 3) + timedelta(days=day), ZoneInfo("America/New_York"))


def _run(deployment: Deployment, day: int) -> int:
    run = begin_run(deployment, 7, _end_of(day), "cli")
    complete_run(deployment, run.id)
    return run.id


def _stripped(sql: Sql) -> int:
    return int(sql("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NOT NULL")[0]["n"])


def test_a_first_run_that_is_large_waits(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], sql: Sql
) -> None:
    days(4)
    with pytest.raises(ApprovalNeeded, match="4 activities"):
        _run(deploy(database, narrow), 0)
    [waiting] = list_waiting(database)
    assert (waiting.due_count, waiting.explained, waiting.approved) == (4, 3, None)
    assert _stripped(sql) == 0
    # An answer without a name is none, whoever writes it.
    with pytest.raises(IntegrityError, match="approvals_decided_by_someone"):
        sql("UPDATE redaction.approvals SET approved = true")
    decide_approval(deploy(database, narrow), waiting.run_id, True, "eve")
    complete_run(deploy(database, narrow), waiting.run_id)
    assert _stripped(sql) == 4
    asked = [entry for entry in read_entries(database) if entry.kind == "approval"]
    assert [(entry.actor, entry.run_id, entry.facts["approved"]) for entry in asked] == [("eve", waiting.run_id, True)]
    with pytest.raises(BadInput):
        decide_approval(deploy(database, narrow), waiting.run_id, False, "eve")


def test_later_runs_are_measured_by_the_median_of_those_before(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], sql: Sql
) -> None:
    for day, count in enumerate((2, 3, 2, 4)):
        days(*[0] * day, count)
        _run(deploy(database, narrow), day)
    assert list_waiting(database) == []
    # The median of 2, 3, 2, 4 is 2.5: five are explained, and no more.
    days(0, 0, 0, 0, 5)
    _run(deploy(database, narrow), 4)
    days(0, 0, 0, 0, 0, 7)
    with pytest.raises(ApprovalNeeded, match="explain 6"):
        _run(deploy(database, narrow), 5)


def test_a_backlog_is_not_taken_in_slices(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], sql: Sql, cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Each day is explained; everything due together is not, however it is requested."""
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "3")
    monkeypatch.setenv("REDACTION_GUARD_LEAST", "1")
    days(2, 2, 2)
    for day in (0, 1, 0):
        with pytest.raises(ApprovalNeeded, match=r"redact [24] activities .* explain 3"):
            _run(deploy(database, narrow), day)
    code, said, _ = cli("run", "7", "--as-of", (AT + timedelta(days=1)).isoformat(), "--json")
    assert (code, json.loads(said)["activities"]) == (2, 2)
    assert _stripped(sql) == 0
    # A part without anything due has nothing to ask about.
    _run(deploy(database, narrow), -5)
    waiting = list_waiting(database)[0]
    decide_approval(deploy(database, narrow), waiting.run_id, True, "eve")
    complete_run(deploy(database, narrow), waiting.run_id)
    assert _stripped(sql) == waiting.due_count


@pytest.mark.parametrize("no", [True, False])
def test_a_question_without_a_yes_stays_open_whatever_the_next_limits_are(
    database: Database, deployment: Deployment, narrow: Settings, days: Callable[..., None], sql: Sql, no: bool
) -> None:
    days(2, 2)
    asked = begin_run(deploy(database, narrow), 7, _end_of(1), "cli")
    if no:
        decide_approval(deployment, asked.id, False, "eve")
    else:
        abandon_run(deployment, asked.id, "ticket 4", "ada")
    # Limits as wide as possible, at the same cutoff, a later one, and for a part.
    for day in (1, 5, 0):
        with pytest.raises(ApprovalNeeded, match="explain 3"):
            _run(deployment, day)
    assert _stripped(sql) == 0
    run = begin_run(deployment, 7, _end_of(6), "cli")
    decide_approval(deployment, run.id, True, "eve")
    complete_run(deployment, run.id)
    # It has been answered: the limits are those of the process again.
    days(0, 0, 0, 0, 0, 0, 0, 5)
    _run(deployment, 7)
    assert _stripped(sql) == 9


def test_no_command_widens_the_limits_that_the_owner_has_kept(
    cli: Cli, account: int, days: Callable[..., None], sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    days(4)
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "3")
    assert cli("init")[0] == 0
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "1000000")
    code, _, said = cli("run", "7")
    assert (code, "explain 3" in " ".join(said.split()), _stripped(sql)) == (2, True, 0)
    # A remark of another owner is none of ours.
    sql("COMMENT ON TABLE redaction.approvals IS 'limits: see the wiki'")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'eve')")
    sql("UPDATE redaction.approvals SET approved = true, decided_by = 'eve', decided_at = clock_timestamp()")
    assert cli("run", "7")[0] == 0
    assert _stripped(sql) == 4


def test_a_backlog_is_not_taken_in_slices_by_holds(
    database: Database, narrow: Settings, days: Callable[..., None], sql: Sql
) -> None:
    """Newly held activities count; those of an old hold count with what was stripped at the same cutoff."""
    days(2, 2)
    guarded = deploy(database, narrow)
    hold = place_hold(guarded, 7, "case 4", "mallory", activity_ids=[101, 102])
    for day in (1, 0):
        with pytest.raises(ApprovalNeeded, match=r"redact 2 activities .* explain 3; with what"):
            _run(guarded, day)
    [waiting] = [asked for asked in list_waiting(database) if asked.cutoff == _end_of(1)]
    decide_approval(guarded, waiting.run_id, True, "eve")
    complete_run(guarded, waiting.run_id)
    # The approver has seen what was held, and later runs do not ask about it again.
    days(0, 0, 0, 2)
    _run(guarded, 3)
    release_hold(guarded, hold.id, "mallory")
    with pytest.raises(ApprovalNeeded):
        _run(guarded, 3)
    assert _stripped(sql) == 4


def test_a_run_of_usual_size_never_waits(
    database: Database, deployment: Deployment, account: int, days: Callable[..., None]
) -> None:
    days(0, 0, 9)
    for day in range(3):
        _run(deployment, day)
    assert list_waiting(database) == []


def test_a_no_ends_the_run_and_the_next_one_asks_again(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], sql: Sql
) -> None:
    days(4)
    run = begin_run(deploy(database, narrow), 7, _end_of(0), "cli")
    decide_approval(deploy(database, narrow), run.id, False, "eve")
    assert sql("SELECT state FROM redaction.runs") == [{"state": "refused"}]
    with pytest.raises(ApprovalNeeded, match="eve has said no"):
        complete_run(deploy(database, narrow), run.id)
    with pytest.raises(ApprovalNeeded, match="nobody has approved"):
        run_account(deploy(database, narrow), 7, AT + timedelta(days=2))
    assert _stripped(sql) == 0


@pytest.mark.parametrize("approved", [None, False])
def test_the_database_itself_keeps_a_waiting_run_out(
    database: Database, narrow: Settings, account: int, days: Callable[..., None], approved: bool | None
) -> None:
    days(4)
    run = begin_run(deploy(database, narrow), 7, _end_of(0), "cli")
    if approved is False:
        decide_approval(deploy(database, narrow), run.id, False, "eve")
    with pytest.raises(ApprovalNeeded), database.transaction("redaction_worker") as session:
        session.rows("enter_strip", account_id=7, run_id=run.id)
    with database.transaction("redaction_worker") as session:
        session.rows("enter_strip", account_id=7, run_id=run.id + 1)
    assert find_approval(database, run.id + 1) is None


def test_the_command_shows_what_would_go_and_another_person_approves(
    cli: Cli, narrow: Settings, days: Callable[..., None], sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = (pwd.getpwuid(uid) for uid in (os.getuid(), 1 if os.getuid() != 1 else 2))
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "3")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :me)", me=me.pw_name)
    days(4)
    for _ in range(2):
        code, said, warned = cli("run", "7", "--json")
        told = json.loads(said)
        assert (code, told["activities"], told["by_kind"], told["held"]) == (2, 4, {"call": 4}, 0)
        assert "`redaction approve 1`" in warned
    assert sql("SELECT requested_by FROM redaction.runs") == [{"requested_by": me.pw_name}]
    code, _, warned = cli("approve", "1")
    assert (code, "cannot approve run 1 of account 7: they have requested it" in " ".join(warned.split())) == (1, True)
    with monkeypatch.context() as patched:
        patched.setattr(os, "getuid", lambda: other.pw_uid)
        code, _, warned = cli("approve", "1")
        assert (code, "account 7: they are no administrator" in " ".join(warned.split())) == (1, True)
        assert find_rows(sql) == [{"decided_by": None, "approved": None}]
        sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :other)", other=other.pw_name)
        # A variable of the environment identifies nobody.
        patched.setenv("USER", me.pw_name)
        patched.setenv("LOGNAME", me.pw_name)
        code, said, _ = cli("approve", "1")
        assert (code, "`redaction run 7` goes on with it" in said) == (0, True)
        assert cli("approve", "1")[0] == cli("approve", "1", "--no")[0] == cli("approve", "99")[0] == 2
    assert _stripped(sql) == 0
    assert cli("run", "7")[0] == 0
    assert _stripped(sql) == 4
    assert find_rows(sql) == [{"decided_by": other.pw_name, "approved": True}]


def find_rows(sql: Sql) -> list[dict[str, Any]]:
    return sql("SELECT decided_by, approved FROM redaction.approvals")
