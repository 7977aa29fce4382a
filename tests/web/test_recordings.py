"""The pages say what the clock for recordings has taken, and when it starts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from redaction.accounts.accounts import get_account
from redaction.deployment import Deployment
from redaction.pipeline.run import begin_run, complete_run
from redaction.web.context import make_token
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
ADA = "/redaction/accounts/7"


def test_the_log_and_the_activity_say_that_the_recording_was_taken(
    as_: As, house_of_two: int, deployment: Deployment, insert: Callable[..., None], sql: Sql
) -> None:
    sql("UPDATE tracking.accounts SET auto_redaction = '90', recordings_period = 'daily' WHERE id = 7")
    now = datetime.now(UTC)
    insert(1, called_at=now - timedelta(days=2), recording_url="file:///canary.wav")
    insert(2, called_at=now - timedelta(minutes=5), recording_url="file:///canary.wav")
    run = begin_run(deployment, 7, None, "cli")
    complete_run(deployment, run.id)
    assert "Removed from 1 unredacted activity" in as_("ada").get(f"/redaction/runs/{run.id}").text
    log = as_("ada").get(f"{ADA}/log/calls").text
    assert log.count("recording taken on") == 1
    assert log.count("has a recording") == 1
    page = as_("ada").get(f"{ADA}/activities/1").text
    assert "Its recording was taken on" in page
    assert "Zoë Canary" in page
    assert "was taken on" not in as_("ada").get(f"{ADA}/activities/2").text


def test_the_clock_is_set_on_the_page_and_shown_before_it_begins(
    as_: As, house_of_two: int, deployment: Deployment, insert: Callable[..., None]
) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(days=200), recording_url="file:///canary.wav")
    ada = as_("ada")
    form = {"token": make_token("ada"), "timezone": "America/New_York", "retention_mode": "every", "automatic": "on"}
    refused = ada.post(f"{ADA}/settings", data={**form, "auto_redaction": "30", "recordings_period": "60"})
    assert refused.status_code == 400
    assert "Recordings cannot go later" in refused.text
    asked = ada.post(f"{ADA}/settings", data={**form, "auto_redaction": "90", "recordings_period": "30"})
    assert "Recordings go before that, first at" in asked.text
    assert '<input type="hidden" name="recordings_period" value="30">' in asked.text
    assert get_account(deployment.database, 7).recordings_period is None
    confirmed = {**form, "auto_redaction": "90", "recordings_period": "30", "confirmed": "yes"}
    assert ada.post(f"{ADA}/settings", data=confirmed).status_code == 303
    assert get_account(deployment.database, 7).recordings_period == "30"
    assert '<option value="30" selected>after 30 days' in ada.get(f"{ADA}/settings").text
