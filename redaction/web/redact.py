"""*Redact now*: what the account's own run would take now, and the start of that run by Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from redaction.accounts.accounts import Account, get_account
from redaction.accounts.ahead import preview_kinds
from redaction.accounts.recipients import list_exposures
from redaction.errors import NotAllowed
from redaction.gate.pauses import list_pauses
from redaction.policy import latest_due
from redaction.web.access import Person, Starter, dag_of
from redaction.web.context import PREFIX, Form, get_database, show
from redaction.web.manual import ask_airflow

router = APIRouter(prefix="/accounts/{account_id}/redact")


@router.get("")
def ask(person: Starter, account_id: int) -> HTMLResponse:
    """Show what a run by the account's rule would take now: counts by kind, held activities, recipients."""
    return _show(person, get_account(get_database(), account_id))


@router.post("")
async def start(request: Request, person: Starter, account_id: int, form: Form) -> Response:
    """Let Airflow start a run of the account's DAG, with the credentials of this request; redirect to its runs."""
    await run_in_threadpool(_check, account_id)
    if form.get("acknowledged") != "on":
        return await run_in_threadpool(_refuse, person, account_id)
    answer = await ask_airflow(request, dag_of(account_id), "POST", "/dagRuns", {"logical_date": None})
    begun = quote(str(answer["dag_run_id"]), safe="")
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/runs?begun={begun}", status_code=303)


def _check(account_id: int) -> None:
    """Raise NotAllowed for an account that has no run of its own."""
    get_account(get_database(), account_id).policy()


def _refuse(person: Person, account_id: int) -> HTMLResponse:
    problems = {"acknowledged": "Tick that redacted data cannot be recovered: nothing was begun."}
    return _show(person, get_account(get_database(), account_id), problems)


def _show(person: Person, account: Account, problems: Mapping[str, str] | None = None) -> HTMLResponse:
    shown: dict[str, Any] = {"account": account, "cutoff": None, "problem": ""}
    try:
        cutoff = latest_due(account.policy(), datetime.now(UTC)).cutoff
    except NotAllowed as error:
        return show("redact.html", person.name, **{**shown, "problem": str(error)})
    database = get_database()
    with database.transaction("redaction_worker") as session:
        kinds = preview_kinds(session, account.id, cutoff)
    return show(
        "redact.html",
        person.name,
        400 if problems else 200,
        **{**shown, "cutoff": cutoff},
        problems=problems or {},
        kinds=[row for row in kinds if row["activities"]],
        activities=sum(row["activities"] for row in kinds),
        ahead=sum(row["ahead"] for row in kinds),
        objects=sum(row["objects"] for row in kinds),
        held=sum(row["held"] for row in kinds),
        exposures=list_exposures(database, account.id),
        paused=any(pause.account_id in (None, account.id) for pause in list_pauses(database)),
    )
