"""A question in Airflow ends when it is answered on a page or by command: its task notices, and continues or skips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskAwaitingInput

from redaction.accounts.snapshot import renew_snapshot
from redaction.airflow.dags import (
    build_answer_request,
    build_close_account,
    build_dag,
    build_redact_on_demand,
    build_release_hold,
)
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed, RedactionError
from redaction.gate.guard import decide_approval
from redaction.gate.holds import decline_release, list_holds, place_hold, release_hold
from redaction.ledger.verify import verify_ledger
from redaction.placements.resolve import Placements
from redaction.requests.find import find_person
from redaction.requests.records import open_request
from redaction.settings import load_settings

Sql = Callable[..., list[dict[str, Any]]]
TIMEOUT = {"error": "The response timeout has passed.", "error_type": "timeout"}


class Asking:
    """A task that asks, with the questions it has put to people and the tasks it has skipped."""

    def __init__(self, task: Any, dag_id: str, params: dict[str, Any], monkeypatch: pytest.MonkeyPatch, **more: Any):
        self.task = task
        self.asked: list[dict[str, Any]] = []
        self.skipped: list[dict[str, Any]] = []
        monkeypatch.setattr(
            "airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **values: self.asked.append(values)
        )
        monkeypatch.setattr(task, "skip", lambda **values: self.skipped.append(values))
        ti = SimpleNamespace(id="ti", task_id=task.task_id, xcom_push=lambda **_: None)
        given = {"conf": params, "dag_id": dag_id, "run_id": "manual__1", "run_type": SimpleNamespace(value="manual")}
        dag_run = SimpleNamespace(**given, triggering_user_name="ada", data_interval_end=None, **more)
        self.context = {"dag_run": dag_run, "params": params, "task_instance": ti, "ti": ti, "task": task}

    def ask(self) -> None:
        with pytest.raises(TaskAwaitingInput) as parked:
            self.task.execute(self.context)
        # It checks again after a while.
        assert parked.value.timeout is not None
        assert timedelta() < parked.value.timeout <= timedelta(minutes=5)

    def look(self) -> Any:
        return self.task.execute_complete(self.context, TIMEOUT)

    def look_in_vain(self) -> None:
        with pytest.raises(TaskAwaitingInput):
            self.look()

    def answer(self, name: str | None, chosen: str = "Approve") -> Any:
        user = {"id": name, "name": name} if name else None
        event = {"chosen_options": [chosen], "params_input": {}, "responded_at": datetime.now(UTC)}
        return self.task.execute_complete(self.context, event | {"responded_by_user": user})


@pytest.fixture
def placements(
    account: int, insert: Callable[..., None], sql: Sql, deployed: None, airflow_database: None
) -> Iterator[Placements]:
    """Account 7, which wants two people: ada and bob administer it, carol may not release holds; two activities."""
    sql("UPDATE tracking.accounts SET manual_redaction = true, needs_approval = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada'), (7, 'bob')")
    sql("INSERT INTO tracking.account_users (account_id, username, may_release) VALUES (7, 'carol', false)")
    insert(1)
    insert(2)
    with Placements(load_settings()) as found:
        yield found


def make(dag_id: str, placements: Placements, monkeypatch: pytest.MonkeyPatch) -> Asking:
    if dag_id == "answer_request":
        number = open_request(placements, "erasure", "+12125550143", "eve", "called back", "DSR-12", 1).request.id
        params = {"request": number, "answer": "erasure", "acknowledged": True}
        params |= {"expect": find_person(placements, number).digest}
        return Asking(build_answer_request().get_task("answer"), dag_id, params, monkeypatch)
    if dag_id == "redact_on_demand":
        params = {"account": 7, "activity_ids": [1, 2], "content": True, "past_from_contact": False}
        params |= {"acknowledged": True, "reason": "ticket 12", "expect": None}
        return Asking(build_redact_on_demand().get_task("begin"), dag_id, params, monkeypatch)
    if dag_id == "close_account":
        params = {"account": 7, "reason": "ticket 4"}
        return Asking(build_close_account().get_task("close"), dag_id, params, monkeypatch)
    [account] = renew_snapshot(placements.at("default")).accounts
    task = build_dag(account, 30).get_task("select")
    return Asking(task, dag_id, {}, monkeypatch)


DAGS = ["close_account", "answer_request", "redact_on_demand", "redact_account_7"]


@pytest.mark.parametrize("dag_id", DAGS)
def test_a_yes_elsewhere_lets_the_task_go_on(
    placements: Placements, deployment: Deployment, sql: Sql, monkeypatch: pytest.MonkeyPatch, dag_id: str
) -> None:
    asking = make(dag_id, placements, monkeypatch)
    asking.ask()
    asking.look_in_vain()
    asking.look_in_vain()
    decide_approval(deployment, 1, True, "bob")
    whole = dag_id in ("answer_request", "close_account")
    assert asking.look() == (None if whole else 1)
    redacted = sql("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NOT NULL")
    assert redacted == [{"n": 2 if whole else 0}]
    assert asking.skipped == []


@pytest.mark.parametrize("dag_id", DAGS)
def test_a_no_elsewhere_skips_the_rest(
    placements: Placements, deployment: Deployment, sql: Sql, monkeypatch: pytest.MonkeyPatch, dag_id: str
) -> None:
    asking = make(dag_id, placements, monkeypatch)
    asking.ask()
    decide_approval(deployment, 1, False, "bob")
    with suppress(NotAllowed):
        asking.look()
    assert sql("SELECT FROM tracking.activities WHERE redacted_at IS NOT NULL") == []
    # The others have one task.
    assert len(asking.skipped) == (dag_id not in ("answer_request", "close_account"))


def test_a_closing_waits_in_airflow_for_a_second_person_and_is_done_there(
    placements: Placements, deployment: Deployment, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_hold(deployment, 7, "case 4", "ada", [2])
    asking = make("close_account", placements, monkeypatch)
    asking.ask()
    [question] = asking.asked
    assert question["subject"] == "Dental (7): closing, 1 activity"
    assert "1 call; 0 recordings and files; 1 on hold, which stay: the closing waits for them." in question["body"]
    # The requester, strangers and nobody are not the second person; neither is a task that is cleared.
    for name in ("ada", "mallory", None):
        with pytest.raises(TaskAwaitingInput):
            asking.answer(name)
    asking.ask()
    closing = "SELECT closing_since IS NOT NULL AS begun, closed_at IS NOT NULL AS ended FROM tracking.accounts"
    redacted = "SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL ORDER BY id"
    assert (sql(closing)[0]["begun"], sql(redacted)) == (False, [])
    # A second question about the same account is refused.
    other = make("close_account", placements, monkeypatch)
    other.context["dag_run"].run_id = "manual__2"
    with pytest.raises(NotAllowed, match="run 1 waits already to close it"):
        other.task.execute(other.context)
    asking.answer("bob")
    assert (sql(closing), sql(redacted)) == ([{"begun": True, "ended": False}], [{"id": 1}])
    with suppress(ApprovalNeeded):
        release_hold(deployment, 1, "ada")
    release_hold(deployment, 1, "bob")
    asking.task.execute(asking.context)
    assert (sql(closing), sql(redacted)) == ([{"begun": True, "ended": True}], [{"id": 1}, {"id": 2}])
    # A kill after the end.
    asking.task.execute(asking.context)


def test_a_closing_that_was_refused_stays_refused(
    placements: Placements, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = make("close_account", placements, monkeypatch)
    asking.ask()
    asking.answer("bob", "Reject")
    with pytest.raises(NotAllowed, match="was refused"):
        asking.task.execute(asking.context)
    assert sql("SELECT FROM redaction.runs WHERE state = 'selected'") == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"run_type": SimpleNamespace(value="scheduled")}, "by a person"),
        ({"triggering_user_name": None}, "nobody whom Airflow has authenticated"),
        ({"conf": {"account": 7, "reason": "ticket 4", "approved": True}}, "no other key"),
    ],
)
def test_a_closing_that_no_person_has_asked_for_by_its_form_begins_nothing(
    placements: Placements, sql: Sql, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], says: str
) -> None:
    asking = make("close_account", placements, monkeypatch)
    vars(asking.context["dag_run"]).update(changed)
    with pytest.raises(RedactionError, match=says):
        asking.task.execute(asking.context)
    assert (asking.asked, sql("SELECT FROM redaction.runs")) == ([], [])


def release(placements: Placements, monkeypatch: pytest.MonkeyPatch) -> Asking:
    hold = place_hold(placements.at("default"), 7, "case 4", "ada", [1]).id
    params = {"account": 7, "hold": hold}
    return Asking(build_release_hold().get_task("release"), "release_hold", params, monkeypatch)


def is_released(deployment: Deployment) -> bool:
    return list_holds(deployment.database)[0].released_at is not None


def test_a_release_is_asked_of_a_second_person(
    placements: Placements, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = release(placements, monkeypatch)
    asking.ask()
    assert asking.asked[0]["subject"] == "Dental (7): release hold 1?"
    assert "ada asked for it" in asking.asked[0]["body"]
    # The reason is for administrators of the account.
    assert "case 4" not in str(asking.asked)
    for name in ("ada", "ADA", "carol", "mallory", None):
        for chosen in ("Approve", "Reject")[: 1 if name == "carol" else 2]:
            with pytest.raises(TaskAwaitingInput):
                asking.answer(name, chosen)
    assert not is_released(deployment)
    assert asking.answer("bob") == 1
    assert list_holds(deployment.database)[0].released_by == "bob"
    assert verify_ledger(deployment).unrecorded == ()


def test_a_no_leaves_the_hold(placements: Placements, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = release(placements, monkeypatch)
    asking.ask()
    assert asking.answer("bob", "Reject") == 1
    assert not is_released(deployment)
    # Asked again, it is another question.
    asking.ask()
    assert asking.answer("bob") == 1
    assert is_released(deployment)


@pytest.mark.parametrize("agrees", [True, False])
def test_an_answer_elsewhere_ends_the_question_about_a_release(
    placements: Placements, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, agrees: bool
) -> None:
    asking = release(placements, monkeypatch)
    asking.ask()
    asking.look_in_vain()
    (release_hold if agrees else decline_release)(deployment, 1, "bob")
    assert asking.look() == 1
    assert is_released(deployment) is agrees


def test_a_release_that_was_proposed_elsewhere_is_asked_about(
    placements: Placements, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = release(placements, monkeypatch)
    with pytest.raises(ApprovalNeeded):
        release_hold(deployment, 1, "ada")
    asking.ask()
    assert asking.answer("bob") == 1
    assert is_released(deployment)


def test_what_nobody_answers_ends_with_its_proposal(
    placements: Placements, deployment: Deployment, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = release(placements, monkeypatch)
    asking.ask()
    sql("ALTER TABLE redaction.proposals DISABLE TRIGGER check_second")
    sql("UPDATE redaction.proposals SET requested_at = now() - interval '31 days'")
    with pytest.raises(ApprovalNeeded, match="nobody has answered within 30 days: hold 1 stays in force"):
        asking.look()


def test_where_one_is_enough_it_is_released_at_once(
    placements: Placements, deployment: Deployment, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("UPDATE tracking.accounts SET needs_approval = false")
    asking = release(placements, monkeypatch)
    assert asking.task.execute(asking.context) == 1
    assert is_released(deployment)


@pytest.mark.parametrize(
    ("who", "params", "error"),
    [
        ("mallory", {}, NotAllowed),
        ("carol", {}, NotAllowed),
        ("ada", {"hold": 9}, BadInput),
        ("ada", {"reason": "x"}, BadInput),
    ],
)
def test_what_is_refused_changes_nothing(
    placements: Placements,
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    params: dict[str, Any],
    error: type[Exception],
) -> None:
    asking = release(placements, monkeypatch)
    asking.context["dag_run"].triggering_user_name = who
    asking.context["params"].update(params)
    with pytest.raises(error):
        asking.task.execute(asking.context)
    assert not is_released(deployment)
