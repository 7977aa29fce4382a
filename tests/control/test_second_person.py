"""Who counts as a second person: nobody appointed by the requester, nobody who has just become an administrator; and
which acts need two.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from redaction.accounts.accounts import get_account, set_account
from redaction.accounts.administrators import list_people, set_administrator
from redaction.accounts.agencies import set_agency
from redaction.control.close import close_account
from redaction.control.follow import follow_account
from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, ApproverRefused, NotAllowed, RedactionError
from redaction.gate.guard import decide_approval, find_approval, list_waiting, record_limits
from redaction.gate.holds import place_hold, release_hold
from redaction.ledger.act import Act
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import begin_run, complete_run, run_account

Sql = Callable[..., list[dict[str, Any]]]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


@pytest.fixture
def one(account: int, insert: Callable[..., None], sql: Sql) -> int:
    """Account 7 with an activity, administered by ada and bob, whom the operator has made administrators."""
    insert(1)
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (7, 'bob')")
    return account


@pytest.fixture(params=["accounts", "agencies"])
def two(request: pytest.FixtureRequest, one: int, sql: Sql) -> int:
    """The same; it or its agency needs two people."""
    sql(f"UPDATE tracking.{request.param} SET needs_approval = true")
    return one


def left(sql: Sql) -> int:
    return len(sql("SELECT FROM tracking.activities WHERE redacted_at IS NULL"))


def people(deployment: Deployment) -> list[str]:
    return [row["username"] for row in list_people(deployment.database, 7)]


def asked_by(deployment: Deployment, who: str) -> int:
    """Return the run by which a person asks for the closing of the account."""
    with pytest.raises(ApprovalNeeded) as asked:
        close_account(deployment, 7, who, "ticket 1")
    assert isinstance(asked.value.subject, int)
    return asked.value.subject


def answer_in_sql(deployment: Deployment, run_id: int, who: str) -> None:
    with deployment.transaction("redaction_worker") as session:
        session.run("decide_approval", run_id=run_id, approved=True, decided_by=who)


def test_a_run_that_a_person_starts_waits(deployment: Deployment, two: int, sql: Sql) -> None:
    run = begin_run(deployment, 7, None, "manual", "redact_account_7/manual__1", "ada")
    with pytest.raises(ApprovalNeeded, match="requested by ada, would redact 1 activity; the account needs two people"):
        complete_run(deployment, run.id)
    with pytest.raises(ApprovalNeeded):
        run_account(deployment, 7, datetime.now(UTC), requested_by="ada")
    assert left(sql) == 1
    decide_approval(deployment, run.id, True, "bob")
    assert complete_run(deployment, run.id)["stripped_count"] == 1


def test_what_its_schedule_starts_does_not_whatever_waits(deployment: Deployment, two: int, sql: Sql) -> None:
    begin_run(deployment, 7, None, "manual", "redact_account_7/manual__1", "ada")
    run = begin_run(deployment, 7, None, "scheduled", "redact_account_7/scheduled__1")
    assert find_approval(deployment.database, run.id) is None
    assert complete_run(deployment, run.id)["stripped_count"] == 1


def test_to_follow_the_source_by_hand_waits_and_keeps_the_schedule_from_nothing(
    deployment: Deployment, two: int, sql: Sql
) -> None:
    sql("UPDATE tracking.accounts SET follow_source = true")
    sql("INSERT INTO tracking.redacted_at_source (account_id, activity_id) VALUES (7, 1)")
    with pytest.raises(ApprovalNeeded, match="needs two people"):
        list(follow_account(deployment, 7, "ada"))
    assert left(sql) == 1
    [record] = follow_account(deployment, 7)
    assert (record["stripped_count"], left(sql)) == (1, 0)


CHANGES: list[dict[str, Any]] = [
    {"auto_redaction": "30"},
    {"retention_mode": "rolling"},
    {"timezone": "Asia/Tokyo"},
    {"auto_redaction_since": date(2025, 1, 1)},
    {"recordings_period": "daily"},
    {"follow_source": True},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: next(iter(changes)))
def test_another_schedule_takes_two(deployment: Deployment, one: int, sql: Sql, changes: dict[str, Any]) -> None:
    sql("UPDATE tracking.accounts SET needs_approval = true, auto_redaction = '90'")
    before = get_account(deployment.database, 7)
    with pytest.raises(ApprovalNeeded, match="nothing was changed; another administrator agrees by the same"):
        set_account(deployment, 7, "ada", **changes)
    with pytest.raises(ApproverRefused):
        set_account(deployment, 7, "ADA ", **changes)
    assert get_account(deployment.database, 7) == before
    # A person who asks for something else has not agreed.
    with pytest.raises(ApprovalNeeded):
        set_account(deployment, 7, "bob", auto_redaction="60")
    after = set_account(deployment, 7, "bob", **changes)
    assert all(getattr(after, name) == value for name, value in changes.items())
    assert verify_ledger(deployment).unrecorded == ()


def test_to_switch_off_takes_one_and_on_again_two(deployment: Deployment, two: int) -> None:
    set_account(deployment, 7, "ada", auto_redaction=None, follow_source=False)
    with pytest.raises(ApprovalNeeded):
        set_account(deployment, 7, "ada", auto_redaction="daily")
    assert set_account(deployment, 7, "bob", auto_redaction="daily").auto_redaction == "daily"


def test_an_agency_that_allows_again_takes_two(deployment: Deployment, one: int, sql: Sql) -> None:
    sql("UPDATE tracking.agencies SET needs_approval = true")
    set_agency(deployment, 1, "ada", allow_redaction=False)
    with pytest.raises(ApprovalNeeded):
        set_agency(deployment, 1, "ada", allow_redaction=True)
    assert set_agency(deployment, 1, "bob", allow_redaction=True).allow_redaction


@pytest.mark.parametrize("makers", [("ada",), ("ada", "second"), ("ada", "second", "third")], ids=len)
def test_whom_the_requester_has_made_one_is_no_second_person(
    deployment: Deployment, one: int, sql: Sql, makers: tuple[str, ...]
) -> None:
    """Without the rule, ada makes further names administrators, who make others."""
    names = ("second", "third", "fourth")
    for maker, name in zip(makers, names, strict=False):
        set_administrator(deployment, 7, name, maker)
    who = names[len(makers) - 1]
    # Removing the first one does not help either.
    for name in makers[1:]:
        set_administrator(deployment, 7, name, "ada", allowed=False)
    sql("UPDATE tracking.account_users SET since = now() - interval '1 year'")
    run_id = asked_by(deployment, "ada")
    with pytest.raises(ApproverRefused, match="ada has made them an administrator"):
        decide_approval(deployment, run_id, True, who)
    with pytest.raises(ApproverRefused):
        answer_in_sql(deployment, run_id, who)
    decide_approval(deployment, run_id, True, "bob")


def test_who_has_just_become_one_is_no_second_person(deployment: Deployment, one: int, sql: Sql) -> None:
    set_administrator(deployment, 7, "carol", "eve")
    run_id = asked_by(deployment, "ada")
    with pytest.raises(ApproverRefused, match="for too short a time"):
        decide_approval(deployment, run_id, True, "carol")
    with pytest.raises(ApproverRefused):
        answer_in_sql(deployment, run_id, "carol")
    sql("UPDATE tracking.account_users SET since = now() - interval '25 hours' WHERE username = 'carol'")
    decide_approval(deployment, run_id, True, "carol")


def test_how_long_that_is_says_the_deployment(deployment: Deployment, one: int) -> None:
    set_administrator(deployment, 7, "carol", "eve")
    record_limits(deployment.database, deployment.settings.model_copy(update={"second_wait_h": 0}))
    decide_approval(deployment, asked_by(deployment, "ada"), True, "carol")


def test_no_role_says_since_when_somebody_is_one(deployment: Deployment, one: int, sql: Sql) -> None:
    made = "INSERT INTO tracking.account_users (account_id, username{}) VALUES (7, 'x'{})"
    forgeries = [
        made.format(", since", ", '-infinity'"),
        "UPDATE tracking.account_users SET since = '-infinity'",
        "UPDATE tracking.account_users SET made_by = '{}'",
        "UPDATE tracking.account_users SET username = 'x' WHERE username = 'bob'",
    ]
    for role in ("redaction_manager", "redaction_worker", "redaction_loader"):
        for forgery in forgeries:
            with pytest.raises(RedactionError), deployment.transaction(role) as session:
                session.connection.exec_driver_sql(forgery)
    with deployment.transaction("redaction_manager") as session:
        session.connection.exec_driver_sql(made.format("", ""))
    [row] = sql("SELECT since > now() - interval '1 minute' AS new FROM tracking.account_users WHERE username = 'x'")
    assert row["new"]


def test_a_further_administrator_takes_two(deployment: Deployment, two: int) -> None:
    with pytest.raises(ApprovalNeeded, match="ada has proposed carol as its administrator: nothing was changed"):
        set_administrator(deployment, 7, "carol", "ada")
    with pytest.raises(ApproverRefused):
        set_administrator(deployment, 7, "carol", "ada")
    # A person who proposes another one has not agreed to carol.
    with pytest.raises(ApprovalNeeded):
        set_administrator(deployment, 7, "dave", "bob")
    assert people(deployment) == ["ada", "bob"]
    # The same, with the rights of the new one written out, as the page does.
    set_administrator(deployment, 7, "carol", "bob", may_hold=True, may_release=True)
    assert people(deployment) == ["ada", "bob", "carol"]
    # Two people have appointed her: after a while she counts for both.
    run_id = asked_by(deployment, "ada")
    with pytest.raises(ApproverRefused, match="for too short a time"):
        decide_approval(deployment, run_id, True, "carol")
    assert verify_ledger(deployment).unrecorded == ()


def _may(deployment: Deployment, permission: str) -> bool:
    return bool({row["username"]: row[permission] for row in list_people(deployment.database, 7)}["ada"])


@pytest.mark.parametrize("permission", ["may_release", "may_hold"])
def test_nobody_gives_themselves_a_permission(deployment: Deployment, two: int, sql: Sql, permission: str) -> None:
    sql(f"UPDATE tracking.account_users SET {permission} = false WHERE username = 'ada'")
    with pytest.raises(ApprovalNeeded):
        set_administrator(deployment, 7, "ada", "ada", **{permission: True})
    assert not _may(deployment, permission)
    if permission == "may_release":
        hold = place_hold(deployment, 7, "case 4", "ada", [1]).id
        with pytest.raises(NotAllowed, match="ada may not release"):
            release_hold(deployment, hold, "ada")
    set_administrator(deployment, 7, "ada", "bob", **{permission: True})
    assert _may(deployment, permission)


def test_to_take_away_takes_one(deployment: Deployment, two: int) -> None:
    set_administrator(deployment, 7, "bob", "ada", may_release=False)
    set_administrator(deployment, 7, "bob", "ada", allowed=False)
    assert people(deployment) == ["ada"]
    with pytest.raises(ApprovalNeeded):
        set_administrator(deployment, 7, "bob", "ada")


def test_whom_the_operator_makes_one_counts_at_once(
    deployment: Deployment, two: int, cli: Callable[..., tuple[int, str, str]], sql: Sql
) -> None:
    assert cli("account", "administrator", "7", "carol")[0] == 1
    assert cli("account", "administrator", "7", "carol", "--operator")[0] == 0
    run = begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True)
    decide_approval(deployment, run.id, True, "carol")
    assert complete_run(deployment, run.id)["stripped_count"] == 1
    assert verify_ledger(deployment).unrecorded == ()


def test_the_operator_vouches_for_who_is_one(deployment: Deployment, one: int) -> None:
    set_administrator(deployment, 7, "carol", "ada")
    run_id = asked_by(deployment, "ada")
    with pytest.raises(ApproverRefused):
        decide_approval(deployment, run_id, True, "carol")
    set_administrator(deployment, 7, "carol", "root", as_operator=True)
    decide_approval(deployment, run_id, True, "carol")
    told = [entry.facts.get("vouched") for entry in read_entries(deployment.database) if entry.kind == "setting"]
    assert told == [None, True]


def test_only_the_owner_is_the_operator(
    deployment: Deployment, two: int, cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDACTION_OWNER_URL")
    code, _, said = cli("account", "administrator", "7", "carol", "--operator")
    assert (code != 0, "REDACTION_OWNER_URL" in said, people(deployment)) == (True, True, ["ada", "bob"])


def test_a_release_is_not_agreed_to_by_whom_the_requester_has_made(deployment: Deployment, one: int, sql: Sql) -> None:
    set_administrator(deployment, 7, "carol", "ada")
    sql("UPDATE tracking.account_users SET since = '-infinity'")
    sql("UPDATE tracking.accounts SET needs_approval = true")
    hold = place_hold(deployment, 7, "case 4", "ada", [1]).id
    with pytest.raises(ApprovalNeeded):
        release_hold(deployment, hold, "ada")
    with pytest.raises(ApproverRefused, match="carol cannot agree to proposal 1: ada has made them an administrator"):
        release_hold(deployment, hold, "carol")
    with pytest.raises(RedactionError), deployment.transaction("redaction_worker") as session:
        session.run("decide_proposal", id=1, approved=True, decided_by="carol")
    assert release_hold(deployment, hold, "bob").released_by == "bob"


@pytest.mark.parametrize("who", ["eve", "root", ""])
def test_only_an_administrator_asks_for_a_closing(deployment: Deployment, one: int, who: str) -> None:
    with pytest.raises(NotAllowed, match="is no administrator of account 7: nothing was changed"):
        close_account(deployment, 7, who, "ticket 1")
    assert list_waiting(deployment.database) == []
    with (
        pytest.raises(NotAllowed, match="only an administrator"),
        deployment.transaction("redaction_worker") as session,
    ):
        session.connection.exec_driver_sql(
            "INSERT INTO redaction.runs (account_id, kind, requested_by, reason, cutoff)"
            f" VALUES (7, 'closing', '{who}', 'x', now())"
        )


def test_the_database_has_a_closing_wait_whoever_records_it(deployment: Deployment, one: int, sql: Sql) -> None:
    with deployment.transaction("redaction_worker") as session:
        session.connection.exec_driver_sql(
            "INSERT INTO redaction.runs (account_id, kind, requested_by, reason, cutoff)"
            " VALUES (7, 'closing', 'ada', 'x', now())"
        )
    assert sql("SELECT approved, ground FROM redaction.approvals") == [{"approved": None, "ground": "two people"}]


WRITTEN = [
    "UPDATE tracking.accounts SET auto_redaction = 'daily'",
    "UPDATE tracking.accounts SET auto_redaction = '90', auto_redaction_since = '2020-01-01'",
    "UPDATE tracking.accounts SET retention_mode = 'rolling'",
    "UPDATE tracking.accounts SET timezone = 'Asia/Tokyo'",
    "UPDATE tracking.accounts SET recordings_period = 'daily'",
    "UPDATE tracking.accounts SET follow_source = true",
    "UPDATE tracking.accounts SET needs_approval = false",
    "UPDATE tracking.accounts SET agency_id = 2",
    "UPDATE tracking.agencies SET needs_approval = false",
    "UPDATE tracking.agencies SET allow_redaction = true",
    "INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'carol')",
    "UPDATE tracking.account_users SET may_release = true WHERE username = 'bob'",
    "UPDATE tracking.account_users SET role = 'administrator' WHERE username = 'eve'",
]
PROPOSED = """
    INSERT INTO redaction.proposals (kind, account_id, requested_by, asked) VALUES ('setting', 7, 'ada', '{}');
    UPDATE redaction.proposals SET approved = true, decided_by = '{}', decided_at = now() WHERE decided_at IS NULL
