"""The log: filtered, paged both ways, and a refused form keeps what was typed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import begin_run, complete_run
from redaction.web.context import make_token
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LOG = "/redaction/accounts/7/log/calls"
OTHER = {"contact_key": "+12125550199", "contact_keys": None, "emails": None, "caller_number": "+12125550199"}


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'/activities/(\d+)"', page)]


def test_a_source_is_found_by_a_part_of_it(as_: As, house_of_two: int, insert: Insert) -> None:
    for number, source in enumerate(("Google Ads", "google/organic", "Bing", "100%_sure", None), 1):
        insert(number, called_at=AT + timedelta(minutes=number), source=source)
    client = as_("ada")
    assert ids(client.get(f"{LOG}?source=GOOGLE").text) == [2, 1]
    assert ids(client.get(f"{LOG}?source=%25").text) == [4]
    assert ids(client.get(f"{LOG}?source=_").text) == [4]


def test_statuses_numbers_and_sources_are_offered(
    as_: As, house_of_two: int, insert: Insert, database: Database
) -> None:
    insert(1, called_at=AT, status="no answer", tracking_number="+18005550111", tracking_label="Second <line>")
    insert(2, called_at=AT, kind="text", status="received")
    refresh_reports(database, 7)
    page = as_("ada").get(f"{LOG}?number=%2B18005550111").text
    assert '<option value="no answer">no answer</option>' in page
    assert "received" not in page
    assert '<option value="+18005550111" selected>+18005550111 Second &lt;line&gt;</option>' in page
    assert '<option value="Google Ads">' in page
    # A choice that the reports do not have stays chosen.
    assert '<option value="gone" selected>gone</option>' in as_("ada").get(f"{LOG}?status=gone").text


def test_pages_lead_both_ways_and_keep_the_filters(as_: As, house_of_two: int, insert: Insert) -> None:
    for number in range(1, 121):
        insert(number, called_at=AT + timedelta(minutes=number // 2), source="Bing" if number % 30 else "Ads")
    client, pages, address = as_("ada"), [], f"{LOG}?source=bing"

    def follow(page: str, way: str) -> str | None:
        found = re.search(rf'rel="{way}" href="(\?[^"]+)"', page)
        return f"{LOG}{html.unescape(found[1])}" if found else None

    for _ in range(3):
        page = client.get(address).text
        pages.append(ids(page))
        address = follow(page, "next") or address
    assert follow(page, "next") is None
    assert [len(page) for page in pages] == [50, 50, 16]
    middle = client.get(follow(page, "prev") or "").text
    assert ids(middle) == pages[1]
    assert ids(client.get(follow(middle, "next") or "").text) == pages[2]
    first = client.get(follow(middle, "prev") or "").text
    assert (ids(first), follow(first, "prev")) == (pages[0], None)
    assert "116 calls and forms match" in first


def test_what_the_filters_leave_out_is_said_as_far_as_is_looked(
    as_: As, house_of_two: int, insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 7):
        insert(number, called_at=AT + timedelta(minutes=number), source="Google" if number < 6 else "Bing")
    insert(7, called_at=AT, kind="text")
    client = as_("ada")
    assert "left out" not in client.get(LOG).text
    assert "5 other calls and forms are left out." in client.get(f"{LOG}?source=bing").text
    assert "1 other call or form is left out." in client.get(f"{LOG}?source=google").text
    assert "6 other calls and forms are left out." in client.get(f"{LOG}?kind=form").text
    assert "left out" not in client.get(f"{LOG}?kind=call").text
    # The latest four are searched: one of them matches, nothing is known of earlier ones.
    monkeypatch.setattr("redaction.web.logs._LOOKED_AT", 4)
    assert "3 or more other calls and forms are left out." in client.get(f"{LOG}?source=bing").text


def test_how_many_are_there_is_said_as_far_as_is_looked(
    as_: As, house_of_two: int, insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 7):
        insert(number, called_at=AT + timedelta(minutes=number), source="Bing" if number == 1 else "Google")
    client = as_("ada")
    assert "<h1>6 calls and forms</h1>" in client.get(LOG).text
    monkeypatch.setattr("redaction.web.logs._PAGE", 1)
    assert "<h1>5 calls and forms match</h1>" in client.get(f"{LOG}?source=oo").text
    monkeypatch.setattr("redaction.web.logs._LOOKED_AT", 4)
    assert "<h1>4 or more calls and forms</h1>" in client.get(LOG).text
    assert "<h1>4 or more calls and forms match</h1>" in client.get(f"{LOG}?source=oo").text
    # What a page shows whole is counted, however far back it is.
    assert "<h1>1 call or form matches</h1>" in client.get(f"{LOG}?source=bing").text


def test_an_empty_log_says_what_was_sought_and_how_to_go_on(as_: As, house_of_two: int, insert: Insert) -> None:
    assert "No calls or forms are here yet" in as_("ada").get(LOG).text
    insert(1, called_at=AT)
    page = as_("ada").get(f"{LOG}?source=Yahoo&status=no+answer").text
    assert "<h1>No calls or forms match</h1>" in page
    assert f'<a href="{LOG}">Clear filters</a>' in page
    for chip in ("Source: Yahoo", "Status: no answer"):
        assert chip in page
    # Each filter can be removed alone.
    assert 'href="?status=no+answer"' in page


def test_a_contact_is_shown_as_read_and_counted(as_: As, house_of_two: int, insert: Insert) -> None:
    for number in (1, 2, 3):
        insert(number, called_at=AT + timedelta(minutes=number), kind="text" if number == 3 else "call")
    insert(4, called_at=AT, **OTHER)
    answer = as_("ada").post(LOG, data={"token": make_token("ada"), "contact": "(212) 555-0143"})
    assert ids(answer.text) == [2, 1]
    assert "<h1>2 calls and forms of this contact</h1>" in answer.text
    assert "Read as <strong>+12125550143</strong>, as a number of US" in answer.text
    assert "3 activities of all kinds have it" in answer.text
    # No address has any of it.
    assert "0143" not in "".join(re.findall(r'href="[^"]*"', answer.text))
    none = as_("ada").post(LOG, data={"token": make_token("ada"), "contact": "+4930123456"}).text
    assert "<h1>No calls or forms of this contact</h1>" in none
    # A number with its country needs no guess.
    assert "as a number of" not in none


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("since=yesterday", "since", "Write a day as 2026-01-31."),
        ("until=9999-12-31", "until", "Write a day as 2026-01-31."),
        ("since=2026-03-05&until=2026-03-04", "until", "The last day is before the first."),
    ],
)
def test_a_wrong_day_stays_on_the_form(
    as_: As, house_of_two: int, insert: Insert, query: str, field: str, says: str
) -> None:
    insert(1, called_at=AT)
    answer = as_("ada").get(f"{LOG}?{query}&source=Goo")
    assert answer.status_code == 400
    assert f'aria-describedby="{field}-problem"' in answer.text
    assert f'id="{field}-problem">⚠ {says}' in answer.text
    assert 'name="source" value="Goo"' in answer.text
    assert f'value="{re.findall(rf"{field}=([^&]+)", query)[0]}"' in answer.text
    assert ids(answer.text) == []


def test_a_wrong_contact_stays_on_the_form(as_: As, house_of_two: int) -> None:
    answer = as_("ada").post(LOG, data={"token": make_token("ada"), "contact": "nobody <b>"})
    assert answer.status_code == 400
    assert 'id="contact-problem">⚠ The contact is no e-mail address' in answer.text
    assert 'value="nobody &lt;b&gt;"' in answer.text


def test_a_row_says_its_state_and_who_redacted_it(
    as_: As, house_of_two: int, insert: Insert, deployment: Deployment
) -> None:
    insert(1, called_at=AT)
    insert(2, called_at=AT + timedelta(minutes=1), unlisted='{"direction": "inbound", "duration": 320}')
    place_hold(deployment, 7, "case 4", "eve", activity_ids=[2])
    complete_run(deployment, begin_run(deployment, 7, datetime(2026, 4, 1, 4, tzinfo=UTC), "cli").id)
    rows = re.findall(r"<tr.*?</tr>", as_("ada").get(LOG).text, re.S)
    [held] = [row for row in rows if "/activities/2" in row]
    [redacted] = [row for row in rows if "/activities/1" in row]
    assert '<span class="st hold">On hold</span>' in held
    assert "inbound, 5 min 20 s" in held
    assert 'class="flag"' not in held
    assert '<span class="st off">Redacted</span>' in redacted
    assert "by rule: Daily (New York)" in redacted
    assert 'data-label="Source"' in redacted
