"""What went wrong, in words: on the page of a run, beside the field of a form, on the page of an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.errors import Paused
from redaction.failures import explain
from redaction.gate.pauses import pause
from redaction.pipeline.run import begin_run, complete_run
from redaction.web.context import _environment
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
    assert (words.remedy in page) == (not address.endswith("7/runs"))


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
