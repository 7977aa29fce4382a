"""The page of the texts that may name a person: an administrator keeps each, or cuts it after a confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from redaction.accounts.accounts import get_account
from redaction.control.texts import decide_texts, list_texts
from redaction.errors import BadInput
from redaction.reporting.periods import today_in
from redaction.web.access import Administrator, Changer, Person, can_edit
from redaction.web.context import PREFIX, Form, get_database, get_deployment, show

router = APIRouter(prefix="/accounts/{account_id}/texts")

_SHOWN = 500


@router.get("")
def see_texts(person: Administrator, account_id: int, decided: bool = False, done: str = "") -> HTMLResponse:
    """Show the texts that wait for a decision, or with `decided` all of them."""
    return _show(person, account_id, decided, done)


@router.post("/{decision}")
def decide(person: Changer, account_id: int, decision: Literal["keep", "cut"], form: Form) -> Response:
    """Keep a text, or cut it after showing the effect and a confirmation."""
    named, reason = str(form.get("text", "")), str(form.get("reason", ""))
    if decision == "cut" and form.get("confirmed") != "yes":
        return _ask(person, account_id, named, reason, {})
    try:
        decide_texts(get_deployment(), account_id, decision, person.name, reason, (named,))
    except BadInput as error:
        problems = {"reason": str(error)}
        if decision == "cut":
            return _ask(person, account_id, named, reason, problems)
        return _show(person, account_id, refused={"text": named, "reason": reason, "problems": problems})
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/texts?done={decision}", status_code=303)


def _ask(person: Person, account_id: int, named: str, reason: str, problems: Mapping[str, str]) -> Response:
    """Return the page that shows the effect of a cut and asks for its reason."""
    found = [text for text in list_texts(get_database(), account_id) if text.digest == named]
    if not found:
        raise HTTPException(404, f"Account {account_id} has no such text any more.")
    account = get_account(get_database(), account_id)
    status = 400 if problems else 200
    return show(
        "confirm_text.html", person.name, status, account=account, text=found[0], reason=reason, problems=problems
    )


def _show(
    person: Person, account_id: int, decided: bool = False, done: str = "", refused: Mapping[str, Any] | None = None
) -> HTMLResponse:
    account = get_account(get_database(), account_id)
    texts = [text for text in list_texts(get_database(), account_id) if decided or text.waits]
    return show(
        "texts.html",
        person.name,
        400 if refused else 200,
        account=account,
        texts=texts[:_SHOWN],
        today=today_in(account.timezone),
        count=len(texts),
        decided=decided,
        done=done if done in ("keep", "cut") else "",
        refused=refused or {},
        may_change=can_edit(person, account_id),
    )
