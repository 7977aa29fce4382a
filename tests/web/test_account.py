"""The page of an account: its state, its next step, and a run of its own started from it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.accounts.accounts import get_account, set_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.recipients import record_exposure
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.gate.pauses import pause
from redaction.pipeline.run import begin_run, complete_run
from redaction.policy import latest_due
from redaction.web.context import make_token
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
ADA = "/redaction/accounts/7"


def _text(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :])))


def _old(days: float = 9) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def test_the_next_step_is_offered_to_who_may_take_it(as_: As, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=_old())
    offered = {name: as_(name).get(ADA).text for name in ("ada", "bob", "vera")}
    for what in ("Redact now…", "Hold…"):
        assert {name for name, page in offered.items() if what in page} == {"ada"}, what
    assert all("1 activity should have been redacted by" in _text(page) for page in offered.values())
    assert '<h1>Dental <span class="st late">Late</span></h1>' in offered["vera"]
    assert all('href="/dags/redact_account_7" target="_top"' in page for page in offered.values())
    assert "You do not administer this account" in offered["bob"]


def test_the_page_says_what_happens_next_and_who_is_there(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(seconds=1))
    record_exposure(deployment.database, 7, "integration", "HubSpot <b>", ["email"])
    page = _text(as_("vera").get(ADA).text)
    assert re.search(r"Next run \d+ \w+(?: \d{4})?, \d\d:\d\d \(in \d+ (h|min)\): 1 activity of what is here now", page)
    assert "Rule Daily, at midnight in New York, counted from 1 Jan" in page
    assert re.search(r"Oldest with personal data .*, to be redacted by \d+ \w+", page)
    assert "Administrators ada, vera" in page
    assert "HubSpot <b> (integration)" in page
    assert "Nobody has changed a setting yet." in page
    assert "There is no run yet" in page


def test_what_is_redacted_of_the_last_days_is_drawn(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    assert "<svg" not in as_("vera").get(ADA).text
    for number, days in enumerate((1, 1, 5, 200)):
        insert(number, called_at=_old(days))
    cutoff = latest_due(get_account(deployment.database, 7).policy(), _old(3)).cutoff
    complete_run(deployment, begin_run(deployment, 7, cutoff, "cli").id)
    page = as_("vera").get(ADA).text
    assert "3 activities in the last 90 days, 33 % redacted" in page
    assert page.count("<svg") == 1
    assert 'href="/redaction/accounts/7/reports/days"' in page
    assert "not counted yet" not in page
    insert(9, called_at=_old(2))
    page = as_("vera").get(ADA).text
    assert "33 % redacted. 1 day is not counted yet" in page
    assert page.count("not counted yet") > 1, "the drawing marks it too"


def test_what_is_off_or_paused_says_so_and_what_to_do(as_: As, house_of_two: int, deployment: Deployment) -> None:
    pause(deployment, 7, "audit 12", "eve")
    seen = {name: _text(as_(name).get(ADA).text) for name in ("ada", "bob")}
    assert all("Redaction of this account is paused since" in page and "by eve" in page for page in seen.values())
    assert ("audit 12" in seen["ada"], "audit 12" in seen["bob"]) == (True, False)
    set_account(deployment, 7, "ada", auto_redaction=None)
    page = as_("ada").get(ADA).text
    assert "Automatic redaction is off" in page
    assert "Redact now…" not in page


def test_what_a_hold_keeps_is_not_said_to_go(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=_old())
    place_hold(deployment, 7, "case", "eve", activity_ids=[1])
    page = _text(as_("vera").get(ADA).text)
    assert "kept by a hold" in page
    assert "redacted by" not in page
    assert "kept by a hold" in as_("vera").get("/redaction/").text


def test_changes_are_told_in_words(as_: As, house_of_two: int, deployment: Deployment) -> None:
    set_account(deployment, 7, "ada", auto_redaction="60", retention_mode="rolling")
    set_account(deployment, 7, "ada", auto_redaction=None)
    set_administrator(deployment, 7, "zoe", "ada")
    page = _text(as_("vera").get(ADA).text)
    assert "Automatic redaction: daily → every 60 days" in page
    assert "Automatic redaction: every 60 days → off" in page
    assert "What a run redacts: at the end of each period, everything before it → each day, a period after" in page
    assert "Administrators: ada, vera → ada, vera, zoe" in page
    for raw in ("None", "True", "False", "['", "auto_redaction", "_"):
        assert raw not in page, raw


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The requests to Airflow, which has no DAG of the account here."""
    from redaction.web import redact

    asked: list[tuple[str, Any]] = []
    ours = redact.ask_airflow

    async def ask(request: Any, dag_id: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        asked.append((f"{method} {dag_id}{path}", body))
        return await ours(request, dag_id, method, path, body)

    monkeypatch.setattr(redact, "ask_airflow", ask)
    return asked


def test_redact_now_shows_what_goes_before_it_begins(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    assert "Nothing is due" in as_("ada").get(f"{ADA}/redact").text
    for number in (1, 2, 3):
        insert(number, called_at=_old(), kind="text" if number == 3 else "call")
    insert(4, called_at=datetime.now(UTC))
    place_hold(deployment, 7, "case", "eve", activity_ids=[2])
    record_exposure(deployment.database, 7, "integration", "HubSpot", ["email"])
    page = _text(as_("ada").get(f"{ADA}/redact").text)
    assert "Redact 2 activities of Dental now?" in page
    assert "1 call, the oldest of" in page
    assert "1 text, the oldest of" in page
    assert "1 activity stays, kept by a hold" in page
    assert "HubSpot (integration): email" in page
    assert "Redaction is paused" not in page
    pause(deployment, None, "audit", "eve")
    assert "Redaction is paused" in as_("ada").get(f"{ADA}/redact").text


def test_redact_now_has_airflow_begin_the_run_of_the_account(
    as_: As, house_of_two: int, insert: Insert, begun: list[tuple[str, Any]]
) -> None:
    insert(1, called_at=_old())
    ada, token = as_("ada"), {"token": make_token("ada")}
    unticked = ada.post(f"{ADA}/redact", data=token)
    assert (unticked.status_code, begun) == (400, [])
    from airflow.api.common.delete_dag import delete_dag
    from airflow.exceptions import DagNotFound

    # Airflow does not have this account's DAG: it says so, and nothing is started.
    with suppress(DagNotFound):
        delete_dag("redact_account_7")
    answer = ada.post(f"{ADA}/redact", data={**token, "acknowledged": "on"})
    assert begun == [("POST redact_account_7/dagRuns", {"logical_date": None})]
    assert answer.status_code == 404
    assert "Airflow refused with 404" in answer.text
    page = ada.get(f"{ADA}/runs?begun=manual__2026-01-01T00:00:00%2B00:00").text
    assert "Airflow has begun a run." in page
    assert 'href="/dags/redact_account_7/runs/manual__2026-01-01T00%3A00%3A00%2B00%3A00"' in page


def test_an_account_without_a_rule_has_no_run_of_its_own(
    as_: As, house_of_two: int, deployment: Deployment, begun: list[tuple[str, Any]]
) -> None:
    set_account(deployment, 7, "ada", auto_redaction=None)
    ada = as_("ada")
    assert "has no run of its own" in ada.get(f"{ADA}/redact").text
    answer = ada.post(f"{ADA}/redact", data={"token": make_token("ada"), "acknowledged": "on"})
    assert (answer.status_code, begun) == (403, [])


def test_a_late_account_says_why_as_far_as_its_runs_tell(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=_old())
    assert "No run by the rule has begun since then." in _text(as_("vera").get(ADA).text)
    run = begin_run(deployment, 7, None, "cli")
    complete_run(deployment, run.id)
    insert(2, called_at=_old())
    page = _text(as_("vera").get(ADA).text)
    assert f"Run {run.id} redacted what was due then: these were loaded, or their hold ended, after it." in page
    # What is said on its own is not guessed at.
    pause(deployment, 7, "audit", "eve")
    assert "redacted what was due then" not in as_("vera").get(ADA).text
