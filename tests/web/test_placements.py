"""The pages over several placements: each account from its own, and a silent one is named."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from redaction.accounts.recipients import record_exposure
from redaction.db.database import Database
from redaction.evidence.figures import Figure
from redaction.gate.holds import place_hold
from redaction.pipeline.run import run_account
from redaction.placements.resolve import deploy, settings_of
from redaction.settings import load_settings
from redaction.web import context
from redaction.web.needs import list_needs
from tests.web.conftest import As, Sql


def test_the_overview_shows_all(spread: Database, as_: As) -> None:
    page = as_("vera").get("/redaction/").text
    assert [f"/accounts/{number}" in page for number in (7, 8, 9)] == [True, True, True]
    assert "North, at west" in page


def test_the_overview_names_one_that_does_not_answer(
    spread: Database, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WEST", "postgresql://nobody:secret@127.0.0.1:1/none")
    page = as_("vera").get("/redaction/").text
    assert "Placement west does not answer" in page
    assert "secret" not in page
    assert [f"/accounts/{number}" in page for number in (7, 8, 9)] == [True, True, False]
    assert as_("vera").get("/redaction/accounts/7").status_code == 200


def test_an_account_is_shown_and_changed_where_it_is(spread: Database, as_: As, sql: Sql) -> None:
    assert "Western" in as_("vera").get("/redaction/accounts/9").text
    assert as_("ada").get("/redaction/accounts/9/log/calls").status_code == 200
    assert as_("bob").get("/redaction/accounts/9/log/calls").status_code == 403
    assert as_("vera").get("/redaction/accounts/10").status_code == 404


def test_a_list_is_that_of_the_placement_that_is_named(spread: Database, as_: As) -> None:
    for path in ("runs", "holds", "elsewhere", "copies", "ledger"):
        page = as_("vera").get(f"/redaction/{path}", params={"placement": "west"}).text
        assert '<strong aria-current="page">west</strong>' in page
        assert as_("vera").get(f"/redaction/{path}", params={"placement": "east"}).status_code == 404


def test_an_agency_is_changed_at_each(spread: Database, as_: As, sql: Sql) -> None:
    form = {"allow_redaction": "off", "confirmed": "yes", "token": context.make_token("root")}
    assert as_("root").post("/redaction/agencies/1", data=form).status_code == 303
    with spread.engine("owner").begin() as connection:
        theirs = connection.exec_driver_sql("SELECT allow_redaction FROM tracking.agencies").scalar_one()
    assert (theirs, sql("SELECT allow_redaction FROM tracking.agencies")[0]["allow_redaction"]) == (False, False)


def test_where_two_people_are_wanted_the_page_says_what_became_of_it_at_each(
    spread: Database, as_: As, sql: Sql
) -> None:
    for change in ("allow_redaction = false", "needs_approval = true"):
        sql(f"UPDATE tracking.agencies SET {change}")
    form = {"token": context.make_token("root"), "allow_redaction": "on", "confirmed": "yes"}
    answer = as_("root").post("/redaction/agencies/1", data=form)
    assert (answer.status_code, "default: waits, agency 1 needs two people" in answer.text) == (409, True)
    assert "west: changed" in answer.text
    assert "wanted at default" in answer.text


def test_a_report_over_an_agency_is_of_all_placements(spread: Database, database: Database, as_: As, sql: Sql) -> None:
    report = "INSERT INTO reporting.activity_by_source (account_id, day, source, activities, redacted) VALUES "
    sql(report + "(7, current_date, 'Ads', 3, 1), (8, current_date, 'Ads', 2, 0), (8, current_date, 'Mail', 1, 0)")
    with spread.engine("owner").begin() as connection:
        connection.exec_driver_sql(report + "(9, current_date, 'Ads', 4, 4), (9, current_date, 'Radio', 9, 0)")
    text = as_("vera").get("/redaction/agencies/1/reports/sources.csv").text
    assert text.split() == ["source,activities,redacted", "Ads,9,5", "Radio,9,0", "Mail,1,0"]
    page = as_("vera").get("/redaction/agencies/1/reports/sources")
    assert (page.status_code, "all accounts of North" in page.text, "Radio" in page.text) == (200, True, True)
    assert as_("vera").get("/redaction/agencies/1/reports/days.parquet").status_code == 200
    assert as_("vera").get("/redaction/agencies/5/reports/sources").status_code == 404
    assert as_("vera").get("/redaction/agencies/1/reports/none").status_code == 404


def test_a_placement_that_is_down_is_named_in_such_a_report(
    spread: Database, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WEST", "postgresql://nobody:secret@127.0.0.1:1/none")
    page = as_("vera").get("/redaction/agencies/1/reports/days")
    assert (page.status_code, "placement west, which does not answer" in page.text) == (200, True)


@pytest.fixture
def held_at_west(spread: Database) -> Database:
    """Something is on hold, redacted and left at other systems at west, and nothing at the default placement."""
    deployment = deploy(spread, settings_of(load_settings(), "west"))
    with spread.engine("owner").begin() as connection:
        for number, days in ((1, 30), (2, 1)):
            at = datetime.now(UTC) - timedelta(days=days)
            connection.execute(sa.text("SELECT tracking.ensure_partition(:at)"), {"at": at})
            connection.execute(
                sa.text(
                    "INSERT INTO tracking.activities (id, account_id, kind, called_at, status, source, caller_number) "
                    "VALUES (:id, 9, 'call', :at, 'answered', 'Ads', '+12125550143')"
                ),
                {"id": number, "at": at},
            )
    record_exposure(spread, 9, "integration", "CRM", ["email"])
    place_hold(deployment, 9, "case 4", "eve", activity_ids=[2])
    run_account(deployment, 9, datetime.now(UTC))
    return spread


def test_tiles_and_needs_of_a_placement_lead_to_it(held_at_west: Database, as_: As) -> None:
    page = as_("ada").get("/redaction/").text
    tiles = re.findall(r'class="tile" href="/redaction/(holds|runs|elsewhere)([^"]*)"><b>(\d+)', page)
    assert tiles == [(name, "?placement=west", "1") for name in ("runs", "holds", "elsewhere")]
    for name, where, _ in tiles:
        there = as_("ada").get(f"/redaction/{name}{where}").text
        assert not re.search("<h1>(No run yet|Nothing is)", there)
    [need] = re.findall(r'href="(/redaction/elsewhere[^"]*account[^"]*)"', page)
    assert "CRM" in as_("ada").get(html.unescape(need)).text


def test_what_two_placements_have_leads_to_each(held_at_west: Database) -> None:
    figures = [Figure("records elsewhere", number, 1, None, 0, False, "") for number in (1, 2)]
    found = list_needs([], {"default": figures, "west": figures}, {}, {})
    assert [(need.path, need.text.endswith(", at west")) for need in found] == [
        ("/elsewhere", False),
        ("/elsewhere?placement=west", True),
    ]
