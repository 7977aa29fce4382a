"""A run that waits for approval: its question is on the pages, and the right person answers it there."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from airflow.models.dagrun import DagRun
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.utils.session import create_session

from redaction.control.manual import ManualRequest, begin_manual
from redaction.deployment import Deployment
from redaction.gate.holds import list_holds, place_hold
from redaction.web.context import make_token
from tests.security.conftest import ToldRun, dags, parsed
from tests.web.conftest import As

__all__ = ["dags", "parsed"]
Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
ACCOUNT = "redact_account_7"
ANSWER = "/redaction/accounts/7/runs/1/answer"


def _answer(as_: As, who: str, answer: str = "Approve", address: str = ANSWER) -> Any:
    return as_(who).post(address, data={"token": make_token(who), "answer": answer})


def _decided(sql: Sql) -> list[dict[str, Any]]:
    return sql("SELECT approved, decided_by FROM redaction.approvals")


@pytest.fixture
def parked(
    house_of_two: int, dags: dict[str, Any], as_: As, insert: Insert, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A DAG run of account 7 that root has triggered; its first task has asked, as a worker does, and waits."""
    monkeypatch.setenv("REDACTION_GUARD_FIRST", "1")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'root')")
    insert(1)
    insert(2, kind="text")
    body = {"logical_date": None, "dag_run_id": "manual__1"}
    assert as_("root").post(f"/api/v2/dags/{ACCOUNT}/dagRuns", json=body).status_code == 200
    with create_session() as session:
        told = ToldRun.model_validate(session.query(DagRun).filter_by(dag_id=ACCOUNT, run_id="manual__1").one())
        waiting = session.query(TaskInstance).filter_by(dag_id=ACCOUNT, run_id="manual__1", task_id="select").one()
        waiting.state = "awaiting_input"

        def keep(**values: Any) -> None:
            wanted = {name: values[name] for name in ("ti_id", "options", "subject", "body")}
            session.add(HITLDetail(**wanted, params={}, params_input={}))

        monkeypatch.setattr("airflow.providers.standard.operators.hitl.upsert_hitl_detail", keep)
        context: dict[str, Any] = {"dag_run": told, "task_instance": waiting, "ti": waiting}
        with pytest.raises(TaskAwaitingInput):
            dags[ACCOUNT].get_task("select").execute(context)


def _responses() -> list[tuple[Any, Any]]:
    with create_session() as session:
        return [(one.chosen_options, one.responded_by) for one in session.query(HITLDetail).all()]


@pytest.mark.parametrize("address", ["/redaction/runs/1", "/redaction/accounts/7"])
def test_the_question_stands_on_the_pages_with_a_way_to_that_of_airflow(as_: As, parked: None, address: str) -> None:
    page = html.unescape(as_("ada").get(address).text)
    assert "Dental (7): first run, 2 activities" in page
    assert "root asked for it. First runs of more than 1 wait for a person." in page
    assert "1 call, 1 text; 0 recordings and files; 0 on hold, which stay." in page
    assert "Reject: redacts nothing; the next run asks again." in page
    assert f'href="/dags/{ACCOUNT}/runs/manual__1/tasks/select/required_actions" target="_top"' in page
    assert "Waits for approval" in page
    assert f'action="{ANSWER}"' in page
    # A person who may not answer sees no buttons, and who may.
    for who in ("vera", "root", "bob"):
        other = as_(who).get(address).text
        assert ANSWER not in other
        assert "Another administrator of the account answers" in other


def test_an_answer_is_given_to_airflow_in_the_name_of_who_gives_it(as_: As, parked: None, sql: Sql) -> None:
    for who, why in (("root", "they have requested it"), ("bob", "")):
        refused = _answer(as_, who)
        assert (refused.status_code, why in refused.text) == (403, True)
    assert _answer(as_, "vera").status_code == 403
    assert _answer(as_, "ada", "Perhaps").status_code == 400
    assert _responses() == [(None, None)]
    answer = _answer(as_, "ada", "Reject")
    assert (answer.status_code, answer.headers["location"]) == (303, "/redaction/runs/1?answered=Reject")
    assert _responses() == [(["Reject"], {"id": "ada", "name": "ada"})]
    # The task decides: a page's answer takes the same path as every answer.
    assert _decided(sql) == [{"approved": None, "decided_by": None}]
    assert "Your answer was given: Reject" in as_("ada").get("/redaction/runs/1?answered=Reject").text
    again = _answer(as_, "ada")
    assert (again.status_code, "has answered already" in again.text) == (409, True)


def test_a_run_of_the_command_line_is_decided_at_once(
    as_: As, house_of_two: int, deployment: Deployment, insert: Insert, sql: Sql
) -> None:
    insert(1)
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'root')")
    sql("UPDATE tracking.accounts SET needs_approval = true")
    begin_manual(deployment, ManualRequest(7, (1,), "ticket 1", "root"), "cli", True)
    page = as_("ada").get("/redaction/runs/1").text
    assert "required_actions" not in page
    assert ANSWER in page
    assert _answer(as_, "ada", address=ANSWER.replace("/1/", "/9/")).status_code == 404
    assert _answer(as_, "bob", address=ANSWER.replace("/7/", "/8/")).status_code == 404
    assert _decided(sql) == [{"approved": None, "decided_by": None}]
    answer = _answer(as_, "ada")
    assert answer.status_code == 303
    assert _decided(sql) == [{"approved": True, "decided_by": "ada"}]
    assert (
        "It is kept: approved; <code>redaction run 7</code> goes on with it."
        in as_("ada").get(answer.headers["location"]).text
    )
    assert ANSWER not in as_("ada").get("/redaction/runs/1").text


def test_the_tab_of_a_dag_run_leads_to_its_run(as_: As, parked: None) -> None:
    led = as_("vera").get(f"/redaction/dag-runs/{ACCOUNT}/manual__1")
    assert (led.status_code, led.headers["location"]) == (307, "/redaction/runs/1")
    other = as_("vera").get("/redaction/dag-runs/their_own/scheduled__2026-01-01T00:00:00+00:00")
    assert (other.status_code, "This DAG run has redacted nothing" in other.text) == (404, True)


def test_a_release_that_takes_two_is_asked_by_airflow_too(
    house_of_two: int, dags: dict[str, Any], deployment: Deployment, as_: As, insert: Insert, sql: Sql
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'root')")
    sql("UPDATE tracking.accounts SET needs_approval = true WHERE id = 7")
    insert(1)
    hold = place_hold(deployment, 7, "case 4", "ada", [1]).id
    address = f"/redaction/accounts/7/holds/{hold}/release"
    page = as_("root").post(address, data={"token": make_token("root")})
    assert (page.status_code, "by answering the question in Airflow" in page.text) == (200, True)
    with create_session() as session:
        [run] = session.query(DagRun).filter_by(dag_id="release_hold").all()
        assert (run.conf, run.triggering_user_name) == ({"account": 7, "hold": hold}, "root")
    assert list_holds(deployment.database)[0].released_at is None
    seen = as_("ada").get("/redaction/accounts/7/holds").text
    assert ("Release proposed" in seen, "by root" in seen) == (True, True)
    # Another one agrees here; the task of Airflow's question notices.
    assert as_("ada").post(address, data={"token": make_token("ada")}).status_code == 303
    assert list_holds(deployment.database)[0].released_by == "ada"
