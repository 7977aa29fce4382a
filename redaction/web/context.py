"""The shared basis of the pages: database and settings of a request, tokens of forms, templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from redaction import words
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.embedded import offer_embedded
from redaction.errors import BadInput
from redaction.failures import explain
from redaction.ledger.external import check_ledger
from redaction.placements.resolve import Placements
from redaction.resources import find_file
from redaction.settings import DEFAULT, Settings, load_settings
from redaction.web.address import PAGES, base_path
from redaction.web.hiding import mask_number
from redaction.web.navigation import MAIN, TABS, find_place

T = TypeVar("T")
offer_embedded()

ROOT = find_file("web")
AIRFLOW = base_path()
"""The prefix of links to Airflow."""
PREFIX = f"{AIRFLOW}{PAGES}"
"""The prefix of links to our pages."""
TOKEN_AGE_S = 12 * 3600
"""How long a form may be sent after it was shown (seconds)."""


_asked: ContextVar[str] = ContextVar("placement", default=DEFAULT)
_path: ContextVar[str] = ContextVar("path", default="")
_ACCOUNT = re.compile(r"/accounts/([0-9]{1,19})(/|$)")
_NUMBER = re.compile(r"([0-9]{1,18})")
_FORM_BYTES = 64 * 1024
_OPENINGS = {"a", "account", "agency", "an", "no", "recordings", "request", "run", "store", "the", "there", "this"}
"""Words that begin a message and are no name of a person, which keeps its case."""


@cache
def get_placements() -> Placements:
    """Return the placements of this process; they stay open."""
    return Placements(load_settings())


def find_asked(path: str, named: str | None, of_account: str = "") -> str:
    """Return the placement that a request names, or that of the account in its path, or of `of_account` in its query.

    Raises BadInput for an unknown placement. A page of an agency covers all placements, whatever account it names.
    """
    placements = get_placements()
    if named and named not in placements.names:
        raise BadInput(f"there is no placement {named!r}")
    account = _ACCOUNT.search(path) or (None if "/agencies/" in path else _NUMBER.fullmatch(of_account.strip()))
    if named or account is None:
        return named or DEFAULT
    return placements.find(int(account[1]))


def choose_placement(placement: str, path: str) -> None:
    """Let the rest of this request, for an address below Airflow's, work at a placement."""
    _asked.set(placement)
    _path.set(path.removeprefix(AIRFLOW).removeprefix(PAGES))


def get_deployment() -> Deployment:
    """Return the deployment of this request's placement; a page that only reads may be behind its ledger."""
    return get_placements().at(_asked.get(), allow_restored=True)


def get_settings() -> Settings:
    """Return the settings of this request's placement."""
    return get_deployment().settings


def get_database() -> Database:
    """Return the database of this request's placement."""
    return get_deployment().database


def _serializer() -> URLSafeTimedSerializer:
    from airflow.configuration import conf

    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt="redaction-form")


def make_token(name: str) -> str:
    """Return the token that a form of this person must send back: another site can make a browser send a form, and
    cannot read the token.
    """
    return str(_serializer().dumps(name))


async def read_shown(request: Request, user: Annotated[Any, Depends(get_user)]) -> FormData:
    """Return the fields of a form; refuses with 403 a form that no page has shown to the same person lately.

    It is for acts that change nothing in the ledger; all others use `read_form`.
    """
    form = await _read_short(request)
    try:
        named = _serializer().loads(str(form.get("token", "")), max_age=TOKEN_AGE_S)
    except BadSignature:
        named = None
    if named != str(user.get_name()) or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403, "This form was not shown to you here, or long ago: open its page again.")
    return form


async def read_form(form: Annotated[FormData, Depends(read_shown)]) -> FormData:
    """Return the fields of a form as `read_shown` does.

    Raises DatabaseBehind, before anything is changed, on a database that was restored.
    """
    await run_in_threadpool(lambda: check_ledger(get_deployment()))
    return form


