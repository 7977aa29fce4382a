"""Alerts: one message when something becomes late, one when it is in order again, and the weekly digest; by real
mail.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.airflow.alerts import tell_change, tell_week
from redaction.airflow.dags import build_retention_watch
from redaction.deployment import Deployment
from redaction.errors import AlertNotSent, BadInput, ExtraMissing, Paused
from redaction.evidence.alerts import Change, compose_change, find_path
from redaction.evidence.digest import compose_digest, list_weeks
from redaction.evidence.figures import FIGURES, Figure
from redaction.evidence.watch import _COUNTED, _UNFETCHED, watch
from redaction.gate.pauses import pause
from redaction.pipeline.run import begin_run, complete_run, run_account
from redaction.placements.resolve import deploy
from redaction.settings import Settings, load_settings
from tests.checkout import ROOT
from tests.conftest import PERSONAL_VALUES
from tests.mail import MailServer, serve_mail

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
NOW = datetime.now(UTC)
OPS, DPO = "ops@example.org", "dpo@example.org"


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server that Airflow's connection `smtp_default` names."""
    with serve_mail() as server:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection)
        monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.org/a")
        yield server


@pytest.fixture
def told(deployment: Deployment, account: int, insert: Insert, mails: MailServer) -> Deployment:
    """Two people get alerts about account 7, which has an activity of three days ago."""
    insert(9, called_at=NOW - timedelta(days=3))
    return deploy(deployment.database, deployment.settings.at("default", alert_mail_to=f"{OPS},{DPO}"))


def _tell(deployment: Deployment) -> None:
    tell_change(deployment, watch(deployment))


def test_a_change_is_told_once_to_each(told: Deployment, mails: MailServer, insert: Insert, sql: Sql) -> None:
    _tell(told)
    assert sorted(mail.to for mail in mails.mails) == [DPO, OPS]
    assert [mail.subject for mail in mails.mails] == ["Redaction: 1 thing is late"] * 2
    assert "Account 7: 1 activity should have been redacted, the oldest for 3 days." in mails.mails[0].text
    assert 'href="https://airflow.example.org/a/redaction/accounts/7"' in mails.mails[0].text
    # An hour later: nothing is new, although there is more of it.
    insert(10, called_at=NOW - timedelta(days=3))
    _tell(told)
    assert len(mails.mails) == 2
    run_account(told, 7, NOW)
    _tell(told)
    assert [mail.subject for mail in mails.mails[2:]] == ["Redaction: nothing is late any more"] * 2
    assert "Account 7: in order again: overdue activities." in mails.mails[2].text
    # Late again is reported again.
    insert(11, called_at=NOW - timedelta(days=3))
    _tell(told)
    assert len(mails.mails) == 6
    kept = sql("SELECT kind, recipients, problem FROM redaction.alerts ORDER BY id")
    assert kept == [{"kind": "change", "recipients": 2, "problem": None}] * 3


def test_a_run_that_has_not_finished_is_told_with_what_it_failed_with(told: Deployment, mails: MailServer) -> None:
    run = begin_run(told, 7, None, "cli")
    pause(told, 7, "audit", "eve")
    with pytest.raises(Paused):
        complete_run(told, run.id)
    tell_change(told, watch(told, NOW + timedelta(days=3)))
    text = mails.mails[0].text
    assert "Account 7: 1 run has not finished, the oldest for 3 days. Redaction is paused." in text
    assert "audit" not in text


def test_who_is_to_be_told_by_nobody_is_not(deployment: Deployment, account: int, insert: Insert, sql: Sql) -> None:
    insert(9, called_at=NOW - timedelta(days=3))
    _tell(deployment)
    tell_week(deployment, watch(deployment))
    assert sql("SELECT id FROM redaction.alerts UNION ALL SELECT 1 FROM redaction.known_late") == []


