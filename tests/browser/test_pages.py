"""Every page in a browser: no finding of axe, in both themes; nothing wider than a phone; everything by keyboard.

No stack is needed: the app of this process answers. With `REDACTION_SCREENSHOTS` each page leaves its picture there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page, expect

from redaction.accounts.accounts import list_accounts, set_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.recipients import record_exposure
from redaction.accounts.status import list_account_status
from redaction.demo.sample import sample_agencies, write_sample
from redaction.demo.tenants import create_tenants, declare_sample_store
from redaction.deployment import Deployment
from redaction.evidence.days import keep_day
from redaction.evidence.figures import Figure
from redaction.gate.holds import place_hold
from redaction.pipeline.reports import rebuild_account
from redaction.pipeline.run import begin_run, complete_run
from redaction.policy import latest_due
from redaction.requests.records import open_request
from redaction.settings import Settings
from redaction.source.load import load_files
from redaction.web.app import app
from redaction.web.context import get_placements
from tests.browser.served import HOST, SCHEMES, find_violations, is_wide, open_browser
from tests.checkout import ROOT
from tests.ready_made import ReadyMade
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
ACCOUNT = "/accounts/1002"
PICTURES = os.environ.get("REDACTION_SCREENSHOTS")
"""The folder for pictures of all pages, on as much data as the demo has: those of the docs come from here."""
PAGES = {
    "overview": "/",
    "accounts": "/accounts?state=late",
    "accounts-none": "/accounts?q=nobody",
    "agencies": "/agencies",
    "agency-report": "/agencies/1/reports/days",
    "find": "/find",
    "request": "/requests/1",
    "calendar": "/calendar",
    "ledger": "/ledger",
    "audit": "/audit",
    "alerts": "/alerts",
    "incoming": "/incoming",
    "views": "/views",
    "runs": "/runs",
    "run": "/runs/1",
    "validation": "/runs/1/validation",
    "holds": "/holds",
    "elsewhere": "/elsewhere",
    "copies": "/copies",
    "account": ACCOUNT,
    "account-late": "/accounts/1001",
    "redact": "/accounts/1001/redact",
    "calls": f"{ACCOUNT}/log/calls",
    "texts": f"{ACCOUNT}/log/texts",
    "activity": f"{ACCOUNT}/activities/{{activity}}",
    "report": f"{ACCOUNT}/reports/sources",
    "report-days": f"{ACCOUNT}/reports/days",
    "report-hours": f"{ACCOUNT}/reports/hours",
    "report-contacts": f"{ACCOUNT}/reports/contacts",
    "report-tags": f"{ACCOUNT}/reports/tags",
    "report-refused": f"{ACCOUNT}/reports/days?first=2026-03-09&last=2026-03-01",
    "report-empty": f"{ACCOUNT}/reports/days?first=2020-01-01&last=2020-01-02",
    "report-agency": "/agencies/1/reports/numbers",
    "account-runs": f"{ACCOUNT}/runs",
    "account-holds": f"{ACCOUNT}/holds",
    "settings": f"{ACCOUNT}/settings",
    "decide": f"{ACCOUNT}/texts",
    "closing": f"{ACCOUNT}/closing",
    "error": "/no/such/page",
}
_NO_PAGES = (
    r"/evidence|/dags/.*|/dag-runs/.*|/data-docs/.*|.*\.(zip|pdf|\{suffix\}|\{kind\})|.*/redactions/.*|.*/recording"
)
"""Addresses that redirect, are downloads, or answer a script."""


def _overdue(account_id: int, late: bool) -> Figure:
    return Figure("overdue activities", account_id, 40 * late, None, 0, late, "")


@pytest.fixture
def sampled(
    served: None,
    deployment: Deployment,
    settings: Settings,
    sql: Sql,
    ready_made: ReadyMade,
    tmp_path_factory: pytest.TempPathFactory,
) -> int:
    """The demo's eight accounts and fewer activities: what was due is redacted; one is late, one held, one failed.

    Returns an activity of account 1002.
    """
    # The recordings stay where they are, for further tests.
    lasting = settings.model_copy(update={"home": tmp_path_factory.mktemp("sampled") / "home"})
    ready_made("sampled", lambda: _sample(replace(deployment, settings=lasting), settings, sql), upon=None)
    [row] = sql("SELECT max(id) AS id FROM tracking.activities WHERE account_id = 1002 AND recording_url LIKE 'file:%'")
    return int(row["id"])


def _sample(lasting: Deployment, settings: Settings, sql: Sql) -> None:
    deployment = replace(lasting, settings=settings)
    now = datetime.now(UTC).replace(microsecond=0)
    tenants = sample_agencies(8, 1, now.date())
    count = 40_000 if PICTURES else 1_600
    write_sample(settings.home / "sample", tenants, count, 1, now, lasting.settings.sample_objects_path.as_uri())
    create_tenants(deployment, tenants)
    declare_sample_store(lasting)
    load_files(deployment, [settings.home / "sample"])
    for account in tenants.accounts:
        set_administrator(deployment, account.id, "ada", "demo")
        rebuild_account(deployment.database, account.id)
    sql("UPDATE tracking.accounts SET auto_redaction_since = current_date - 200 WHERE auto_redaction IS NOT NULL")
    record_exposure(deployment.database, 1002, "integration", "HubSpot", ["email"])
    set_account(deployment, 1002, "ada", manual_redaction=True)
    place_hold(deployment, 1004, "case 7", "ada")
    statuses = list_account_status(deployment, list_accounts(deployment.database), now, 9_999)
    for status in sorted(statuses, key=lambda one: one.account.id != 1002):
        if status.account.id not in (1001, 1003) and status.cutoff is not None and status.due:
            run = begin_run(deployment, status.account.id, latest_due(status.account.policy(), now).cutoff, "cli")
            complete_run(deployment, run.id)
    sql(
        "INSERT INTO redaction.runs (account_id, run_key, cutoff, state, failed_step, failure, due_count, finished_at)"
        " VALUES (1006, 'redact_account_1006/x', now(), 'failed', 'strip', 'Paused', 5, now())"
    )
    for days, late in enumerate((2, 2, 1, 0, 0, 3, 1, 0, 0, 0), 1):
        keep_day(deployment, [_overdue(number, number <= late) for number in range(1, 9)], now - timedelta(days=days))
    open_request(get_placements(), "both", "+49 30 123456", "ada", "ticket 1", "ticket 1", account_ids=[1002])
    # It has connections of its own.
    get_placements().close()
    get_placements.cache_clear()


@pytest.fixture
def context(browser: Browser, as_: As, sampled: int, signed: None) -> Iterator[BrowserContext]:
    opened = open_browser(browser, as_("ada"))
    yield opened
    opened.close()


def _keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(ROOT / PICTURES / f"{name}.png"), full_page=True)


def _address(path: str) -> str:
    return f"{HOST}/redaction{path}"


@pytest.mark.slow
def test_every_page_is_for_everybody(context: BrowserContext, sampled: int) -> None:
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    found: dict[str, Any] = {}
    for name, path in PAGES.items():
        page.goto(_address(path.replace("{activity}", str(sampled))))
        assert page.locator("h1").count() == 1, name
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            if violations := find_violations(page, colors_only=scheme != SCHEMES[0]):
                found[f"{name}, {scheme}"] = violations
            _keep(page, f"{name}-{scheme}")
        page.set_viewport_size({"width": 360, "height": 740})
        if is_wide(page):
            found[f"{name}, 360 px"] = "is wider"
        _keep(page, f"{name}-360")
        page.set_viewport_size({"width": 1280, "height": 900})
    assert (found, problems) == ({}, [])


def test_every_page_is_looked_at() -> None:
    routes = {
        route.path
        for route in app.routes
        if isinstance(route, APIRoute) and "GET" in route.methods and not re.fullmatch(_NO_PAGES, route.path)
    }
    patterns = {path: re.sub(r"\{[^}]+\}", "[^/]+", path) for path in routes}
    looked_at = [path.partition("?")[0] for path in PAGES.values()]
    assert len(routes) > 20
    left = {path for path, pattern in patterns.items() if not any(re.fullmatch(pattern, one) for one in looked_at)}
    assert left == set()


_FOCUSABLE = ("a[href]", "button", "input:not([type=hidden])", "select", "summary", "[tabindex='0']")
_COUNT = f"""[...document.querySelectorAll("{", ".join(_FOCUSABLE)}")].filter(
    (one) => one.checkVisibility() && !one.matches(":disabled") && !(one.type === "radio" && !one.checked)
).length"""
_MARK = """() => {
    const one = document.activeElement;
    if (one === document.body) return "end";
    // A field of a day is reached once for each of its parts.
    if (one.dataset.reached) return "again";
    one.dataset.reached = "yes";
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 ? "seen" : "unseen";
}"""


@pytest.mark.slow
def test_every_page_is_reached_whole_by_the_tab_key(context: BrowserContext) -> None:
    page = context.new_page()
    for name in ("overview", "calendar", "account-late", "account-holds", "settings", "find"):
        page.goto(_address(PAGES[name]))
        expected, reached = page.evaluate(_COUNT), 0
        for _ in range(3 * expected):
            page.keyboard.press("Tab")
            found = page.evaluate(_MARK)
            if found == "end":
                break
            assert found != "unseen", (name, page.evaluate("document.activeElement.outerHTML"))
            reached += found == "seen"
        assert reached == expected > 5, name


def _press_to(page: Page, name: str, key: str = "Enter") -> None:
    """Move the focus by the tab key to the element of that name, and press a key there."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText").strip() == name:
            page.keyboard.press(key)
            return
    raise AssertionError(f"the tab key does not reach {name!r}")


