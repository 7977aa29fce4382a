"""Evidence of a run: its certificate, its validation pages, and marks for data erased elsewhere."""

from __future__ import annotations

import mimetypes
import re
import tempfile
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse, Response

from redaction.accounts.accounts import get_account
from redaction.control.ends import mark_erased_outside
from redaction.evidence.certificate import certify_run
from redaction.evidence.downstream import mark_done
from redaction.evidence.keys import signing_key
from redaction.evidence.render import write_certificate
from redaction.pipeline.documents import read_page
from redaction.pipeline.runs import get_run
from redaction.web.access import Changer, Seer, is_administrator
from redaction.web.context import PREFIX, Form, get_database, get_deployment, get_settings

router = APIRouter()

TYPES = {"json": "application/json", "html": "text/html; charset=utf-8", "pdf": "application/pdf"}
_ID = re.compile(r"[0-9]{1,19}")
_REASON_WITHHELD = (
    "You may not see this certificate: it tells the reason of a manual redaction, and is signed whole. "
    "Ask an administrator of the account for it."
)


@router.get("/runs/{run_id}/certificate.{suffix}")
def download_certificate(person: Seer, run_id: int, suffix: Literal["json", "html", "pdf"]) -> Response:
    """Return the signed certificate of a run; a failed run, or a run that is not in the ledger, has none."""
    deployment = get_deployment()
    key = signing_key(deployment.settings)
    certificate = certify_run(deployment, run_id)
    # It is signed whole, so it cannot be shown without its reason.
    if certificate.reason is not None and not is_administrator(person, certificate.account_id):
        raise HTTPException(403, _REASON_WITHHELD)
    with tempfile.TemporaryDirectory() as folder:
        [path] = [path for path in write_certificate(certificate, key, Path(folder)) if path.suffix == f".{suffix}"]
        content = path.read_bytes()
    # The HTML page is a download too: it has its own styles, which these pages do not allow.
    headers = {"Content-Disposition": f'attachment; filename="certificate-{run_id}.{suffix}"'}
    return Response(content, media_type=TYPES[suffix], headers=headers)


@router.get("/data-docs/{path:path}")
def see_documents(person: Seer, path: str) -> Response:
    """Return a page of the validation results (Great Expectations' Data Docs), none of which has a personal value."""
    content = read_page(get_settings().data_docs_path, path or "index.html")
    if content is None:
        raise HTTPException(404, "There is no such page of validation results.")
    # Its styles are inline, and its scripts are not needed to read results. An index needs scripts, so no page links to
    # one.
    policy = "default-src 'self' 'unsafe-inline' data:; script-src 'none'; frame-ancestors 'self'"
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers={"Content-Security-Policy": policy})


def _read_id(text: str, otherwise: str) -> int:
    if not _ID.fullmatch(text):
        raise HTTPException(400, otherwise)
    return int(text)


@router.post("/accounts/{account_id}/runs/{run_id}/downstream")
def end_downstream(person: Changer, account_id: int, run_id: int, form: Form) -> RedirectResponse:
    """Mark what an integration has received of a run as erased there."""
    get_account(get_database(), account_id)
    if get_run(get_database(), run_id).account_id != account_id:
        raise HTTPException(404, f"There is no run {run_id} of account {account_id}.")
    integration = str(form.get("integration", ""))
    which = _read_id(integration, "Name the integration by its id.") if integration else None
    mark_done(get_deployment(), run_id, person.name, which)
    return RedirectResponse(f"{PREFIX}/runs/{run_id}", status_code=303)


@router.post("/accounts/{account_id}/runs/{run_id}/objects")
def end_at_place(person: Changer, account_id: int, run_id: int, form: Form) -> RedirectResponse:
    """Mark the objects of a run at a place outside every store as erased there."""
    get_account(get_database(), account_id)
    if get_run(get_database(), run_id).account_id != account_id:
        raise HTTPException(404, f"There is no run {run_id} of account {account_id}.")
    mark_erased_outside(get_deployment(), run_id, str(form.get("place", "")), person.name)
    return RedirectResponse(f"{PREFIX}/runs/{run_id}", status_code=303)
