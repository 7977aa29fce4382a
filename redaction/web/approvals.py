"""Runs that wait for approval: the question on the pages, and its answer, which goes through Airflow's own API."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from redaction.accounts.accounts import get_account
from redaction.accounts.proposals import say_refusal
from redaction.deployment import Deployment
from redaction.gate.guard import Approval, check_approver, decide_approval, describe_set, find_approval, list_waiting
from redaction.gate.question import Question, pose_question
from redaction.pipeline.runs import get_run
from redaction.web.access import CLOSE, ON_DEMAND, Approver, Person, can_approve
from redaction.web.changes import ANSWERS
from redaction.web.context import AIRFLOW, PREFIX, Form, get_deployment
from redaction.web.manual import ask_airflow

router = APIRouter(prefix="/accounts/{account_id}/runs/{run_id}")

_FIRST_TASKS = {ON_DEMAND: "begin", CLOSE: "close"}
"""The task that asks, if it is not `select`."""


@dataclass(frozen=True)
class Posed:
    """A question on a page: its run and words, where Airflow asks (None: nowhere), whether this person may answer,
    and why they are no second person (None: they are one).
    """

    asked: Approval
    question: Question
    link: str | None
    may_answer: bool
    why_not: str | None


def pose_waiting(
    deployment: Deployment, person: Person, account_id: int | None = None, run_id: int | None = None, exact: bool = True
) -> list[Posed]:
    """Return the open questions, of an account, of a run or of all, longest first. `exact` counts the set of each,
    which takes longer for larger sets.
    """
    return [
        _pose(deployment, person, asked, exact)
        for asked in list_waiting(deployment.database)
        if account_id in (None, asked.account_id) and run_id in (None, asked.run_id)
    ]


def _pose(deployment: Deployment, person: Person, asked: Approval, exact: bool) -> Posed:
    account = get_account(deployment.database, asked.account_id)
    found = describe_set(deployment.database, asked) if exact else None
    place = _find_place(asked.run_key)
    with deployment.transaction("redaction_worker") as session:
        why_not = say_refusal(session, person.name, asked.requested_by, account.id)
    return Posed(
        asked,
        pose_question(account, asked, found),
        f"{AIRFLOW}/dags/{quote(place[0])}/runs/{quote(place[1], safe='')}/tasks/{place[2]}/required_actions"
        if place
        else None,
        why_not is None and can_approve(person, account.id),
        why_not and f"{person.name} cannot answer: {why_not}.",
    )


def _find_place(run_key: str | None) -> tuple[str, str, str] | None:
    """Return DAG, DAG run and task by which Airflow asks about a run; None for a run that no DAG has started."""
    dag_id, slash, run_id = (run_key or "").partition("/")
    if not slash or not (dag_id.startswith("redact_") or dag_id == CLOSE):
        return None
    return dag_id, run_id, _FIRST_TASKS.get(dag_id, "select")


@router.post("/answer")
async def answer(request: Request, person: Approver, account_id: int, run_id: int, form: Form) -> RedirectResponse:
    """Send a person's answer about a run to Airflow, with their own credentials; the task that asks decides, as with
    every answer. A run that no DAG has started is decided at once.
    """
    chosen = str(form.get("answer", ""))
    if chosen not in ANSWERS:
        raise HTTPException(400, f"Say {' or '.join(ANSWERS)}. Nothing was decided.")
    place = _find_place(await run_in_threadpool(_check, account_id, run_id, person.name))
    if place is None or not await _answer_in_airflow(request, place, chosen):
        await run_in_threadpool(decide_approval, get_deployment(), run_id, chosen == ANSWERS[0], person.name)
    return RedirectResponse(f"{PREFIX}/runs/{run_id}?answered={chosen}", status_code=303)


def _check(account_id: int, run_id: int, name: str) -> str | None:
    """Return the key of a run that waits for this person; raises what prevents their answer."""
    database = get_deployment().database
    asked = find_approval(database, run_id)
    if asked is None or asked.account_id != account_id:
        raise HTTPException(404, f"No run {run_id} of account {account_id} waits for a person.")
    if asked.approved is not None or get_run(database, run_id).state not in ("selected", "failed"):
        raise HTTPException(409, f"Somebody has answered already, or run {run_id} has ended. Nothing was decided.")
    check_approver(database, asked, name)
    return asked.run_key


async def _answer_in_airflow(request: Request, place: tuple[str, str, str], chosen: str) -> bool:
    """Say whether Airflow took the answer; it does not if its task no longer asks."""
    dag_id, dag_run_id, task = place
    path = f"/dagRuns/{quote(dag_run_id, safe='')}/taskInstances/{task}/-1/hitlDetails"
    try:
        await ask_airflow(request, dag_id, "PATCH", path, {"chosen_options": [chosen]})
    except HTTPException as error:
        if error.status_code == 409:
            raise HTTPException(409, "Somebody has answered already. Nothing was decided.") from None
        if error.status_code != 404:
            raise
        return False
    return True
