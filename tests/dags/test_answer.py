"""The DAG that answers requests: in the name of the person who triggers it, with a second administrator if needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskAwaitingInput

from redaction.airflow.dags import build_answer_request, build_redact_on_demand
from redaction.placements.resolve import Placements
from redaction.requests.exports import list_exports
from redaction.requests.find import find_person
from redaction.requests.records import get_home, get_request, open_request
from redaction.settings import load_settings

Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def placements(
    account: int, insert: Callable[..., None], sql: Sql, deployed: None, airflow_database: None
) -> Iterator[Placements]:
    """Two activities of a person, of an account that the user of `dag.test()` administers, and bob."""
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'dag_test'), (7, 'bob')")
    insert(1)
    insert(2)
    with Placements(load_settings()) as found:
        yield found


def opened(placements: Placements, kind: Any = "erasure") -> int:
    return open_request(placements, kind, "+12125550143", "eve", "called back", "DSR-12", 1).request.id


def form(placements: Placements, request_id: int, **changes: Any) -> dict[str, Any]:
    digest = find_person(placements, request_id).digest
    return {"request": request_id, "answer": "erasure", "acknowledged": True, "expect": digest, **changes}


def redacted(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL ORDER BY id")]


def test_a_person_is_erased_from_the_form(placements: Placements, sql: Sql) -> None:
    request_id = opened(placements)
    run = build_answer_request().test(run_conf=form(placements, request_id))
    assert (run.state, redacted(sql)) == ("success", [1, 2])
    assert get_request(placements, request_id).answered_by == "dag_test"


def test_an_export_is_made_for_who_has_triggered_it(placements: Placements) -> None:
    pytest.importorskip("typst")
    request_id = opened(placements, "access")
    run = build_answer_request().test(run_conf=form(placements, request_id, answer="export"))
    [export] = list_exports(get_home(placements), request_id)
    assert (run.state, export.made_by, export.activities) == ("success", "dag_test", 2)


@pytest.mark.parametrize(
    ("changes", "administrator"),
    [
        ({"acknowledged": False}, True),
        ({"expect": "0" * 64}, True),
        ({"expect": None}, True),
        ({"request": 99}, True),
        ({"caller": "+12125550143"}, True),
        ({}, False),
    ],
)
def test_what_is_refused_fails_and_changes_nothing(
    placements: Placements, sql: Sql, changes: dict[str, Any], administrator: bool
) -> None:
    conf = form(placements, opened(placements), **changes)
    if not administrator:
        sql("DELETE FROM tracking.account_users")
    assert build_answer_request().test(run_conf=conf).state == "failed"
    assert redacted(sql) == []


def test_an_answer_is_one_to_the_runs_that_the_question_has_named(
    placements: Placements, sql: Sql, insert: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request fails in account 8 while the question is put, so that it names only account 7; then 8 works."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **values: asked.append(values)
    )
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since, manual_redaction)"
        " VALUES (8, 1, 'Law', 'daily', '2026-01-01', false)"
    )
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (8, 'dag_test'), (8, 'bob')")
    sql("UPDATE tracking.accounts SET needs_approval = true")
    insert(11, account_id=8)
    task = build_answer_request().get_task("answer")
    params = form(placements, opened(placements))
    ti = SimpleNamespace(id="ti", task_id=task.task_id, xcom_push=lambda **_: None)
    dag_run = SimpleNamespace(
        conf=params, dag_id="answer_request", run_id="manual__1", run_type="manual", triggering_user_name="dag_test"
    )
    context: dict[str, Any] = {"dag_run": dag_run, "params": params, "task_instance": ti, "ti": ti, "task": task}
    event = {
        "chosen_options": ["Approve"],
        "params_input": {},
        "responded_at": datetime.now(UTC),
        "responded_by_user": {"id": "bob", "name": "bob"},
    }
    with pytest.raises(TaskAwaitingInput):
        task.execute(context)
    assert "Law" not in str(asked[-1])
    sql("UPDATE tracking.accounts SET manual_redaction = true WHERE id = 8")
    with pytest.raises(TaskAwaitingInput):
        task.execute_complete(context, event)
    assert "Law" in asked[-1]["subject"]
    done = "SELECT DISTINCT account_id FROM tracking.activities WHERE redacted_at IS NOT NULL"
    assert sql(done) == [{"account_id": 7}]
    task.execute_complete(context, event)
    assert len(sql(done)) == 2


@pytest.mark.parametrize("dag_id", ["answer_request", "redact_on_demand"])
def test_another_administrator_answers_where_two_are_wanted(
    placements: Placements, sql: Sql, monkeypatch: pytest.MonkeyPatch, dag_id: str
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **values: asked.append(values)
    )
    sql("UPDATE tracking.accounts SET needs_approval = true")
    if dag_id == "answer_request":
        task = build_answer_request().get_task("answer")
        params = form(placements, opened(placements))
    else:
        task = build_redact_on_demand().get_task("begin")
        params = {"account": 7, "activity_ids": [1], "content": True, "past_from_contact": False, "acknowledged": True}
        params |= {"reason": "ticket 12", "expect": None}
    ti = SimpleNamespace(id="ti", task_id=task.task_id, xcom_push=lambda **_: None)
    dag_run = SimpleNamespace(
        conf=params, dag_id=dag_id, run_id="manual__1", run_type="manual", triggering_user_name="dag_test"
    )
    context: dict[str, Any] = {"dag_run": dag_run, "params": params, "task_instance": ti, "ti": ti, "task": task}
    skipped: list[Any] = []
    monkeypatch.setattr(task, "skip", lambda **values: skipped.append(values))

    def answer(name: str | None, chosen: str = "Approve") -> Any:
        user = {"id": name, "name": name} if name else None
        event = {
            "chosen_options": [chosen],
            "params_input": {},
            "responded_at": datetime.now(UTC),
            "responded_by_user": user,
        }
        return task.execute_complete(context, event)

    with pytest.raises(TaskAwaitingInput):
        task.execute(context)
    assert "dag_test asked for it. The account wants two people" in asked[0]["body"]
    assert "redacts nothing; the requester has to ask again." in asked[0]["body"]
    assert "5550143" not in str(asked)
    for name in ("dag_test", "mallory", None):
        with pytest.raises(TaskAwaitingInput):
            answer(name)
    assert redacted(sql) == []
    assert answer("bob") == (None if dag_id == "answer_request" else 1)
    assert redacted(sql) == ([1, 2] if dag_id == "answer_request" else [])
    assert sql("SELECT approved, decided_by FROM redaction.approvals") == [{"approved": True, "decided_by": "bob"}]
    assert skipped == []