"""


@pytest.fixture
def strict(one: int, sql: Sql) -> int:
    """Account 7 and its agency, which allows nothing just now, need two people; it redacts after 90 days."""
    sql("INSERT INTO tracking.agencies (id, name) VALUES (2, 'South')")
    sql(
        "UPDATE tracking.accounts SET auto_redaction = '90', auto_redaction_since = '2026-01-01', needs_approval = true"
    )
    sql("UPDATE tracking.agencies SET needs_approval = true, allow_redaction = false WHERE id = 1")
    sql("INSERT INTO tracking.account_users (account_id, username, role) VALUES (7, 'eve', 'viewer')")
    sql("UPDATE tracking.account_users SET may_release = false WHERE username = 'bob'")
    return one


@pytest.mark.parametrize("statement", WRITTEN)
def test_the_database_takes_two_for_what_is_written_there(
    deployment: Deployment, strict: int, sql: Sql, statement: str
) -> None:
    def state() -> list[Any]:
        return [
            sql(f"SELECT * FROM tracking.{name} ORDER BY 1, 2") for name in ("accounts", "agencies", "account_users")
        ]

    before = state()
    with pytest.raises(NotAllowed, match="two people"), deployment.transaction("redaction_manager") as session:
        session.connection.exec_driver_sql(statement)
    # Another change that two people have agreed to does not either.
    agreed = PROPOSED.replace("'{}'", '\'{"notes": "x"}\'', 1).replace("'{}'", "'bob'")
    with pytest.raises(NotAllowed, match="two people"), deployment.transaction("redaction_manager") as session:
        session.connection.exec_driver_sql(f"{agreed}; {statement}")
    assert state() == before


def test_the_database_takes_what_two_people_have_agreed_to_once(deployment: Deployment, strict: int, sql: Sql) -> None:
    agreed = PROPOSED.replace("'{}'", '\'{"recordings_period": "30"}\'', 1)
    change = "UPDATE tracking.accounts SET recordings_period = '{}'"
    with pytest.raises(RedactionError), deployment.transaction("redaction_manager") as session:
        session.connection.exec_driver_sql(agreed.replace("'{}'", "'ada'"))
    with Act(deployment) as act, act.transaction("redaction_manager") as session:
        session.connection.exec_driver_sql(agreed.replace("'{}'", "'bob'"))
        session.connection.exec_driver_sql(change.format("30"))
        number = session.connection.exec_driver_sql("SELECT max(id) FROM redaction.proposals").scalar()
        act.record("proposal", 7, "bob", {"change": "agreed", "proposal_id": number})
    assert get_account(deployment.database, 7).recordings_period == "30"
    for period in ("daily", "30"):
        sql("UPDATE tracking.accounts SET recordings_period = NULL")
        with pytest.raises(NotAllowed), deployment.transaction("redaction_manager") as session:
            session.connection.exec_driver_sql(change.format(period))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tracking.accounts SET auto_redaction = NULL, recordings_period = NULL",
        "UPDATE tracking.accounts SET name = 'Other', manual_redaction = false",
        "UPDATE tracking.account_users SET may_hold = false",
        "DELETE FROM tracking.account_users WHERE username = 'bob'",
    ],
)
def test_the_database_takes_one_for_what_redacts_nothing(deployment: Deployment, strict: int, statement: str) -> None:
    with deployment.transaction("redaction_manager") as session:
        session.connection.exec_driver_sql(statement)
