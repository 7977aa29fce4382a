"""The documents that answer a request: the certificate of its erasure, and the letter to the person."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, HTTPException, Response

from redaction.errors import BadInput, NotAllowed
from redaction.requests.certificate import write_certificate_of
from redaction.requests.letter import write_answer_letter
from redaction.requests.records import get_home, get_request
from redaction.web.access import Answerer
from redaction.web.context import get_placements
from redaction.web.evidence import TYPES

router = APIRouter(prefix="/requests/{request_id}")


@router.get("/certificate.{suffix}")
def download_certificate(person: Answerer, request_id: int, suffix: Literal["json", "html", "pdf"]) -> Response:
    """Return the signed certificate of what the request has erased, in all its accounts."""
    placements = get_placements()
    home = get_home(placements)
    with tempfile.TemporaryDirectory() as folder:
        try:
            paths = write_certificate_of(placements, home, get_request(placements, request_id), Path(folder))
        except NotAllowed as error:
            raise HTTPException(404, str(error)) from None
        content = {path.suffix: path.read_bytes() for path in paths}[f".{suffix}"]
    return _give(content, f"request-{request_id}.{suffix}", TYPES[suffix])


@router.get("/letter.pdf")
def download_letter(person: Answerer, request_id: int) -> Response:
    """Return the letter that answers the person, while the request is open; it has counts and no value."""
    try:
        content = write_answer_letter(get_placements(), request_id)
    except BadInput as error:
        raise HTTPException(404, str(error)) from None
    return _give(content, f"answer-{request_id}.pdf", TYPES["pdf"])


def _give(content: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)
