"""Requests about a run of ours, checked before Airflow's audit log keeps them for good.

Airflow records a request before it checks its fields, and accepts keys that a form does not have. So this check runs
before its whole API, and refuses a request of which Airflow would keep more than it may.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redaction.control.form import ANSWER_FORM, CLOSE_FORM, FORM, RELEASE_FORM
from redaction.errors import BadInput
from redaction.ledger.reasons import check_name, check_reason, check_text
from redaction.pipeline.runs import check_key
from redaction.web.changes import PATTERNS, find_problem_of_change, name_dags, once

_NAME = re.compile(
    r"redact_on_demand|answer_request|release_hold|close_account|redact_account_\d+|collect_activities_\d+"
    r"|collect_inbox|(?:erase_residue|refresh_reports|retention_watch)(?:_[a-z0-9_\-]+)?|~"
)
"""Our DAGs, or any (`~`); another owner's DAG with a similar name is none of ours to refuse."""
_DAG = re.compile(r"/api/v2/dags/([^/]+)(/.*)?\Z", re.DOTALL)
_END = re.compile(r"[\W_]+\Z")
_DAGS = re.compile(r"/api/v2/dags/?\Z")
_BACKFILL = re.compile(r"/api/v2/backfills(/dry_run)?/?\Z")
_BULK = re.compile(r"(/dagRuns|/dagRuns/[^/]+/taskInstances|/clearDagRuns)/?\Z")
"""Requests whose address names one DAG, and whose body may name others."""
_LIST = re.compile(r"(/dagRuns|/dagRuns/[^/]+/taskInstances)/list/?\Z")
"""Questions, of which Airflow keeps nothing; with another method it is a run or task of that name."""
_TRIGGER = re.compile(r"/dagRuns/?\Z")
_ASSET = re.compile(r"/api/v2/assets/([^/]+)/(?:materialize/?|state-store/.*)\Z", re.DOTALL)
_ASSET_ID = re.compile(r"[0-9]{1,9}")
_EVENTS = re.compile(r"/api/v2/assets/events/?\Z")
_RESULTS = re.compile(r"/.*/xcomEntries(/.*)?\Z", re.DOTALL)
_WRITES = ("POST", "PATCH", "PUT", "DELETE")
_MOST_BYTES = 1_000_000
_ON_DEMAND = "redact_on_demand"
_INSTANTS = ("logical_date", "run_after", "data_interval_start", "data_interval_end")
_TAKEN = (*_INSTANTS, "dag_run_id", "conf", "note", "partition_key")
_FORMS = {_ON_DEMAND: FORM, "answer_request": ANSWER_FORM, "release_hold": RELEASE_FORM, "close_account": CLOSE_FORM}
_FIELDS = {dag: {name: Draft202012Validator(schema) for name, schema in form.items()} for dag, form in _FORMS.items()}


class CheckConf:
    """Refuses with 400 a request of which Airflow would keep more than the form of a run has, or the name of a
    person.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on unchanged."""
        if scope["type"] != "http" or scope["method"] not in _WRITES:
            await self._app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        asset, dag, backfill = _ASSET.search(path), _DAG.search(path), _BACKFILL.search(path)
        if asset is not None and await run_in_threadpool(_may_be_ours, asset[1]):
            said = "the asset of an account comes only from its DAG, which is triggered without a conf"
            await _refuse(said, scope, receive, send)
            return
        many = method == "PATCH" and _DAGS.search(path) is not None
        if many and not await run_in_threadpool(_may_match_ours, scope["query_string"]):
            await self._app(scope, receive, send)
            return
        dag_id, rest = (dag[1], dag[2] or "") if dag is not None else ("", "")
        ours = _NAME.fullmatch(dag_id) is not None
        if ours and method != "DELETE" and _RESULTS.fullmatch(rest):
            await _refuse("what a task of ours has given comes only from that task", scope, receive, send)
            return
        is_event = method == "POST" and _EVENTS.search(path) is not None
        bulk = is_event or backfill is not None or (_BULK.fullmatch(rest) is not None and method in ("POST", "PATCH"))
        is_trigger = method == "POST" and _TRIGGER.fullmatch(rest) is not None
        is_question = method == "POST" and _LIST.fullmatch(rest) is not None
        if (not ours and not many and (not bulk or is_trigger)) or is_question:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        problem: str | None = None
        if body is None:
            problem = f"more than {_MOST_BYTES:,} bytes"
        elif is_event:
            problem = await run_in_threadpool(find_problem_of_event, body)
        elif ours and is_trigger:
            # The parameters of an address are kept too.
            problem = "the address takes no parameters" if scope["query_string"] else find_problem(dag_id, body)
        elif ours or many or _names_ours(body):
            backfilled = "our DAGs take no backfill"
            problem = backfilled if backfill else find_problem_of_change(rest, scope["query_string"], body, many)
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


