"""An account is closed from its page by two people: one asks and sees what would be redacted, another one answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.accounts.administrators import set_administrator
from redaction.control.close import finish_closings
from redaction.deployment import Deployment
from redaction.evidence.keys import make_key, trusted_keys
from redaction.evidence.render import verify_certificate
from redaction.gate.guard import decide_approval, list_waiting
from redaction.gate.holds import place_hold, release_hold
from redaction.web import context
from redaction.web.context import make_token
from tests.web.conftest import As

Insert = Callable[..., None]
PAGE = "/redaction/accounts/7/closing"


@pytest.fixture
def full(house_of_two: int, deployment: Deployment, insert: Insert) -> int:
    """Account 7 with two calls, a text, and a hold on one of them; bob administers it too."""
    for number in (1, 2, 3):
        insert(number, kind="text" if number == 3 else "call")
    set_administrator(deployment, 7, "bob", "eve", as_operator=True)
    return place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[2]).id


def _ask(as_: As, name: str = "ada", reason: str = "ticket 4") -> Any:
    return as_(name).post(PAGE, data={"token": make_token(name), "reason": reason})


def test_the_page_says_what_would_go_before_anybody_asks(as_: As, full: int) -> None:
    page = as_("ada").get(PAGE).text
    assert "<h1>Close Dental</h1>" in page
    assert "2 activities would be redacted: 1 call, 1 text" in page
    assert "1 activity is on hold and stays" in page
    assert "<button" in page
    # It is not offered to people who may not.
    seen = as_("opal").get(PAGE)
    assert (seen.status_code, 'name="reason"' in seen.text) == (200, False)
    assert as_("opal").post(PAGE, data={"token": make_token("opal"), "reason": "ticket 4"}).status_code == 403


def test_one_asks_and_another_one_answers(as_: As, full: int, deployment: Deployment) -> None:
    assert _ask(as_, reason="").status_code == 400
    refused = _ask(as_, reason="call +1 212 555 0143")
    assert (refused.status_code, "0143" in refused.text.replace('value="call +1 212 555 0143"', "")) == (400, False)
    assert 'aria-invalid="true"' in refused.text
    assert not list_waiting(deployment.database)
    answer = _ask(as_)
    assert answer.status_code == 303
    [asked] = list_waiting(deployment.database)
    assert answer.headers["location"] == f"/redaction/runs/{asked.run_id}"
    page = as_("ada").get(PAGE).text
    assert "Waits for approval" in page
    assert "ada cannot answer: they have requested it." in page
    set_administrator(deployment, 7, "opal", "bob")
    assert "they have been an administrator for too short a time" in as_("opal").get(PAGE).text
    assert 'name="reason"' not in page
    # Nothing has changed yet, and a second question leads to the first.
    assert "would be redacted" not in page
    assert _ask(as_).headers["location"] == f"/redaction/runs/{asked.run_id}"


def test_airflow_asks_too_if_the_requester_may_trigger_its_dag(
    as_: As, full: int, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Any] = []

    async def take(request: Any, *asked: Any) -> dict[str, Any]:
        taken.append(asked)
        return {}

    monkeypatch.setattr("redaction.web.closing.ask_airflow", take)
    _ask(as_)
    [asked] = list_waiting(deployment.database)
    _, _, dag_run_id = str(asked.run_key).partition("close_account/")
    conf = {"account": 7, "reason": "ticket 4"}
    body = {"logical_date": None, "dag_run_id": dag_run_id, "conf": conf}
    assert taken == [("close_account", "POST", "/dagRuns", body)]
    # A second question is not asked.
    _ask(as_)
    assert len(taken) == 1


def test_from_the_answer_on_the_page_says_what_it_waits_for_and_at_the_end_gives_the_certificate(
    as_: As, full: int, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ask(as_)
    [asked] = list_waiting(deployment.database)
    decide_approval(deployment, asked.run_id, True, "bob")
    page = as_("ada").get(PAGE).text
    assert "Closing" in page
    assert "requested by ada, approved by bob" in page
    assert "3 activities and 0 objects are left" in page
    assert as_("ada").get(f"{PAGE}/certificate.pdf").status_code == 404
    finish_closings(deployment, lambda _: None)
    assert "1 activity and 0 objects are left" in as_("ada").get(PAGE).text
    release_hold(deployment, full, "eve")
    finish_closings(deployment, lambda _: None)
    page = as_("ada").get(PAGE).text
    assert "is closed</h1>" in page
    assert "no key is set" in page
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    context.get_placements.cache_clear()
    for kind in ("pdf", "html", "json"):
        assert f"{PAGE}/certificate.{kind}" in as_("ada").get(PAGE).text
        path = tmp_path / f"c.{kind}"
        path.write_bytes(as_("ada").get(f"{PAGE}/certificate.{kind}").content)
        assert verify_certificate(path, trusted_keys(context.get_settings(), []))
    # It has the reason.
    assert as_("opal").get(f"{PAGE}/certificate.pdf").status_code == 403
    assert "ticket 4" not in as_("opal").get(PAGE).text
