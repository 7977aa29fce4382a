"""Who may have what redacted, and when: attempts of people who trigger a DAG, give commands, or answer a question."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import DBAPIError

from redaction.accounts.accounts import set_account
from redaction.accounts.snapshot import read_snapshot
from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, ApproverRefused, BadInput, NotAllowed
from redaction.evidence.certificate import certify_run
from redaction.gate.guard import decide_approval, find_approval, list_waiting
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import begin_run, complete_run, run_account, run_step
from redaction.placements.resolve import deploy
from redaction.policy import MODES, PERIODS, Policy, day_start, latest_due
from redaction.settings import Settings
from redaction.web.conf import find_problem

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
CUTOFF = day_start(date(2026, 3, 3), ZONE)
KEY = "redact_account_7/manual__2026-03-03"


@pytest.fixture
def narrow(settings: Settings, account: int, sql: Sql) -> Settings:
    """A guard that asks from two activities on; ada and eve administer the account, bob only sees it."""
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (7, 'eve')")
    sql("INSERT INTO tracking.account_users (account_id, username, role) VALUES (7, 'bob', 'viewer')")
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (8, 1, 'Law')")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (8, 'zed')")
    return settings.model_copy(update={"guard_first": 1, "guard_least": 1, "guard_factor": 1})


def _stripped(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL ORDER BY id")]


def _states(sql: Sql) -> list[str]:
    return [row["state"] for row in sql("SELECT state FROM redaction.runs ORDER BY id")]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("period", list(PERIODS))
def test_a_cutoff_is_the_end_of_an_interval_that_is_due(
    deployment: Deployment, account: int, insert: Insert, sql: Sql, period: str, mode: str
) -> None:
    sql("UPDATE tracking.accounts SET auto_redaction = :period, retention_mode = :mode", period=period, mode=mode)
    policy, now = Policy(period, mode, "America/New_York", date(2026, 1, 1)), datetime.now(UTC)
    insert(1, called_at=now - timedelta(hours=40))
    latest = latest_due(policy, now)
    not_due = [
        day_start(now.astimezone(ZONE).date() + timedelta(days=1), ZONE),
        policy.interval_from(latest.end).end,
        latest.end + timedelta(seconds=1),
        latest.end - timedelta(microseconds=1),
        now,
        now + timedelta(days=400),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ]
    if policy.days > 1:
        # Midnight of yesterday ends an interval of `rolling`, and is not due; for `every` it ends none, or a later one.
        not_due.append(day_start(now.astimezone(ZONE).date(), ZONE))
    for number, cutoff in enumerate(not_due):
        if cutoff == latest.end:
            continue
        with pytest.raises(NotAllowed, match="is not the end of an interval whose run is due"):
            begin_run(deployment, 7, cutoff, "manual", f"redact_account_7/r{number}", "mallory")
    assert _stripped(sql) == []
    assert set(_states(sql)) == {"refused"}
    found = sql("SELECT DISTINCT kind, requested_by, failure FROM redaction.runs")
    assert found == [{"kind": "automatic", "requested_by": "mallory", "failure": "NotAllowed"}]
    run = begin_run(deployment, 7, latest.end, "scheduled", "redact_account_7/scheduled__1")
    assert run.cutoff == latest.cutoff
    assert begin_run(deployment, 7, None, "cli").cutoff == latest.cutoff


def test_an_instant_that_has_not_come_is_no_way_round(cli: Cli, account: int, insert: Insert, sql: Sql) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(minutes=1))
    code, _, said = cli("run", "7", "--as-of", "2999-01-01T00:00:00Z")
    assert (code, "lies in the future" in said) == (2, True)
    assert _stripped(sql) == []


def test_the_requester_is_recorded_and_certified_beside_the_policy(
    database: Database, deployment: Deployment, account: int, insert: Insert
) -> None:
    insert(1)
    run = begin_run(deployment, 7, CUTOFF, "manual", KEY, "ada")
    assert complete_run(deployment, run.id)["requested_by"] == "ada"
    [entry] = [entry for entry in read_entries(database) if entry.kind == "redaction"]
    policy = "every day at midnight America/New_York, since 2026-01-01"
    assert (entry.actor, entry.facts["requested_by"], entry.facts["policy"]) == ("ada", "ada", policy)
    told = certify_run(deployment, run.id)
    assert (told.requested_by, told.policy) == ("ada", policy)


@pytest.mark.parametrize("run_id", ["a/b", "..", "x/../y", "a\nb", "a\x00b", "\u202eb", "", "x" * 600])
def test_a_run_key_with_a_slash_is_one_clear_line(
    deployment: Deployment, account: int, insert: Insert, sql: Sql, run_id: str
) -> None:
    insert(1)
    request = ManualRequest(7, (1,), "ticket 1", "ada")
    for act in (
        lambda key: begin_run(deployment, 7, CUTOFF, "manual", key, "ada"),
        lambda key: begin_manual(deployment, request, "manual", True, run_key=key),
    ):
        with pytest.raises(BadInput) as caught:
            act(f"redact_account_7/{run_id}")
        assert "nothing was done" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert _states(sql) == []


def test_a_key_belongs_to_one_request(
    database: Database, settings: Settings, narrow: Settings, insert: Insert, sql: Sql
) -> None:
    insert(1)
    insert(2)
    insert(3, account_id=8)
    wide = settings
    run = begin_run(deploy(database, wide), 7, CUTOFF, "manual", KEY, "ada")
    assert begin_run(deploy(database, wide), 7, CUTOFF, "manual", KEY, "ada").id == run.id
    asked = {"acknowledged": True, "administrator": True}
    for other in (
        lambda: begin_run(deploy(database, wide), 7, CUTOFF - timedelta(days=1), "manual", KEY, "ada"),
        lambda: begin_run(deploy(database, wide), 7, None, "manual", KEY, "ada"),
        lambda: begin_run(deploy(database, wide), 7, CUTOFF, "manual", KEY, "eve"),
        lambda: begin_run(deploy(database, wide), 7, CUTOFF, "manual", KEY),
        lambda: begin_run(deploy(database, wide), 8, CUTOFF, "manual", KEY, "ada"),
        lambda: begin_manual(
            deploy(database, wide), ManualRequest(7, (1,), "ticket 1", "ada"), "manual", run_key=KEY, **asked
        ),
    ):
        with pytest.raises(NotAllowed, match=f"belongs to run {run.id}"):
            other()
    one = ManualRequest(7, (1,), "ticket 1", "ada")
    key = "redact_on_demand/manual__1"
    first = begin_manual(deploy(database, wide), one, "manual", run_key=key, **asked)
    assert begin_manual(deploy(database, wide), one, "manual", run_key=key, **asked).id == first.id
    for changed in (
        ManualRequest(7, (2,), "ticket 1", "ada"),
        ManualRequest(7, (1, 2), "ticket 1", "ada"),
        ManualRequest(7, (1,), "ticket 2", "ada"),
        ManualRequest(7, (1,), "ticket 1", "eve"),
        ManualRequest(7, (1,), "ticket 1", "ada", past_from_contact=True),
        ManualRequest(8, (3,), "ticket 1", "ada"),
    ):
        with pytest.raises(NotAllowed, match=f"belongs to run {first.id}"):
            begin_manual(deploy(database, wide), changed, "manual", run_key=key, **asked)
    with pytest.raises(NotAllowed, match=f"belongs to run {first.id}"):
        begin_manual(deploy(database, wide), one, "manual", True, "0" * 64, key, administrator=True)
    assert _states(sql) == ["selected", "selected"]


def test_what_was_refused_stays_refused(deployment: Deployment, narrow: Settings, insert: Insert, sql: Sql) -> None:
    insert(1)
    request, key = ManualRequest(7, (1,), "ticket 1", "ada"), "redact_on_demand/manual__1"
    sql("UPDATE tracking.accounts SET manual_redaction = false")
    with pytest.raises(NotAllowed, match="manual redaction is off"):
        begin_manual(deployment, request, "manual", True, run_key=key, administrator=True)
    sql("UPDATE tracking.accounts SET manual_redaction = true, auto_redaction = NULL WHERE id = 7")
    with pytest.raises(NotAllowed, match="no automatic redaction"):
        begin_run(deployment, 7, CUTOFF, "scheduled", KEY)
    sql("UPDATE tracking.accounts SET auto_redaction = 'daily' WHERE id = 7")
    for _ in range(2):
        with pytest.raises(NotAllowed, match=r"run 1 of account 7 was refused \(NotAllowed\) and stays so"):
            begin_manual(deployment, request, "manual", True, run_key=key, administrator=True)
        with pytest.raises(NotAllowed, match="run 2 of account 7 was refused"):
            begin_run(deployment, 7, CUTOFF, "scheduled", KEY)
        for run_id in (1, 2):
            with pytest.raises(NotAllowed, match="was not done"):
                run_step(deployment, run_id, "strip")
    assert (_states(sql), _stripped(sql)) == (["refused", "refused"], [])
    # People who write to the table themselves do not either.
    with pytest.raises(DBAPIError, match="the run has ended"):
        sql("UPDATE redaction.runs SET state = 'selected', finished_at = NULL WHERE id = 1")
    with pytest.raises(DBAPIError, match="does not change"):
        sql("UPDATE redaction.runs SET requested_by = 'eve' WHERE id = 1")


@pytest.mark.parametrize("who", ["ada", "ADA", " ada", "bob", "zed", "mallory", "", None])
def test_only_another_administrator_approves(
    database: Database, narrow: Settings, insert: Insert, sql: Sql, who: str | None
) -> None:
    for number in (1, 2):
        insert(number)
    # The same person, as another system spells the name.
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ADA'), (7, ' ada')")
    run = begin_run(deploy(database, narrow), 7, CUTOFF, "manual", KEY, "ada")
    for approved in (True, False):
        with pytest.raises(ApproverRefused, match="nothing was decided, and run 1 still waits"):
            decide_approval(deploy(database, narrow), run.id, approved, who)
    assert [asked.approved for asked in list_waiting(database)] == [None]
    # The database refuses it too.
    if who:
        with pytest.raises(ApproverRefused), database.transaction("redaction_worker") as session:
            session.rows("decide_approval", run_id=run.id, approved=True, decided_by=who)
    decide_approval(deploy(database, narrow), run.id, True, "eve")
    assert complete_run(deploy(database, narrow), run.id)["stripped_count"] == 2
    with pytest.raises(DBAPIError, match="given once"):
        sql("UPDATE redaction.approvals SET approved = false, decided_by = 'eve'")


def test_the_command_line_has_no_way_round(
    cli: Cli, narrow: Settings, insert: Insert, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "1")
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "eve")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, :me)", me=me)
    for number in (1, 2):
        insert(number)
    assert cli("run", "7")[0] == 2
    assert cli("run", "7", "--approve")[0] == 2
    code, _, said = cli("approve", "1")
    assert (code, f"{me} cannot approve run 1 of account 7: they have requested it" in " ".join(said.split())) == (
        1,
        True,
    )
    assert _stripped(sql) == []
    assert sql("SELECT requested_by FROM redaction.runs") == [{"requested_by": me}]


@pytest.mark.parametrize("change", [{"auto_redaction": None}, {"auto_redaction": "90"}, {"timezone": "Asia/Tokyo"}])
def test_a_run_ends_by_the_policy_it_began_with(
    deployment: Deployment, settings: Settings, account: int, insert: Insert, sql: Sql, change: dict[str, Any]
) -> None:
    insert(1)
    run = begin_run(deployment, 7, CUTOFF, "scheduled", KEY)
    unattended = begin_run(deployment, 7, CUTOFF, "cli")
    set_account(deployment, 7, "ada", **change)
    again = begin_run(deployment, 7, CUTOFF, "scheduled", KEY)
    assert (again.id, again.cutoff) == (run.id, CUTOFF)
    listed = read_snapshot(settings.snapshot_path)
    assert listed is not None
    [told] = listed.accounts
    assert told.automatic == ("auto_redaction" not in change or change["auto_redaction"] is not None)
    if not told.automatic:
        assert (told.period, told.mode, told.since) == ("daily", "every", "2026-01-01")
    assert complete_run(deployment, again.id)["stripped_count"] == 1
    if not told.automatic:
        # From the command line too; then nothing is left to do for it.
        assert run_account(deployment, 7, datetime.now(UTC))["id"] == unattended.id
        with pytest.raises(NotAllowed, match="no automatic redaction"):
            run_account(deployment, 7, datetime.now(UTC))
    states = sql("SELECT policy_period, policy_timezone FROM redaction.runs WHERE id = :id", id=run.id)
    assert states == [{"policy_period": "daily", "policy_timezone": "America/New_York"}]


def test_an_abandoned_run_ends_and_what_it_left_is_due_again(
    database: Database, deployment: Deployment, account: int, insert: Insert, sql: Sql, cli: Cli
) -> None:
    insert(1)
    begun = begin_run(deployment, 7, CUTOFF, "cli")
    run_step(deployment, begun.id, "strip")
    insert(2)
    other = begin_run(deployment, 7, CUTOFF, "manual", KEY, "ada")
    assert cli("abandon", str(begun.id), "--reason", "call +1 212 555 0143")[0] == 2
    code, said, _ = cli("abandon", str(begun.id), "--reason", "ticket 4")
    assert (code, "redacted are 1 of its 1 activity" in said) == (0, True)
    abandon_run(deployment, other.id, "ticket 5", "eve")
    with pytest.raises(BadInput, match="is abandoned already"):
        abandon_run(deployment, other.id, "ticket 5", "eve")
    for run_id in (begun.id, other.id):
        with pytest.raises(NotAllowed, match="was abandoned and stays so"):
            complete_run(deployment, run_id)
    with pytest.raises(NotAllowed, match="was abandoned"):
        begin_run(deployment, 7, CUTOFF, "manual", KEY, "ada")
    with pytest.raises(NotAllowed), database.transaction("redaction_worker") as session:
        session.rows("enter_strip", account_id=7, run_id=other.id)
    # A step that was under way when the run was abandoned fails as itself, and the run stays abandoned.
    with database.transaction("redaction_worker") as session:
        session.run("fail_run", run_id=other.id, step="strip", failure="DatabaseBusy", said=None, seconds=0.1)
    assert _states(sql) == ["abandoned", "abandoned"]
    told = [entry for entry in read_entries(database) if entry.kind == "abandonment"]
    assert [(entry.run_id, entry.reason, entry.facts["stripped_count"]) for entry in told] == [
        (begun.id, "ticket 4", 1),
        (other.id, "ticket 5", 0),
    ]
    # Its residue is still recorded, and the next run rebuilds the reports of what it had stripped.
    assert sql("SELECT sum(rows)::int AS n FROM redaction.residue") == [{"n": 1}]
    record = run_account(deployment, 7, datetime.now(UTC))
    assert (record["stripped_count"], _stripped(sql)) == (1, [1, 2])
    assert sql("SELECT sum(redacted)::int AS n FROM reporting.activity_by_source") == [{"n": 2}]
    following = begin_run(deployment, 7, CUTOFF, "cli")
    assert sql("SELECT count(*) AS n FROM redaction.run_days WHERE run_id = :id", id=following.id) == [{"n": 0}]
    assert verify_ledger(deployment).first_bad is None


def test_an_unfinished_run_never_blocks_the_next_one(
    database: Database, narrow: Settings, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    for number in (1, 2):
        insert(number)
    # A waiting run: a later one asks for all of it.
    waiting = begin_run(deploy(database, narrow), 7, CUTOFF, "cli", requested_by="ada")
    with pytest.raises(ApprovalNeeded):
        run_account(deploy(database, narrow), 7, datetime.now(UTC), requested_by="ada")
    assert _states(sql) == ["abandoned", "selected"]
    assert [asked.run_id for asked in list_waiting(database)] == [waiting.id + 1]
    with pytest.raises(BadInput, match="does not wait for approval"):
        decide_approval(deploy(database, narrow), waiting.id, True, "eve")
    decide_approval(deploy(database, narrow), waiting.id + 1, False, "eve")
    # A manual run that cannot finish, since a hold was placed on its activity.
    asked = ManualRequest(7, (1,), "ticket 1", "ada")
    stuck = begin_manual(deployment, asked, "cli", True)
    sql("INSERT INTO redaction.holds (account_id, scope, reason, placed_by) VALUES (7, 'activity', 'r', 'eve')")
    sql("INSERT INTO redaction.held_activities SELECT 7, 1, id FROM redaction.holds")
    record = run_account(deployment, 7, datetime.now(UTC), requested_by="ada")
    assert (record["state"], _stripped(sql)) == ("succeeded", [2])
    assert sql("SELECT state FROM redaction.runs WHERE id = :id", id=stuck.id) == [{"state": "failed"}]
    assert find_approval(database, record["id"]) is None


@pytest.mark.parametrize(
    ("dag_id", "body", "says"),
    [
        ("redact_on_demand", {"conf": {"account": 7, "caller": "x"}}, "no other key"),
        ("close_account", {"conf": {"account": 7, "caller": "x"}}, "no other key"),
        ("close_account", {"conf": {"account": 7, "reason": "call 212 555 0143"}}, "phone number"),
        ("redact_on_demand", {"conf": {"reason": "call 212 555 0143"}}, "phone number"),
        ("redact_on_demand", {"conf": {"reason": "２１２ ５５５ ０１４３"}}, "phone number"),
        ("redact_on_demand", {"conf": {"reason": "212 -- 555 -- 0143"}}, "phone number"),
        ("redact_on_demand", {"conf": {"reason": "zoe @ example.com"}}, "e-mail"),
        ("redact_on_demand", {"conf": {"reason": "zoe(at)example.com"}}, "e-mail"),
        ("redact_on_demand", {"conf": {"reason": "ticket 1"}, "note": "zoe@example.com"}, "e-mail"),
        ("redact_on_demand", {"conf": {"reason": "ticket 1"}, "dag_run_id": "a/b"}, "slash"),
        ("redact_on_demand", {"conf": {"acknowledged": False}}, "it was not acknowledged"),
        ("redact_on_demand", {"conf": ["x"]}, "no other key"),
        ("redact_account_7", {"conf": {"caller": "+12125550143"}}, "conf takes nothing"),
        ("redact_on_demand", {"conf": {"account": 7, "reason": "ticket 12"}}, None),
        ("answer_request", {"conf": {"request": 5, "contact": "+12125550143"}}, "no other key"),
        ("answer_request", {"conf": {"request": "+12125550143"}}, "not what the form takes"),
        ("answer_request", {"conf": {"request": 5, "answer": "erasure", "expect": "zoe"}}, "not what the form takes"),
        ("answer_request", {"conf": {"request": 5, "answer": "export", "acknowledged": False}}, None),
        ("redact_account_7", {"logical_date": None, "conf": {}}, None),
        ("redact_account_7", {"logical_date": None}, None),
    ],
)
def test_a_conf_is_looked_at_before_airflow_keeps_it(dag_id: str, body: dict[str, Any], says: str | None) -> None:
    found = find_problem(dag_id, json.dumps(body).encode())
    assert (found is None) == (says is None)
    assert says is None or says in str(found)
    assert "0143" not in str(found)
    assert "example" not in str(found)


def test_a_key_that_is_there_twice_hides_nothing() -> None:
    twice = b'{"conf": {"reason": "ticket 1", "reason": "zoe@example.com"}}'
    assert find_problem("redact_on_demand", twice) == "a key is there twice"
    assert find_problem("redact_on_demand", b'{"conf": {"caller": 1}, "conf": {}}') == "a key is there twice"
