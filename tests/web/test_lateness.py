"""What is late is late on every page: the overview says no less than the watch, and numbers and days are true."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.evidence.watch import list_late, watch
from redaction.gate.holds import place_hold
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.settings import load_settings
from redaction.web import context
from tests.web.conftest import As
from tests.web.test_overview import _old, _row, _section, _text

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]


def _late(deployment: Deployment) -> set[str]:
    return {figure.what for figure in list_late(watch(deploy(deployment.database, load_settings())))}


def _headline(page: str) -> str:
    return re.findall("<h1>(.*?)</h1>", page)[0]


def test_an_account_that_is_not_fetched_is_late(
    as_: As, house_of_two: int, deployment: Deployment, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm_north", "schedule": "30 3 * * *"}}')
    context.get_placements.cache_clear()
    sql(
        "INSERT INTO redaction.collect_failures (account_id, said, since)"
        " VALUES (8, 'account 8: refused', now() - interval '5 days')"
    )
    assert "accounts not fetched" in _late(deployment)
    page = as_("ada").get("/redaction/").text
    assert _headline(page) == "No account is late, but 1 other thing is"
    assert "1 account was not fetched to its end Law" in _text(_section(page, "needs"))
    assert 'href="/redaction/incoming"' in _section(page, "needs")


def test_a_request_past_its_deadline_is_late(as_: As, house_of_two: int, deployment: Deployment, sql: Sql) -> None:
    sql(
        "INSERT INTO redaction.requests (kind, state, agency_id, country, law, identity_check, reference, opened_by,"
        " opened_at, deadline) VALUES ('erasure', 'open', 1, 'US', 'gdpr', 'seen', 'T-1', 'ada',"
        " now() - interval '60 days', now() - interval '30 days')"
    )
    # No act has opened it, which the ledger misses.
    assert _late(deployment) == {"requests of persons", "acts without a row of the ledger"}
    assert _headline(as_("ada").get("/redaction/").text) == "No account is late, but 2 other things are"


def test_recordings_that_should_be_deleted_make_their_account_late(
    as_: As, house_of_two: int, deployment: Deployment, sql: Sql, insert: Insert
) -> None:
    sql(
        "UPDATE tracking.accounts SET auto_redaction = '90', retention_mode = 'rolling', recordings_period = '30'"
        " WHERE id = 7"
    )
    for number in (1, 2):
        insert(number, called_at=_old(60), recording_url=f"https://recordings.example/{number}.mp3")
    assert "overdue recordings" in _late(deployment)
    page = as_("ada").get("/redaction/").text
    assert _headline(page) == "1 of 2 accounts is late"
    assert "Late 2 recordings should have been deleted Dental" in _text(_section(page, "needs"))
    assert "2 recordings late" in _text(_row(page, 7))
    account = _text(as_("ada").get("/redaction/accounts/7").text)
    assert "2 recordings should have been deleted." in account
    assert "On schedule" not in account
    place_hold(deployment, 7, "case 4", "eve", activity_ids=[1, 2])
    assert _headline(as_("ada").get("/redaction/").text) == "Nothing is late"


def test_a_ledger_that_the_last_check_found_broken_is_late(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    insert(1, called_at=_old())
    complete_run(deployment, begin_run(deployment, 7, None, "cli").id)
    sql(
        "SET LOCAL session_replication_role = replica; UPDATE redaction.ledger SET actor = 'mallory' WHERE position = 1"
    )
    assert "breaks of the ledger" in _late(deployment)
    page = as_("ada").get("/redaction/").text
    assert _headline(page) == "No account is late, but 1 other thing is"
    assert "1 break of the ledger" in _text(_section(page, "needs"))
    assert 'href="/redaction/ledger"' in _section(page, "needs")


def test_what_is_not_counted_to_its_end_is_more_than_ten_thousand(
    as_: As, house_of_two: int, sql: Sql, insert: Insert
) -> None:
    insert(1, called_at=_old())
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, status, source)"
        " SELECT g, 7, 'call', :at, 'answered', 'Ads' FROM generate_series(2, 12000) g",
        at=_old(),
    )
    overview, account = (_text(as_("ada").get(f"/redaction/{path}").text) for path in ("", "accounts/7"))
    assert "10,001" not in overview + account
    assert "more than 10,000 activities late" in overview
    assert "more than 10,000 activities due now" in overview
    assert "Late more than 10,000 activities should have been redacted Dental" in overview
    assert "More than 10,000 activities should have been redacted" in account
    assert "Due now more than 10,000" in account
    assert "more than 10,000 activities of what is here now" in account


def test_the_day_of_what_is_late_is_not_that_of_what_a_hold_keeps(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=_old(200))
    insert(2, called_at=_old(9))
    place_hold(deployment, 7, "case 4", "eve", activity_ids=[1])
    days = "|".join({f"{_old(days).day} {_old(days):%b}" for days in (7, 8, 9)})
    account = _text(as_("ada").get("/redaction/accounts/7").text)
    assert re.search(f"1 activity should have been redacted by ({days})", account)
    assert re.search(f"should be redacted since ({days})", _text(_row(as_("ada").get("/redaction/").text, 7)))


def test_an_account_without_activities_is_not_redacted(as_: As, house_of_two: int) -> None:
    page = _text(as_("ada").get("/redaction/accounts/8").text)
    assert "Oldest with personal data none" in page
    assert "all of it is redacted" not in page
