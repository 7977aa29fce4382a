"""Every form: a form that only looks can be sent as it is shown, and a refused form keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest

from redaction.control.texts import list_texts
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.objects.registry import add_store
from redaction.objects.stores import Store
from redaction.pipeline.reports import rebuild_account
from redaction.web.context import make_token
from tests.web.conftest import As
from tests.web.forms import read_forms

Sql = Callable[..., list[dict[str, Any]]]
PAGES = "/redaction"
LOOKING = (
    *("/", "/accounts", "/calendar", "/ledger", "/audit", "/views", "/alerts", "/find"),
    *("/accounts/7/log/calls", "/accounts/7/log/texts", "/accounts/7/reports/days", "/agencies/1/reports/days"),
)


@pytest.fixture
def full(house_of_two: int, insert: Callable[..., None], deployment: Deployment, as_: As) -> str:
    """Account 7 with two activities, a store, an open request, and a text to decide on, whose digest is returned."""
    insert(1, source="Ask for 212 555 0199")
    insert(2)
    rebuild_account(deployment.database, 7)
    host = "https://taken.example.com/api"
    add_store(deployment, Store(0, "taken", host, None, "vendor", None, 7, f"{host}/{{activity}}"), "eve")
    opened = as_("ada").post(f"{PAGES}/find", data={"token": make_token("ada"), **PERSON})
    assert opened.status_code == 200
    return list_texts(deployment.database, 7)[0].digest


@pytest.mark.parametrize("path", LOOKING)
def test_a_form_that_only_looks_can_be_sent_as_it_is_shown(as_: As, house_of_two: int, path: str) -> None:
    ada = as_("ada")
    shown = ada.get(f"{PAGES}{path}")
    forms = [form for form in read_forms(shown.text) if form.method == "get"]
    assert forms
    for form in forms:
        answer = ada.get(urljoin(f"{PAGES}{path}", form.action), params=form.fields)
        known = answer.status_code in (200, 303) or (path == "/audit" and not form.fields.get("since"))
        assert known, (form, answer.text)


def test_the_head_of_a_search_says_how_many_match(as_: As, house_of_two: int) -> None:
    for given, head in (({"q": "dental"}, "1 of 2 accounts"), ({"q": "", "agency": ""}, "2 accounts")):
        assert f'<h1 id="accounts">{head}</h1>' in as_("ada").get(f"{PAGES}/accounts", params=given).text
    behind = as_("ada").get(f"{PAGES}/accounts?page=99").text
    assert ("No accounts match" in behind, ">Dental</a>" in behind) == (False, True)


PHONE = "call them at 212 555 0143"
STORE = {"name": "vendor", "prefix": "https://app.example.com/api", "mode": "vendor", "connection": ""} | {
    "template": "https://app.example.com/api/{activity}",
    "method": "POST",
    "body": "x",
}
PERSON = {"contact": "212 555 0143", "kind": "both", "identity": "called back", "reference": "DSR-12"} | {
    "agency": "",
    "accounts": "7",
    "country": "",
    "law": "gdpr",
}
HOLD = {"activities": "1", "contact": "", "until": "", "reason": "case 4", "anyway": "on"}


def test_a_value_that_ends_like_an_empty_field_is_kept(as_: As, house_of_two: int) -> None:
    assert 'value="a="' in as_("vera").get("/redaction/accounts?q=a=&state=").text


@pytest.mark.parametrize(
    ("path", "given", "fields"),
    [
        ("/accounts/7/stores", {**STORE, "name": "-"}, ["name"]),
        ("/accounts/7/stores", {**STORE, "name": "taken"}, ["name"]),
        ("/accounts/7/stores", {**STORE, "prefix": "app.example.com"}, ["prefix"]),
        ("/accounts/7/stores", {**STORE, "prefix": "https://localhost/api"}, ["prefix"]),
        ("/accounts/7/stores", {**STORE, "prefix": "s3://bucket", "mode": "vendor"}, ["prefix"]),
        ("/accounts/7/stores", {**STORE, "mode": "delete"}, ["mode"]),
        ("/accounts/7/stores", {**STORE, "connection": "postgres_default"}, ["connection"]),
        ("/accounts/7/stores", {**STORE, "template": "https://app.example.com/api"}, ["template"]),
        ("/accounts/7/stores", {**STORE, "template": "https://other.example.com/{activity}"}, ["template"]),
        ("/accounts/7/administrators", {"username": "", "may_release": "on"}, ["username"]),
        (
            "/accounts/7/holds",
            {**HOLD, "activities": "1x", "until": "2026-02-30", "reason": PHONE},
            ["activities", "until", "reason"],
        ),
        ("/accounts/7/holds", {**HOLD, "until": "2020-01-01"}, ["until"]),
        ("/accounts/7/holds", {**HOLD, "activities": "99"}, ["activities"]),
        ("/accounts/7/holds", {**HOLD, "activities": "", "contact": "withheld"}, ["contact"]),
        ("/accounts/7/texts/keep", {"reason": PHONE}, ["reason"]),
        ("/accounts/7/texts/cut", {"reason": PHONE, "confirmed": "yes"}, ["reason"]),
        ("/accounts/7/closing", {"reason": PHONE}, ["reason"]),
        ("/accounts/7/redact", {}, ["acknowledged"]),
        ("/find", {**PERSON, "country": "XX"}, ["country"]),
        ("/find", {**PERSON, "contact": "", "identity": PHONE, "reference": ""}, ["contact", "identity", "reference"]),
        ("/find/search", {"sought": "212 555 0143", "country": "XX"}, ["country"]),
        ("/requests/1/answer", {"answer": "erasure"}, ["acknowledged"]),
        ("/requests/1/close", {"reason": PHONE}, ["reason"]),
        ("/requests/1/refuse", {"reason": PHONE}, ["reason"]),
        ("/accounts/7/log/calls", {"contact": "withheld"}, ["contact"]),
    ],
)
def test_a_refused_form_keeps_every_value_and_says_under_the_field_what_is_wrong(
    as_: As, full: str, path: str, given: dict[str, str], fields: list[str]
) -> None:
    if "/texts/" in path:
        given = {**given, "text": full}
    answer = as_("ada").post(f"{PAGES}{path}", data={"token": make_token("ada"), **given})
    assert answer.status_code in (400, 403)
    [form] = [form for form in read_forms(answer.text) if form.wrong]
    assert list(form.wrong) == fields
    assert {name: form.fields.get(name) for name in given} == given
    assert all(said.startswith("⚠ ") for said in form.wrong.values())
    assert ('role="alert"' in answer.text, "`" in answer.text) == (False, False)
    assert not {name for name in form.fields if name.startswith("may_")} - set(given)


@pytest.mark.parametrize(
    ("path", "given", "fields"),
    [
        ("/ledger", {"since": "2026-02-30", "until": "1/2/26", "actor": "ada"}, ["since", "until"]),
        ("/ledger", {"account": "x", "actor": "ada"}, ["account"]),
        ("/audit", {"since": "2026-02-30", "until": "x", "account": "y"}, ["since", "until", "account"]),
        ("/audit", {"since": "2026-02-01", "until": "2026-01-01"}, ["until"]),
        ("/audit", {"since": "1969-02-01", "until": "2026-01-01"}, ["since"]),
        ("/audit", {"since": "2026-01-01", "account": "99"}, ["account"]),
        ("/audit", {"since": "2026-01-01", "agency": "99"}, ["agency"]),
        ("/accounts/7/log/calls", {"since": "2026-02-30", "until": "x", "source": "Goo"}, ["since", "until"]),
        ("/accounts/7/reports/days", {"first": "2026-02-30", "last": "20260301"[:7]}, ["first", "last"]),
    ],
)
def test_a_refused_search_keeps_every_value_too(
    as_: As, house_of_two: int, path: str, given: dict[str, str], fields: list[str]
) -> None:
    answer = as_("ada").get(f"{PAGES}{path}", params=given)
    assert "`" not in answer.text
    [form] = [form for form in read_forms(answer.text) if form.wrong]
    assert list(form.wrong) == fields
    assert {name: form.fields.get(name) for name in given} == given


def test_fields_that_a_choice_hides_are_not_looked_at(as_: As, house_of_two: int) -> None:
    # The fields of a vendor were filled, and then the other mode was chosen.
    given = {**STORE, "prefix": "s3://bucket", "mode": "delete"}
    answer = as_("ada").post(f"{PAGES}/accounts/7/stores", data={"token": make_token("ada"), **given})
    [form] = [form for form in read_forms(answer.text) if form.wrong]
    assert list(form.wrong) == ["prefix"]
    assert "credentials" in form.wrong["prefix"]


@pytest.mark.parametrize("switch", ["manual_redaction", "automatic"])
def test_a_switch_that_the_agency_forbids_says_so_under_it(as_: As, house_of_two: int, sql: Sql, switch: str) -> None:
    sql("UPDATE tracking.agencies SET allow_redaction = false")
    sql("UPDATE tracking.accounts SET manual_redaction = false, auto_redaction = NULL WHERE id = 7")
    given = {"timezone": "Europe/Berlin", "country": "DE", "retention_mode": "every", "auto_redaction": "30"}
    given |= {switch: "on", "follow_source": "on", "confirmed": "yes", "token": make_token("ada")}
    answer = as_("ada").post(f"{PAGES}/accounts/7/settings", data=given)
    [form] = [form for form in read_forms(answer.text) if form.wrong]
    assert (answer.status_code, list(form.wrong)) == (400, [switch])
    assert "Agency 1 does not allow redaction" in form.wrong[switch]
    assert {name: form.fields[name] for name in ("timezone", "country", switch)} == {
        name: given[name] for name in ("timezone", "country", switch)
    }


def test_a_text_is_cut_for_the_reason_that_was_typed_before_the_question(as_: As, full: str) -> None:
    given = {"token": make_token("ada"), "text": full, "reason": "ticket 9"}
    answer = as_("ada").post(f"{PAGES}/accounts/7/texts/cut", data=given)
    [form] = [form for form in read_forms(answer.text) if "confirmed" in form.fields]
    assert form.fields["reason"] == "ticket 9"


def test_a_hold_that_another_tab_has_released_is_told_so(as_: As, house_of_two: int, deployment: Deployment) -> None:
    hold = place_hold(deployment, 7, "case 4", "eve")
    path, given = f"{PAGES}/accounts/7/holds/{hold.id}/release", {"token": make_token("ada")}
    assert as_("ada").post(path, data=given).status_code == 303
    again = as_("ada").post(path, data=given)
    assert (again.status_code, "was released already, by ada. Nothing was changed." in again.text) == (409, True)