async def _read_short(request: Request) -> FormData:
    """Return the fields of a form; refuses with 413 a form longer than any of ours, before reading all of it."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _FORM_BYTES:
            raise HTTPException(413, f"The form has more than {_FORM_BYTES:,} bytes: nothing was changed.")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    try:
        return await Request(request.scope, receive).form(max_files=0, max_fields=1_000)
    except ValueError:
        raise HTTPException(400, "The form cannot be read: nothing was changed.") from None


Form = Annotated[FormData, Depends(read_form)]
ShownForm = Annotated[FormData, Depends(read_shown)]


def tell_time(value: datetime | None, zone: str = "UTC") -> str:
    """Return an instant in words, in a zone, with the zone's name."""
    return "" if value is None else value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z")


def mark_time(value: datetime | None, zone: str = "UTC") -> Markup:
    """Return an instant as an element: short in a zone that the page names once, exact in UTC as a tooltip."""
    if value is None:
        return Markup("–")
    exact = value.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{exact:%Y-%m-%dT%H:%M:%SZ}", f"{exact:%Y-%m-%d %H:%M} UTC", words.say_time(value, zone)
    )


def mark_day(value: datetime | None, zone: str = "UTC") -> Markup:
    """Return the local day of an instant as an element, exact in UTC as a tooltip."""
    if value is None:
        return Markup("–")
    day, today = (one.astimezone(ZoneInfo(zone)).date() for one in (value, datetime.now(UTC)))
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        day.isoformat(), f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC", words.say_day(day, today)
    )


def mark_code(text: str) -> Markup:
    """Return a text in which parts between backticks are code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else part for odd, part in enumerate(parts)
    )


def is_day(text: str) -> bool:
    """Return whether a field of a day can show a text: a day such as 2026-01-31, or nothing."""
    with suppress(ValueError):
        return not text or date.fromisoformat(text).isoformat() == text
    return False


def begin_sentence(text: str) -> str:
    """Return a message that begins as a sentence does, unless it begins with a name."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0] in _OPENINGS else text


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
    environment.filters |= {
        "code": mark_code,
        "at": tell_time,
        "when": mark_time,
        "day": mark_day,
        "count": _count,
        "sentence": begin_sentence,
        "masked": mask_number,
    }
    environment.tests["day"] = is_day
    environment.globals |= {
        "prefix": PREFIX,
        "airflow": AIRFLOW,
        "explain": explain,
        "words": words,
        "main_entries": MAIN,
        "tabs": TABS,
    }
    return environment


def show(template: str, person: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page; `person` is the name of the reader, "" if unknown.

    A page of an account gets it as `account`, for its tabs, breadcrumbs and time zone.
    """
    token, account = make_token(person) if person else "", values.setdefault("account", None)
    account_id = None if account is None else account.id
    values |= {"placement": _asked.get(), "placements": get_placements().names, "default_placement": DEFAULT}
    values["here"] = "" if _asked.get() == DEFAULT else f"?placement={_asked.get()}"
    values["place"] = find_place(_path.get(), account_id)
    values["sees_personal"] = account_id is not None and is_administrator_of(person, account_id)
    text = _environment().get_template(template).render(person=person, token=token, **values)
    return HTMLResponse(text, status_code=status)


def name_accounts(rows: Iterable[Any]) -> dict[int, str]:
    """Return the names of the accounts in some rows or records, by id; accounts without a name are left out."""
    ids = {row["account_id"] if isinstance(row, Mapping) else row.account_id for row in rows}
    return {row["id"]: row["name"] for row in get_database().rows("name_accounts", account_ids=sorted(ids))}


def is_administrator_of(name: str, account_id: int) -> bool:
    """Say whether a person administers an account of this request's placement."""
    allowed: bool = get_database().one("is_administrator", account_id=account_id, username=name)["allowed"]
    return allowed
