"""Legal holds, of all accounts and of one: what is kept, why, by whom; placed and released on the account's page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from redaction.accounts.accounts import get_account
from redaction.accounts.proposals import list_proposals
from redaction.db.session import Row
from redaction.errors import ApprovalNeeded, BadInput
from redaction.gate.holds import list_holds, place_hold, release_hold
from redaction.ledger.reasons import check_reason
from redaction.web.access import RELEASE, Changer, Person, Seer, can_edit, list_administered
from redaction.web.context import PREFIX, Form, get_database, get_deployment, is_day, name_accounts, show
from redaction.web.manual import ask_airflow

router = APIRouter()

_ID = re.compile(r"[0-9]{1,19}")


@router.get("/holds")
def see_holds(person: Seer) -> HTMLResponse:
    """Show the holds in force of all accounts of a placement."""
    return _show_holds(person, None)


@router.get("/accounts/{account_id}/holds")
def see_holds_of_account(person: Seer, account_id: int) -> HTMLResponse:
    """Show the holds of an account, released ones too, with forms for people who may change it."""
    return _show_holds(person, account_id)


def _show_holds(
    person: Person,
    account_id: int | None,
    problems: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    said: str = "",
) -> HTMLResponse:
    database = get_database()
    holds = list_holds(database, account_id)
    own = list_administered(person, database)
    return show(
        "holds.html",
        person.name,
        400 if problems else 200,
        account=None if account_id is None else get_account(database, account_id),
        holds=[hold for hold in holds if hold.released_at is None],
        released=[hold for hold in holds if hold.released_at is not None] if account_id is not None else [],
        own=own,
        accounts=name_accounts(holds) if account_id is None else {},
        changeable={one for one in own & {account_id, *(hold.account_id for hold in holds)} if can_edit(person, one)},
        problems=problems or {},
        proposed={row["hold_id"]: row for row in _list_releases(account_id)},
        said=said,
        given=given or {},
    )


def _list_releases(account_id: int | None) -> Sequence[Row]:
    """Return the releases of holds of an account that wait for a second person; none for all accounts."""
    found = [] if account_id is None else list_proposals(get_database(), account_id)
    return [row for row in found if row["kind"] == "release"]


@router.post("/accounts/{account_id}/holds")
def add_hold(person: Changer, account_id: int, form: Form) -> Response:
    """Place a legal hold on some activities of the account, on a contact, or, if that is ticked, on the whole account.

    A refused form keeps what was typed.
    """
    words = str(form.get("activities", "")).replace(",", " ").split()
    contact = str(form.get("contact", "")).strip() or None
    until, reason = str(form.get("until", "")), str(form.get("reason", ""))
    problems = _find_problems(words, contact, form.get("whole") == "on", until, reason)
    if problems:
        return _show_holds(person, account_id, problems, form)
    try:
        place_hold(
            get_deployment(),
            account_id,
            reason,
            person.name,
            [int(word) for word in words],
            contact,
            form.get("anyway") == "on",
            date.fromisoformat(until) if until else None,
        )
    except BadInput as error:
        named = "activities" if contact is None else "contact"
        field = "until" if error.subject == "until" else named
        return _show_holds(person, account_id, {field: str(error)}, form)
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/holds", status_code=303)


def _find_problems(words: Sequence[str], contact: str | None, whole: bool, until: str, reason: str) -> dict[str, str]:
    """Return by field name what is wrong with the form of a hold, before anything is looked up."""
    problems = {}
    if bool(words or contact) == whole:
        problems["activities"] = "Name activities or a contact, or tick the whole account: one of them."
    elif not all(_ID.fullmatch(word) for word in words):
        problems["activities"] = "Write the ids of activities as numbers."
    if not is_day(until):
        problems["until"] = "Write the last day of the hold as a date such as 2026-03-01."
    try:
        check_reason(reason)
    except BadInput as error:
        problems["reason"] = str(error)
    return problems


def _waits(account_id: int, hold_id: int, name: str) -> bool:
    """Release a hold; return whether a second person has to agree first."""
    found = [hold for hold in list_holds(get_database(), account_id) if hold.id == hold_id]
    if not found:
        raise HTTPException(404, f"There is no hold {hold_id} of account {account_id}.")
    if found[0].released_at is not None:
        # As in a second tab, whose page still offers it.
        who = found[0].released_by or "itself, on its last day"
        raise HTTPException(409, f"Hold {hold_id} was released already, by {who}. Nothing was changed.")
    try:
        release_hold(get_deployment(), hold_id, name)
    except ApprovalNeeded:
        return True
    return False


@router.post("/accounts/{account_id}/holds/{hold_id}/release")
async def end_hold(request: Request, person: Changer, account_id: int, hold_id: int, form: Form) -> Response:
    """Release a hold of the account; what it held is due with the next run. Under the rule of two people, the first
    person proposes it here, and Airflow asks the second one if the first may trigger its DAG.
    """
    if await run_in_threadpool(_waits, account_id, hold_id, person.name):
        asked = {"logical_date": None, "conf": {"account": account_id, "hold": hold_id}}
        try:
            await ask_airflow(request, RELEASE, "POST", "/dagRuns", asked)
            where = "here, or by answering the question in Airflow"
        except HTTPException:
            where = "here"
        said = f"Hold {hold_id} stays in force: another administrator must agree, by releasing it {where}."
        return await run_in_threadpool(_show_holds, person, account_id, said=said)
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/holds", status_code=303)
