"""Evidence: a run, its certificate and validation results; what is marked as erased elsewhere."""

from __future__ import annotations

import mimetypes
import re
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from redaction.accounts.accounts import get_account
from redaction.control.ends import mark_erased_outside
from redaction.erasure.levels import reach_level
from redaction.evidence.certificate import certify_run
from redaction.evidence.downstream import list_downstream, mark_done
from redaction.evidence.keys import signing_key
from redaction.evidence.render import describe_validation, write_certificate
from redaction.ledger.entries import list_entries_of_run
from redaction.objects.counts import describe_counts
from redaction.pipeline.documents import read_page
from redaction.pipeline.results import list_pages, read_results
from redaction.pipeline.runs import get_run
from redaction.shared import list_files
from redaction.web.access import Changer, Seer, can_edit, is_administrator
from redaction.web.approvals import pose_waiting
from redaction.web.context import PREFIX, Form, get_database, get_deployment, get_settings, show
from redaction.web.overview import link_run

router = APIRouter()

_TYPES = {"json": "application/json", "html": "text/html; charset=utf-8", "pdf": "application/pdf"}
_WHY = {
    "sessions": "visitor data is personal: a redacted activity belongs to no session any more",
    "tags": "tags are personal: a redacted activity has none any more",
    "contacts": "numbers and addresses are personal: a redacted activity has no contact any more",
}
_COUNTED = {"rows", "foreign_contacts", "undecided_texts"}
_ID = re.compile(r"[0-9]{1,19}")
_REASON_WITHHELD = (
    "You may not see this certificate: it tells the reason of a manual redaction, and is signed whole. "
    "Ask an administrator of the account for it."
)
_ALIKE = "what this report counts by is retained: redacted activities go on being counted"


@router.get("/runs/{run_id}")
def see_run(
    person: Seer, run_id: int, answered: Annotated[str, Query(pattern="^(Approve|Reject)?$")] = ""
) -> HTMLResponse:
    """Show one run: counts, level, ledger, and what it has changed in each report, with why."""
    deployment = get_deployment()
    get_run(deployment.database, run_id)
    entries = list_entries_of_run(deployment.database, run_id)
    with deployment.transaction("redaction_worker") as session:
        run = session.one("get_run", run_id=run_id)
        reports = session.rows("run_reports", run_id=run_id)
        left = session.rows("count_objects_left", account_id=run["account_id"], run_id=run_id)
    account = get_account(deployment.database, run["account_id"])
    return show(
        "run.html",
        person.name,
        account=account,
        run=run,
        posed=pose_waiting(deployment, person, run_id=run_id),
        answered=answered,
        entries=entries,
        certified=any(entry.kind == "redaction" for entry in entries),
        withheld=any(entry.reason is not None for entry in entries if entry.kind == "redaction"),
        reached=reach_level(deployment, run_id) if run["state"] == "succeeded" else None,
        reports=[{**row, "why": _WHY.get(row["report"], _ALIKE)} for row in reports],
        received=list_downstream(deployment.database, run_id=run_id, done=True),
        objects=describe_counts(run["objects"]),
        left=left,
        signing=deployment.settings.certificate_key is not None,
        link=link_run(run["run_key"]),
        validated=bool(list_files(_docs_of(run["account_id"], run_id))),
        may_see_reason=is_administrator(person, run["account_id"]),
        may_change=is_administrator(person, run["account_id"]) and can_edit(person, run["account_id"]),
    )


def _docs_of(account_id: int, run_id: int) -> Any:
    return get_settings().data_docs_path / f"account_{account_id}" / f"run_{run_id}"


@router.get("/runs/{run_id}/validation")
def see_validation(person: Seer, run_id: int) -> HTMLResponse:
    """Show what the validation of a run has found, check by check, those that failed first."""
    run = get_run(get_database(), run_id)
    docs = _docs_of(run.account_id, run_id)
    results = read_results(docs)
    base = f"account_{run.account_id}/run_{run_id}"
    counts = {} if results is None else {"expectations": len(results.checks), **results.model_dump(include=_COUNTED)}
    return show(
        "validation.html",
        person.name,
        account=get_account(get_database(), run.account_id),
        run=run,
        results=results,
        words=describe_validation(counts) if results and results.passed else None,
        pages={suite: f"{base}/{path}" for suite, path in list_pages(docs).items()},
    )


@router.get("/runs/{run_id}/certificate.{suffix}")
def download_certificate(person: Seer, run_id: int, suffix: Literal["json", "html", "pdf"]) -> Response:
    """Return the signed certificate of a run; one that failed, or is not in the ledger, has none."""
    deployment = get_deployment()
    key = signing_key(deployment.settings)
    certificate = certify_run(deployment, run_id)
    # It is signed whole, so it cannot be shown without its reason.
    if certificate.reason is not None and not is_administrator(person, certificate.account_id):
        raise HTTPException(403, _REASON_WITHHELD)
    with tempfile.TemporaryDirectory() as folder:
        [path] = [path for path in write_certificate(certificate, key, Path(folder)) if path.suffix == f".{suffix}"]
        content = path.read_bytes()
    # A download, also of the page: it has its own styles, which the pages here do not allow.
    headers = {"Content-Disposition": f'attachment; filename="certificate-{run_id}.{suffix}"'}
    return Response(content, media_type=_TYPES[suffix], headers=headers)


@router.get("/data-docs/{path:path}")
def see_documents(person: Seer, path: str) -> Response:
    """Return a page of the validation results (Great Expectations' Data Docs), none of which has a personal value."""
    content = read_page(get_settings().data_docs_path, path or "index.html")
    if content is None:
        raise HTTPException(404, "There is no such page of validation results.")
    # Its styles are inline, and its scripts are not needed to read a page of results; an index is filled by them, so no
    # page of ours leads to one.
    policy = "default-src 'self' 'unsafe-inline' data:; script-src 'none'; frame-ancestors 'self'"
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers={"Content-Security-Policy": policy})


def _read_id(text: str, otherwise: str) -> int:
    if not _ID.fullmatch(text):
        raise HTTPException(400, otherwise)
    return int(text)


@router.post("/accounts/{account_id}/runs/{run_id}/downstream")
def end_downstream(person: Changer, account_id: int, run_id: int, form: Form) -> RedirectResponse:
    """Note that what an integration had received of a run is erased there."""
    get_account(get_database(), account_id)
    if get_run(get_database(), run_id).account_id != account_id:
        raise HTTPException(404, f"There is no run {run_id} of account {account_id}.")
    integration = str(form.get("integration", ""))
    which = _read_id(integration, "Name the integration by its id.") if integration else None
    mark_done(get_deployment(), run_id, person.name, which)
    return RedirectResponse(f"{PREFIX}/runs/{run_id}", status_code=303)


@router.post("/accounts/{account_id}/runs/{run_id}/objects")
def end_at_place(person: Changer, account_id: int, run_id: int, form: Form) -> RedirectResponse:
    """Note that the objects of a run that a place outside every store holds are erased there."""
    get_account(get_database(), account_id)
    if get_run(get_database(), run_id).account_id != account_id:
        raise HTTPException(404, f"There is no run {run_id} of account {account_id}.")
    mark_erased_outside(get_deployment(), run_id, str(form.get("place", "")), person.name)
    return RedirectResponse(f"{PREFIX}/runs/{run_id}", status_code=303)
