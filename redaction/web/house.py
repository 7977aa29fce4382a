"""What the pages stand on: one database and the settings of this process, the forms' tokens, the templates."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from redaction.database import Database, open_database
from redaction.evidence.anchor import check_ledger
from redaction.settings import Settings, load_settings

ROOT = Path(__file__).parent
PREFIX = "/redaction"
TOKEN_AGE_S = 12 * 3600
"""How long a form may be sent after it was shown (seconds)."""


@cache
def get_settings() -> Settings:
    """Return the settings of this process."""
    return load_settings()


@cache
def get_database() -> Database:
    """Return the database of this process, opened when it is first asked for."""
    return open_database(get_settings())


def _serializer() -> URLSafeTimedSerializer:
    from airflow.configuration import conf

    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt="redaction-form")


def make_token(name: str) -> str:
    """Return what a form of this person must bring back: another site can make his browser send one, not read it."""
    return str(_serializer().dumps(name))


async def read_form(request: Request, user: Annotated[Any, Depends(get_user)]) -> FormData:
    """Return the fields of a form; refuses by 403 one that a page of ours has not shown to the same person lately.

    Raises DatabaseBehind, before anything is changed, on a database that was restored.
    """
    form = await request.form()
    try:
        named = _serializer().loads(str(form.get("token", "")), max_age=TOKEN_AGE_S)
    except BadSignature:
        named = None
    if named != str(user.get_name()) or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403, "This form was not shown to you here, or long ago: open its page again.")
    await run_in_threadpool(lambda: check_ledger(get_database(), get_settings()))
    return form


Form = Annotated[FormData, Depends(read_form)]


def today_in(zone: str) -> date:
    """Return the local day of a time zone."""
    return datetime.now(ZoneInfo(zone)).date()


def tell_time(value: datetime | None, zone: str = "UTC") -> str:
    """Return an instant in words, in a zone; the zone is named."""
    return "" if value is None else value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z")


def _count(value: int | float | None) -> str:
    return "" if value is None else f"{value:,}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"at": tell_time, "count": _count}
    environment.globals |= {"prefix": PREFIX}
    return environment


def show(template: str, person: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page; `person` is the name of who sees it, "" where nobody is known."""
    token = make_token(person) if person else ""
    text = _environment().get_template(template).render(person=person, token=token, **values)
    return HTMLResponse(text, status_code=status)