@pytest.mark.slow
def test_from_what_is_late_to_what_would_be_redacted_without_a_mouse(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(_address("/"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    _press_to(page, "Dental 1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dental 1")
    _press_to(page, "Redact now…")
    expect(page.get_by_role("heading", level=1)).to_contain_text("of Dental 1 now?")
    _press_to(page, "I understand that redacted data cannot be recovered", "Space")
    expect(page.get_by_role("checkbox")).to_be_checked()
    _press_to(page, "Cancel")
    expect(page).to_have_url(_address("/accounts/1001"))
    # Every page finds an account by name.
    page.get_by_role("searchbox").focus()
    page.keyboard.type("plumbing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 of 8 accounts matches")
    _press_to(page, "Plumbing 2")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Plumbing 2")
    _press_to(page, "Holds")
    expect(page).to_have_url(_address(f"{ACCOUNT}/holds"))
    _press_to(page, "Or the whole account", "Space")
    expect(page.get_by_label("Or the whole account")).to_be_checked()


@pytest.mark.slow
def test_a_caller_is_redacted_from_the_log_up_to_the_last_question(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(_address(PAGES["calls"]))
    page.locator("button.flag").first.click()
    page.get_by_label("Redact past activities from this contact").check()
    expect(page.locator("[data-show=preview]")).to_contain_text(re.compile("calls? "))
    expect(page.locator("[data-do=redact]")).to_have_text(re.compile(r"Redact [\d,]+ activit(y|ies)"))
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert find_violations(page) == [], scheme
        if PICTURES:
            page.screenshot(path=str(ROOT / PICTURES / f"flag-{scheme}.png"))


@pytest.mark.slow
def test_columns_of_a_list_line_up(context: BrowserContext) -> None:
    page = context.new_page()
    for path, width in (("/", 1280), ("/", 360), ("/calendar", 1280), ("/calendar", 360)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(_address(path))
        for rows in page.locator("ul.rows").all():
            if not rows.is_visible():
                continue
            lefts = rows.evaluate(
                "(one) => [...one.children].map((row) => row.children[1].getBoundingClientRect().left)"
            )
            rights = rows.evaluate(
                "(one) => [...one.children].map((row) => row.lastElementChild.getBoundingClientRect().right)"
            )
            assert (len(set(lefts)), len(set(rights))) == (1, 1), (path, width)


@pytest.mark.slow
def test_a_phone_shows_the_newest_days_of_a_chart_first_and_the_tab_of_a_dag_only_the_account(
    context: BrowserContext,
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    for name in ("overview", "account", "report-days", "report-contacts"):
        page.goto(_address(PAGES[name]))
        figure, drawn = page.evaluate(
            "[...document.querySelectorAll('figure, figure > svg')].map((one) => one.getBoundingClientRect().toJSON())"
        )
        assert drawn["right"] <= figure["right"] + 1, name
        assert drawn["left"] < figure["left"], name
        # The oldest days are reached by scrolling.
        page.evaluate("document.querySelector('figure').scrollBy(-9999, 0)")
        assert page.evaluate("document.querySelector('figure > svg').getBoundingClientRect().left") >= figure["left"]
    # Bars begin with their labels.
    page.goto(_address(PAGES["report"]))
    assert page.evaluate("document.querySelector('figure').scrollWidth > document.querySelector('figure').clientWidth")
    labels = page.evaluate("document.querySelector('figure > svg').getBoundingClientRect().left")
    assert labels >= page.evaluate("document.querySelector('figure').getBoundingClientRect().left")
    page.set_viewport_size({"width": 1280, "height": 900})
    for within, path in ((False, "/plugin/redaction"), (True, "/dags/redact_account_1002/plugin/redaction")):
        page.route(f"{HOST}{path}", lambda route: route.fulfill(content_type="text/html", body="<iframe></iframe>"))
        page.goto(f"{HOST}{path}")
        page.evaluate(f"document.querySelector('iframe').src = '{_address(ACCOUNT)}'")
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", level=1)).to_contain_text("Plumbing 2")
        expect(frame.get_by_role("navigation", name="Redaction", exact=True)).to_have_count(0 if within else 1)
        expect(frame.get_by_role("navigation", name="Account 1002")).to_be_visible()


@pytest.mark.slow
def test_a_person_is_looked_for_and_a_recording_listened_to(context: BrowserContext, sampled: int, sql: Sql) -> None:
    page = context.new_page()
    page.goto(_address(PAGES["activity"].replace("{activity}", str(sampled))))
    audio = page.locator("audio")
    expect(audio).to_be_visible()
    length = audio.evaluate(
        "(one) => new Promise((told) => { one.onloadedmetadata = () => told(one.duration); one.onerror = () => told(0);"
        " one.load(); one.preload = 'metadata'; })"
    )
    assert length > 0
    assert find_violations(page) == []
    [row] = sql("SELECT contact_key FROM tracking.activities WHERE id = :id", id=sampled)
    page.goto(_address("/find"))
    page.get_by_label("Number or e-mail of the person").first.fill(row["contact_key"])
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of this person in")
    assert row["contact_key"] not in page.url
    expect(page.get_by_role("heading", name="Open a request for this person")).to_be_visible()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert find_violations(page) == []
        _keep(page, f"search-{scheme}")
    page.set_viewport_size({"width": 360, "height": 740})
    assert not is_wide(page)
    _keep(page, "search-360")
