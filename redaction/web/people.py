"""*Find a person*: requests opened, looked into, answered through Airflow, and their files fetched, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, cast

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from starlette.datastructures import FormData

from redaction.errors import BadInput, NotAllowed
from redaction.requests.exports import end_exports, fetch_export, list_exports
from redaction.requests.find import Found, find_person
from redaction.requests.records import (
    Kind,
    PersonRequest,
    close_request,
    get_home,
    get_request,
    list_accounts_of,
    list_administered,
    list_requests,
    open_request,
    refuse_request,
)
from redaction.web.access import ANSWER, Answerer, Person, Seer, can_answer
from redaction.web.context import PREFIX, Form, get_placements, show
from redaction.web.manual import ask_airflow

router = APIRouter()


@router.get("/find")
def see_requests(person: Seer) -> HTMLResponse:
    """Show the requests that are not over, of whose accounts the person administers all, and the form for another."""
    return _show_list(person)


@router.post("/find")
def find(person: Seer, form: Form) -> HTMLResponse:
    """Open a request. Whom it is of comes by a form and is shown once, as understood: an address is kept in logs."""
    contact = str(form.get("contact", ""))
    if not contact.strip():
        return _show_list(person, "Write the number or e-mail address of the person.", form)
    if not can_answer(person):
        raise HTTPException(403, "You may not open a request: Airflow does not let you trigger the DAG answer_request.")
    try:
        opened = open_request(
            get_placements(),
            cast(Kind, str(form.get("kind", ""))),
            contact,
            person.name,
            str(form.get("identity", "")),
            str(form.get("reference", "")),
            _read_number(str(form.get("agency", "")).strip()),
            [
                number
                for word in str(form.get("accounts", "")).replace(",", " ").split()
                if (number := _read_number(word))
            ],
            str(form.get("country", "")).strip() or None,
            str(form.get("law", "")) or None,
            administrator=True,
        )
    except (BadInput, NotAllowed) as error:
        return _show_list(person, str(error), form)
    found = find_person(get_placements(), opened.request.id)
    return _show(person, opened.request.id, found, understood=opened.understood)


def _read_number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise HTTPException(400, "Write agencies and accounts by their ids, as numbers.")
    return int(text)


def _show_list(person: Person, problem: str | None = None, given: FormData | None = None) -> HTMLResponse:
    placements = get_placements()
    home, mine = get_home(placements), list_administered(placements, person.name)
    requests = [
        request
        for request in list_requests(home)
        if {account.account_id for account in list_accounts_of(home, request.id)} <= mine
    ]
    return show(
        "find.html",
        person.name,
        400 if problem else 200,
        requests=requests,
        may_open=can_answer(person) and bool(mine),
        laws=placements.settings.request_days,
        problem=problem,
        # What was written is shown again, but for whom it is of.
        given={} if given is None else {name: str(value) for name, value in given.items() if name != "contact"},
    )


@router.get("/requests/{request_id}")
def see_request(person: Answerer, request_id: int) -> HTMLResponse:
    """Show a request: its accounts, what became of it there, the files that wait to be fetched."""
    return _show(person, request_id)


@router.post("/requests/{request_id}/find")
def look(person: Answerer, request_id: int, form: Form) -> HTMLResponse:
    """Look for the person of a request in all of its accounts, and show what is kept, with verdict and digest."""
    return _show(person, request_id, find_person(get_placements(), request_id))


def _show(person: Person, request_id: int, found: Found | None = None, understood: str | None = None) -> HTMLResponse:
    placements = get_placements()
    home = get_home(placements)
    request: PersonRequest = get_request(placements, request_id)
    exports: Sequence[Any] = [export for export in list_exports(home, request_id) if export.deleted_at is None]
    return show(
        "request.html",
        person.name,
        request=request,
        accounts=list_accounts_of(home, request_id),
        exports=exports,
        found=found,
        understood=understood,
    )


@router.post("/requests/{request_id}/answer")
async def answer(request: Request, person: Answerer, request_id: int, form: Form) -> RedirectResponse:
    """Trigger the DAG `answer_request` by Airflow's API, with the very credentials that came with this request."""
    conf = {
        "request": request_id,
        "answer": "erasure" if form.get("answer") == "erasure" else "export",
        "acknowledged": form.get("acknowledged") == "on",
        "expect": str(form.get("digest", "")) or None,
    }
    await ask_airflow(request, ANSWER, "POST", "/dagRuns", {"logical_date": None, "conf": conf})
    return RedirectResponse(f"{PREFIX}/requests/{request_id}", status_code=303)


@router.post("/requests/{request_id}/exports/{export_id}")
def fetch(person: Answerer, request_id: int, export_id: int, form: Form) -> StreamingResponse:
    """Give the file that the person has made, once, piece by piece; it is gone afterwards."""
    home = get_home(get_placements())
    if not any(export.id == export_id for export in list_exports(home, request_id)):
        raise HTTPException(404, f"There is no export {export_id} of request {request_id}.")
    opened = ExitStack()
    pieces = opened.enter_context(fetch_export(home, export_id, person.name))

    def give() -> Iterator[bytes]:
        with opened:
            yield from pieces

    headers = {"Content-Disposition": f'attachment; filename="request-{request_id}.zip"'}
    return StreamingResponse(give(), media_type="application/zip", headers=headers)


@router.post("/requests/{request_id}/refuse")
def refuse(person: Answerer, request_id: int, form: Form) -> RedirectResponse:
    """End a request without an answer to it; whom it is of is forgotten."""
    _say(lambda: refuse_request(get_placements(), request_id, str(form.get("reason", "")), person.name))
    return RedirectResponse(f"{PREFIX}/requests/{request_id}", status_code=303)


@router.post("/requests/{request_id}/close")
def close(person: Answerer, request_id: int, form: Form) -> RedirectResponse:
    """End a request that is answered, or that the person takes back; whom it is of is forgotten."""
    reason = str(form.get("reason", "")).strip() or None
    _say(lambda: close_request(get_placements(), request_id, person.name, reason))
    return RedirectResponse(f"{PREFIX}/requests/{request_id}", status_code=303)


def _say(end: Any) -> None:
    try:
        end()
    except BadInput as error:
        raise HTTPException(400, str(error)) from None
    end_exports(get_home(get_placements()))
