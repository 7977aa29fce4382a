"""The page of the texts that may name a person: only for administrators, kept at once, cut after a confirmation."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from redaction.control.texts import list_texts
from redaction.deployment import Deployment
from redaction.ledger.entries import read_entries
from redaction.pipeline.run import run_account
from redaction.web.context import get_database, make_token
from tests.ready_made import ReadyMade
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
PAGE = "/redaction/accounts/7/texts"
NAMED = "<b>Zoë</b> 212 555 0199"


@pytest.fixture
def listed(served: None, ready_made: ReadyMade, insert: Callable[..., None], deployment: Deployment) -> int:
    def build() -> None:
        insert(1, source=NAMED)
        insert(2, source=NAMED, called_at=datetime(2026, 3, 4, 15, tzinfo=UTC))
        run_account(deployment, 7, datetime(2026, 4, 1, 12, tzinfo=UTC))

    ready_made("listed", build, "house_of_two")
    return 7


def _post(client: Any, person: str, decision: str, **fields: str) -> Any:
    named = next((text.digest for text in list_texts(get_database(), 7) if text.text == NAMED), "0" * 64)
    given = {"token": make_token(person), "text": named, "reason": "ticket 9", **fields}
    return client.post(f"{PAGE}/{decision}", data=given)


def _sources(sql: Sql) -> list[str]:
    return [row["source"] for row in sql("SELECT source FROM tracking.activities ORDER BY id")]


def test_a_text_is_shown_with_its_days_and_kept(listed: int, as_: As, sql: Sql) -> None:
    ada = as_("ada")
    page = ada.get(PAGE).text
    assert "&lt;b&gt;Zoë&lt;/b&gt; 212 555 0199" in page
    assert "<b>Zoë" not in page
    assert (">2 Mar" in page, ">4 Mar" in page, 'class="number">2<' in page) == (True, True, True)
    assert _post(ada, "ada", "keep").headers["location"].endswith("/texts?done=keep")
    assert "No text waits" in ada.get(f"{PAGE}?done=keep").text
    assert "keep: ada" in ada.get(f"{PAGE}?decided=true").text
    assert _sources(sql) == [NAMED, NAMED]


def test_a_cut_is_confirmed_and_told(listed: int, as_: As, sql: Sql, deployment: Deployment) -> None:
    ada = as_("ada")
    asked = _post(ada, "ada", "cut")
    assert (asked.status_code, "cut out for good" in asked.text, "2 activities" in asked.text) == (200, True, True)
    assert _sources(sql) == [NAMED, NAMED]
    assert _post(ada, "ada", "cut", confirmed="yes").status_code == 303
    assert _sources(sql) == ["<b>Zoë</b> [redacted]"] * 2
    entry = list(read_entries(deployment.database))[-1]
    assert (entry.kind, entry.actor, entry.reason) == ("text", "ada", "ticket 9")
    assert "No text waits" in ada.get(PAGE).text


@pytest.mark.parametrize(
    ("decision", "fields", "status"),
    [
        ("keep", {"reason": ""}, 400),
        ("keep", {"reason": "call 212 555 0199"}, 400),
        ("keep", {"text": "0" * 64}, 400),
        ("keep", {"text": ""}, 400),
        ("cut", {"confirmed": "yes", "reason": " "}, 400),
        ("cut", {"text": "0" * 64}, 404),
        ("burn", {}, 422),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    listed: int, as_: As, sql: Sql, decision: str, fields: dict[str, str], status: int
) -> None:
    answer = _post(as_("ada"), "ada", decision, **fields)
    assert answer.status_code == status
    assert status != 400 or 'role="alert"' in answer.text or 'id="reason-problem"' in answer.text
    assert sql("SELECT count(*) AS n FROM redaction.text_decisions") == [{"n": 0}]
    assert _sources(sql) == [NAMED, NAMED]


def test_who_does_not_administer_the_account_sees_and_decides_nothing(listed: int, as_: As, sql: Sql) -> None:
    for person in ("bob", "opal"):
        assert as_(person).get(PAGE).status_code == 403
        assert _post(as_(person), person, "cut", confirmed="yes").status_code == 403
    # Airflow lets her change nothing: she reads.
    page = as_("vera").get(PAGE).text
    assert ("212 555 0199" in page, "<button" in page) == (True, False)
    assert _post(as_("vera"), "vera", "keep").status_code == 403
    assert sql("SELECT count(*) AS n FROM redaction.text_decisions") == [{"n": 0}]


def test_a_reason_that_is_refused_stays_on_the_page(listed: int, as_: As) -> None:
    answer = _post(as_("ada"), "ada", "cut", confirmed="yes", reason="ticket 9, call 212 555 0199")
    assert answer.status_code == 400
    assert re.search(r'name="reason"[^>]* value="ticket 9, call 212 555 0199" aria-invalid="true"', answer.text)