def test_a_bad_address_keeps_nobody_else_from_it(told: Deployment, mails: MailServer, sql: Sql) -> None:
    mails.refused.add(OPS)
    with pytest.raises(AlertNotSent) as refused:
        _tell(told)
    assert str(refused.value).startswith("1 of 2 recipients did not learn what has changed: ")
    assert "(SMTPRecipientsRefused): check the Airflow connection of REDACTION_ALERT_MAIL_CONNECTION" in str(
        refused.value
    )
    assert "the next watches of 7 days try again" in str(refused.value)
    assert "example.org" not in str(refused.value)
    assert [mail.to for mail in mails.mails] == [DPO]
    _tell(told)
    assert len(mails.mails) == 1
    assert sql("SELECT recipients, problem FROM redaction.alerts") == [{"recipients": 1, "problem": "AlertNotSent"}]


def test_whom_a_message_has_not_reached_gets_it_with_a_later_watch(
    told: Deployment, mails: MailServer, sql: Sql
) -> None:
    kept = "SELECT recipients, problem FROM redaction.alerts"
    mails.refused.add(OPS)
    with pytest.raises(AlertNotSent):
        _tell(told)
    mails.refused.clear()
    _tell(told)
    assert [mail.to for mail in mails.mails] == [DPO, OPS]
    assert mails.mails[1].subject == mails.mails[0].subject
    assert "Account 7: 1 activity should have been redacted" in mails.mails[1].text
    assert re.search(
        r"This message is of \d{4}-\d\d-\d\d \d\d:\d\d UTC and could not be sent to you then", mails.mails[1].text
    )
    assert sql(kept) == [{"recipients": 2, "problem": None}]
    _tell(told)
    assert len(mails.mails) == 2
    assert sql("SELECT recipient FROM redaction.alerts_owed") == []


def test_who_is_no_recipient_any_more_and_what_is_a_week_old_is_not_sent(
    told: Deployment, mails: MailServer, sql: Sql
) -> None:
    mails.refused |= {OPS}
    with pytest.raises(AlertNotSent):
        _tell(told)
    mails.refused.clear()
    other = deploy(told.database, told.settings.at("default", alert_mail_to=DPO))
    _tell(other)
    assert sql("SELECT recipients, problem FROM redaction.alerts") == [{"recipients": 1, "problem": None}]
    run_account(told, 7, NOW)
    mails.refused |= {OPS}
    with pytest.raises(AlertNotSent):
        _tell(told)
    mails.refused.clear()
    sql("UPDATE redaction.alerts SET written_at = written_at - interval '8 days'")
    _tell(told)
    assert [mail.to for mail in mails.mails] == [DPO, DPO]
    assert sql("SELECT recipient FROM redaction.alerts_owed") == []
    # The page goes on saying that it was not sent to all.
    assert sql("SELECT problem FROM redaction.alerts ORDER BY id")[-1] == {"problem": "AlertNotSent"}


