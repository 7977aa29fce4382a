"""The red flag, log, activity, settings and *Find a person* in a browser: by keyboard, on a phone, checked by axe."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from redaction.deployment import Deployment
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import begin_run, complete_run
from tests.browser.served import HOST, SCHEMES, find_violations, is_wide, open_browser
from tests.checkout import ROOT
from tests.web.conftest import As, airflow_app, as_, house_of_two, served

__all__ = ["airflow_app", "as_", "house_of_two", "served"]

Insert = Callable[..., None]
ACCOUNT = f"{HOST}/redaction/accounts/7"
NOW = datetime.now(UTC)


@pytest.fixture
def page(browser: Browser, as_: As, house_of_two: int, insert: Insert, deployment: Deployment) -> Iterator[Page]:
    """A page of ada's: two redacted calls, three others of one contact, one of another, a chat."""
    for number in (1, 2):
        insert(number, called_at=NOW - timedelta(days=3, hours=number))
    complete_run(deployment, begin_run(deployment, 7, None, "cli").id)
    told = '{"direction": "inbound", "duration": 320}'
    for number in (3, 4, 5):
        insert(number, called_at=NOW - timedelta(seconds=60 - number), unlisted=told)
    other = {"contact_key": "+12125550199", "contact_keys": None, "emails": None, "caller_number": "+12125550199"}
    insert(6, called_at=NOW - timedelta(seconds=20), caller_name="<b>Bob</b>", **other)
    said = '{"chat_messages": [{"from": "Zoë", "body": "Hello"}, {"from": "agent", "body": "Good morning"}]}'
    insert(7, called_at=NOW - timedelta(seconds=20), kind="chat", message=said)
    refresh_reports(deployment.database, 7)
    context = open_browser(browser, as_("ada"))
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    context.close()
    assert problems == []


