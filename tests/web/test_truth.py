"""The pages say what is so: no filter, no refused request and no other account changes what is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import NotAllowed
from redaction.gate.guard import decide_approval
from redaction.gate.holds import place_hold
from redaction.ledger.entries import read_entries
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
"""Midnight of account 7, in New York."""
CUTOFF_8 = datetime(2026, 4, 1, tzinfo=UTC)


def _refuse(deployment: Deployment) -> int:
    """Let a request of somebody who may not be refused; return its run."""
    with pytest.raises(NotAllowed):
        begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "mallory"), "cli", True, administrator=True)
    return int(list(read_entries(deployment.database))[-1].run_id or 0)


def _unguard(sql: Sql) -> None:
    """Take away what keeps a value from coming back into a redacted row."""
    sql("ALTER TABLE tracking.activities DROP CONSTRAINT activities_redacted_is_stripped")
    for name in ("keep_redacted", "keep_redacted_row"):
        sql(f"DROP TRIGGER {name} ON tracking.activities")


@pytest.mark.parametrize(
    "query", ["", "q=zzz", "q=law", "light=green", "light=off&q=dental", "page=9", "q=7&light=amber"]
)
def test_an_account_that_is_late_is_counted_under_any_filter(
    as_: As, house_of_two: int, insert: Insert, query: str
) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(days=9))
    page = as_("vera").get(f"/redaction/?{query}").text
    assert "<h1>1 of 2 accounts late</h1>" in page
    assert "Nothing is late" not in page
    assert "late (1)" in page
    assert "nothing due (1)" in page


def test_what_a_filter_shows_is_counted_beside_it(as_: As, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(days=9))
    client = as_("vera")
    assert "0 of 2 accounts match" in client.get("/redaction/?q=zzz").text
    assert "1 of 2 accounts match" in client.get("/redaction/?q=Law").text
    assert "accounts match" not in client.get("/redaction/").text
    chosen = client.get("/redaction/?light=red").text
    assert "1 of 2 accounts match" in chosen
    assert '<option value="red" selected>late (1)</option>' in chosen


def test_a_refused_request_is_not_the_last_run(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    refused = _refuse(deployment)
    page = as_("vera").get("/redaction/").text
    assert f"run {run.id}</a> succeeded" in page
    assert f"run {refused}<" not in page
    assert "refused" not in page
    # Where every run is listed it stands.
    assert f"/runs/{refused}" in as_("vera").get("/redaction/accounts/7").text


def test_a_run_that_somebody_said_no_to_is_not_the_last_run(
    as_: As, house_of_two: int, database: Database, settings: Settings, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)
    for number in (2, 3):
        insert(number, called_at=AT)
    narrow = settings.model_copy(update={"guard_least": 0, "guard_factor": 1.0})
    waiting = begin_run(deploy(database, narrow), 7, CUTOFF, "cli")
    decide_approval(deployment, waiting.id, False, "ada")
    assert "run 1</a> succeeded" in as_("vera").get("/redaction/").text
    page = as_("vera").get(f"/redaction/runs/{waiting.id}").text
    assert "(approval)" in page
    assert "not in the ledger" not in page


def test_a_refusal_is_in_the_ledger_and_gets_no_certificate(
    as_: As, house_of_two: int, database: Database, deployment: Deployment, insert: Insert, signed: None
) -> None:
    insert(1, called_at=AT)
    refused = _refuse(deployment)
    client = as_("vera")
    page = client.get(f"/redaction/runs/{refused}").text
    last = list(read_entries(database))[-1]
    assert f"row {last.position} (refusal), {last.hash}" in page
    assert "not in the ledger" not in page
    assert "certificate.pdf" not in page
    assert "none: only a run that has redacted gets one" in page
    assert client.get(f"/redaction/runs/{refused}/certificate.pdf").status_code == 403
    # Its cutoff is no more than when it was refused.
    assert "Everything before" not in page


def test_a_run_that_left_something_out_says_what(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    insert(2, called_at=AT)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[2])
    complete_run(deployment, run.id)
    page = as_("vera").get(f"/redaction/runs/{run.id}").text
    assert re.search(r"<dt>Due, stripped</dt><dd>2, 1\s+<br>not stripped: 1 held</dd>", page)


def test_a_run_by_hand_is_not_said_to_take_everything(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    request = ManualRequest(7, (1,), "ticket 1", "ada")
    run = begin_manual(deployment, request, "cli", True, administrator=True)
    complete_run(deployment, run.id)
    page = as_("vera").get(f"/redaction/runs/{run.id}").text
    assert "Everything before" not in page
    assert "1 activities by their ids, whatever their age" in page


def test_a_certificate_with_a_reason_is_for_those_who_may_see_reasons(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert, signed: None
) -> None:
    for number in (1, 2):
        insert(number, called_at=AT)
    request = ManualRequest(7, (1,), "ticket 1", "ada")
    by_hand = begin_manual(deployment, request, "cli", True, administrator=True)
    complete_run(deployment, by_hand.id)
    aged = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, aged.id)
    for person, may in (("ada", True), ("bob", False), ("opal", False)):
        client = as_(person)
        page = client.get(f"/redaction/runs/{by_hand.id}").text
        assert ("certificate.pdf" in page, "ticket 1" in page, "ask one of them" in page) == (may, may, not may)
        for kind in ("json", "html", "pdf"):
            answer = client.get(f"/redaction/runs/{by_hand.id}/certificate.{kind}")
            assert answer.status_code == (200 if may else 403)
            assert may or ("ticket 1" not in answer.text and "Ask an administrator" in answer.text)
            # Without a reason it is for everybody.
            assert client.get(f"/redaction/runs/{aged.id}/certificate.{kind}").status_code == 200


def test_the_results_of_a_validation_can_be_read(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    for number in (1, 2, 3):
        insert(number, called_at=AT, source="Call from 617 555 0196" if number == 1 else "Ads")
    run = begin_run(deployment, 7, CUTOFF, "cli")
    client, address = as_("vera"), f"/redaction/runs/{run.id}/validation"
    assert "No results are kept here" in client.get(address).text
    assert "no results are kept here" in client.get(f"/redaction/runs/{run.id}").text
    complete_run(deployment, run.id)
    answer = client.get(address)
    page = answer.text
    assert answer.status_code == 200
    page = client.get("/redaction/copies").text
    rows = re.findall(r'reporting.tags</th>.*?data-label="Rows" class="number">(\d+)</td>', page, re.S)
    assert rows == ["1"]


def test_a_call_of_two_routes_is_not_two_redacted_calls(
    as_: As, house_of_two: int, database: Database, deployment: Deployment, insert: Insert
) -> None:
    path = '[{"route_name": "Front desk", "route_type": "queue"}, {"route_name": "Menu", "route_type": "menu"}]'
    for number in (1, 2, 3):
        insert(number, called_at=AT, call_path=path)
    complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)
    refresh_reports(database, 7)
    client, march = as_("vera"), "first=2026-03-01&last=2026-03-31"
    page = client.get(f"/redaction/accounts/7/reports/call-flow?{march}").text
    assert "6 of those shown" not in page
    assert "An activity is in several rows" in page
    assert (
        "3</b><span>redacted</span> <small>100 % of them"
        in client.get(f"/redaction/accounts/7/reports/sources?{march}").text
    )
