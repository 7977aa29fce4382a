"""The settings of an account in the words and the order of the product. A change of the schedule is confirmed first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from phonenumbers import SUPPORTED_REGIONS
from starlette.datastructures import FormData

from redaction.accounts.accounts import Account, get_account, set_account, switch_on
from redaction.accounts.administrators import list_people
from redaction.accounts.proposals import list_proposals, say_proposal
from redaction.accounts.recipients import list_exposures
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed, RedactionError
from redaction.objects.registry import list_stores
from redaction.web.access import Changer, Person, Seer, can_edit, is_administrator
from redaction.web.activities import list_fields
from redaction.web.consequences import list_runs, moves_schedule, show_question
from redaction.web.context import PREFIX, Form, get_database, get_deployment, show
from redaction.words import MODES, PERIODS, RECORDINGS_PERIODS

router = APIRouter(prefix="/accounts/{account_id}")

_SWITCHES = ("manual_redaction", "caller_id_enabled", "enhanced_caller_id_enabled", "follow_source", "needs_approval")
_SETTINGS = (*_SWITCHES, "auto_redaction", "recordings_period", "retention_mode", "timezone", "country")
_SAID = {
    "saved": "Saved.",
    "people": "The administrators are changed.",
    "stores": "The stores are changed.",
}
"""The words of a page after an act, by the keyword in its address."""


@router.get("/settings")
def see_settings(person: Seer, account_id: int, done: str = "") -> HTMLResponse:
    """Show the settings, with forms for people who may change them."""
    return show_settings(person, get_account(get_database(), account_id), said=_SAID.get(done, ""))


@router.post("/settings")
def change_settings(person: Changer, account_id: int, form: Form) -> Response:
    """Change the settings. A change of automatic redaction is shown first, and confirmed.

    After going back, or after a refusal, the forms keep what was chosen.
    """
    account = get_account(get_database(), account_id)
    changes = _read_changes(account, form)
    if form.get("back") == "yes":
        return show_settings(person, account, chosen=changes)
    problems = find_problems(account, changes)
    if problems:
        return show_settings(person, account, chosen=changes, problems=problems)
    after = replace(account, **changes)
    if after.auto_redaction and not account.auto_redaction:
        after = switch_on(after)
    if moves_schedule(account, after) and form.get("confirmed") != "yes":
        question: HTMLResponse = show_question(person, account, after, changes)
        return question
    try:
        set_account(get_deployment(), account_id, person.name, **changes)
    except ApprovalNeeded:
        said = (
            "Nothing is changed yet: another administrator must agree to another schedule, or to one person deciding "
            "alone. They agree by saving the same here."
        )
        return show_settings(person, account, chosen=changes, said=said)
    except RedactionError as error:
        if isinstance(error, NotAllowed) and not account.agency_allows:
            field = "automatic" if after.auto_redaction else "manual_redaction"
            return show_settings(person, account, chosen=changes, problems={field: str(error)})
        return show_settings(person, account, chosen=changes, problem=str(error))
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/settings?done=saved", status_code=303)


def _read_changes(account: Account, form: FormData) -> dict[str, Any]:
    changes: dict[str, Any] = {name: form.get(name) == "on" for name in _SWITCHES}
    automatic, recordings = form.get("automatic") == "on", str(form.get("recordings_period", ""))
    return changes | {
        "auto_redaction": str(form.get("auto_redaction", "")) if automatic else None,
        # Without runs a clock keeps its setting: its field is not shown.
        "recordings_period": (recordings or None) if automatic else account.recordings_period,
        "retention_mode": str(form.get("retention_mode", account.retention_mode)),
        "timezone": str(form.get("timezone", "")).strip(),
        "country": str(form.get("country", "")).strip().upper() or None,
    }


def find_problems(account: Account, changes: Mapping[str, Any]) -> dict[str, str]:
    """Return by field name what is wrong with a change of settings; empty if it can be made."""
    alone = replace(account, recordings_period=None)
    problems: dict[str, str] = {}
    for name in ("auto_redaction", "retention_mode", "timezone", "country"):
        try:
            replace(alone, **{name: changes[name]})
        except BadInput as error:
            problems[name] = str(error)
    if not problems:
        try:
            replace(account, **changes)
        except BadInput as error:
            # Each period is valid alone: the clock is longer than the whole.
            problems["recordings_period"] = str(error)
    return problems


def show_settings(
    person: Person,
    account: Account,
    said: str = "",
    problem: str = "",
    problems: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Any] | None = None,
    status: int = 400,
) -> HTMLResponse:
    """Return the settings page of an account, with the answer (`said`) to an act, and `status` if it has a problem.

    `problems` are by field name; `given` fills the forms of stores and people, `chosen` has the unsaved settings.
    """
    database, wrong = get_database(), bool(problem or problems)
    return show(
        "settings.html",
        person.name,
        status if wrong else 200,
        account=account,
        said=said,
        problem=problem,
        problems=problems or {},
        runs=list_runs(account, account, datetime.now(UTC)) if account.active else [],
        periods={value: text for value, text in PERIODS.items() if value},
        recordings_periods=RECORDINGS_PERIODS,
        modes=MODES,
        zones=sorted(available_timezones()),
        countries=sorted(SUPPORTED_REGIONS),
        stores=list_stores(database, account.id),
        people=list_people(database, account.id),
        proposals=[(one, say_proposal(one)) for one in list_proposals(database, account.id) if one["hold_id"] is None],
        exposures=list_exposures(database, account.id),
        may_change=is_administrator(person, account.id) and can_edit(person, account.id),
        given=given or {},
        chosen={name: getattr(account, name) for name in _SETTINGS} | dict(chosen or {}),
        **list_fields(),
    )
