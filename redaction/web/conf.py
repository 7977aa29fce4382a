"""What a person may write into a run of ours, checked before Airflow has it and its audit log keeps it for good.

Airflow checks the fields of a form and takes every other key. So this stands before the whole of its API, and answers
itself for a request that would have something kept that must not be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redaction.control.manual import FORM_KEYS
from redaction.control.reasons import check_reason
from redaction.control.refusal import check_key
from redaction.errors import BadInput

_TRIGGER = re.compile(r"/api/v2/dags/(redact_on_demand|redact_account_\d+)/dagRuns/?")
_MOST_BYTES = 1_000_000


class CheckConf:
    """Refuses by 400 what would trigger a run of ours with an unknown key, or with a reason that names somebody."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on as it came."""
        found = None
        if scope["type"] == "http" and scope["method"] == "POST":
            found = _TRIGGER.search(scope["path"])
        if found is None or found.end() != len(scope["path"]):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        problem = f"more than {_MOST_BYTES:,} bytes" if body is None else find_problem(found[1], body)
        if problem is not None:
            await JSONResponse({"detail": f"{problem}: nothing was kept, no run was triggered"}, 400)(
                scope, receive, send
            )
            return
        given = body

        async def again() -> Message:
            nonlocal given
            if given is None:
                return await receive()
            message: Message = {"type": "http.request", "body": given, "more_body": False}
            given = None
            return message

        await self._app(scope, again, send)


async def _read(receive: Receive) -> bytes | None:
    """Return the body of a request, None if it is too long."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > _MOST_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def find_problem(dag_id: str, body: bytes) -> str | None:
    """Return what keeps a request to trigger a run from being passed on, without quoting it; None if nothing does.

    What is no request at all is left to Airflow to refuse.
    """
    try:
        asked = json.loads(body, object_pairs_hook=_once)
    except BadInput as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    if not isinstance(asked, dict):
        return None
    conf = asked.get("conf") or {}
    known = FORM_KEYS if dag_id == "redact_on_demand" else ()
    try:
        if not isinstance(conf, dict) or set(conf) - set(known):
            raise BadInput(f"conf takes {', '.join(known) if known else 'nothing'}, and no other key")
        for text in (conf.get("reason"), asked.get("note")):
            if isinstance(text, str) and text:
                check_reason(text)
        if isinstance(asked.get("dag_run_id"), str):
            check_key(f"{dag_id}/{asked['dag_run_id']}")
    except BadInput as error:
        return str(error)
    return None


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("a key is there twice")
    return found
