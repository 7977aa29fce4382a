"""The calendar: future runs, day by day, each with what it would take."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from redaction.accounts.accounts import get_account, list_accounts, set_account
from redaction.accounts.calendar import plan_days
from redaction.accounts.status import list_account_status, list_next_runs
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold, release_hold
from redaction.policy import latest_due
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]


def _text(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :])))


def test_the_days_are_those_of_the_schedule(
    house_of_two: int, deployment: Deployment, database: Database, insert: Insert
) -> None:
    now = datetime.now(UTC)
    set_account(deployment, 8, "bob", auto_redaction="30", auto_redaction_since=(now - timedelta(days=10)).date())
    accounts = list_accounts(database)
    days = plan_days(deployment, accounts, now, 45, 10)
    assert 44 <= len(days) <= 46
    assert [day.day for day in days] == sorted({day.day for day in days})
    of = {number: [run for day in days for run in day.shown if run.account.id == number] for number in (7, 8)}
    # The first is the next run of the overview, the last ones follow the grid.
    statuses = list_account_status(deployment, accounts, now, 10)
    coming = {run.account.id: (run.begins, run.cutoff) for run in list_next_runs(deployment, statuses, 9)}
    assert {number: (runs[0].begins, runs[0].cutoff) for number, runs in of.items()} == coming
    assert [run.cutoff.date() for run in of[8]] == [(now + timedelta(days=20)).date()]
    local = {run.cutoff.astimezone(ZoneInfo("America/New_York")).time().isoformat() for run in of[7]}
    assert local == {"00:00:00"}


def test_what_a_hold_keeps_is_not_counted_as_on_the_overview(
    house_of_two: int, deployment: Deployment, database: Database, insert: Insert
) -> None:
    now = datetime.now(UTC)
    for number in (1, 2, 3):
        insert(number, called_at=now - timedelta(days=3))
    insert(4, account_id=8, called_at=now - timedelta(days=3))
    accounts = list_accounts(database)

    def expect() -> list[tuple[int, int]]:
        first = {run.account.id: run.expected for run in plan_days(deployment, accounts, now, 2, 10)[0].shown}
        coming = list_next_runs(deployment, list_account_status(deployment, accounts, now, 10), 9)
        assert {run.account.id: run.expected for run in coming}.items() >= first.items()
        return sorted({run.account.id: run.expected for run in coming}.items())

    assert expect() == [(7, 3), (8, 1)]
    hold = place_hold(deployment, 7, "case 4", "eve", activity_ids=[2])
    assert expect() == [(7, 2), (8, 1)]
    place_hold(deployment, 7, "case 5", "eve")
    assert expect() == [(7, 0), (8, 1)]
    release_hold(deployment, hold.id, "eve")
    assert expect() == [(7, 0), (8, 1)]


def test_a_run_takes_what_the_one_before_it_leaves(
    house_of_two: int, deployment: Deployment, database: Database, insert: Insert
) -> None:
    now = datetime.now(UTC)
    set_account(deployment, 7, "ada", auto_redaction="30", retention_mode="rolling")
    account = get_account(database, 7)
    cutoff = latest_due(account.policy(), now).cutoff
    ages = (cutoff - timedelta(days=40), cutoff + timedelta(hours=1), cutoff + timedelta(days=3, hours=1))
    for number, at in enumerate((*ages, ages[2])):
        insert(number, called_at=at)
    runs = [run for day in plan_days(deployment, [account], now, 6, 10) for run in day.shown]
    # Overdue activities are redacted with the first.
    assert [run.expected for run in runs][:4] == [2, 0, 0, 2]
    assert all(one.cutoff == other.after for one, other in pairwise(runs))


def test_the_page_names_some_and_counts_the_others(as_: As, house_of_two: int, sql: Sql) -> None:
    for number in range(20, 33):
        sql(
            "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)"
            f" VALUES ({number}, 1, 'Many {number} <i>', 'daily', '2026-01-01')"
        )
    page = as_("vera").get("/redaction/calendar?days=7").text
    assert re.search(r"<h1>\d+ runs? in the next 7 days<", page)
    assert "And 4 more" in page or "And 5 more" in page
    assert re.search(r"Many \d+ &lt;i&gt;", page)
    text = _text(as_("vera").get("/redaction/calendar?days=7&q=dental").text)
    assert re.search(r"\w{3}, \d+ \w{3}(?: \d{4})? 1 run \d+ \w{3}(?: \d{4})?, 00:\d\d New York Dental Daily 0", text)
    assert "Many" not in text
    utc = _text(as_("vera").get("/redaction/calendar?days=7&q=dental&zone=utc").text)
    assert "Times are of UTC" in utc
    assert re.search(r", 0[45]:\d\d Dental", utc)
    assert "No run comes in this time for accounts that match" in as_("vera").get("/redaction/calendar?q=zzz").text
    assert as_("vera").get("/redaction/calendar?days=9999").status_code == 422


def test_nothing_comes_where_everything_is_off(as_: As, house_of_two: int, sql: Sql) -> None:
    sql("UPDATE tracking.accounts SET auto_redaction = NULL")
    assert "no account redacts automatically" in as_("vera").get("/redaction/calendar").text


def test_the_named_runs_of_a_day_are_its_first(
    house_of_two: int, deployment: Deployment, database: Database, sql: Sql
) -> None:
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, timezone, auto_redaction, auto_redaction_since)"
        " SELECT g, 1, 'A' || g, 'UTC', 'daily', '2026-01-01' FROM generate_series(100, 140) g"
    )
    now, accounts = datetime.now(UTC), [account for account in list_accounts(database) if account.id >= 100]
    every, first = (plan_days(deployment, accounts, now, 3, shown)[1].shown for shown in (1_000, 10))
    assert len(every) > len(first)
    assert [run.account.id for run in first] == [run.account.id for run in every[:10]]
