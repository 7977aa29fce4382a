"""The red flag: which activity it is, what is removed, stays and is lost, and the progress of the redaction, in
sentences.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.accounts.recipients import record_exposure
from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.pipeline.run import complete_run, run_step
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_listed
from redaction.web.context import ROOT, make_token
from redaction.web.hiding import mask_number
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ADA = "/redaction/accounts/7"
OTHER = {"contact_key": "+12125550199", "contact_keys": None, "emails": None, "caller_number": "+12125550199"}


@pytest.fixture
def calls(house_of_two: int, insert: Insert) -> int:
    """Three activities of one contact, a day apart, and one of another of the third day."""
    for number in (1, 2, 3):
        insert(number, called_at=AT + timedelta(days=number), kind="text" if number == 2 else "call")
    insert(4, called_at=AT + timedelta(days=3), **{**OTHER, "caller_name": "Bob"})
    return house_of_two


def _preview(as_: As, query: str) -> dict[str, Any]:
    answer = as_("ada").get(f"{ADA}/redactions/preview?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_preview_says_what_goes_and_what_reports_lose(as_: As, calls: int, deployment: Deployment) -> None:
    record_exposure(deployment.database, 7, "integration", "HubSpot", ["email"])
    told = _preview(as_, "activity=3")
    assert told["count"] == 1
    assert told["act"] == "Redact 1 activity"
    assert told["earlier"] == "2 earlier: 3 Mar, 4 Mar; this one is included"
    lines = " ".join(told["lines"])
    assert "1 call of 5 Mar, 10:00." in lines
    assert "Reports stop counting 1 contact, 1 session and 1 tag. Other reports go on counting the activities." in lines
    assert told["names"] == []
    assert "HubSpot has received: email. It is not redacted there." in told["warnings"]
    assert "anary" not in str(told)


def test_the_preview_of_a_contact_counts_by_kind(as_: As, calls: int, sql: Sql) -> None:
    sql("UPDATE tracking.activities SET caller_name = 'Bea' WHERE id = 1")
    told = _preview(as_, "activity=3&past=true")
    assert told["act"] == "Redact 3 activities"
    assert told["lines"][0] == "2 calls and 1 text from 3 Mar, 10:00 to 5 Mar, 10:00."
    [warning] = told["warnings"]
    assert warning == "The callers gave 2 different names: they may share a number."
    assert told["names"] == ["Bea", "Zoë Canary"]


def test_several_are_shown_and_asked_for_at_once(
    as_: As, calls: int, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _preview(as_, "activity=3&activity=4")
    assert (told["count"], told["earlier"]) == (2, "2 earlier: 3 Mar, 4 Mar; those chosen are included")
    asked: list[Any] = []

    async def take(_: Any, *given: Any) -> dict[str, Any]:
        asked.append(given[3]["conf"])
        return {"dag_run_id": "manual__1"}

    monkeypatch.setattr("redaction.web.manual.ask_airflow", take)
    form = {"token": make_token("ada"), "activity": ["3", "4"], "content": "on", "acknowledged": "on", "reason": "t 1"}
    assert as_("ada").post(f"{ADA}/redactions", data=form).status_code == 202
    assert asked[0]["activity_ids"] == [3, 4]
    assert as_("ada").get(f"{ADA}/redactions/preview").status_code == 422


def test_what_stays_is_said(as_: As, calls: int, deployment: Deployment, insert: Insert) -> None:
    place_hold(deployment, 7, "case 4", "eve", activity_ids=[1])
    told = _preview(as_, "activity=3&past=true")
    assert "1 stays: a legal hold keeps it." in told["lines"]
    run = select_listed(deployment, 7, lambda _: [3], Request("cli", kind="manual", requested_by="ada", reason="t 1"))
    complete_run(deployment, run.id)
    told = _preview(as_, "activity=3")
    assert (told["count"], told["act"]) == (0, "Redact")
    assert told["lines"] == ["Nothing would be redacted.", "1 is redacted already."]


def test_a_refused_reason_is_said_to_be_it(as_: As, calls: int) -> None:
    form = {"token": make_token("ada"), "activity": "3", "content": "on", "acknowledged": "on"}
    refused = as_("ada").post(f"{ADA}/redactions", data={**form, "reason": "call (212) 555-0143"})
    assert (refused.status_code, refused.json()["field"]) == (400, "reason")
    assert "The reason holds" in refused.json()["error"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+12125550143", "+1212 ••• 0143"),
        ("(212) 555-0143", "212 ••• 0143"),
        ("anonymous", "anonymous"),
        ("12345", "•••"),
        ("zoe.canary@example.com", "•••@example.com"),
        ("sip:zoe@example.com", "•••@example.com"),
        (None, "no number"),
    ],
)
def test_a_number_is_masked(number: str | None, shown: str) -> None:
    assert mask_number(number) == shown


def test_the_flag_stands_at_the_end_of_a_row_and_says_whose_it_is(as_: As, calls: int) -> None:
    page = as_("ada").get(f"{ADA}/log/calls").text
    [row] = [row for row in re.findall(r"<tr.*?</tr>", page, re.S) if "/activities/3" in row]
    assert re.search(r"</button>\s*</td></tr>$", row)
    assert 'data-about="call of 5 Mar, 10:00, from +1212 ••• 0143"' in row
    assert 'name="chosen" value="3"' in row
    assert "Redact chosen…" in page
    one = as_("ada").get(f"{ADA}/activities/3").text
    assert 'class="flag" data-activity="3"' in one
    assert 'id="redact"' in one
    # It is not offered to people who may not redact.
    assert 'class="flag"' not in as_("vera").get(f"{ADA}/activities/3").text


def test_the_dialog_says_what_is_removed_and_what_stays(as_: As, calls: int) -> None:
    page = as_("ada").get(f"{ADA}/log/calls").text
    dialog = page[page.index("<dialog") :]
    assert "caller name, caller number, caller id, call audio" in dialog
    assert "tracking number, tracking source, time, status, call flow" in dialog
    assert 'aria-describedby="reason-problem reason-help"' in dialog


def _progress(as_: As, monkeypatch: pytest.MonkeyPatch, state: str) -> dict[str, Any]:
    async def answer(*_: Any) -> dict[str, Any]:
        return {"state": state}

    monkeypatch.setattr("redaction.web.manual.ask_airflow", answer)
    told: dict[str, Any] = as_("ada").get(f"{ADA}/redactions/progress?dag_run_id=manual__1").json()
    return told


def _begin(deployment: Deployment, *ids: int) -> int:
    request = ManualRequest(7, ids, "ticket 1", "ada")
    return begin_manual(deployment, request, "airflow", True, run_key="redact_on_demand/manual__1").id


def test_progress_is_a_list_of_steps_until_it_is_done(
    as_: As, calls: int, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _progress(as_, monkeypatch, "queued")
    assert [step["state"] for step in told["steps"]] == ["now", "next", "next", "next", "next"]
    assert (told["over"], told["links"]) == (False, [])
    run = _begin(deployment, 3, 4)
    run_step(deployment, run, "strip")
    told = _progress(as_, monkeypatch, "running")
    assert [(step["text"], step["state"]) for step in told["steps"]] == [
        ("2 activities chosen", "done"),
        ("Remove personal data", "done"),
        ("Delete recordings", "now"),
        ("Validate", "next"),
        ("Rebuild reports", "next"),
    ]
    complete_run(deployment, run)
    told = _progress(as_, monkeypatch, "success")
    assert {step["state"] for step in told["steps"]} == {"done"}
    assert (told["over"], told["end"], told["problem"]) == (True, "Done. 2 activities redacted.", None)
    assert told["links"] == [{"text": f"Run {run}", "href": f"/redaction/runs/{run}", "out": False}]


def test_a_run_that_is_done_leads_to_its_certificate(
    as_: As, calls: int, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, signed: None
) -> None:
    run = _begin(deployment, 3)
    complete_run(deployment, run)
    links = _progress(as_, monkeypatch, "success")["links"]
    assert links[0] == {"text": "Certificate (PDF)", "href": f"/redaction/runs/{run}/certificate.pdf", "out": False}


def test_what_was_refused_or_waits_is_said(
    as_: As, calls: int, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    told = _progress(as_, monkeypatch, "failed")
    assert "not begun" in told["problem"]
    assert told["links"][0]["out"]
    sql("UPDATE tracking.accounts SET needs_approval = true WHERE id = 7")
    run = _begin(deployment, 3)
    told = _progress(as_, monkeypatch, "running")
    assert told["steps"][0] == {"text": "1 activity chosen", "state": "done"}
    assert told["steps"][1] == {"text": "Waits for another administrator to approve", "state": "now"}
    assert (told["over"], told["end"]) == (True, "Another administrator must approve it. You can close this window.")
    assert {"text": f"Run {run}", "href": f"/redaction/runs/{run}", "out": False} in told["links"]


def test_all_script_of_all_pages_is_short() -> None:
    lines = [line for path in sorted((ROOT / "static").glob("*.js")) for line in path.read_text().splitlines()]
    assert 100 < len(lines) <= 300
