"""Settings on the page: the product's words, the effect of a change before it is made, the administrators of the
account.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.accounts.accounts import get_account
from redaction.accounts.recipients import record_exposure
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.ledger.entries import read_entries
from redaction.web.context import make_token
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
ADA = "/redaction/accounts/7"
ON = {"automatic": "on", "auto_redaction": "daily", "timezone": "America/New_York", "manual_redaction": "on"}


def post(as_: As, who: str = "ada", path: str = "/settings", **fields: str) -> Any:
    return as_(who).post(f"{ADA}{path}", data={"token": make_token(who), **fields})


def test_the_form_has_the_product_words_and_what_goes_and_stays(
    as_: As, house_of_two: int, deployment: Deployment
) -> None:
    record_exposure(deployment.database, 7, "integration", "HubSpot", ["email"])
    page = as_("ada").get(f"{ADA}/settings").text
    for words in (
        "<legend>Behaviors</legend>",
        "Allow administrators to redact information within the call log",
        "Automatically redact information after a given time period",
        "Daily redacts at the end of each day, in the account's time zone.",
        "Update Features",
        "<li>Transcription</li>",
        "<li>Tracking source</li>",
        "Check your notification settings.",
        "HubSpot (integration): email",
    ):
        assert words in page, words
    # Only of the chosen period.
    assert page.count(": everything before ") == 3


def test_a_choice_that_is_shown_only_when_on_is_ignored_when_off(
    as_: As, house_of_two: int, database: Database
) -> None:
    answer = post(as_, auto_redaction="30", timezone="America/New_York", confirmed="yes")
    assert answer.status_code == 303
    assert get_account(database, 7).auto_redaction is None
    assert as_("ada").get(answer.headers["location"]).text.count("Saved.") == 1


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"auto_redaction": "31"}, "auto_redaction", "the period must be one of"),
        ({"timezone": "Mars/X"}, "timezone", "there is no time zone"),
        ({"country": "XX"}, "country", "country"),
        ({"auto_redaction": "30", "recordings_period": "60"}, "recordings_period", "recordings cannot go later"),
    ],
)
def test_what_is_wrong_stands_under_its_field_and_what_was_chosen_stays(
    as_: As, house_of_two: int, database: Database, fields: dict[str, str], field: str, says: str
) -> None:
    before = get_account(database, 7)
    answer = post(as_, **{**ON, "follow_source": "on", **fields})
    assert answer.status_code == 400
    assert f'aria-describedby="{field}-problem"' in answer.text
    [said] = re.findall(r'<span class="problem" id="([a-z_]+)-problem">⚠ ([^<]+)<', answer.text)
    assert (said[0], says in said[1].lower()) == (field, True)
    assert re.search('name="follow_source" checked', answer.text)
    assert get_account(database, 7) == before


def test_what_is_switched_off_is_asked_with_before_and_after(
    as_: As, house_of_two: int, insert: Insert, database: Database
) -> None:
    insert(1, called_at=datetime.now(UTC) - timedelta(days=9))
    page = post(as_, timezone="America/New_York").text
    assert "<h1>Switch off automatic redaction?</h1>" in page
    assert re.search(r'"row">Rule</th><td data-label="Now">Daily</td><td data-label="Then">Off</td>', page)
    # Other changes are named too.
    assert re.search(r'"row">Redaction by hand</th><td data-label="Now">on</td><td data-label="Then">off</td>', page)
    assert "1 activity is due now" in page
    assert 'value="yes">Switch off automatic redaction</button>' in page
    assert "danger" not in page
    back = post(as_, timezone="America/New_York", back="yes")
    assert (back.status_code, 'name="automatic" >' in back.text) == (200, True)
    assert get_account(database, 7).auto_redaction == "daily"


def test_a_longer_period_says_how_old_the_oldest_gets(
    as_: As, house_of_two: int, insert: Insert, database: Database, sql: Sql
) -> None:
    sql("UPDATE tracking.accounts SET auto_redaction_since = current_date - 1 WHERE id = 7")
    insert(1, called_at=datetime.now(UTC) - timedelta(days=20))
    page = post(as_, **{**ON, "auto_redaction": "30"}).text
    assert "<h1>Change to every 30 days?</h1>" in page
    [age] = re.findall(r"Until <time [^>]+>[^<]+</time> the oldest activity will be (\d+) days old. The rule", page)
    assert 45 <= int(age) <= 50
    assert f'<a href="{ADA}/redact">now</a>' in page
    # Its next run is in the future: what is due today follows the old rule.
    assert "The first run is at" in page
    assert re.search(r'"row">Next run</th><td data-label="Now"><time', page)
    shorter = post(as_, **{**ON, "retention_mode": "rolling"}).text
    assert "the oldest activity will be" not in shorter


def test_two_people_are_asked_for_and_agree_on_the_page(
    as_: As, house_of_two: int, database: Database, sql: Sql
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'root')")
    assert post(as_, **ON, needs_approval="on").status_code == 303
    assert get_account(database, 7).needs_approval
    first = post(as_, **ON)
    assert (first.status_code, "another administrator must agree" in first.text) == (200, True)
    assert get_account(database, 7).needs_approval
    again = post(as_, **ON)
    assert (again.status_code, "ada has proposed it already" in again.text) == (400, True)
    assert post(as_, "root", **ON).status_code == 303
    assert not get_account(database, 7).needs_approval


def test_a_further_administrator_is_agreed_to_on_the_page(
    as_: As, house_of_two: int, database: Database, sql: Sql
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'root')")
    sql("UPDATE tracking.accounts SET needs_approval = true WHERE id = 7")
    given = {"username": "<zed>", "may_hold": "on"}
    asked = post(as_, path="/administrators", **given)
    assert (asked.status_code, "Nothing is changed yet" in asked.text) == (200, True)
    assert (
        "ada asks to make &lt;zed&gt; an administrator, who may place holds" in as_("root").get(f"{ADA}/settings").text
    )
    again = post(as_, path="/administrators", **given)
    assert (again.status_code, "ada has proposed it already" in again.text) == (400, True)
    assert post(as_, "root", path="/administrators", **given).status_code == 303
    page = as_("root").get(f"{ADA}/settings").text
    assert ("&lt;zed&gt;</th>" in page, "Waits for a second administrator" in page) == (True, False)


def test_administrators_are_added_and_removed_and_the_ledger_says_by_whom(
    as_: As, house_of_two: int, database: Database, sql: Sql
) -> None:
    sql("DELETE FROM tracking.account_users WHERE username = 'vera'")
    assert "Remove ada" not in as_("ada").get(f"{ADA}/settings").text
    added = post(as_, path="/administrators", username="zed", may_hold="on")
    assert added.status_code == 303
    page = as_("ada").get(added.headers["location"]).text
    assert "The administrators are changed." in page
    assert re.search(r'"row">zed</th><td data-label="Place holds">yes</td><td data-label="Release holds">no', page)
    assert "Remove zed" in page
    last = list(read_entries(database))[-1]
    assert (last.kind, last.actor, last.facts["after"]["administrators"]) == ("setting", "ada", ["ada", "zed"])
    for wrong in ("", " ", "x" * 201, "a\x00b"):
        refused = post(as_, path="/administrators", username=wrong)
        assert (refused.status_code, 'id="username-problem"' in refused.text) == (400, True)
    assert post(as_, path="/administrators/remove", username="nobody").status_code == 404
    assert post(as_, path="/administrators/remove", username="zed").status_code == 303
    alone = post(as_, path="/administrators/remove", username="ada")
    assert (alone.status_code, "needs an administrator" in alone.text) == (400, True)
    assert sql("SELECT username FROM tracking.account_users WHERE account_id = 7") == [{"username": "ada"}]
