"""The overview: is anything late? One query for all accounts; filter and sort are in the address."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from redaction.accounts.accounts import list_accounts
from redaction.accounts.status import AccountStatus, list_account_status
from redaction.deployment import Deployment
from redaction.web.access import Seer
from redaction.web.context import AIRFLOW, PREFIX, get_placements, show

router = APIRouter()

MOST = 10_001
"""Due activities are counted up to one less than this."""
PAGE = 200
"""Accounts of a page."""
_LIGHTS = ("red", "amber", "green", "off")


def link_run(run_key: str | None) -> str | None:
    """Return the address in Airflow of the DAG run that a run of ours belongs to; None for one of the command line."""
    if run_key is None or "/" not in run_key:
        return None
    dag_id, run_id = run_key.split("/", 1)
    return f"{AIRFLOW}/dags/{quote(dag_id)}/runs/{quote(run_id, safe='')}"


_SORTS: dict[str, Any] = {
    "account": lambda status: status.account.id,
    "name": lambda status: status.account.name.lower(),
    "light": lambda status: _LIGHTS.index(status.light),
    "next": lambda status: status.next_run or datetime.max.replace(tzinfo=UTC),
    "due": lambda status: -status.due,
    "oldest": lambda status: status.oldest or datetime.max.replace(tzinfo=UTC),
    "holds": lambda status: -status.holds,
}


@router.get("/")
@router.get("/accounts")
def see_overview(
    person: Seer,
    q: Annotated[str, Query(max_length=200)] = "",
    light: Annotated[str, Query(pattern="^(red|amber|green|off)?$")] = "",
    sort: Annotated[str, Query(pattern=f"^({'|'.join(_SORTS)})$")] = "light",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Show the accounts, the late ones first, a page of them at a time. Counted are all, whatever is searched for."""
    now, wanted = datetime.now(UTC), q.strip().lower()

    def ask(deployment: Deployment) -> list[AccountStatus]:
        return list_account_status(deployment, list_accounts(deployment.database), now, MOST)

    def is_wanted(status: AccountStatus) -> bool:
        account = status.account
        named = f"{account.id} {account.name} {account.agency_name}".lower()
        return wanted in named and light in ("", status.light)

    found, silent = get_placements().ask(ask, allow_restored=True)
    statuses = [status for part in found.values() for status in part]
    counts = {name: sum(status.light == name for status in statuses) for name in _LIGHTS}
    shown = sorted(filter(is_wanted, statuses), key=_SORTS[sort])
    return show(
        "overview.html",
        person.name,
        statuses=shown[(page - 1) * PAGE : page * PAGE],
        total=len(statuses),
        matching=len(shown),
        page=page,
        more=len(shown) > page * PAGE,
        address=urlencode({"q": q, "light": light, "sort": sort}),
        counts=counts,
        q=q,
        light=light,
        sort=sort,
        sorts=list(_SORTS),
        most=MOST - 1,
        silent=silent,
        link_run=link_run,
    )


@router.get("/dags/{dag_id}")
def lead_to_account(person: Seer, dag_id: str) -> RedirectResponse:
    """Lead from the DAG of an account to the account; from another DAG to the overview."""
    found = re.fullmatch(r"redact_account_(\d+)", dag_id)
    return RedirectResponse(f"{PREFIX}/accounts/{found[1]}" if found else f"{PREFIX}/")
