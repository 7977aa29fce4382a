"""The runs, of all accounts and of one, newest first; and redirects from old addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from redaction.accounts.accounts import get_account
from redaction.web.access import Person, Seer, dag_of
from redaction.web.approvals import pose_waiting
from redaction.web.context import PREFIX, get_deployment, name_accounts, show
from redaction.web.overview import link_run

router = APIRouter()

_RUNS = 50
Before = Annotated[int | None, Query(ge=1)]


@router.get("/runs")
def see_runs(person: Seer, before: Before = None) -> HTMLResponse:
    """Show the runs of all accounts of a placement, a page at a time."""
    return _show_runs(person, None, before)


@router.get("/accounts/{account_id}/runs")
def see_runs_of_account(
    person: Seer, account_id: int, before: Before = None, begun: Annotated[str, Query(max_length=250)] = ""
) -> HTMLResponse:
    """Show the runs of one account, a page at a time; `begun` is a DAG run that was just started."""
    return _show_runs(person, account_id, before, begun)


def _show_runs(person: Person, account_id: int | None, before: int | None, begun: str = "") -> HTMLResponse:
    deployment = get_deployment()
    with deployment.transaction("redaction_worker") as session:
        runs = session.rows("list_runs", account_id=account_id, before=before, most=_RUNS)
    return show(
        "runs.html",
        person.name,
        account=None if account_id is None else get_account(deployment.database, account_id),
        runs=runs,
        names=name_accounts(runs) if account_id is None else {},
        failed=sum(run["state"] == "failed" and not run["waits"] for run in runs),
        posed=pose_waiting(deployment, person, account_id, exact=False),
        older=runs[-1]["id"] if len(runs) == _RUNS else None,
        paged=before is not None,
        begun=link_run(f"{dag_of(account_id)}/{begun}") if account_id is not None and begun else None,
        link_run=link_run,
    )


@router.get("/evidence")
def lead_on(person: Seer, account: Annotated[int | None, Query()] = None) -> RedirectResponse:
    """Redirect to the runs from their old address."""
    return RedirectResponse(f"{PREFIX}/runs" if account is None else f"{PREFIX}/accounts/{account}/runs")
