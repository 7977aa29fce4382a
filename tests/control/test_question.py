"""The question about a run that waits: the same words wherever it is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from redaction.accounts.accounts import get_account
from redaction.control.close import close_account
from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded
from redaction.gate.guard import decide_approval, describe_set, list_waiting
from redaction.gate.holds import place_hold
from redaction.gate.question import Question, pose_question
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.policy import day_start

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
AT = datetime(2026, 3, 2, 15, tzinfo=UTC)


def _end_of(day: int) -> datetime:
    return day_start(date(2026, 3, 3) + timedelta(days=day), ZoneInfo("America/New_York"))


def _ask(deployment: Deployment) -> Question:
    [asked] = list_waiting(deployment.database)
    found = describe_set(deployment.database, asked)
    return pose_question(get_account(deployment.database, 7), asked, found)


@pytest.fixture
def narrow(deployment: Deployment, account: int) -> Deployment:
    """A guard that asks from four activities on."""
    limits = {"guard_first": 3, "guard_least": 1, "guard_factor": 2}
    return deploy(deployment.database, deployment.settings.model_copy(update=limits))


def test_a_first_run_says_how_many_of_each_kind_when_and_what_each_answer_does(
    narrow: Deployment, insert: Insert
) -> None:
    for number, kind in enumerate(("call", "call", "text", "form", "call"), 1):
        insert(number, kind=kind)
    place_hold(narrow, 7, "case 4", "eve", activity_ids=[5])
    begin_run(narrow, 7, _end_of(0), "cli")
    question = _ask(narrow)
    assert question.subject == "Dental (7): first run, 4 activities"
    assert question.lines == (
        "First runs of more than 3 wait for a person.",
        "Before 3 Mar, 00:00 (New York): 2 calls, 1 text, 1 form; 0 recordings and files; 1 on hold, which stay.",
        "Approve: redacts them now, for good.",
        "Reject: redacts nothing; the next run asks again.",
    )


def test_a_later_run_is_no_first_run(narrow: Deployment, insert: Insert) -> None:
    insert(1)
    complete_run(narrow, begin_run(narrow, 7, _end_of(0), "cli").id)
    for number in range(2, 8):
        insert(number, called_at=AT + timedelta(days=1))
    begin_run(narrow, 7, _end_of(1), "cli")
    question = _ask(narrow)
    assert question.subject == "Dental (7): 6 activities"
    assert question.why == "Its earlier runs explain 2. Runs of more wait for a person."


def test_two_people_and_a_closing_are_named_for_what_they_are(
    deployment: Deployment, account: int, insert: Insert, sql: Sql
) -> None:
    insert(1)
    insert(2)
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (7, 'bob')")
    sql("UPDATE tracking.accounts SET needs_approval = true, manual_redaction = true")
    begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "ada"), "cli", True)
    question = _ask(deployment)
    assert question.subject == "Dental (7): by hand, 1 activity"
    assert question.lines[:2] == (
        "ada asked for it. The account wants two people for what cannot be undone.",
        "1 call; 0 recordings and files.",
    )
    assert question.reject == "redacts nothing; the requester has to ask again."
    decide_approval(deployment, 1, False, "bob")
    place_hold(deployment, 7, "case 4", "eve", activity_ids=[2])
    with pytest.raises(ApprovalNeeded):
        close_account(deployment, 7, "ada", "ticket 2")
    question = _ask(deployment)
    assert question.subject == "Dental (7): closing, 1 activity"
    assert question.why == "ada asked for it. The closing of an account needs a second administrator."
    assert question.takes == "1 call; 0 recordings and files; 1 on hold, which stay: the closing waits for them."
    assert question.approve == "closes the account and redacts them now, for good."