def _look(page: Page, name: str) -> None:
    """Check what is shown with axe in both themes, and on a phone."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert find_violations(page) == [], (name, scheme)
        if folder := os.environ.get("REDACTION_SCREENSHOTS"):
            page.screenshot(path=str(ROOT / folder / f"{name}-{scheme}.png"), full_page=True)
    page.set_viewport_size({"width": 360, "height": 740})
    assert not is_wide(page), name
    if folder := os.environ.get("REDACTION_SCREENSHOTS"):
        page.screenshot(path=str(ROOT / folder / f"{name}-360.png"), full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_the_flag_works_by_keyboard_and_a_refused_reason_can_be_mended(page: Page) -> None:
    page.goto(f"{ACCOUNT}/log/calls")
    flag = page.get_by_role("button", name="Redact activity 5", exact=True)
    flag.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_accessible_name(re.compile(r"Redact call of .*, from \+1212 ••• 0143"))
    button = page.locator("[data-do=redact]")
    expect(button).to_have_text("Redact 1 activity")
    expect(page.locator("[data-show=earlier]")).to_contain_text("2 earlier")
    _look(page, "flag")
    page.get_by_label("Redact past activities from this contact").focus()
    page.keyboard.press("Space")
    expect(button).to_have_text("Redact 3 activities")
    reason = page.get_by_label("Reason")
    reason.fill("asked by (212) 555-0143")
    page.get_by_label("I understand that redacted data cannot be recovered").press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#reason-problem")).to_contain_text("The reason holds")
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("aria-invalid", "true")
    expect(button).to_be_enabled()
    _look(page, "flag-refused")
    # The steps of a redaction, as they are shown while it runs.
    for state in ("done", "now", "next"):
        page.locator("[data-show=steps]").evaluate(
            f"(one) => one.insertAdjacentHTML('beforeend', '<li class={state}>a step</li>')"
        )
    _look(page, "flag-steps")
    # Airflow here has no such DAG: its refusal is shown, and the form stays unchanged.
    reason.fill("ticket 12")
    page.keyboard.press("Enter")
    expect(page.locator("[data-show=problem]")).to_contain_text("Airflow refused")
    expect(page.locator("#reason-problem")).to_be_empty()
    expect(reason).to_have_value("ticket 12")
    expect(reason).to_be_enabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(flag).to_be_focused()


def test_several_are_chosen_in_the_log(page: Page) -> None:
    page.goto(f"{ACCOUNT}/log/calls")
    several = page.locator("[data-do=several]")
    expect(several).to_be_disabled()
    for number in (4, 6):
        page.get_by_label(f"Choose activity {number}", exact=True).check()
    expect(several).to_have_text("Redact 2 chosen…")
    several.click()
    expect(page.get_by_role("dialog")).to_have_accessible_name("Redact 2 chosen")
    expect(page.locator("[data-do=redact]")).to_have_text("Redact 2 activities")
    expect(page.locator(".warning")).to_contain_text("2 different names")
    page.get_by_text("Show the names").click()
    expect(page.get_by_role("dialog")).to_contain_text("<b>Bob</b>")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_label("Choose activity 4", exact=True).uncheck()
    expect(several).to_have_text("Redact 1 chosen…")


def test_the_log_and_an_activity_are_for_everybody(page: Page) -> None:
    page.goto(f"{ACCOUNT}/log/calls?source=Goo&since=2026-01-01")
    _look(page, "calls")
    expect(page.locator("tbody")).to_contain_text("<b>Bob</b>")
    page.goto(f"{ACCOUNT}/log/calls?source=none")
    _look(page, "calls-none")
    page.goto(f"{ACCOUNT}/log/calls?since=x")
    expect(page.get_by_label("From")).to_be_focused()
    _look(page, "calls-wrong")
    page.locator("[name=contact]").fill("(212) 555-0143")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("main")).to_contain_text("Read as +12125550143")
    _look(page, "calls-contact")
    for number, name in ((5, "activity"), (1, "activity-redacted"), (7, "activity-chat")):
        page.goto(f"{ACCOUNT}/activities/{number}")
        _look(page, name)
    page.goto(f"{HOST}/redaction/views")
    expect(page.get_by_role("heading", level=1)).to_have_text("ada was the last to see personal data")
    _look(page, "views")


def test_the_settings_are_for_everybody(page: Page) -> None:
    page.goto(f"{ACCOUNT}/settings")
    period = page.locator("[name=auto_redaction]")
    expect(period).to_be_visible()
    _look(page, "settings")
    automatic = page.get_by_label("Automatically redact information after a given time period")
    automatic.press("Space")
    expect(period).to_be_hidden()
    automatic.press("Space")
    period.select_option("60")
    page.get_by_label("Time zone").fill("Mars/X")
    page.get_by_role("button", name="Update Features").press("Enter")
    expect(page.get_by_label("Time zone")).to_be_focused()
    expect(period).to_have_value("60")
    _look(page, "settings-wrong")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Update Features").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change to every 60 days?")
    _look(page, "confirm")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    page.get_by_label("Name in Airflow").fill("zed")
    page.get_by_role("button", name="Add or change administrator").click()
    expect(page.get_by_role("status")).to_have_text("The administrators are changed.")
    page.get_by_text("Remove zed").first.click()
    _look(page, "people")


def test_a_person_is_found_by_keyboard(page: Page) -> None:
    page.goto(f"{HOST}/redaction/find")
    _look(page, "find")
    page.locator("summary", has_text="Open a request").first.focus()
    page.keyboard.press("Enter")
    page.locator("[name=contact]").fill("(212) 555-0143")
    page.locator("[name=identity]").fill("called back")
    page.locator("[name=reference]").fill("asked by zoe@example.com")
    page.keyboard.press("Enter")
    expect(page.locator("[name=reference]")).to_be_focused()
    expect(page.locator("[name=contact]")).to_have_value("(212) 555-0143")
    _look(page, "find-wrong")
    page.locator("[name=reference]").fill("DSR-12")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("4 activities of this person in 1 account")
    expect(page.locator("main")).to_contain_text("+1 212-555-0143, a number of US")
    _look(page, "request")
