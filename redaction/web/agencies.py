"""The agencies, and whether their accounts may redact; a change is made only after the page has named the accounts."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from redaction.accounts.accounts import Account, list_accounts
from redaction.accounts.agencies import add_agencies, list_agencies
from redaction.control.agencies import Changed, say_changed
from redaction.control.agencies import change_agency as change_everywhere
from redaction.web.access import AgencyChanger, Person, Seer, can_change_agency, list_administered
from redaction.web.context import PREFIX, Form, get_placements, show

router = APIRouter()

_NAMED = 200


@router.get("/agencies")
def see_agencies(person: Seer) -> HTMLResponse:
    """Show the agencies, and whether their accounts may redact."""
    return _show(person)


def _show(person: Person, problem: str = "", changed: Sequence[Changed] = ()) -> HTMLResponse:
    found, silent = get_placements().ask(lambda deployment: list_agencies(deployment.database), allow_restored=True)
    return show(
        "agencies.html",
        person.name,
        409 if problem else 200,
        agencies=add_agencies(found),
        problem=problem,
        changed=changed,
        several=len(get_placements().names) > 1,
        may_change=can_change_agency(person),
        silent=silent,
    )


@router.post("/agencies/{agency_id}")
def change_agency(person: AgencyChanger, agency_id: int, form: Form) -> Response:
    """Allow or forbid redaction for the accounts of an agency, after the person has seen which accounts these are."""
    if form.get("allow_redaction") not in ("on", "off"):
        raise HTTPException(400, "Say on or off. Nothing was changed.")
    allowed = form["allow_redaction"] == "on"
    if form.get("confirmed") != "yes":
        return _ask(person, agency_id, allowed)
    changed = change_everywhere(get_placements(), agency_id, person.name, allow_redaction=allowed)
    if left := say_changed(agency_id, changed):
        return _show(person, left, changed)
    return RedirectResponse(f"{PREFIX}/agencies", status_code=303)


def _ask(person: Person, agency_id: int, allowed: bool) -> HTMLResponse:
    accounts: list[Account] = []
    own: set[int] = set()
    agencies = {}
    for deployment in get_placements().each(allow_restored=True):
        agencies[deployment.placement] = list_agencies(deployment.database)
        accounts += [one for one in list_accounts(deployment.database) if one.agency_id == agency_id]
        own |= list_administered(person, deployment.database)
    agency = next((one for one in add_agencies(agencies) if one["id"] == agency_id), None)
    if agency is None:
        raise HTTPException(404, f"There is no agency {agency_id}. Nothing was changed.")
    automatic = [one for one in accounts if one.auto_redaction is not None]
    return show(
        "confirm_agency.html",
        person.name,
        agency=agency,
        allowed=allowed,
        automatic=automatic[:_NAMED],
        by_hand=[one for one in accounts if one.auto_redaction is None and one.manual_redaction][:_NAMED],
        more=max(len(automatic) - _NAMED, 0),
        administered=sum(one.id in own for one in accounts),
        total=len(accounts),
    )
