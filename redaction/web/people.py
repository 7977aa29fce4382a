"""*Find a person*: requests are opened, searched, answered through Airflow, and their files fetched, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast, get_args

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from redaction.accounts.accounts import Account, get_account
from redaction.contacts.contacts import spell_contact
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.reasons import check_reason
from redaction.placements.resolve import Placements
from redaction.requests.asked import choose_accounts, understand
from redaction.requests.ending import close_request, refuse_request
from redaction.requests.exports import end_exports, fetch_export, list_exports
from redaction.requests.find import Found, find_person
from redaction.requests.records import (
    AccountOf,
    Kind,
    PersonRequest,
    ask_administered,
    get_home,
    get_request,
    list_accounts_of,
    list_administered,
    list_requests,
    open_request,
)
from redaction.requests.search import Search
from redaction.web.access import ANSWER, Answerer, Person, Seer, can_answer
from redaction.web.context import PREFIX, Form, get_placements, show
from redaction.web.manual import ask_airflow

router = APIRouter()

KINDS = get_args(Kind)
"""The kinds of a request."""


@router.get("/find")
def see_requests(person: Seer) -> HTMLResponse:
    """Show the search for a person, the open requests, and the form for a new one."""
    return show_requests(person)


@router.post("/find")
def find(person: Seer, form: Form) -> HTMLResponse:
    """Open a request. The person's number or address comes by a form, because logs keep addresses; it is shown once,
    as understood.
    """
    placements, given = get_placements(), {name: str(value).strip() for name, value in form.items()}
    if given.get("contact") and not can_answer(person):
        raise HTTPException(403, "You may not open a request: Airflow does not let you trigger the DAG answer_request.")
    accounts, problems = _read_accounts(person, given)
    problems |= _find_problems(given)
    if problems:
        return show_requests(person, problems, given)
    country = given.get("country") or None
    try:
        found = choose_accounts(placements, accounts.agency, accounts.ids, person.name, True)
    except (BadInput, NotAllowed) as error:
        return show_requests(person, {"agency" if accounts.agency else "accounts": str(error)}, given)
    try:
        understand(given["contact"], country, [account for part in found.values() for account in part])
        opened = open_request(
            placements,
            cast(Kind, given.get("kind", "")),
            given["contact"],
            person.name,
            given["identity"],
            given["reference"],
            accounts.agency,
            accounts.ids,
            country,
            given.get("law") or None,
            administrator=True,
        )
    except (BadInput, NotAllowed) as error:
        field = "country" if error.subject == "country" else "contact"
        return show_requests(person, {field: str(error)}, given)
    looked = find_person(placements, opened.request.id)
    return _show(person, opened.request.id, looked, understood=opened.understood)


class _Accounts(NamedTuple):
    agency: int | None
    ids: list[int]


def _read_accounts(person: Person, given: Mapping[str, str]) -> tuple[_Accounts, dict[str, str]]:
    """Return the accounts that a form names, all that the person administers if none; and what is wrong with it."""
    agency, words = given.get("agency", ""), given.get("accounts", "").replace(",", " ").split()
    if agency and words:
        return _Accounts(None, []), {"accounts": "Name an agency or accounts, not both."}
    for field, texts in (("agency", [agency] if agency else []), ("accounts", words)):
        if not all(text.isascii() and text.isdigit() and len(text) < 20 for text in texts):
            return _Accounts(None, []), {field: "Write agencies and accounts by their ids, as numbers."}
    if agency:
        return _Accounts(int(agency), []), {}
    return _Accounts(
        None, [int(word) for word in words] or sorted(list_administered(get_placements(), person.name))
    ), {}


def _find_problems(given: Mapping[str, str]) -> dict[str, str]:
    """Return by field name what is wrong with the form, before anything is searched."""
    problems = {} if given.get("contact") else {"contact": "Write the number or e-mail address of the person."}
    if given.get("kind") not in KINDS:
        problems["kind"] = f"A request is of one of the kinds {', '.join(KINDS)}."
    for name in ("identity", "reference"):
        try:
            check_reason(given.get(name, ""))
        except BadInput as error:
            problems[name] = str(error)
    return problems


def show_requests(
    person: Person,
    problems: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    found: Search | None = None,
) -> HTMLResponse:
    """Show the search, the form of a request, and the requests whose accounts the person administers all; with the
    result of a search, if there was one.
    """
    placements = get_placements()
    home, (mine, silent) = get_home(placements), ask_administered(placements, person.name)
    requests = [
        request
        for request in list_requests(home)
        if {account.account_id for account in list_accounts_of(home, request.id)} <= mine
    ]
    return show(
        "find.html",
        person.name,
        400 if problems else 200,
        requests=requests,
        now=datetime.now(UTC),
        mine=len(mine),
        may_open=can_answer(person) and bool(mine),
        laws=placements.settings.request_days,
        problems=problems or {},
        given=given or {},
        found=found,
        silent={**silent, **(found.silent if found else {})},
        understood=spell_contact(found.contact) if found else None,
        account_count=len({one.account.id for one in found.kept}) if found else 0,
    )


@router.get("/requests/{request_id}")
def see_request(person: Answerer, request_id: int, asked: str = "") -> HTMLResponse:
    """Show a request: its accounts, the result in each, the files that wait to be fetched."""
    return _show(person, request_id, asked=asked)


@router.post("/requests/{request_id}/find")
def look(person: Answerer, request_id: int, form: Form) -> HTMLResponse:
    """Search for the person of a request in all its accounts; show what is kept, with verdict and digest."""
    return _show(person, request_id, find_person(get_placements(), request_id))


def _show(
    person: Person,
    request_id: int,
    found: Found | None = None,
    understood: str | None = None,
    asked: str = "",
    problems: Mapping[str, str] | None = None,
    reason: str = "",
) -> HTMLResponse:
    placements = get_placements()
    home = get_home(placements)
    request: PersonRequest = get_request(placements, request_id)
    exports: Sequence[Any] = [export for export in list_exports(home, request_id) if export.deleted_at is None]
    accounts = list_accounts_of(home, request_id)
    return show(
        "request.html",
        person.name,
        400 if problems else 200,
        request=request,
        accounts=accounts,
        names=_name(accounts),
        erased=any(account.found.get("redacted") for account in accounts),
        exports=exports,
        found=found,
        account_count=len({group.account_id for group in found.groups}) if found else 0,
        refusing=_list_refusing(found) if found and request.kind != "access" else [],
        understood=spell_contact(understood) if understood else None,
        asked=asked if asked in ("export", "erasure") else "",
        now=datetime.now(UTC),
        problems=problems or {},
        reason=reason,
    )


def _name(accounts: Sequence[AccountOf]) -> dict[int, str]:
    """Return the names of a request's accounts, as far as the placements answer."""
    ids = [account.account_id for account in accounts]
    answers, _ = get_placements().ask(lambda one: one.rows("name_accounts", account_ids=ids), allow_restored=True)
    return {row["id"]: row["name"] for rows in answers.values() for row in rows}


