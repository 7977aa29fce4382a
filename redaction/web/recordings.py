"""Play the recording of an activity through this server: its store is read by its own connection, and the browser
never gets an address from a record.
"""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from redaction.objects.audio import Audio, open_audio
from redaction.web.access import Administrator
from redaction.web.context import get_deployment, get_placements
from redaction.web.views import record_view

router = APIRouter(prefix="/accounts/{account_id}")

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@router.get("/activities/{activity_id}/recording")
def play(request: Request, person: Administrator, account_id: int, activity_id: int) -> Response:
    """Stream the recording, or the part that a player asks for; each part records who has listened."""
    audio = open_audio(get_deployment(), account_id, activity_id, get_placements())
    size = audio.body.size
    try:
        part = find_part(request.headers.get("range"), size)
        if part is None:
            audio.body.close()
            return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
        record_view(person, account_id, "recording", 1)
    except BaseException:
        audio.body.close()
        raise
    return _Played(audio, *part)


def find_part(asked: str | None, size: int) -> tuple[int, int, bool] | None:
    """Return the first and the last byte of a `Range`, and whether it is a part: no for a missing, multiple or
    invalid range. None for a part that does not exist.
    """
    found = _RANGE.fullmatch(asked.strip()) if asked else None
    if found is None or not (found[1] or found[2]) or (found[1] and found[2] and int(found[2]) < int(found[1])):
        return 0, size - 1, False
    first = int(found[1]) if found[1] else max(size - int(found[2]), 0)
    last = min(int(found[2]), size - 1) if found[1] and found[2] else size - 1
    return (first, last, True) if first <= last else None


class _Played(StreamingResponse):
    """A part of a recording, streamed; the store is released after the last byte, or when the reader is gone."""

    def __init__(self, audio: Audio, first: int, last: int, partial: bool) -> None:
        self._body, size = audio.body, audio.body.size
        headers = {"Accept-Ranges": "bytes", "Content-Length": str(last - first + 1), "Content-Disposition": "inline"}
        if partial:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        pieces = self._body.read(first, last - first + 1)
        super().__init__(pieces, 206 if partial else 200, headers, audio.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(self._body.close)
