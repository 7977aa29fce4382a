"""The frame of the pages: navigation, breadcrumbs, tabs, titles, times."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.gate.holds import list_holds, place_hold, release_hold
from redaction.pipeline.run import begin_run, complete_run
from redaction.web.context import AIRFLOW, ROOT, mark_time
from redaction.web.navigation import MAIN, TABS, MenuEntry, find_place
from redaction.words import SAY
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)
ADA = "/redaction/accounts/7"


def _current(page: str) -> list[str]:
    return re.findall(r'<a href="[^"]*" aria-current="page">([^<]+)</a>', page)


def _all(entries: tuple[MenuEntry, ...]) -> list[MenuEntry]:
    return [one for entry in entries for one in (entry, *entry.children)]


@pytest.mark.parametrize("entry", _all(MAIN), ids=lambda entry: entry.path)
def test_every_entry_leads_to_a_page_that_says_where_it_is(as_: As, house_of_two: int, entry: MenuEntry) -> None:
    answer = as_("ada").get(f"/redaction{entry.path}")
    assert answer.status_code == 200
    assert entry.text in _current(answer.text)
    assert answer.text.count("<h1") == 1
    assert re.search(r"<title>[^<·]+ · Redaction</title>", answer.text)


@pytest.mark.parametrize("entry", _all(TABS), ids=lambda entry: entry.path)
def test_every_tab_of_an_account_leads_to_a_page_of_it(as_: As, house_of_two: int, entry: MenuEntry) -> None:
    answer = as_("ada").get(f"{ADA}{entry.path}")
    assert answer.status_code == 200
    assert ["Accounts", entry.text] == [text for text in _current(answer.text) if text in ("Accounts", entry.text)]
    assert re.search(r"<title>[^<·]+ · Dental · Redaction</title>", answer.text)
    crumbs = re.search(r'aria-label="Breadcrumbs">(.*?)</nav>', answer.text, re.S)
    assert crumbs is not None
    assert re.findall(r">([^<>\n]+)</a>", crumbs[1]) == ["Redaction", "North", "Dental (7)"]
    assert answer.text.count("Times are of New York.") == 1


def test_the_log_is_not_offered_to_who_may_not_open_it(as_: As, house_of_two: int) -> None:
    tabs = {name: re.findall(rf'href="{ADA}([^"]*)"', as_(name).get(f"{ADA}/settings").text) for name in ("ada", "bob")}
    assert {"/log/calls", "/log/texts", "/texts"} <= set(tabs["ada"])
    assert not {"/log/calls", "/log/texts", "/texts"} & set(tabs["bob"])
    assert {"/reports/sources", "/runs", "/holds", "/settings"} <= set(tabs["bob"])


@pytest.mark.parametrize(
    ("path", "account_id", "place"),
    [
        ("/", None, ("Overview", None, None, None)),
        ("/agencies/1/reports/days", None, ("Accounts", "Agencies", None, None)),
        ("/requests/4", None, ("Find a person", None, None, None)),
        ("/elsewhere", None, ("Audit", "Elsewhere", None, None)),
        ("/runs/6/validation", 7, ("Accounts", None, "Runs", None)),
        ("/accounts/7/reports/call-flow", 7, ("Accounts", None, "Reports", None)),
        ("/accounts/7/stores/2/remove", 7, ("Accounts", None, "Settings", "Behaviors")),
        ("/accounts/7/texts/cut", 7, ("Accounts", None, "Settings", "Texts to decide on")),
        ("/accounts/7/activities/1", 7, ("Accounts", None, None, None)),
        ("/accounts/70/runs", 7, ("Accounts", None, None, None)),
        ("/none", None, (None, None, None, None)),
    ],
)
def test_a_page_is_where_its_address_says(path: str, account_id: int | None, place: tuple[str | None, ...]) -> None:
    found = find_place(path, account_id)
    assert tuple(one and one.text for one in (found.entry, found.child, found.tab, found.part)) == place


def test_a_page_that_there_is_not_has_the_navigation_too(as_: As, house_of_two: int) -> None:
    answer = as_("ada").get("/redaction/no/such/page")
    assert (answer.status_code, _current(answer.text)) == (404, [])
    assert 'aria-label="Redaction"' in answer.text


@pytest.mark.parametrize(
    ("query", "leads"), [("", "/runs"), ("?account=7", "/accounts/7/runs"), ("?before=9", "/runs")]
)
def test_the_page_of_before_leads_on(as_: As, house_of_two: int, query: str, leads: str) -> None:
    answer = as_("vera").get(f"/redaction/evidence{query}")
    assert (answer.status_code, answer.headers["location"]) == (307, f"{AIRFLOW}/redaction{leads}")


def test_a_time_is_short_and_exact_where_one_points() -> None:
    at = datetime(2025, 11, 28, 22, 43, 5, 123, tzinfo=UTC)
    assert mark_time(at, "Europe/Berlin") == (
        '<time datetime="2025-11-28T22:43:05Z" title="2025-11-28 22:43 UTC">28 Nov 2025, 23:43</time>'
    )
    assert mark_time(None) == "–"


def test_the_runs_of_an_account_are_in_its_words_and_its_time(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    page = as_("vera").get(f"{ADA}/runs").text
    assert f'href="/redaction/runs/{run.id}">Run {run.id}</a>' in page
    assert '<span class="st ok">Done</span>' in page
    assert "Daily (New York)" in page
    assert "Files rewritten" in page or "No live copy" in page or "Emptied" in page
    assert "stripped" not in page.lower()
    assert "succeeded" not in page
    assert f"/runs/{run.id}" not in as_("vera").get("/redaction/accounts/8/runs").text
    assert "There is no run yet" in as_("vera").get("/redaction/accounts/8/runs").text
    assert f"/runs/{run.id}" in as_("vera").get("/redaction/runs").text


def test_runs_are_shown_a_page_at_a_time(as_: As, house_of_two: int, sql: Sql) -> None:
    for number in range(60):
        sql(
            "INSERT INTO redaction.runs (account_id, run_key, cutoff, state, finished_at)"
            " VALUES (7, :key, now(), 'failed', now())",
            key=f"test/{number}",
        )
    client, found, address = as_("vera"), list[int](), f"{ADA}/runs"
    while address:
        page = client.get(address).text
        found += map(int, re.findall(r">Run (\d+)</a>", page))
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"{ADA}/runs{older[1]}" if older else ""
    assert (len(found), found) == (60, sorted(found, reverse=True))
    assert ">newest</a>" in page


def test_released_holds_stay_to_be_read_on_the_page_of_the_account(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(days=1))
    hold = place_hold(deployment, 7, "case 4", "eve", activity_ids=[1])
    assert "<h1>1 hold in force</h1>" in as_("vera").get(f"{ADA}/holds").text
    assert f">Hold {hold.id}<" in as_("vera").get("/redaction/holds").text
    release_hold(deployment, hold.id, "ada")
    assert list_holds(deployment.database, 7)[0].released_by == "ada"
    page = as_("vera").get(f"{ADA}/holds").text
    assert "<h1>Nothing is on hold</h1>" in page
    assert "<h2>Released</h2>" in page
    assert "choose one" in as_("vera").get("/redaction/holds").text


def test_no_page_says_what_the_table_of_words_says_otherwise() -> None:
    templates = sorted((ROOT / "templates").glob("*.html"))
    assert len(templates) > 20
    found = []
    for path in templates:
        # Text between braces is code, and has the names of the code.
        said = re.sub(
            r"<code>.*?</code>|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]+>",
            " ",
            path.read_text(encoding="utf-8"),
            flags=re.S,
        )
        found += [(path.name, words) for words in SAY if words in re.sub(r"\s+", " ", said).lower()]
    assert found == []
