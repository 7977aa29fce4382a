"""The FastAPI app that Airflow mounts at `/redaction`. A mounted app is open to everybody, so every route requires a
permission. Every answer says that only Airflow may frame it and that it loads nothing from outside.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from functools import cache
from threading import Thread
from traceback import extract_tb

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from redaction.errors import BadInput, DatabaseBehind, ExtraMissing, NotAllowed, RedactionError, TryLater
from redaction.web import (
    account,
    accounts,
    activities,
    administrators,
    agencies,
    alerts,
    answers,
    approvals,
    audit,
    behaviors,
    calendar,
    closing,
    dag_runs,
    elsewhere,
    evidence,
    holds,
    incoming,
    ledger,
    logs,
    manual,
    overview,
    people,
    recordings,
    redact,
    reports,
    run,
    runs,
    search,
    stores,
    texts,
    views,
)
from redaction.web.charts import warm_up
from redaction.web.context import PREFIX, ROOT, choose_placement, find_asked, show

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "media-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # A page may show personal data: no cache keeps it.
    "Cache-Control": "no-store",
}

# It must not delay the server's start; a daemon thread, since it has nothing to lose.
Thread(target=warm_up, daemon=True).start()

app = FastAPI(title="Redaction", docs_url=None, redoc_url=None, openapi_url=None)
for part in (
    overview,
    accounts,
    account,
    agencies,
    alerts,
    approvals,
    dag_runs,
    runs,
    holds,
    elsewhere,
    behaviors,
    calendar,
    activities,
    recordings,
    administrators,
    stores,
    texts,
    views,
    logs,
    manual,
    people,
    search,
    redact,
    reports,
    run,
    closing,
    answers,
    incoming,
    evidence,
    ledger,
    audit,
):
    app.include_router(part.router)
app.mount("/static", StaticFiles(directory=ROOT / "static"), name="static")

_HEADINGS = {
    401: "You are not logged in",
    403: "You may not do this",
    404: "Not found",
    409: "Somebody was faster",
    422: "The address is wrong",
    501: "A part is not installed",
    503: "The database does not answer now",
}
"""The heading of an answer, by its status."""
_STATUS = {ExtraMissing: 501, BadInput: 404, NotAllowed: 403, TryLater: 503, DatabaseBehind: 503}


@app.middleware("http")
async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Add the security headers to every answer; static files may be cached. All other requests work at the placement
    of their account, or at the named one.
    """
    # A browser sends the empty fields of a form too: a field that is left empty is not given.
    given = request.scope["query_string"].split(b"&")
    request.scope["query_string"] = b"&".join(part for part in given if part.partition(b"=")[1:] != (b"=", b""))
    try:
        response = await _answer_at_placement(request, call_next)
    except Exception as error:  # its message may hold a personal value: neither page nor log repeats it
        place = extract_tb(error.__traceback__)[-1]
        log.error("%s: %s in %s, line %s", request.url.path, type(error).__name__, place.name, place.lineno)
        response = _answer(request, 500, "This page could not be made: an error that is not expected.")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "/static/" in request.url.path:
        response.headers["Cache-Control"] = "max-age=300"
    return response


async def _answer_at_placement(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    if "/static/" not in request.url.path:
        named, of_account = request.query_params.get("placement"), request.query_params.get("account", "")
        try:
            path = request.url.path
            choose_placement(await run_in_threadpool(find_asked, path, named, of_account), path)
        except RedactionError as error:
            return await say_error(request, error)
    return await call_next(request)


def _answer(request: Request, status: int, what: str) -> Response:
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": what}, status_code=status)
    account = re.search(r"/accounts/([0-9]{1,19})(?=/|$)", request.url.path)
    back = f"{PREFIX}{account[0]}" if account and not request.url.path.endswith(account[0]) else f"{PREFIX}/"
    heading = _HEADINGS.get(status, "Something failed here" if status >= 500 else "The form was refused")
    again = status >= 500 and request.method == "GET"
    return show("error.html", "", status, code=status, what=what, heading=heading, back=back, again=again)


@app.exception_handler(HTTPException)
async def say_refusal(request: Request, error: HTTPException) -> Response:
    """Show that a permission is missing, that a session has ended, or that the page does not exist."""
    what = "You are not logged in, or your session has ended: log in to Airflow and come back."
    if request.method == "POST":
        # A browser sends a form again when the answer to it is loaded again.
        what += " To keep what you typed, log in in another tab, then load this page again."
    # The framework's text for an unknown address.
    said = "There is no such page." if error.detail == "Not Found" else str(error.detail)
    return _answer(request, error.status_code, what if error.status_code == 401 else said)


@app.exception_handler(RequestValidationError)
async def say_wrong_value(request: Request, error: RequestValidationError) -> Response:
    """Name the wrong parts of an address or form, and never their values, which may be personal."""
    names = sorted({str(part["loc"][-1]) for part in error.errors() if part["loc"]} & _known_names())
    what = f"The address has a value that the page does not take{': ' + ', '.join(names) if names else ''}."
    return _answer(request, 422, what)


@cache
def _known_names() -> set[str]:
    """Return the names of all parameters of the pages, which are safe to repeat."""
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    dependants = [route.dependant for route in routes]
    return {field.alias for one in dependants for field in (*one.query_params, *one.path_params)}


@app.exception_handler(RedactionError)
async def say_error(request: Request, error: RedactionError) -> Response:
    """Show one of our errors, which never carries a personal value."""
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    log.warning("%s: %s", request.url.path, type(error).__name__)
    return _answer(request, status, str(error))