def test_a_digest_that_did_not_reach_somebody_is_sent_later_with_the_state_of_then(
    told: Deployment, mails: MailServer, sql: Sql
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (7, 'bob@firm.example')")
    weekly = deploy(told.database, told.settings.at("default", alert_digest="monday", alert_mail_domain="firm.example"))
    monday = NOW + timedelta(days=(7 - NOW.weekday()) % 7)
    mails.refused.add("ada@firm.example")
    with pytest.raises(AlertNotSent, match="1 of 2 recipients did not learn how their week was"):
        tell_week(weekly, watch(weekly), monday)
    sql("UPDATE redaction.alerts SET written_at = :at", at=monday)
    mails.refused.clear()
    run_account(told, 7, NOW)
    for hour in (1, 2):
        tell_week(weekly, watch(weekly), monday + timedelta(hours=hour, days=1))
    assert [mail.to for mail in mails.mails] == ["bob@firm.example", "ada@firm.example"]
    assert "1 late" in mails.mails[0].text
    assert "nothing late" in mails.mails[1].text
    assert sql("SELECT recipients, problem FROM redaction.alerts") == [{"recipients": 2, "problem": None}]


def test_what_nobody_was_told_is_told_by_the_next_watch(told: Deployment, mails: MailServer, sql: Sql) -> None:
    mails.refused |= {OPS, DPO}
    with pytest.raises(AlertNotSent, match=r"^nobody learned what has changed: .*; the next watch tries again"):
        _tell(told)
    mails.refused.clear()
    _tell(told)
    assert len(mails.mails) == 2
    assert [row["problem"] for row in sql("SELECT problem FROM redaction.alerts ORDER BY id")] == ["AlertNotSent", None]


def test_each_administrator_gets_the_week_of_their_accounts_once(
    told: Deployment, mails: MailServer, insert: Insert, sql: Sql
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id, name, timezone) VALUES (8, 1, 'Law', 'UTC')")
    sql(
        "INSERT INTO tracking.account_users (account_id, username)"
        " VALUES (7, 'ada'), (8, 'ada'), (7, 'bob@firm.example'), (8, 'eve')"
    )
    run_account(told, 7, NOW)
    # What is due is due after that Monday, whichever day this runs on.
    monday = NOW + timedelta(days=-NOW.weekday() % 7)
    insert(10, called_at=monday - timedelta(minutes=5))
    sql("INSERT INTO tracking.integrations (id, account_id, name) VALUES (5, 7, 'CRM')")
    sql("INSERT INTO redaction.downstream (run_id, account_id, integration_id, integration) VALUES (1, 7, 5, 'CRM')")
    weekly = deploy(told.database, told.settings.at("default", alert_digest="monday", alert_mail_domain="firm.example"))
    tell_week(weekly, watch(weekly), monday - timedelta(days=1))
    assert mails.mails == []
    for _ in range(2):
        # Twice on that day: the hour after is not another week.
        tell_week(weekly, watch(weekly), monday)
        sql("UPDATE redaction.alerts SET written_at = :at", at=monday)
    assert {mail.to: mail.subject for mail in mails.mails} == dict.fromkeys(
        ["ada@firm.example", "bob@firm.example"],
        f"Redaction, week to {monday:%Y-%m-%d}: no account is late",
    )
    assert len(mails.mails) == 2
    line = "Account 7: nothing late, 1 due in the next 7 days, 1 redacted in the last 7 days, 1 at other systems."
    assert line in mails.mails[0].text
    # Eve's account does nothing by itself and has nothing to report.
    assert "Account 8" not in str(mails.mails)


def test_the_week_of_an_account_names_all_that_is_late(account: int, deployment: Deployment, sql: Sql) -> None:
    late = {
        "accounts not fetched": "1 account was not fetched to its end",
        "overdue recordings": "3 recordings should have been deleted",
    }
    counts = dict(zip(late, (1, 3), strict=True))
    figures = [Figure(what, 7, counts[what], None, 72.0, True, "") for what in late]
    ours = list_weeks(deployment, [*figures, Figure("holds", 7, 2, None, 1.0, False, "")], NOW)
    digest = compose_digest(ours.values(), NOW)
    assert digest.subject == f"Redaction, week to {NOW:%Y-%m-%d}: 1 of 1 account is late"
    assert digest.lines[0].text == (
        "Account 7: nothing late, 0 due in the next 7 days, 0 redacted in the last 7 days, 0 at other systems. "
        "Also late: 1 account was not fetched to its end; 3 recordings should have been deleted."
    )


def test_the_digest_begins_with_what_is_late_of_no_account(account: int, deployment: Deployment) -> None:
    figures = [
        Figure("quarantined records", None, 2, None, 72.0, True, ""),
        Figure("raw files", None, 0, None, 0.0, True, ""),
        Figure("holds", None, 1, None, 1.0, False, ""),
    ]
    digest = compose_digest(list_weeks(deployment, figures, NOW).values(), NOW, figures=figures)
    assert digest.subject.endswith(": no account is late, and 2 other things are")
    assert [(line.text, line.path) for line in digest.lines] == [
        ("All accounts: 2 records are in quarantine, the oldest for 3 days.", "/incoming"),
        ("All accounts: the inbox cannot be read.", "/incoming"),
        (
            "Account 7: nothing late, 0 due in the next 7 days, 0 redacted in the last 7 days, 0 at other systems.",
            "/accounts/7",
        ),
    ]


def test_the_watch_tells_and_says_itself_what_is_late(
    told: Deployment, mails: MailServer, deployed: None, airflow_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_ALERT_MAIL_TO", f"{OPS}, {DPO}")
    assert build_retention_watch().test().state == "failed"
    assert sorted(mail.to for mail in mails.mails) == [DPO, OPS]


def test_a_watch_that_cannot_tell_fails_though_nothing_is_late(
    deployment: Deployment,
    account: int,
    sql: Sql,
    mails: MailServer,
    deployed: None,
    airflow_database: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sql("INSERT INTO redaction.known_late (what, account_id) VALUES ('overdue activities', 7)")
    mails.refused.add(OPS)
    monkeypatch.setenv("REDACTION_ALERT_MAIL_TO", OPS)
    assert build_retention_watch().test().state == "failed"
    mails.refused.clear()
    assert build_retention_watch().test().state == "success"


def test_no_mail_has_a_personal_value(
    told: Deployment, mails: MailServer, sql: Sql, insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every figure at once, late, of an account full of personal values, and its week."""
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    figures = [Figure(what, 7, 3, NOW, 5.0, True, str(PERSONAL_VALUES)) for what in FIGURES]
    tell_change(told, [*watch(told), *figures])
    weekly = deploy(told.database, told.settings.at("default", alert_digest="monday", alert_mail_domain="firm.example"))
    tell_week(weekly, watch(weekly), NOW - timedelta(days=NOW.weekday()))
    assert len(mails.mails) == 3
    names = [
        row["name"] for row in sql("SELECT name FROM tracking.accounts UNION ALL SELECT name FROM tracking.agencies")
    ]
    for mail in mails.mails:
        everything = mail.raw + mail.text + mail.subject
        for value in [*_values(PERSONAL_VALUES), *names]:
            assert value not in everything, value
    assert "Canary" not in str(sql("SELECT subject, lines FROM redaction.alerts"))


def _values(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [text for value in found.values() for text in _values(value)]
    if isinstance(found, list):
        return [text for value in found for text in _values(value)]
    return [str(found)]


def test_every_figure_of_the_watch_has_words_and_a_page() -> None:
    modules = [ROOT / "redaction" / "evidence" / name for name in ("watch.py", "raw_files.py")]
    named = {
        call.args[0].value
        for module in modules
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "Figure"
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(named) > 10
    named |= {row[0] for row in _COUNTED} | {"quarantined records", _UNFETCHED[0]}
    assert named == set(FIGURES)
    assert find_path("holds", 7) == "/accounts/7/holds"
    assert find_path("holds", None) == "/holds"
    assert find_path("overdue activities", None) == "/"


@pytest.mark.parametrize(
    ("new", "over", "late", "subject"),
    [
        (1, 0, 1, "Redaction: 1 thing is late"),
        (2, 1, 5, "Redaction: 2 more things are late (5 in all)"),
        (0, 1, 0, "Redaction: nothing is late any more"),
        (0, 2, 1, "Redaction: 2 things in order again, 1 is late"),
    ],
)
def test_the_subject_says_what_has_changed(new: int, over: int, late: int, subject: str) -> None:
    figures = tuple(Figure("holds", number, 1, NOW, 1.0, True, "") for number in range(new))
    change = Change(figures, tuple(("holds", number) for number in range(over)), late)
    assert compose_change(change).subject == subject
    assert compose_change(change, "west").subject == f"{subject} at placement west"


def test_very_many_are_cut() -> None:
    figures = tuple(Figure("holds", number, 1, NOW, 1.0, True, "") for number in range(5_000))
    lines = compose_change(Change(figures, (), 5_000)).lines
    assert (len(lines), lines[-1].text) == (101, "And 4,900 more.")


def test_slack_is_told_only_where_its_provider_is(told: Deployment, mails: MailServer, sql: Sql) -> None:
    slack = deploy(told.database, told.settings.at("default", alert_slack_connection="slack"))
    with pytest.raises(ExtraMissing, match="apache-airflow-providers-slack"):
        _tell(slack)
    assert len(mails.mails) == 2
    assert sql("SELECT recipients, problem FROM redaction.alerts") == [{"recipients": 2, "problem": "ExtraMissing"}]


@pytest.mark.parametrize("text", ["ops", "ops@example.org; dpo@example.org", "a@b <c@d>"])
def test_addresses_that_are_none_are_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("REDACTION_ALERT_MAIL_TO", text)
    with pytest.raises(BadInput, match="REDACTION_ALERT_MAIL_TO"):
        load_settings()
    assert Settings(alert_mail_to=" a@b.c , d@e.f").alert_addresses == ("a@b.c", "d@e.f")
