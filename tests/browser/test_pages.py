"""Every page in a browser: nothing that axe finds, in both themes; nothing wider than a phone; all of it by keyboard.

No stack is needed: the app of this process answers. With `REDACTION_SCREENSHOTS` each page leaves its picture there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from redaction.accounts.accounts import list_accounts, set_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.recipients import record_exposure
from redaction.accounts.status import list_account_status
from redaction.demo.sample import sample_agencies, write_sample
from redaction.demo.tenants import create_tenants, declare_sample_store
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.pipeline.reports import rebuild_account
from redaction.pipeline.run import begin_run, complete_run
from redaction.policy import latest_due
from redaction.settings import Settings
from redaction.source.load import load_files
from tests.browser.served import find_violations, is_wide, open_browser
from tests.checkout import ROOT
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
ACCOUNT = "/accounts/1002"
PAGES = {
    "overview": "/",
    "accounts": "/accounts?state=late",
    "agencies": "/agencies",
    "find": "/find",
    "ledger": "/ledger",
    "runs": "/runs",
    "run": "/runs/1",
    "validation": "/runs/1/validation",
    "holds": "/holds",
    "elsewhere": "/elsewhere",
    "copies": "/copies",
    "account": ACCOUNT,
    "account-late": "/accounts/1001",
    "calls": f"{ACCOUNT}/log/calls",
    "texts": f"{ACCOUNT}/log/texts",
    "report": f"{ACCOUNT}/reports/sources",
    "account-runs": f"{ACCOUNT}/runs",
    "account-holds": f"{ACCOUNT}/holds",
    "settings": f"{ACCOUNT}/settings",
    "decide": f"{ACCOUNT}/texts",
    "error": "/no/such/page",
}


@pytest.fixture
def sampled(served: None, deployment: Deployment, settings: Settings, sql: Sql) -> None:
    """The demo's eight accounts and fewer activities: what was due is redacted; one is late, one held, one failed."""
    now = datetime.now(UTC).replace(microsecond=0)
    tenants = sample_agencies(8, 1, now.date())
    write_sample(settings.home / "sample", tenants, 1_600, 1, now, settings.sample_objects_path.as_uri())
    create_tenants(deployment, tenants)
    declare_sample_store(deployment)
    load_files(deployment, [settings.home / "sample"])
    for account in tenants.accounts:
        set_administrator(deployment, account.id, "ada", "demo")
        rebuild_account(deployment.database, account.id)
    sql("UPDATE tracking.accounts SET auto_redaction_since = current_date - 200 WHERE auto_redaction IS NOT NULL")
    record_exposure(deployment.database, 1002, "integration", "Salesforce", ["email"])
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


@pytest.fixture
def context(browser: Browser, as_: As, sampled: None) -> Iterator[BrowserContext]:
    opened = open_browser(browser, as_("ada"))
    yield opened
    opened.close()


def _keep(page: Page, name: str) -> None:
    if folder := os.environ.get("REDACTION_SCREENSHOTS"):
        page.screenshot(path=str(ROOT / folder / f"{name}.png"), full_page=True)


@pytest.mark.slow
def test_every_page_is_for_everybody(context: BrowserContext) -> None:
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    found: dict[str, Any] = {}
    for name, path in PAGES.items():
        page.goto(f"http://testserver/redaction{path}")
        assert page.locator("h1").count() == 1, name
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            if violations := find_violations(page):
                found[f"{name}, {scheme}"] = violations
            _keep(page, f"{name}-{scheme}")
        page.set_viewport_size({"width": 360, "height": 740})
        if is_wide(page):
            found[f"{name}, 360 px"] = "is wider"
        _keep(page, f"{name}-360")
        page.set_viewport_size({"width": 1280, "height": 900})
    assert (found, problems) == ({}, [])