def _list_refusing(found: Found) -> list[Account]:
    """Return the accounts in which an erasure would be refused, because they do not allow manual redaction."""
    placements = get_placements()
    accounts = [
        get_account(placements.at(part.placement, allow_restored=True).database, part.account_id)
        for part in found.parts
        if part.erasable
    ]
    return [account for account in accounts if not (account.manual_redaction and account.may_redact)]


@router.post("/requests/{request_id}/answer")
async def answer(request: Request, person: Answerer, request_id: int, form: Form) -> Response:
    """Trigger the DAG `answer_request` by Airflow's API, with the credentials of this request."""
    erases = form.get("answer") == "erasure"
    if erases and form.get("acknowledged") != "on":
        return await run_in_threadpool(_refuse_erasure, person, request_id)
    conf = {
        "request": request_id,
        "answer": "erasure" if erases else "export",
        "acknowledged": form.get("acknowledged") == "on",
        "expect": str(form.get("digest", "")) or None,
    }
    await ask_airflow(request, ANSWER, "POST", "/dagRuns", {"logical_date": None, "conf": conf})
    return RedirectResponse(f"{PREFIX}/requests/{request_id}?asked={conf['answer']}", status_code=303)


def _refuse_erasure(person: Person, request_id: int) -> HTMLResponse:
    problems = {"acknowledged": "Tick that redacted data cannot be recovered: nothing was erased."}
    return _show(person, request_id, find_person(get_placements(), request_id), problems=problems)


@router.post("/requests/{request_id}/exports/{export_id}")
def fetch(person: Answerer, request_id: int, export_id: int, form: Form) -> StreamingResponse:
    """Stream the file that the person has created, once; it is deleted after the last byte."""
    home = get_home(get_placements())
    if not any(export.id == export_id for export in list_exports(home, request_id)):
        raise HTTPException(404, f"There is no export {export_id} of request {request_id}.")
    headers = {"Content-Disposition": f'attachment; filename="request-{request_id}.zip"'}
    return _Given(fetch_export(home, export_id, person.name), headers)


class _Given(StreamingResponse):
    """A streamed file that counts as fetched after its last byte; otherwise it stays."""

    def __init__(self, given: AbstractContextManager[Iterator[bytes]], headers: Mapping[str, str]) -> None:
        self._opened = ExitStack()
        super().__init__(self._opened.enter_context(given), media_type="application/zip", headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # If the browser has closed the connection, this task is being cancelled.
            await asyncio.shield(run_in_threadpool(self._opened.close))


@router.post("/requests/{request_id}/refuse")
def refuse(person: Answerer, request_id: int, form: Form) -> Response:
    """End a request without answering it; the person's number or address is forgotten."""
    reason = str(form.get("reason", ""))
    return _end(person, request_id, "refuse", reason, lambda: refuse_request(*_of(request_id), reason, person.name))


@router.post("/requests/{request_id}/close")
def close(person: Answerer, request_id: int, form: Form) -> Response:
    """End a request that is answered, or that the person withdraws; the person's number or address is forgotten."""
    reason = str(form.get("reason", "")).strip()
    return _end(
        person, request_id, "close", reason, lambda: close_request(*_of(request_id), person.name, reason or None)
    )


def _of(request_id: int) -> tuple[Placements, int]:
    return get_placements(), request_id


def _end(person: Person, request_id: int, way: str, reason: str, end: Callable[[], object]) -> Response:
    try:
        end()
    except (BadInput, NotAllowed) as error:
        return _show(person, request_id, problems={way: str(error)}, reason=reason)
    end_exports(get_home(get_placements()))
    return RedirectResponse(f"{PREFIX}/requests/{request_id}", status_code=303)
