"""What a person may write into a run of ours, checked before Airflow has it and its audit log keeps it for good.

Airflow writes a request down before it looks at its fields, and takes keys that a form does not have. So this stands
before the whole of its API, and answers itself for a request that would have something kept that must not be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redaction.control.form import FORM
from redaction.errors import BadInput
from redaction.ledger.reasons import check_name, check_reason, check_text
from redaction.pipeline.refusal import check_key

_OURS = re.compile(r"/api/v2/dags/(redact_on_demand|redact_account_\d+|~)(/.*)?\Z", re.DOTALL)
"""Requests about our DAGs, or about any (`~`); a DAG of somebody else whose name begins alike is not ours to refuse."""
_TRIGGER = re.compile(r"/dagRuns/?\Z")
_MATERIALIZE = re.compile(r"/api/v2/assets/(\d+)/materialize/?\Z")
_WRITES = ("POST", "PATCH", "PUT")
_MOST_BYTES = 1_000_000
_ON_DEMAND = "redact_on_demand"
_INSTANTS = ("logical_date", "run_after", "data_interval_start", "data_interval_end")
_TAKEN = (*_INSTANTS, "dag_run_id", "conf", "note", "partition_key")
_FIELDS = {name: Draft202012Validator(schema) for name, schema in FORM.items()}


class CheckConf:
    """Refuses by 400 what would have Airflow keep more of a run of ours than its form, or what names somebody."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on as it came."""
        found = None
        problem: str | None
        if scope["type"] == "http" and scope["method"] in _WRITES:
            found = _OURS.search(scope["path"])
            asset = _MATERIALIZE.search(scope["path"])
            if asset is not None and await run_in_threadpool(_is_ours, int(asset[1])):
                problem = "the asset of an account comes of its DAG alone, which is triggered without a conf"
                await _refuse(problem, scope, receive, send)
                return
        if found is None:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            problem = f"more than {_MOST_BYTES:,} bytes"
        elif scope["method"] == "POST" and _TRIGGER.fullmatch(found[2] or ""):
            # What stands behind a question mark is kept too.
            problem = "the address takes no parameters" if scope["query_string"] else find_problem(found[1], body)
        else:
            problem = find_problem_of_change(body)
        if problem is not None:
            await _refuse(problem, scope, receive, send)
            return
        given: bytes | None = body

        async def again() -> Message:
            nonlocal given
            if given is None:
                return await receive()
            message: Message = {"type": "http.request", "body": given, "more_body": False}
            given = None
            return message

        await self._app(scope, again, send)


async def _refuse(problem: str, scope: Scope, receive: Receive, send: Send) -> None:
    answer = JSONResponse({"detail": f"{problem}: nothing was kept, nothing was changed"}, 400)
    await answer(scope, receive, send)


def _is_ours(asset_id: int) -> bool:
    """Say whether Airflow knows an asset as that of an account."""
    from airflow.models.asset import AssetModel
    from airflow.utils.session import create_session

    with create_session() as session:
        asset = session.get(AssetModel, asset_id) if asset_id < 2**31 else None
        return asset is not None and asset.uri.startswith("redaction://account/")


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

    What is no object in JSON is left to Airflow to refuse: it keeps nothing of it.
    """
    try:
        asked = json.loads(body, object_pairs_hook=_once)
        if isinstance(asked, dict):
            _check_request(dag_id, asked)
    except BadInput as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return None


def find_problem_of_change(body: bytes) -> str | None:
    """Return what keeps another request about a run of ours from being passed on: a note that names somebody, or
    something beside the answer to a question.
    """
    try:
        asked = json.loads(body, object_pairs_hook=_once) if body else None
        for name, value in _walk(asked):
            if name == "params_input" and value not in ({}, None):
                raise BadInput("an answer takes no params_input")
            if name == "note" and value is not None:
                if not isinstance(value, str):
                    raise BadInput("a note is a text")
                check_text(value, "the note")
    except BadInput as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return None


def _check_request(dag_id: str, asked: Mapping[str, Any]) -> None:
    if set(asked) - set(_TAKEN):
        raise BadInput(f"a request takes {', '.join(_TAKEN)}, and nothing else")
    conf = asked.get("conf") or {}
    known: Mapping[str, Any] = _FIELDS if dag_id == _ON_DEMAND else {}
    if not isinstance(conf, dict) or set(conf) - set(known):
        raise BadInput(f"conf takes {', '.join(known) if known else 'nothing'}, and no other key")
    if isinstance(conf.get("reason"), str):
        check_reason(conf["reason"])
    for name, value in conf.items():
        if not known[name].is_valid(value):
            raise BadInput(f"conf: {name} is not what the form takes")
    for name in _INSTANTS:
        if asked.get(name) is not None:
            _check_instant(name, asked[name])
    note, run_id = asked.get("note"), asked.get("dag_run_id")
    if not all(text is None or isinstance(text, str) for text in (note, run_id)) or asked.get("partition_key"):
        raise BadInput("dag_run_id and note are texts, and partition_key is not taken")
    if note:
        check_text(note, "the note")
    if run_id:
        check_name(run_id, "dag_run_id")
        check_key(f"{dag_id}/{run_id}")


def _check_instant(name: str, value: Any) -> None:
    try:
        datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise BadInput(f"{name} is no instant in ISO 8601") from None


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every member of every object in a value of JSON."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from _walk(member)
    elif isinstance(value, list):
        for member in value:
            yield from _walk(member)


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("a key is there twice")
    return found
