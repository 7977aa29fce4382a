"""The page of alerts: the recipients, what was sent, what was not."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.evidence.alerts import Line, Message, keep_message
from redaction.web import context
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]


def test_it_says_that_nobody_is_told_and_how_to_change_that(as_: As, house_of_two: int) -> None:
    page = as_("vera").get("/redaction/alerts").text
    assert "<h1>Nobody gets alerts</h1>" in page
    assert "REDACTION_ALERT_MAIL_TO" in page
    assert "No message was sent yet." in page


def test_it_shows_the_last_messages_and_what_was_not_sent(
    as_: As, house_of_two: int, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_ALERT_MAIL_TO", "ops@example.org,dpo@example.org")
    monkeypatch.setenv("REDACTION_ALERT_DIGEST", "friday")
    context.get_placements.cache_clear()
    for number in range(51):
        keep_message(
            deployment, Message("change", f"Redaction: {number} things are late", (Line("Account 7: <b>"),)), 2
        )
    client = as_("vera")
    page = client.get("/redaction/alerts").text
    assert "2 recipients get alerts" in page
    assert "Each administrator gets a digest on Friday." in html.unescape(page)
    assert "Redaction: 50 things are late" in page
    assert "Redaction: 0 things are late" not in page
    assert "Account 7: &lt;b&gt;" in page
    assert 'href="/redaction/alerts" aria-current="page"' in page
    # Recipients are shown only to those who may know them.
    assert "example.org" not in page
    assert "Redaction: 0 things are late" in client.get("/redaction/alerts?before=2").text
    keep_message(deployment, Message("digest", "Redaction, week to 2026-11-30", ()), 0, "AlertNotSent")
    failed = client.get("/redaction/alerts").text
    assert "<h1>The last message was not sent to all</h1>" in failed
    assert "Check the Airflow connections that the settings" in failed
    assert "tried again" not in failed
    keep_message(deployment, Message("change", "Redaction: late", ()), 1, "AlertNotSent", {"ops@example.org"})
    owed = client.get("/redaction/alerts").text
    assert "1 recipient is tried again each hour until" in owed
    assert "example.org" not in owed
