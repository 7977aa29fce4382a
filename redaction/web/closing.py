"""Closing an account: what would be redacted, the question to a second administrator, what it waits for, its
certificate.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from redaction.accounts.accounts import get_account
from redaction.control.close import close_account
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed
from redaction.evidence.closing import certify_account, write_account_certificate
from redaction.evidence.keys import signing_key
from redaction.gate.guard import list_waiting
from redaction.web.access import (
    CLOSE,
    Administrator,
    Changer,
    Person,
    Seer,
    can_ask_to_close,
    can_edit,
    is_administrator,
)
from redaction.web.approvals import pose_waiting
from redaction.web.context import PREFIX, Form, get_deployment, show
from redaction.web.evidence import TYPES
from redaction.web.manual import ask_airflow
from redaction.words import KINDS, say_count

router = APIRouter(prefix="/accounts/{account_id}/closing")


@router.get("")
def see_closing(person: Seer, account_id: int) -> HTMLResponse:
    """Show what closing the account would redact, or the progress of its closing."""
    return _show(person, account_id)


@router.post("")
async def ask_to_close(request: Request, person: Changer, account_id: int, form: Form) -> Response:
    """Ask a second administrator whether to close the account, here and in Airflow if the requester may trigger its
    DAG; nothing changes before the answer.
    """
    reason = str(form.get("reason", ""))
    dag_run_id = f"manual__{datetime.now(UTC).isoformat()}" if can_ask_to_close(person) else None
    answer = await run_in_threadpool(_ask, person, account_id, reason, dag_run_id)
    key = dag_run_id and await run_in_threadpool(_find_key, account_id)
    if key == f"{CLOSE}/{dag_run_id}":
        asked = {"logical_date": None, "dag_run_id": dag_run_id, "conf": {"account": account_id, "reason": reason}}
        # Without Airflow's question, the one on the page stays.
        with suppress(HTTPException):
            await ask_airflow(request, CLOSE, "POST", "/dagRuns", asked)
    return answer


def _find_key(account_id: int) -> str | None:
    waiting = list_waiting(get_deployment().database)
    return next((one.run_key for one in waiting if (one.account_id, one.kind) == (account_id, "closing")), None)


def _ask(person: Person, account_id: int, reason: str, dag_run_id: str | None) -> Response:
    deployment = get_deployment()
    if get_account(deployment.database, account_id).closing_since is not None:
        # After the answer the nightly job continues: a page does not wait for a whole account.
        return RedirectResponse(f"{PREFIX}/accounts/{account_id}/closing", status_code=303)
    try:
        close_account(deployment, account_id, person.name, reason, run_key=dag_run_id and f"{CLOSE}/{dag_run_id}")
    except ApprovalNeeded as error:
        return RedirectResponse(f"{PREFIX}/runs/{error.subject}", status_code=303)
    except (BadInput, NotAllowed) as error:
        return _show(person, account_id, problems={"reason": str(error)}, reason=reason)
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/closing", status_code=303)


def _show(person: Person, account_id: int, problems: dict[str, str] | None = None, reason: str = "") -> HTMLResponse:
    deployment = get_deployment()
    account = get_account(deployment.database, account_id)
    administers = is_administrator(person, account_id)
    values: dict[str, Any] = {"left": None, "kinds": "", "due": 0, "held": 0, "objects": 0}
    with deployment.transaction("redaction_worker") as session:
        closing_record = session.one("describe_closing", account_id=account_id)
        if account.closing_since is not None:
            values["left"] = session.one("keeps_from_closing", account_id=account_id)
        else:
            cutoff = session.one("cutoff_of_closing", account_id=account_id)["cutoff"]
            rows = session.rows("preview_due", account_id=account_id, cutoff=cutoff)
            values |= {
                "kinds": ", ".join(
                    say_count(row["activities"], *KINDS[row["kind"]]) for row in rows if row["activities"]
                ),
                "due": sum(row["activities"] for row in rows),
                "objects": sum(row["objects"] for row in rows),
                "held": sum(row["held"] for row in rows),
            }
    return show(
        "closing.html",
        person.name,
        400 if problems else 200,
        account=account,
        closing_record=closing_record,
        posed=[one for one in pose_waiting(deployment, person, account_id) if one.asked.kind == "closing"],
        problems=problems or {},
        reason=reason,
        administers=administers,
        may_change=administers and can_edit(person, account_id),
        signing=deployment.settings.certificate_key is not None,
        **values,
    )


@router.get("/certificate.{suffix}")
def download_certificate(person: Administrator, account_id: int, suffix: Literal["json", "html", "pdf"]) -> Response:
    """Return the signed certificate of a closed account; it has the reason, so only administrators may download it."""
    deployment = get_deployment()
    try:
        certificate = certify_account(deployment, account_id)
    except NotAllowed as error:
        raise HTTPException(404, str(error)) from None
    key = signing_key(deployment.settings)
    with tempfile.TemporaryDirectory() as folder:
        paths = write_account_certificate(certificate, key, Path(folder))
        content = {path.suffix: path.read_bytes() for path in paths}[f".{suffix}"]
    headers = {"Content-Disposition": f'attachment; filename="certificate-account-{account_id}.{suffix}"'}
    return Response(content, media_type=TYPES[suffix], headers=headers)
