"""Searching for a person opens no request: only counts, of accounts that the searcher administers, and recorded."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.web.context import get_placements, make_token
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def person(house_of_two: int, insert: Insert, deployment: Deployment) -> None:
    """Four activities of a person in account 7, one of them on hold, and one in account 8."""
    for number, kind in ((1, "call"), (2, "call"), (3, "text"), (4, "form")):
        insert(number, kind=kind)
    insert(5, account_id=8)
    place_hold(deployment, 7, "case 4", "ada", activity_ids=[2])


def _search(as_: As, name: str, sought: str = "212 555 0143", **more: str) -> Any:
    return as_(name).post("/redaction/find/search", data={"token": make_token(name), "sought": sought, **more})


def _rows(page: str) -> list[str]:
    found = re.search(r'<table[^>]* id="kept".*?</table>', page, re.S)
    assert found is not None
    rows = re.findall(r"<tr>(.*?)</tr>", found[0], re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(row))).strip() for row in rows[1:]]


def test_what_is_kept_of_a_person_is_counted_by_account_and_kind(as_: As, person: None, sql: Sql) -> None:
    page = _search(as_, "ada")
    assert page.status_code == 200
    assert "<h1>4 activities of this person in 1 account</h1>" in page.text
    assert "Read as <strong>+1 212-555-0143</strong>, a number of US" in page.text
    assert [row[: row.index(" Show")] for row in _rows(page.text)] == [
        "Dental (7) 2 calls 1 0 2 Mar, 10:00 2 Mar, 10:00",
        "Dental (7) 1 form 0 0 2 Mar, 10:00 2 Mar, 10:00",
        "Dental (7) 1 text 0 0 2 Mar, 10:00 2 Mar, 10:00",
    ]
    # Nothing was opened, nothing is in the ledger, and the search is recorded.
    assert sql("SELECT FROM redaction.requests") == []
    assert sql("SELECT FROM redaction.ledger WHERE kind <> 'hold'") == []
    assert [
        tuple(row.values()) for row in sql("SELECT account_id, viewed_by, page, activities FROM redaction.view_log")
    ] == [(7, "ada", "search", 4)]
    assert "Search for a person" in as_("vera").get("/redaction/views").text


def test_the_next_step_is_a_request_for_this_person(as_: As, person: None, sql: Sql) -> None:
    page = _search(as_, "ada").text
    assert "Open a request for this person" in page
    form = page[page.index('action="/redaction/find"') :]
    contact = re.search(r'name="contact" value="([^"]*)"', form)
    assert contact is not None
    given = {"kind": "both", "identity": "called back", "reference": "DSR-12", "law": "gdpr"}
    opened = as_("ada").post(
        "/redaction/find", data={"token": make_token("ada"), "contact": html.unescape(contact[1]), **given}
    )
    assert "<h1>4 activities of this person in 1 account</h1>" in opened.text
    # The activities themselves are in the log, by a form as well: no address has the contact.
    assert '<form method="post" action="/redaction/accounts/7/log/texts"' in page
    assert not re.search(r'(?:href|action)="[^"]*0143', page)


def test_nobody_finds_what_is_of_accounts_of_others(as_: As, person: None, sql: Sql) -> None:
    assert "<h1>1 activity of this person in 1 account</h1>" in _search(as_, "bob").text
    refused = _search(as_, "opal")
    assert (refused.status_code, "administers" in refused.text) == (403, True)
    assert [row["viewed_by"] for row in sql("SELECT viewed_by FROM redaction.view_log")] == ["bob"]
    assert 'name="sought"' not in as_("opal").get("/redaction/find").text


def test_nothing_found_says_what_it_means_and_what_to_do(as_: As, person: None, sql: Sql) -> None:
    page = _search(as_, "ada", "nobody@example.com").text
    assert "<h1>Nothing is kept of this person</h1>" in page
    assert "Activities that were redacted earlier cannot be found." in page
    assert "Open a request for this person" in page
    # An empty result is information about the person too.
    assert sql("SELECT account_id, viewed_by, page, activities FROM redaction.view_log") == [
        {"account_id": 7, "viewed_by": "ada", "page": "search", "activities": 0}
    ]


@pytest.mark.parametrize(("sought", "says"), [("withheld", "withheld numbers are nobody"), (" ", "Write the number")])
def test_what_is_no_contact_stays_in_its_field(as_: As, person: None, sought: str, says: str) -> None:
    page = _search(as_, "ada", sought)
    assert (page.status_code, says in page.text) == (400, True)
    assert re.search(r'name="sought"[^>]*aria-describedby="sought-problem"', page.text)
    assert re.search(r'<span class="problem" id="sought-problem">⚠', page.text)
    assert "of this person" not in page.text


def test_numbers_of_another_country_are_read_by_it(as_: As, person: None, insert: Insert) -> None:
    insert(6, contact_key="+493012345678", contact_keys=None, emails=None)
    assert "1 activity of this person" in _search(as_, "ada", "030 12345678", country="de").text
    wrong = _search(as_, "ada", "030 12345678", country="zz")
    assert (wrong.status_code, 'id="country-problem"' in wrong.text) == (400, True)


def test_a_problem_is_said_once(as_: As, person: None) -> None:
    names = re.findall(r'\sid="([^"]+)"', _search(as_, "ada", country="zz").text)
    assert sorted(names) == sorted(set(names))


def test_where_a_placement_does_not_answer_nobody_is_said_to_be_unknown(
    as_: As, spread: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"contact": "+12125550143", "kind": "erasure", "identity": "seen passport", "law": "gdpr"}
    form = {"token": make_token("ada"), "reference": "T-77", "accounts": "7 9", **given}
    assert as_("ada").post("/redaction/find", data=form).status_code == 200
    assert "T-77" in as_("ada").get("/redaction/find").text
    monkeypatch.setenv("AIRFLOW_CONN_WEST", "postgresql://nobody:secret@127.0.0.1:1/none")
    get_placements.cache_clear()
    page = as_("ada").get("/redaction/find").text
    assert ("Placement west does not answer" in page, "that you administer is open" in page) == (True, False)
    page = _search(as_, "ada").text
    assert page.count("Placement west does not answer") == 1
    assert "Nothing is kept of this person" not in page
