"""The pages are true: no filter, no refused request and no other account changes what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import NotAllowed, PersonalDataRemains
from redaction.gate.guard import decide_approval
from redaction.gate.holds import place_hold
from redaction.ledger.entries import read_entries
from redaction.pipeline.documents import list_pages, read_page
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.results import read_results
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.pipeline.validate import validate_run
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
    """Let a request of a person who may not be refused; return its run."""
    with pytest.raises(NotAllowed):
        begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "mallory"), "cli", True, administrator=True)
    return int(list(read_entries(deployment.database))[-1].run_id or 0)


def _unguard(sql: Sql) -> None:
    """Remove the guard that keeps a value from returning into a redacted row."""
    sql("ALTER TABLE tracking.activities DROP CONSTRAINT activities_redacted_is_stripped")
    for name in ("keep_redacted", "keep_redacted_row"):
        sql(f"DROP TRIGGER {name} ON tracking.activities")


def test_a_refused_request_is_not_the_last_run(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    refused = _refuse(deployment)
    page = as_("vera").get("/redaction/").text
    assert f'<a href="/redaction/runs/{run.id}">' in page
    assert f"runs/{refused}" not in page
    assert "efused" not in page
    # It is in the list of all runs.
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
    overview = as_("vera").get("/redaction/").text
    assert ['<a href="/redaction/runs/1">' in overview, f"runs/{waiting.id}" in overview] == [True, False]
    page = as_("vera").get(f"/redaction/runs/{waiting.id}").text
    assert "(answer to a run that waited)" in page
    assert "No row yet" not in page


def test_a_refusal_is_in_the_ledger_and_gets_no_certificate(
    as_: As, house_of_two: int, database: Database, deployment: Deployment, insert: Insert, signed: None
) -> None:
    insert(1, called_at=AT)
    refused = _refuse(deployment)
    client = as_("vera")
    page = client.get(f"/redaction/runs/{refused}").text
    last = list(read_entries(database))[-1]
    assert f"row {last.position} (refused run)" in page
    assert last.hash in page
    assert "No row yet" not in page
    assert "certificate.pdf" not in page
    assert "None: only a run that has redacted gets one" in page
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
    assert re.search(r"Redacted 1 of 2 activities: 1 call\.\s+Left out: 1 held\.", page)


def test_a_run_by_hand_is_not_said_to_take_everything(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    request = ManualRequest(7, (1,), "ticket 1", "ada")
    run = begin_manual(deployment, request, "cli", True, administrator=True)
    complete_run(deployment, run.id)
    page = as_("vera").get(f"/redaction/runs/{run.id}").text
    assert "Everything before" not in page
    assert "1 activity chosen by its id, whatever the age" in page


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
    assert "Nothing is redacted yet" in client.get(f"/redaction/runs/{run.id}").text
    complete_run(deployment, run.id)
    answer = client.get(address)
    page = answer.text
    assert answer.status_code == 200
    rows = re.findall(
        r'<th scope="row">([^<]+)</th>\s*<td><span class="light green">passed</span></td>\s*<td class="number">(\d*)',
        page,
    )
    assert ("Caller name is empty in all redacted rows", "3") in rows
    assert ("Redacted at is there in all redacted rows", "3") in rows
    assert ("Call path has only the keys that the catalog lists, and values of their kind", "3") in rows
    assert ("Retained columns are what they were before the redaction", "") in rows
    assert ("The table has the columns of the catalog and no other", "") in rows
    assert len(rows) == page.count('<th scope="row">')
    assert f"no personal value left in 3 activities ({len(rows)} checks)" in page
    assert "1 text in 1 of them" in page
    assert "0196" not in page
    # It needs no script, and leads to no page that does.
    assert "index.html" not in page
    for path in re.findall(r'href="(/redaction/data-docs/[^"]+)"', page):
        told = re.sub(r"<script.*?</script>", "", client.get(path).text, flags=re.S)
        assert "Success" in told or "success" in told
    assert client.get("/redaction/runs/99/validation").status_code == 404


def test_what_failed_stands_first_with_what_was_found(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    for number in (1, 2, 3):
        insert(number, called_at=AT)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    run_step(deployment, run.id, "strip")
    run_step(deployment, run.id, "objects")
    _unguard(sql)
    sql("UPDATE tracking.activities SET notes = 'canary note', source = 'canary source' WHERE id = 2")
    with pytest.raises(PersonalDataRemains):
        run_step(deployment, run.id, "validate")
    client, address = as_("vera"), f"/redaction/runs/{run.id}/validation"
    page = client.get(address).text
    assert "<h1>Validation of run 1: failed</h1>" in page
    checks = re.findall(r'<th scope="row">([^<]+)</th>\s*<td><span class="light (\w+)">', page)
    assert set(checks[:2]) == {
        ("Notes is empty in all redacted rows", "red"),
        ("Retained columns are what they were before the redaction", "red"),
    }
    assert {light for _, light in checks[2:]} == {"green"}
    assert re.search(rf"2 of\s+{len(checks)} checks failed", page)
    assert "on 1 of 3 rows" in page
    assert "anary" not in page
    # The findings of an earlier try are not shown for a later one.
    sql("UPDATE tracking.activities SET notes = NULL, source = 'Google Ads' WHERE id = 2")
    complete_run(deployment, run.id)
    assert "<h1>Validation of run 1: passed</h1>" in client.get(address).text


def test_no_page_of_results_holds_a_value_or_a_password(
    database: Database, settings: Settings, deployment: Deployment, account: int, insert: Insert, sql: Sql
) -> None:
    insert(1)
    insert(2, source="canary source", tracking_label="canary label")
    run = begin_run(deployment, 7, CUTOFF, "cli")
    run_step(deployment, run.id, "strip")
    _unguard(sql)
    sql("UPDATE tracking.activities SET notes = 'canary note', tags = '{canary}', message = '{\"a\": \"canary\"}'")
    # The server of the tests asks for none and accepts any.
    opened = Database(database.url.set(password="canary-password").render_as_string(hide_password=False), settings)
    try:
        with pytest.raises(PersonalDataRemains):
            validate_run(deploy(opened, settings), run.id)
    finally:
        opened.close()
    docs = settings.data_docs_path / "account_7" / f"run_{run.id}"
    assert [path.name for path in settings.data_docs_path.rglob("*") if path.is_file()] == ["results.json"]
    assert b"anary" not in (docs / "results.json").read_bytes()
    for path in ("index.html", *list_pages(docs).values()):
        page = read_page(settings.data_docs_path, f"account_7/run_{run.id}/{path}")
        assert page is not None
        assert b"anary" not in page, path
    results = read_results(docs)
    assert results is not None
    assert not results.passed


def test_copies_and_runs_of_an_account_are_its_own(
    as_: As, house_of_two: int, database: Database, settings: Settings, insert: Insert
) -> None:
    insert(1, called_at=AT)
    insert(2, account_id=8, called_at=AT + timedelta(days=8))
    in_place = settings.model_copy(update={"rewrite_rows": 10**9})
    for account_id, cutoff in ((7, CUTOFF), (8, CUTOFF_8)):
        complete_run(deploy(database, in_place), begin_run(deploy(database, in_place), account_id, cutoff, "cli").id)
    for number in range(10, 14):
        insert(number, account_id=8, called_at=AT)
    narrow = settings.model_copy(update={"guard_least": 0, "guard_factor": 1.0})
    waiting = begin_run(deploy(database, narrow), 8, CUTOFF_8, "cli")
    client = as_("vera")
    mine, other = ">activities from 2 Mar 2026<", ">activities from 9 Mar 2026<"
    for account_id, own, not_own in ((7, mine, other), (8, other, mine)):
        page = client.get(f"/redaction/copies?account={account_id}").text
        assert (own in page, not_own in page) == (True, False)
        page = client.get(f"/redaction/accounts/{account_id}/runs").text
        assert ("Waits for approval" in page) == (account_id == 8)
    everything = client.get("/redaction/copies").text
    assert (mine in everything, other in everything) == (True, True)
    assert f"/redaction/runs/{waiting.id}" in client.get("/redaction/runs").text


def test_the_copies_of_an_account_name_the_tables_that_hold_its_values(
    as_: As, house_of_two: int, database: Database, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    refresh_reports(database, 7)
    client = as_("vera")
    assert "No copies on disk" in client.get("/redaction/copies?account=7").text
    complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)
    assert ">report: tags<" in client.get("/redaction/copies?account=7").text
    assert "report: tags" not in client.get("/redaction/copies?account=8").text
    page = client.get("/redaction/copies").text
    rows = re.findall(r'report: tags</th>.*?data-label="Rows" class="number">(\d+)</td>', page, re.S)
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
