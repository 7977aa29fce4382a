"""*Find a person*: shown once and stored by no page; only people who administer all accounts of a request see it."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect

from redaction.evidence.keys import make_key, trusted_keys
from redaction.evidence.render import verify_certificate
from redaction.requests.erase import erase_person
from redaction.requests.exports import list_exports, make_export
from redaction.requests.find import find_person
from redaction.requests.records import get_home, get_request
from redaction.web import context
from redaction.web.access import Person
from redaction.web.context import make_token
from redaction.web.people import fetch
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
FORM = {"kind": "both", "accounts": "7", "identity": "called back", "reference": "DSR-12", "law": "gdpr"}


@pytest.fixture
def person(house_of_two: int, insert: Callable[..., None]) -> None:
    """Two activities of a person."""
    insert(1)
    insert(2, kind="text")


def post(as_: As, name: str, path: str, **form: str) -> Any:
    return as_(name).post(f"/redaction{path}", data={"token": make_token(name), **form})


def test_a_person_is_found_by_a_form_and_shown_once(as_: As, person: None, sql: Sql) -> None:
    page = post(as_, "ada", "/find", **FORM, contact="212 555 0143")
    assert page.status_code == 200
    assert "<strong>+1 212-555-0143</strong>, a number of US" in page.text
    assert page.text.count("erasable") == 2
    assert "Zoë" not in page.text
    assert "Canary" not in page.text
    for path in ("/find", "/requests/1"):
        seen = as_("ada").get(f"/redaction{path}")
        assert (seen.status_code, "DSR-12" in seen.text, "5550143" in seen.text) == (200, True, False)
    # Nothing is shown of another administrator's accounts.
    assert "DSR-12" not in as_("bob").get("/redaction/find").text
    assert as_("bob").get("/redaction/requests/1").status_code == 403
    assert as_("ada").get("/redaction/requests/99").status_code == 403
    assert "erasable" in post(as_, "ada", "/requests/1/find").text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"contact": "withheld"}, "withheld numbers are nobody"),
        ({"contact": ""}, "Write the number"),
        ({"contact": "212 555 0143", "accounts": "8"}, "no administrator of account 8"),
        ({"contact": "212 555 0143", "accounts": "", "agency": "5"}, "has no account"),
        ({"contact": "212 555 0143", "reference": "zoe@example.com"}, "something like a phone number"),
        ({"contact": "212 555 0143", "kind": "<b>"}, "one of the kinds"),
        ({"contact": "212 555 0143", "accounts": "x"}, "as numbers"),
    ],
)
def test_what_makes_no_request_stays_on_its_form(
    as_: As, person: None, sql: Sql, changes: dict[str, str], says: str
) -> None:
    page = post(as_, "ada", "/find", **{**FORM, **changes})
    assert (page.status_code, says in page.text) == (400, True)
    [field] = re.findall(r'<span class="problem" id="([a-z]+)-problem">⚠ [^<]*', page.text)
    assert f'aria-describedby="{field}-problem"' in page.text
    # What was typed is in its field, and nowhere else.
    assert page.text.count("212 555 0143") == (changes["contact"] == "212 555 0143")
    assert 'value="called back"' in page.text
    assert sql("SELECT FROM redaction.requests") == []


def test_one_field_looks_in_all_accounts_of_the_administrator(
    as_: As, person: None, insert: Callable[..., None], sql: Sql
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (8, 'ada')")
    insert(3, account_id=8)
    given = {name: value for name, value in FORM.items() if name != "accounts"}
    page = post(as_, "ada", "/find", **given, contact="(212) 555-0143")
    assert page.status_code == 200
    assert "<h1>3 activities of this person in 2 accounts</h1>" in page.text
    assert sql("SELECT account_id FROM redaction.request_accounts ORDER BY 1") == [
        {"account_id": 7},
        {"account_id": 8},
    ]
    assert "Account 8 does not let administrators redact" not in page.text
    sql("UPDATE tracking.accounts SET manual_redaction = false WHERE id = 8")
    again = post(as_, "ada", "/requests/1/find").text
    assert "Law (8) does not allow redaction by hand" in again
    assert 'href="/redaction/accounts/8/settings"' in again
    listed = as_("ada").get("/redaction/find").text
    assert re.search(r'data-label="Accounts" class="number">2</td>', listed)
    assert "in 30 days" in listed or "in 29 days" in listed
    assert '<span class="st info">Open</span>' in listed


def test_what_was_asked_of_airflow_is_said_and_a_run_that_waits_is_led_to(as_: As, person: None, sql: Sql) -> None:
    post(as_, "ada", "/find", **FORM, contact="212 555 0143")
    for asked, says in (("export", "makes the file"), ("erasure", "erases what nothing keeps"), ("<b>", "")):
        page = as_("ada").get(f"/redaction/requests/1?asked={asked}").text
        assert ("Airflow" in page, says in page, "<b>" in page) == (bool(says), True, False)
    sql("UPDATE redaction.request_accounts SET outcome = 'waits', run_id = 12")
    page = as_("ada").get("/redaction/requests/1").text
    assert '<a href="/redaction/runs/12">Run 12</a> waits for another administrator to approve' in page


def test_a_reason_that_is_refused_stays_on_its_form(as_: As, person: None, sql: Sql) -> None:
    post(as_, "ada", "/find", **FORM, contact="212 555 0143")
    for way in ("refuse", "close"):
        page = post(as_, "ada", f"/requests/1/{way}", reason="asked by zoe@example.com")
        assert page.status_code == 400
        assert f'id="{way}-problem">⚠ The reason holds' in page.text
        assert 'value="asked by zoe@example.com"' in page.text
    unanswered = post(as_, "ada", "/requests/1/close")
    assert (unanswered.status_code, 'id="close-problem"' in unanswered.text) == (400, True)
    assert sql("SELECT state FROM redaction.requests") == [{"state": "open"}]


def test_who_may_only_look_opens_none(as_: As, person: None, sql: Sql) -> None:
    assert post(as_, "vera", "/find", **FORM, contact="212 555 0143").status_code == 403
    assert sql("SELECT FROM redaction.requests") == []


def test_an_answer_is_asked_of_airflow_in_the_name_of_the_person(
    as_: As, person: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(as_, "ada", "/find", **FORM, contact="212 555 0143")
    asked: list[Any] = []

    async def take(_: Any, *given: Any) -> dict[str, Any]:
        asked.append(given)
        return {"dag_run_id": "manual__1"}

    monkeypatch.setattr("redaction.web.people.ask_airflow", take)
    digest = find_person(context.get_placements(), 1).digest or ""
    done = post(as_, "ada", "/requests/1/answer", answer="erasure", digest=digest, acknowledged="on")
    assert (done.status_code, done.headers["location"]) == (303, "/redaction/requests/1?asked=erasure")
    conf = {"request": 1, "answer": "erasure", "acknowledged": True, "expect": digest}
    assert asked == [("answer_request", "POST", "/dagRuns", {"logical_date": None, "conf": conf})]
    assert post(as_, "bob", "/requests/1/answer", answer="export").status_code == 403


def test_a_file_is_fetched_once_by_who_has_made_it(as_: As, person: None, sql: Sql) -> None:
    pytest.importorskip("typst")
    post(as_, "ada", "/find", **{**FORM, "kind": "access"}, contact="212 555 0143")
    made = make_export(context.get_placements(), 1, "ada")
    assert "Fetch it, once" in as_("ada").get("/redaction/requests/1").text
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'bob')")
    assert "Fetch it, once" not in as_("bob").get("/redaction/requests/1").text
    assert post(as_, "bob", f"/requests/1/exports/{made.id}").status_code == 404
    given = post(as_, "ada", f"/requests/1/exports/{made.id}")
    assert (given.status_code, given.headers["content-type"], given.headers["cache-control"]) == (
        200,
        "application/zip",
        "no-store",
    )
    assert len(json.loads(ZipFile(io.BytesIO(given.content)).read("activities.json"))) == 2
    assert post(as_, "ada", f"/requests/1/exports/{made.id}").status_code == 404
    assert '<span class="st ok">Answered</span>' in as_("ada").get("/redaction/requests/1").text
    assert post(as_, "ada", "/requests/1/close").status_code == 303
    assert '<span class="st off">Closed</span>' in as_("ada").get("/redaction/requests/1").text


def test_a_file_whose_download_breaks_off_may_be_fetched_again(as_: As, person: None) -> None:
    pytest.importorskip("typst")
    post(as_, "ada", "/find", **{**FORM, "kind": "access"}, contact="212 555 0143")
    home = get_home(context.get_placements())
    made = make_export(context.get_placements(), 1, "ada")
    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "method": "POST", "path": "/", "headers": []}

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the connection was closed")

    with pytest.raises(ClientDisconnect):
        asyncio.run(fetch(Person("ada", None), 1, made.id, FormData())(scope, receive, send))
    [listed] = list_exports(home, 1)
    assert (listed.ready, listed.fetched_at, get_request(context.get_placements(), 1).state) == (True, None, "open")
    assert post(as_, "ada", f"/requests/1/exports/{made.id}").status_code == 200
    assert get_request(context.get_placements(), 1).state == "answered"


def test_a_request_is_refused_with_a_reason(as_: As, person: None, sql: Sql) -> None:
    post(as_, "ada", "/find", **FORM, contact="212 555 0143")
    assert post(as_, "ada", "/requests/1/refuse", reason="").status_code == 400
    assert post(as_, "ada", "/requests/1/refuse", reason="not the person").status_code == 303
    assert sql("SELECT FROM redaction.request_contacts") == []


def test_certificate_and_letter_are_fetched_from_the_page_of_the_request(
    as_: As, person: None, sql: Sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    context.get_placements.cache_clear()
    post(as_, "ada", "/find", **{**FORM, "kind": "erasure"}, contact="212 555 0143")
    client, page = as_("ada"), "/redaction/requests/1"
    assert f"{page}/letter.pdf" in client.get(page).text
    # Nothing is erased yet, so there is nothing to certify.
    assert f"{page}/certificate.pdf" not in client.get(page).text
    assert client.get(f"{page}/certificate.pdf").status_code == 404
    placements = context.get_placements()
    digest = find_person(placements, 1).digest
    erase_person(placements, 1, "ada", acknowledged=True, expected=digest)
    for kind in ("pdf", "html", "json"):
        assert f"{page}/certificate.{kind}" in client.get(page).text
        path = tmp_path / f"c.{kind}"
        path.write_bytes(client.get(f"{page}/certificate.{kind}").content)
        assert verify_certificate(path, trusted_keys(context.get_settings(), []))
        assert b"5550143" not in path.read_bytes()
    letter = client.get(f"{page}/letter.pdf")
    assert letter.content.startswith(b"%PDF-")
    assert 'filename="answer-1.pdf"' in letter.headers["content-disposition"]
    for path in ("certificate.pdf", "letter.pdf"):
        assert as_("bob").get(f"{page}/{path}").status_code == 403
    post(as_, "ada", "/requests/1/close")
    # The person is forgotten: the certificate does not need them, the letter does.
    assert client.get(f"{page}/certificate.pdf").status_code == 200
    assert client.get(f"{page}/letter.pdf").status_code == 404
    assert "letter.pdf" not in client.get(page).text
