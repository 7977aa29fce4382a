"""The overview covers all accounts: what is late, what needs somebody, what comes, what was done."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.accounts.accounts import get_account
from redaction.accounts.recipients import record_exposure
from redaction.accounts.status import list_account_status, list_next_runs
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.evidence.figures import FIGURES
from redaction.evidence.watch import _COUNTED, list_open, watch
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.words import ACCOUNT_STATES
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


def _old(days: float = 9) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def _text(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def _section(page: str, name: str) -> str:
    found = re.search(rf'aria-labelledby="{name}">(.*?)</section>', page, re.S)
    assert found is not None
    return found[1]


def _row(page: str, account_id: int) -> str:
    rows = re.findall(r"<tr>.*?</tr>", page[page.index('id="accounts"') :], re.S)
    [found] = [row for row in rows if f'class="row" href="/redaction/accounts/{account_id}"' in row]
    return str(found)


def _fail(sql: Sql, account_id: int, failure: str = "Paused") -> None:
    sql(
        "INSERT INTO redaction.runs (account_id, run_key, cutoff, state, failed_step, failure, finished_at)"
        " VALUES (:account_id, 'test/' || :account_id, now(), 'failed', 'strip', :failure, now())",
        account_id=account_id,
        failure=failure,
    )


def test_the_worse_state_comes_first(house_of_two: int, deployment: Deployment, database: Database) -> None:
    now = datetime.now(UTC)
    [fine] = list_account_status(deployment, [get_account(database, 7)], now, 100)
    worse: list[tuple[dict[str, Any], str]] = [
        ({}, "on_schedule"),
        ({"due": 3}, "due"),
        ({"holds": 1}, "held"),
        ({"waits": True}, "waits"),
        ({"paused": True}, "paused"),
        ({"run_state": "failed", "waits": False}, "failed"),
        ({"overdue": 1}, "late"),
    ]
    status = fine
    for change, state in worse:
        status = replace(status, **change)
        assert status.state == state
    assert {state for _, state in worse} == ACCOUNT_STATES.keys() - {"off"}
    off = replace(fine, cutoff=None)
    assert [replace(off, **change).state for change in ({}, {"paused": True}, {"holds": 1})] == ["off", "off", "held"]
    # A run that waits for approval has not failed, whatever its task did.
    assert replace(fine, run_state="failed", waits=True).state == "waits"


def test_the_headline_and_the_tiles_are_of_all_accounts_under_any_filter(
    as_: As, house_of_two: int, insert: Insert
) -> None:
    insert(1, called_at=_old())
    insert(2, called_at=_old(10))
    for query in ("", "q=zzz", "q=law", "state=on_schedule", "state=off&q=dental", "page=9", "agency=5"):
        page = as_("vera").get(f"/redaction/?{query}").text
        assert "<h1>1 of 2 accounts is late</h1>" in page
        assert "Nothing is late" not in page
        assert re.search(r'class="tile late" href="\?state=late#accounts"><b>2</b>', page)
        assert "Late (1)" in page
        assert "2 accounts: 1 late, 1 on schedule." in _text(page)


def test_a_tile_is_a_filter(as_: As, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=_old())
    client = as_("vera")
    [address] = re.findall(r'class="tile late" href="([^"#]+)', client.get("/redaction/").text)
    page = client.get(f"/redaction/{html.unescape(address)}").text
    assert '<option value="late" selected>' in page
    assert "1 of 2 accounts matches" in page
    assert "accounts/8" not in page[page.index('id="accounts"') :]
    assert ">Clear</a>" in page
    assert "No accounts match." in client.get("/redaction/?q=zzz").text


def test_each_filter_is_a_chip_that_takes_it_away_and_what_is_left_out_is_said(
    as_: As, house_of_two: int, insert: Insert
) -> None:
    insert(1, called_at=_old())
    client = as_("vera")
    assert 'class="chips"' not in client.get("/redaction/?sort=due").text
    page = client.get("/redaction/?q=law&state=on_schedule&agency=1&sort=due").text
    found = re.search(r'<ul class="chips".*?</ul>', page, re.S)
    assert found is not None
    chips = {
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)).strip(): html.unescape(address)
        for address, text in re.findall(r'<a href="([^"]+)">(.*?)</a>', found[0], re.S)
    }
    assert chips == {
        "Take away the filter Find: law ×": "?state=on_schedule&agency=1&sort=due#accounts",
        "Take away the filter State: On schedule ×": "?q=law&agency=1&sort=due#accounts",
        "Take away the filter Agency: North ×": "?q=law&state=on_schedule&sort=due#accounts",
    }
    assert "1 of 2 accounts matches. Not shown: 1 late." in _text(page)
    assert "2 of 2 accounts match." in _text(client.get("/redaction/accounts?agency=1").text)
    assert "0 of 2 accounts match. Not shown: 1 late, 1 on schedule." in _text(client.get("/redaction/?q=zzz").text)


def test_a_late_account_a_failed_run_and_what_is_elsewhere_need_somebody(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    assert "Nothing waits for a person." in as_("vera").get("/redaction/").text
    record_exposure(deployment.database, 7, "integration", "HubSpot", ["email"])
    insert(1, called_at=AT)
    complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)
    insert(2, called_at=_old())
    _fail(sql, 8)
    page = as_("vera").get("/redaction/").text
    needs = _text(_section(page, "needs"))
    assert "Late 1 activity should have been redacted Dental" in needs
    assert "Run failed Redaction is paused. Nothing more was redacted. Law" in needs
    assert "Elsewhere 1 record at another system is not marked as erased Dental" in needs
    assert "Mark as erased" in needs
    assert needs.index("Late") < needs.index("Run failed") < needs.index("Elsewhere")
    assert 'href="/redaction/elsewhere?account=7"' in page
    assert "canary" not in page.lower()
    # An account that is late has failed too if its last run has.
    _fail(sql, 7)
    assert "<b>2</b><span>accounts whose run failed</span>" in as_("vera").get("/redaction/").text
    assert "Dental" in as_("vera").get("/redaction/accounts?state=failed").text
    # Nothing is late, and that is not the whole truth.
    sql("UPDATE tracking.accounts SET auto_redaction = NULL WHERE id = 7")
    assert "Nothing is late, but the last run of 2 accounts failed" in as_("vera").get("/redaction/").text


def test_since_when_something_waits_is_told_with_its_zone(as_: As, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=_old())
    needs = _section(as_("vera").get("/redaction/").text, "needs")
    assert "Since (UTC)" in _text(needs)
    assert 'data-label="Since (UTC)"' in needs


def test_a_late_account_is_redacted_from_here_by_who_may(as_: As, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=_old())
    needs = {name: _section(as_(name).get("/redaction/").text, "needs") for name in ("ada", "bob", "vera")}
    offered = {name for name, section in needs.items() if 'href="/redaction/accounts/7/redact">Redact now' in section}
    assert offered == {"ada"}
    assert "See why" in needs["bob"]


def test_many_late_accounts_are_counted_after_the_first(as_: As, house_of_two: int, insert: Insert, sql: Sql) -> None:
    for number in range(20, 28):
        sql(
            "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)"
            f" VALUES ({number}, 1, 'Late {number}', 'daily', '2026-01-01')"
        )
        insert(number, account_id=number, called_at=_old())
    needs = _section(as_("vera").get("/redaction/").text, "needs")
    assert (
        needs.count("1 activity should have been redacted<") == 10
    )  # five accounts: once shown, once for screen readers
    assert "and 3 other accounts" in needs
    assert 'href="/redaction/accounts?state=late"' in needs


def test_a_run_that_waits_for_a_person_is_what_the_account_does(
    as_: As, house_of_two: int, settings: Settings, database: Database, insert: Insert
) -> None:
    for number in (1, 2):
        insert(number, called_at=datetime.now(UTC) - timedelta(minutes=1), account_id=8)
    narrow = settings.model_copy(update={"guard_first": 0, "guard_least": 0, "guard_factor": 1.0})
    insert(3, called_at=AT, account_id=8)
    begin_run(deploy(database, narrow), 8, datetime(2026, 4, 1, tzinfo=UTC), "cli")
    page = as_("vera").get("/redaction/").text
    needs = _section(page, "needs")
    assert "Waits for approval" in _text(needs)
    assert "First run, 1 activity. First runs of more than 0 wait for a person." in _text(needs)
    assert 'href="/redaction/runs/1"' in needs
    assert "–" not in needs


def test_a_pause_of_all_is_said_on_top_with_who_and_since(as_: As, house_of_two: int, deployment: Deployment) -> None:
    pause(deployment, None, "audit 12", "eve")
    seen = {name: _text(as_(name).get("/redaction/").text) for name in ("ada", "opal")}
    for page in seen.values():
        assert "Redaction is paused since" in page
        assert "by eve" in page
        assert page.count("Paused") >= 2
    # A typed reason is for people who may see personal values.
    assert ("audit 12" in seen["ada"], "audit 12" in seen["opal"]) == (True, False)


def test_an_account_is_paused_and_on_hold_in_words(as_: As, house_of_two: int, deployment: Deployment) -> None:
    pause(deployment, 8, "audit", "eve")
    place_hold(deployment, 7, "case", "eve")
    page = as_("vera").get("/redaction/").text
    assert '<span class="st hold">On hold</span>' in _row(page, 7)
    assert '<span class="st due">Paused</span>' in _row(page, 8)
    assert "Redaction is paused" not in page
    assert re.search(r"<b>1</b><span>account on hold", page)


def test_what_comes_next_is_told_with_its_amount_in_local_time(
    as_: As, house_of_two: int, deployment: Deployment, database: Database, insert: Insert
) -> None:
    for number in (1, 2, 3):
        insert(number, called_at=datetime.now(UTC) - timedelta(seconds=number))
    now = datetime.now(UTC)
    statuses = list_account_status(deployment, [get_account(database, number) for number in (7, 8)], now, 100)
    runs = list_next_runs(deployment, statuses, 9)
    assert [run.begins for run in runs] == sorted(run.begins for run in runs)
    # A run begins some minutes after its cutoff, and is the next one until then.
    assert all(now < run.begins and now - timedelta(hours=1) < run.cutoff <= run.begins for run in runs)
    assert {run.account.id: run.expected for run in runs} == {7: 3, 8: 0}
    assert len(list_next_runs(deployment, statuses, 1)) == 1
    place_hold(deployment, 7, "case", "eve", activity_ids=[1])
    held = list_account_status(deployment, [get_account(database, 7)], now, 100)
    assert [run.expected for run in list_next_runs(deployment, held, 9)] == [2]
    assert list_next_runs(deployment, [], 9) == []
    coming = _text(_section(as_("vera").get("/redaction/").text, "next"))
    assert re.search(r"\d+ \w+(?: \d{4})?, \d\d:\d\d New York, in \d+ (h|min) Dental 2", coming)


def test_what_was_redacted_lately_leads_to_its_run(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    assert "Nothing was redacted in the last 30 days." in as_("vera").get("/redaction/").text
    for number in (1, 2):
        insert(number, called_at=AT)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    page = as_("vera").get("/redaction/").text
    assert f'href="/redaction/runs/{run.id}"' in _section(page, "lately")
    assert re.search(r"\d\d:\d\d Dental , run \d+ 2", _text(_section(page, "lately")))
    assert re.search(r"<b>2</b><span>redacted in 30 days", page)
    assert "2 redacted" in _text(_row(page, 7))


def test_an_account_tells_its_rule_and_by_when_the_oldest_goes(as_: As, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(seconds=1))
    insert(2, account_id=8, called_at=_old(9))
    page = as_("vera").get("/redaction/").text
    assert "Daily New York" in _text(_row(page, 7))
    assert re.search(r"redacted by \d+ \w+", _text(_row(page, 7)))
    assert re.search(r"1 late \d+ \w+ should be redacted since \d+ \w+", _text(_row(page, 8)))


def test_accounts_are_sorted_by_the_heads_of_their_columns(as_: As, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=_old())
    client = as_("vera")
    page = client.get("/redaction/accounts?sort=name&q=a").text
    assert re.search(r'<th scope="col" aria-sort="ascending"><a href="/redaction/accounts\?q=a&amp;sort=name', page)
    assert page.index("accounts/7") < page.index("accounts/8")
    assert client.get("/redaction/?sort=1;drop").status_code == 422


def test_the_id_of_an_account_leads_to_it(as_: As, house_of_two: int) -> None:
    answer = as_("vera").get("/redaction/accounts?q=%208 ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/redaction/accounts/8")
    assert as_("vera").get("/redaction/accounts?q=80").status_code == 200


def test_the_accounts_of_an_agency(as_: As, house_of_two: int, sql: Sql) -> None:
    sql("INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (2, 'South <b>', true)")
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (9, 2, 'Vet')")
    page = as_("vera").get("/redaction/accounts?agency=2").text
    assert "South &lt;b&gt;</option>" in page
    assert [f'class="row" href="/redaction/accounts/{n}"' in page for n in (7, 8, 9)] == [False, False, True]
    assert "1 of 3 accounts matches" in page


@pytest.mark.parametrize("path", ["/redaction/", "/redaction/accounts"])
def test_accounts_have_pages(as_: As, house_of_two: int, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr("redaction.web.accounts.PAGE", 1)
    client = as_("vera")
    first = client.get(f"{path}?sort=account").text
    assert "1–1 of 2" in first
    [following] = re.findall(r'rel="next" href="([^"#]+)', first)
    second = client.get(html.unescape(following)).text
    assert ["2–2 of 2" in second, 'rel="next"' in second, 'rel="prev"' in second] == [True, False, True]
    shown = [re.findall(r'class="row" href="/redaction/accounts/(\d+)"', page) for page in (first, second)]
    assert shown == [["7"], ["8"]]


def test_everything_that_is_watched_has_words(deployment: Deployment, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=AT)
    complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)
    place_hold(deployment, 7, "case", "eve")
    figures = watch(deployment)
    told = {figure.what for figure in figures}
    assert (len(told) > 5, len(_COUNTED) > 5) == (True, True)
    assert told | {row[0] for row in _COUNTED} <= FIGURES.keys()
    opened = {figure.what for figure in list_open(deployment, datetime.now(UTC))}
    assert "holds" in opened
    assert not opened & {"breaks of the ledger", "overdue activities", "quarantined records"}


def test_texts_of_several_accounts_lead_to_the_account_of_most(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    for number in (1, 2, 3):
        insert(number, account_id=7 if number == 1 else 8, source=f"Ask for 212 555 019{number}")
    for account in (7, 8):
        complete_run(deployment, begin_run(deployment, account, None, "cli").id)
    needs = _section(as_("vera").get("/redaction/").text, "needs")
    assert "3 texts may name somebody in 2 accounts, 2 of them in this one Law" in _text(needs)
    assert 'href="/redaction/accounts/8/texts"' in needs


def test_the_pause_of_one_account_needs_somebody(as_: As, house_of_two: int, deployment: Deployment) -> None:
    pause(deployment, 8, "audit", "eve")
    page = as_("vera").get("/redaction/").text
    needs, coming = _section(page, "needs"), _text(_section(page, "next"))
    assert ("Law paused" in coming, "Dental paused" in coming) == (True, False)
    assert "Paused Nothing of it is redacted until somebody ends the pause Law" in _text(needs)
    assert "–" not in needs
    # That of all is said on top, once.
    resume(deployment, 8, "eve")
    pause(deployment, None, "audit", "eve")
    assert "Paused" not in _section(as_("vera").get("/redaction/").text, "needs")


def test_what_a_hold_on_the_account_keeps_has_no_day_on_which_it_goes(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(seconds=1))
    hold = place_hold(deployment, 7, "case", "eve")
    pages = [_row(as_("vera").get("/redaction/").text, 7), as_("vera").get("/redaction/accounts/7").text]
    assert all("kept by a hold" in page and "redacted by" not in page for page in pages)
    release_hold(deployment, hold.id, "eve")
    assert "to be redacted by" in _row(as_("vera").get("/redaction/").text, 7)
