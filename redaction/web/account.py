"""One account: how it stands, its last runs, who changed its settings."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from redaction.accounts.accounts import get_account
from redaction.accounts.status import list_account_status
from redaction.web.access import Seer, is_administrator
from redaction.web.accounts import MOST
from redaction.web.approvals import pose_waiting
from redaction.web.context import get_deployment, show
from redaction.web.overview import link_run

router = APIRouter(prefix="/accounts/{account_id}")

_RUNS = 20


@router.get("")
def see_account(person: Seer, account_id: int) -> HTMLResponse:
    """Show how an account stands, its last runs, and who changed its settings."""
    deployment = get_deployment()
    account = get_account(deployment.database, account_id)
    [status] = list_account_status(deployment, [account], datetime.now(UTC), MOST)
    with deployment.transaction("redaction_worker") as session:
        runs = session.rows("list_runs", account_id=account_id, before=None, most=_RUNS)
        changes = session.rows("list_changes", account_id=account_id, most=_RUNS)
    return show(
        "account.html",
        person.name,
        account=account,
        account_status=status,
        posed=pose_waiting(deployment, person, account_id),
        runs=runs,
        changes=changes,
        link_run=link_run,
        administrator=is_administrator(person, account_id),
    )
