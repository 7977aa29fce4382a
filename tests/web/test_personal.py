"""Tags, typed reasons and texts like a number: shown and downloaded only by people who may see personal values."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.gate.holds import place_hold
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_listed
from redaction.reporting.hiding import hide_contacts
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MARCH = "first=2026-03-01&last=2026-03-31"
TAG = "oncology"
ACCOUNT, AGENCY = "/redaction/accounts/7/reports", "/redaction/agencies/1/reports"


@pytest.fixture
def tagged(house_of_two: int, database: Database, insert: Insert) -> None:
    """Tagged activities of two accounts; a caller's number stands in two sources and a label."""
    insert(1, called_at=AT, tags=[TAG], source="Call from (617) 555-0196")
    insert(2, called_at=AT + timedelta(hours=1), tags=[TAG], source="Call from (617) 555-0197")
    insert(3, account_id=8, called_at=AT, tags=["estate"], tracking_label="zoe.canary@example.com")
    for account_id in (7, 8):
        refresh_reports(database, account_id)


@pytest.mark.parametrize("suffix", ["", ".csv", ".parquet"])
@pytest.mark.parametrize("person", ["root", "opal", "bob"])
def test_who_only_sees_gets_no_tags(as_: As, tagged: None, suffix: str, person: str) -> None:
    for whose in (ACCOUNT, AGENCY):
        answer = as_(person).get(f"{whose}/tags{suffix}?{MARCH}")
        assert (answer.status_code, TAG.encode() in answer.content) == (403, False)
        assert as_(person).get(f"{whose}/sources{suffix}?{MARCH}").status_code == 200
    assert as_(person).get(f"/redaction/accounts/8/reports/tags{suffix}").status_code == (
        200 if person == "bob" else 403
    )
    assert as_(None).get(f"{ACCOUNT}/tags{suffix}").status_code == 401


@pytest.mark.parametrize("path", ["tags/", "tags%2ecsv", "TAGS", "./tags", "tags.csv/", "%74ags"])
def test_there_is_no_other_spelling_of_the_address(as_: As, tagged: None, path: str) -> None:
    client = as_("opal")
    client.follow_redirects = True
    answer = client.get(f"{ACCOUNT}/{path}?{MARCH}")
    assert answer.status_code in (403, 404)
    assert TAG not in answer.text


def test_an_administrator_sees_and_downloads_tags(as_: As, tagged: None, sql: Sql) -> None:
    client = as_("ada")
    assert TAG in client.get(f"{ACCOUNT}/tags?{MARCH}").text
    table = pd.read_csv(io.BytesIO(client.get(f"{ACCOUNT}/tags.csv?{MARCH}").content))
    assert [tuple(row) for row in table[["tag", "activities"]].dropna().itertuples(index=False)] == [(TAG, 2)]
    # Over an agency, only people who administer all of its accounts.
    assert client.get(f"{AGENCY}/tags?{MARCH}").status_code == 403
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (8, 'ada')")
    page = client.get(f"{AGENCY}/tags?{MARCH}").text
    assert TAG in page
    assert "estate" in page
    parquet = pd.read_parquet(io.BytesIO(client.get(f"{AGENCY}/tags.parquet?{MARCH}").content))
    assert set(parquet["tag"].dropna()) == {TAG, "estate"}


def test_the_tab_is_offered_to_who_may_see_it(as_: As, tagged: None) -> None:
    tab = "/reports/tags?"
    assert tab in as_("ada").get(f"{ACCOUNT}/sources").text
    assert tab not in as_("opal").get(f"{ACCOUNT}/sources").text
    assert tab not in as_("ada").get(f"{AGENCY}/sources").text


def test_another_role_of_an_account_is_no_administrator(as_: As, tagged: None, sql: Sql) -> None:
    sql("UPDATE tracking.account_users SET role = 'reader' WHERE username = 'ada'")
    assert as_("ada").get(f"{ACCOUNT}/tags?{MARCH}").status_code == 403


def test_what_looks_like_a_number_is_hidden_from_who_only_sees(as_: As, tagged: None) -> None:
    for suffix in ("", ".csv"):
        seen = as_("opal").get(f"{ACCOUNT}/sources{suffix}?{MARCH}").text
        assert "555-01" not in seen
        assert "[hidden]" in seen
        assert "555-0196" in as_("ada").get(f"{ACCOUNT}/sources{suffix}?{MARCH}").text
    table = pd.read_csv(io.BytesIO(as_("opal").get(f"{ACCOUNT}/sources.csv?{MARCH}").content))
    # The two are one row now.
    assert [tuple(row) for row in table[["source", "activities"]].itertuples(index=False)] == [
        ("Call from [hidden]", 2)
    ]
    numbers = as_("opal").get(f"{AGENCY}/numbers?{MARCH}").text
    assert "canary@example" not in numbers
    assert "+18005550100" in numbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Call from (617) 555-0196", "Call from [hidden]"),
        ("+49 30 901820-0 x", "[hidden] x"),
        ("617.555.0196/web", "[hidden]/web"),
        ("zoe.canary@example.com", "[hidden]"),
        ("Google Ads 2026-03", "Google Ads 2026-03"),
        ("24/7 hotline", "24/7 hotline"),
    ],
)
def test_what_is_hidden(text: str, shown: str) -> None:
    assert hide_contacts(text) == shown


def test_the_reason_of_a_hold_is_shown_to_administrators(as_: As, house_of_two: int, deployment: Deployment) -> None:
    place_hold(deployment, 7, "Zoe Canary v. Dental", "eve")
    place_hold(deployment, 8, "estate of Canary", "eve")
    for address in ("/redaction/holds", "/redaction/accounts/7/holds"):
        assert "Zoe Canary" in as_("ada").get(address).text
        assert "estate of" not in as_("ada").get(address).text
        for person in ("root", "opal", "bob"):
            page = as_(person).get(address)
            assert page.status_code == 200
            assert "Zoe Canary" not in page.text
            assert "for administrators of the account" in page.text


def test_the_reason_of_a_run_is_shown_to_administrators(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert
) -> None:
    insert(1, called_at=AT)
    request = Request("cli", kind="manual", requested_by="ada", reason="asked by Zoe Canary")
    run = select_listed(deployment, 7, lambda _: [1], request)
    complete_run(deployment, run.id)
    for person, sees in (("ada", True), ("opal", False), ("bob", False)):
        page = as_(person).get(f"/redaction/runs/{run.id}")
        assert page.status_code == 200
        assert ("asked by Zoe Canary" in page.text) == sees
