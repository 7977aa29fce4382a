"""The red flag: a preview, and the DAG `redact_on_demand` triggered in the person's own name, by Airflow's own API."""

from __future__ import annotations

import os
from typing import Annotated, Any
from urllib.parse import quote

import httpx
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from redaction.accounts.accounts import get_account
from redaction.accounts.recipients import list_exposures
from redaction.control.manual import ManualRequest, list_earlier, preview_manual
from redaction.errors import BadInput
from redaction.gate.expiry import end_expired_holds
from redaction.ledger.reasons import check_reason
from redaction.web.access import ON_DEMAND, Redactor
from redaction.web.context import Form, begin_sentence, get_database, get_deployment, get_settings
from redaction.web.overview import link_run
from redaction.web.preview import tell_preview, tell_progress
from redaction.web.views import record_view

router = APIRouter(prefix="/accounts/{account_id}/redactions")

_NAMES = 10
"""So many names of callers are shown in a preview."""


@router.get("/preview")
def preview(
    person: Redactor,
    account_id: int,
    activity: Annotated[list[int], Query(min_length=1)],
    content: bool = True,
    past: bool = False,
) -> dict[str, Any]:
    """Return in sentences what a redaction of some activities would take, and its digest."""
    database = get_database()
    end_expired_holds(get_deployment(), account_id)
    request = ManualRequest(account_id, tuple(activity), "preview", person.name, content, past)
    found = preview_manual(database, request)
    ids = [listed.id for listed in found.activities]
    shared = {"account_id": account_id, "ids": ids, "most": _NAMES} if found.names > 1 else None
    if shared:
        record_view(person, account_id, "names", len(ids))
    return tell_preview(
        found,
        get_account(database, account_id).timezone,
        list_earlier(database, account_id, activity),
        len(activity),
        list_exposures(database, account_id),
        [row["name"] for row in database.rows("list_caller_names", **shared)] if shared else [],
    )


@router.post("")
async def redact(request: Request, person: Redactor, account_id: int, form: Form) -> JSONResponse:
    """Trigger the DAG by Airflow's API, with the credentials of this request; return its name.

    The DAG's first task decides, and refuses what the form has not ticked.
    """
    try:
        activities = [int(str(number)) for number in form.getlist("activity")]
    except ValueError:
        activities = []
    if not activities:
        raise HTTPException(400, "The form names no activity: nothing was changed.")
    try:
        # Checked before Airflow keeps it: a refusal by the task would be too late.
        reason = check_reason(str(form.get("reason", "")))
    except BadInput as error:
        return JSONResponse({"error": begin_sentence(str(error)), "field": "reason"}, status_code=400)
    conf = {
        "account": account_id,
        "activity_ids": activities,
        "content": form.get("content") == "on",
        "past_from_contact": form.get("past") == "on",
        "acknowledged": form.get("acknowledged") == "on",
        "reason": reason,
        "expect": str(form.get("digest", "")) or None,
    }
    answer = await ask_airflow(request, ON_DEMAND, "POST", "/dagRuns", {"logical_date": None, "conf": conf})
    return JSONResponse({"dag_run_id": answer["dag_run_id"]}, status_code=202)


@router.get("/progress")
async def see_progress(
    request: Request, person: Redactor, account_id: int, dag_run_id: Annotated[str, Query(max_length=250)]
) -> dict[str, Any]:
    """Return the progress of a triggered redaction, from its DAG run and our record of it."""
    answer = await ask_airflow(request, ON_DEMAND, "GET", f"/dagRuns/{quote(dag_run_id, safe='')}")
    key = f"{ON_DEMAND}/{dag_run_id}"

    def find() -> list[Any]:
        return get_database().rows("progress_of_run", run_key=key, account_id=account_id)

    rows = await run_in_threadpool(find)
    signed = get_settings().certificate_key is not None
    return tell_progress(answer["state"], rows[0] if rows else None, link_run(key), signed)


async def ask_airflow(
    request: Request, dag_id: str, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Call Airflow's API inside this process as the requester: no address, none of our credentials."""
    from airflow.api_fastapi.app import cached_app

    given = {name: request.headers[name] for name in ("authorization", "cookie") if name in request.headers}
    # The app that answers this request: Airflow caches it under its server's arguments.
    transport = httpx.ASGITransport(app=cached_app(apps=os.environ.get("AIRFLOW_API_APPS", "all")))
    async with httpx.AsyncClient(transport=transport, base_url=str(request.base_url.replace(path="/"))) as client:
        answer = await client.request(method, f"/api/v2/dags/{dag_id}{path}", json=body, headers=given)
    if answer.status_code >= 400:
        # Airflow's answer may quote what was sent, such as a reason: only its status is passed on.
        raise HTTPException(answer.status_code, f"Airflow refused with {answer.status_code}: nothing was changed.")
    found: dict[str, Any] = answer.json()
    return found