def _may_be_ours(asset_id: str) -> bool:
    """Say whether Airflow has an asset as that of an account; an id in another spelling than digits may be such an
    asset.
    """
    from airflow.models.asset import AssetModel
    from airflow.utils.session import create_session

    if not _ASSET_ID.fullmatch(asset_id):
        return True
    with create_session() as session:
        asset = session.get(AssetModel, int(asset_id))
        return asset is not None and asset.uri.startswith("redaction://account/")


def _may_match_ours(query: bytes) -> bool:
    """Say whether a pattern of ids, read at least as widely as Airflow does, matches a DAG of ours."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import or_, select

    given = parse_qsl(query.decode("latin-1"))
    # A pattern that ends in `~`, `_` or the like may match any longer id, in any case.
    terms = [_END.sub("", term) for name, value in given if name in PATTERNS for term in value.split("|")]
    with create_session() as session:
        ids = select(DagModel.dag_id).where(or_(*(DagModel.dag_id.ilike(f"%{term.strip()}%") for term in terms)))
        return bool(terms) and any(_NAME.fullmatch(dag_id) for dag_id in session.scalars(ids))


def _names_ours(body: bytes) -> bool:
    """Say whether a JSON body names a DAG of ours, or too many to tell."""
    try:
        return any(_NAME.fullmatch(dag_id) for dag_id in name_dags(json.loads(body)))
    except RecursionError:
        return True
    except ValueError:
        return False


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
    """Return why a request to trigger a run must not be passed on, without quoting it; None if it may.

    Airflow itself refuses a body that is no JSON object, and keeps nothing of it.
    """
    try:
        asked = json.loads(body, object_pairs_hook=once)
        if isinstance(asked, dict):
            _check_request(dag_id, asked)
    except BadInput as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return None


def find_problem_of_event(body: bytes) -> str | None:
    """Return why an event of an asset must not be passed on: it is the asset of an account, whose followers take an
    event for the end of a run.
    """
    try:
        asked = json.loads(body)
        # As Airflow reads it: it accepts 7.0 and "7" as numbers too.
        asset_id = TypeAdapter(int).validate_python(asked["asset_id"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return "an event of the asset of an account comes only from its DAG" if _may_be_ours(str(asset_id)) else None


def _check_request(dag_id: str, asked: Mapping[str, Any]) -> None:
    if set(asked) - set(_TAKEN):
        raise BadInput(f"a request takes {', '.join(_TAKEN)}, and nothing else")
    conf = asked.get("conf") or {}
    known: Mapping[str, Any] = _FIELDS.get(dag_id, {})
    if not isinstance(conf, dict) or set(conf) - set(known):
        raise BadInput(f"conf takes {', '.join(known) if known else 'nothing'}, and no other key")
    if isinstance(conf.get("reason"), str):
        check_reason(conf["reason"])
    for name, value in conf.items():
        if not known[name].is_valid(value):
            if name == "acknowledged" and value is False:
                raise BadInput("it was not acknowledged that redacted data cannot be recovered")
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
