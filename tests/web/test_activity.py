"""The page of an activity: cards in words instead of JSON, times of the account, the place of its recording."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from redaction.control.reclassify import apply_catalog
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.objects.registry import add_store
from redaction.objects.stores import Store
from redaction.pipeline.run import begin_run, complete_run
from redaction.web.cards import list_rows
from tests.own_fields import FIELDS, Decide, decide
from tests.web.conftest import As

__all__ = ["decide"]

Insert = Callable[..., None]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PAGE = "/redaction/accounts/7/activities/1"
SCRIPT = "<script>alert(1)</script>"


def rows_of(page: str, card: str) -> list[tuple[str, str]]:
    """Return the rows of a card, by its title."""
    [section] = re.findall(rf'<section class="card"[^>]*>\s*<h2[^>]*>{card}</h2>(.*?)</section>', page, re.S)
    return [
        (label, re.sub(r"<[^>]+>", "", value).strip())
        for label, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", section, re.S)
    ]


def test_a_call_is_told_in_words(as_: As, house_of_two: int, insert: Insert) -> None:
    path = [
        {"route_name": "Front desk", "route_type": "queue", "started_at": "2026-03-02T15:00:07+00:00"},
        {"route_name": f"Main {SCRIPT}", "route_type": "voice_menu", "started_at": None},
    ]
    visitor = {"visitor_sid": "V1", "ga": {"cid": "7.9"}, "touchpoints": [{"time": "2026-03-02T14:00:00Z"}]}
    insert(
        1,
        called_at=AT,
        call_path=json.dumps(path),
        call_status="completed",
        visitor=json.dumps(visitor),
        custom_fields='{"policy_number": "P-1", "existing_customer": true, "nothing": null}',
        unlisted='{"direction": "inbound", "duration": 320}',
        tags=["follow up", "vip"],
    )
    page = as_("ada").get(PAGE).text
    assert "<h1>Call of" in page
    assert '<a href="/redaction/accounts/7/log/calls">‹ Calls</a>' in page
    happened = dict(rows_of(page, "What happened"))
    assert happened["Call flow"] == "Front desk (queue) → Main &lt;script&gt;alert(1)&lt;/script&gt; (voice menu)"
    assert happened["Status"] == "answered, completed"
    assert happened["When"] == "2 Mar, 10:00"
    contact = dict(rows_of(page, "Contact"))
    assert (contact["Name"], contact["Number"]) == ("Zoë Canary", "+12125550143")
    assert contact["Tags"] == "follow up, vip"
    assert sorted(rows_of(page, "Visitor")) == [
        ("Ga · Cid", "7.9"),
        ("Touchpoints 1 · Time", "2 Mar, 09:00"),
        ("Visitor sid", "V1"),
    ]
    assert sorted(rows_of(page, "Custom fields")) == [("Existing customer", "yes"), ("Policy number", "P-1")]
    assert ("Duration", "320") in rows_of(page, "More")
    # No Python, no PostgreSQL, no JSON.
    for wall in ("[{", "{&#34;", "{&quot;", "None", "+00:00", "{follow"):
        assert wall not in page, wall


def test_a_chat_is_a_conversation_and_a_form_is_its_fields(as_: As, house_of_two: int, insert: Insert) -> None:
    said = [{"from": "Zoë", "body": "Hello <b>"}, {"from": "agent", "body": "Good morning"}]
    insert(1, called_at=AT, kind="chat", message=json.dumps({"chat_messages": said}))
    page = as_("ada").get(PAGE).text
    assert '<a href="/redaction/accounts/7/log/texts">‹ Texts</a>' in page
    spoken = re.findall(r"<li>\s*<strong>(.*?)</strong>\s*<p>(.*?)</p>", page, re.S)
    assert spoken == [("Zoë", "Hello &lt;b&gt;"), ("agent", "Good morning")]
    form = {"form_name": "Contact us", "custom": [{"id": "message", "value": "Call me"}]}
    insert(2, called_at=AT, kind="form", form=json.dumps(form))
    page = as_("ada").get(PAGE.replace("/1", "/2")).text
    assert sorted(rows_of(page, "Form")) == [("Form name", "Contact us"), ("Message", "Call me")]


def test_a_text_is_its_message(as_: As, house_of_two: int, insert: Insert) -> None:
    insert(1, called_at=AT, kind="text", message='{"body": "See you at 9", "media": ["https://m.example/1.jpg"]}')
    page = as_("ada").get(PAGE).text
    assert re.search(r"<li>\s*<p>See you at 9</p>", page)
    assert ("Media", "https://m.example/1.jpg") in rows_of(page, "Conversation")


def test_where_a_recording_lies_is_said(
    as_: As, house_of_two: int, insert: Insert, deployment: Deployment, tmp_path: Path
) -> None:
    (tmp_path / "wav").mkdir()
    store = Store(0, "Voice", f"file://{tmp_path}/wav", None, "delete", None, 7, None)
    add_store(deployment, store, "eve")
    insert(1, called_at=AT, recording_url=f"file://{tmp_path}/wav/1.wav")
    insert(2, called_at=AT, recording_url="https://rec.example.com/2.wav")
    insert(3, called_at=AT, recording_url="javascript:alert(1)")
    inside, outside, odd = (as_("ada").get(PAGE.replace("/1", f"/{number}")).text for number in (1, 2, 3))
    assert "It lies in the store Voice and is deleted with the activity." in inside
    assert "It lies outside every store: a redaction does not delete it there." in outside
    assert 'href="https://rec.example.com/2.wav" target="_top" rel="noreferrer"' in outside
    assert 'href="javascript' not in odd
    assert "It lies outside every store" in odd


def test_what_is_held_or_redacted_says_so(as_: As, house_of_two: int, insert: Insert, deployment: Deployment) -> None:
    insert(1, called_at=AT)
    hold = place_hold(deployment, 7, "case 4", "eve", activity_ids=[1])
    page = as_("ada").get(PAGE).text
    assert '<span class="st hold">On hold</span>' in page
    assert 'class="flag"' not in page
    assert f'<a href="/redaction/accounts/7/holds">hold {hold.id}' not in page
    assert 'A legal hold keeps it: see <a href="/redaction/accounts/7/holds">Holds</a>.' in page
    insert(2, called_at=AT)
    run = begin_run(deployment, 7, datetime(2026, 4, 1, 4, tzinfo=UTC), "cli")
    complete_run(deployment, run.id)
    page = as_("ada").get(PAGE.replace("/1", "/2")).text
    assert '<span class="st off">Redacted</span>' in page
    assert "by rule: Daily (New York)" in page
    assert f'href="/redaction/runs/{run.id}"' in page
    assert "<h2>Contact</h2>" not in page


def test_own_fields_that_are_kept_stand_with_what_happened(
    as_: As, house_of_two: int, insert: Insert, deployment: Deployment, decide: Decide
) -> None:
    decide(FIELDS)
    insert(1, called_at=AT, unlisted='{"direction": "inbound"}')
    apply_catalog(deployment, "ada", "ticket 9")
    page = as_("ada").get(PAGE).text
    assert ("Direction", "inbound") in rows_of(page, "What happened")
    assert "inbound" in as_("ada").get("/redaction/accounts/7/log/calls").text


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (["a", 1, None], [("", "a, 1")]),
        ({"a": {"b": {"c": 1}}}, [("A · B · C", "1")]),
        ({"list": [{"x": 1}, {"x": 2}]}, [("List 1 · X", "1"), ("List 2 · X", "2")]),
        ({"at": "10:00 AM", "on": False, "": "x"}, [("At", "10:00 AM"), ("On", "no"), ("", "x")]),
        ([], []),
    ],
)
def test_rows_of_a_value(value: Any, rows: list[tuple[str, str]]) -> None:
    assert list_rows(value, "America/New_York") == rows


def test_a_value_of_many_parts_is_cut() -> None:
    rows = list_rows({f"k{number}": number for number in range(1_000)}, "UTC")
    assert len(rows) == 201
    assert rows[-1] == ("", "and 800 more")
