"""Failures in words: on the page of a run, next to the field of a form, on the page of an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.errors import NotAllowed, Paused
from redaction.failures import explain
from redaction.gate.holds import place_hold
from redaction.gate.pauses import pause
from redaction.ledger.reasons import keep_message
from redaction.pipeline.run import begin_run, complete_run
from redaction.web.context import _environment, begin_sentence, mark_code
from tests.web.conftest import As

Insert = Callable[..., None]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


@pytest.fixture
def failed(house_of_two: int, deployment: Deployment, insert: Insert) -> int:
    """A run that a pause has stopped."""
    insert(1)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    pause(deployment, 7, "an audit", "eve")
    with pytest.raises(Paused):
        complete_run(deployment, run.id)
    return run.id


@pytest.mark.parametrize("address", ["/redaction/runs/1", "/redaction/accounts/7", "/redaction/accounts/7/runs"])
def test_a_failed_run_says_what_happened_and_on_its_page_and_that_of_its_account_what_to_do(
    as_: As, failed: int, address: str
) -> None:
    page = as_("vera").get(address).text
    words = explain("Paused", "strip")
    assert words is not None
    assert words.sentence in page
    assert "strip Paused" not in page
    assert ("End the pause with <code>redaction resume</code>, then clear" in page) == (not address.endswith("7/runs"))


def test_a_refused_run_says_what_forbade_it(as_: As, house_of_two: int, deployment: Deployment, insert: Insert) -> None:
    insert(1)
    place_hold(deployment, 7, "case 4", "eve", activity_ids=[1])
    with pytest.raises(NotAllowed):
        begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True)
    page = as_("vera").get("/redaction/runs/1").text
    assert "The request was refused: the acknowledgement, a setting" in page
    assert "It said: account 7: a legal hold keeps" in page
    assert "case 4" not in page


@pytest.mark.parametrize("named", ["+1 212 555 0143", "canary@example.com"])
def test_a_message_that_looks_like_it_names_somebody_is_not_kept(named: str) -> None:
    assert keep_message(NotAllowed(f"account 7: {named} is held: nothing was changed")) is None
    said = "account 7: 2026-04-01T04:00:00+00:00 is not the end of an interval; run 12, 1,234 activities"
    assert keep_message(NotAllowed(said)) == said


def test_what_is_marked_as_code_is_escaped_before() -> None:
    assert mark_code("`redaction run <7>` & more") == "<code>redaction run &lt;7&gt;</code> &amp; more"


def test_a_message_begins_as_a_sentence_does_and_a_name_keeps_its_case() -> None:
    assert begin_sentence("the reason holds a number") == "The reason holds a number"
    assert begin_sentence("ada has proposed it already") == "ada has proposed it already"
    assert (begin_sentence("Choose a day."), begin_sentence("")) == ("Choose a day.", "")


def _render(problems: dict[str, Any]) -> str:
    text = (
        '{% from "parts.html" import wrong, explain_field %}{% for name in ["day", "contact"] %}'
        '<input name="{{ name }}"{{ wrong(problems, name) }}>{{ explain_field(problems, name) }}{% endfor %}'
    )
    return str(_environment().from_string(text).render(problems=problems))


def test_a_field_that_is_refused_says_so_below_itself_and_has_the_focus() -> None:
    assert _render({}) == '<input name="day"><input name="contact">'
    shown = _render({"contact": "Write a number <or> an address.", "day": "Write a day as 2026-01-31."})
    assert re.search(
        r'<input name="contact" aria-invalid="true" aria-describedby="contact-problem" autofocus>'
        r'<span class="problem" id="contact-problem">⚠ Write a number &lt;or&gt; an address.</span>',
        shown,
    )
    assert '<input name="day" aria-invalid="true" aria-describedby="day-problem"><span' in shown


@pytest.mark.parametrize(
    ("who", "address", "heading", "back"),
    [
        (None, "/redaction/runs/1", "You are not logged in", "/auth/login"),
        ("bob", "/redaction/accounts/7/log/calls", "You may not do this", "/redaction/accounts/7"),
        ("vera", "/redaction/accounts/99", "Not found", "/redaction/"),
        ("vera", "/redaction/no/such/page", "Not found", "/redaction/"),
        ("ada", "/redaction/accounts/7/activities/99", "Not found", "/redaction/accounts/7"),
    ],
)
def test_the_heading_of_an_error_says_what_happened_and_there_is_a_way_back(
    as_: As, house_of_two: int, who: str | None, address: str, heading: str, back: str
) -> None:
    page = as_(who).get(address).text
    assert f"<h1>{heading}</h1>" in page
    assert "This did not work" not in page
    assert f'href="{back}"' in page[page.index("<main") :]


def test_a_value_that_a_page_does_not_take_is_named_and_not_repeated(as_: As, house_of_two: int) -> None:
    answer = as_("vera").get("/redaction/runs/1?answered=<script>canary")
    assert answer.status_code == 422
    assert "<h1>The address is wrong</h1>" in answer.text
    assert "does not take: answered." in answer.text
    assert "canary" not in answer.text


def test_an_error_that_nobody_expected_is_a_page_of_ours(
    as_: As, house_of_two: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from redaction.web import calendar

    def fail(*_: object) -> None:
        raise RuntimeError("call +12125550143")

    monkeypatch.setattr(calendar, "plan_days", fail)
    answer = as_("ada").get("/redaction/calendar")
    assert (answer.status_code, "<h1>Something failed here</h1>" in answer.text) == (500, True)
    assert "Try again" in answer.text
    assert "5550143" not in answer.text + caplog.text
    assert "/redaction/calendar: RuntimeError in fail" in caplog.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
