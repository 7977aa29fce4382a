"""A question, an alert, the confirmation of an agency and a failed run in a browser: accessible, and by keyboard."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.errors import Paused
from redaction.evidence.alerts import Line, Message, keep_message
from redaction.gate.pauses import pause
from redaction.pipeline.run import begin_run, complete_run
from tests.browser.served import HOST, SCHEMES, find_violations, is_wide, open_browser
from tests.checkout import ROOT
from tests.web.conftest import As, house_of_two

__all__ = ["house_of_two"]

Sql = Callable[..., list[dict[str, Any]]]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


@pytest.fixture
def waiting(house_of_two: int, deployment: Deployment, insert: Callable[..., None], sql: Sql) -> None:
    """Run 1 failed by a pause, run 2 waits for another administrator than root; two alerts."""
    insert(1)
    insert(2, called_at=datetime.now(UTC))
    run = begin_run(deployment, 7, CUTOFF, "cli")
    pause(deployment, 7, "audit", "eve")
    with pytest.raises(Paused):
        complete_run(deployment, run.id)
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'root')")
    sql("UPDATE tracking.accounts SET needs_approval = true")
    begin_manual(deployment, ManualRequest(7, (2,), "ticket 1", "root"), "cli", True)
    lines = (Line("Account 7: 1 activity should have been redacted, the oldest for 3 days.", "/accounts/7"),)
    keep_message(deployment, Message("change", "Redaction: 1 thing is late", lines), 2)
    keep_message(
        deployment, Message("digest", "Redaction, week to 2026-11-30: nothing is late", lines), 0, "AlertNotSent"
    )


def _check(page: Page, name: str) -> None:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert find_violations(page) == [], f"{name}, {scheme}"
        if folder := os.environ.get("REDACTION_SCREENSHOTS"):
            page.screenshot(path=str(ROOT / folder / f"{name}-{scheme}.png"), full_page=True)
    page.set_viewport_size({"width": 360, "height": 740})
    assert not is_wide(page), f"{name}, 360 px"
    if folder := os.environ.get("REDACTION_SCREENSHOTS"):
        page.screenshot(path=str(ROOT / folder / f"{name}-360.png"), full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.slow
def test_what_waits_is_read_and_answered_by_everybody(browser: Browser, as_: As, waiting: None, sql: Sql) -> None:
    context = open_browser(browser, as_("ada"))
    page = context.new_page()
    for name, path in {
        "failed": "/runs/1",
        "question": "/runs/2",
        "alerts": "/alerts",
        "none": "/dag-runs/x/y",
    }.items():
        page.goto(f"{HOST}/redaction{path}")
        _check(page, name)
    # Without a mouse: from the top of the page to the button, and the answer.
    page.goto(f"{HOST}/redaction/runs/2")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "Approve":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/2?answered=Approve")
    assert "It is kept: approved" in page.locator("main").inner_text()
    assert sql("SELECT decided_by FROM redaction.approvals") == [{"decided_by": "ada"}]
    context.close()
    operator = open_browser(browser, as_("opal"))
    page = operator.new_page()
    page.goto(f"{HOST}/redaction/agencies")
    page.get_by_role("button", name="Forbid").first.press("Enter")
    page.wait_for_url("**/agencies/1")
    assert "Dental (7)" in page.locator("main").inner_text()
    _check(page, "agency")
    operator.close()
