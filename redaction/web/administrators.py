"""The administrators of an account on its settings page: added, changed and removed, each recorded in the ledger."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse, Response

from redaction.accounts.accounts import get_account
from redaction.accounts.administrators import list_people, set_administrator
from redaction.errors import ApprovalNeeded, ApproverRefused, BadInput
from redaction.web.access import Changer
from redaction.web.behaviors import show_settings
from redaction.web.context import PREFIX, Form, get_database, get_deployment

router = APIRouter(prefix="/accounts/{account_id}/administrators")


@router.post("")
def put(person: Changer, account_id: int, form: Form) -> Response:
    """Make a person an administrator of the account, or change what they may do with holds."""
    username = str(form.get("username", "")).strip()
    may = {name: form.get(name) == "on" for name in ("may_hold", "may_release")}
    try:
        set_administrator(get_deployment(), account_id, username, person.name, **may)
    except ApprovalNeeded:
        said = "Nothing is changed yet: another administrator must agree. They agree by saving the same here."
        return show_settings(person, get_account(get_database(), account_id), said=said, given=form)
    except (BadInput, ApproverRefused) as error:
        account = get_account(get_database(), account_id)
        return show_settings(person, account, problems={"username": str(error)}, given=form)
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/settings?done=people#people", status_code=303)


@router.post("/remove")
def remove(person: Changer, account_id: int, form: Form) -> Response:
    """Remove an administrator of the account; the last one stays."""
    username = str(form.get("username", ""))
    names = [one["username"] for one in list_people(get_database(), account_id)]
    if username not in names:
        raise HTTPException(404, "They are no administrator of this account any more: nothing was changed.")
    if len(names) == 1:
        account = get_account(get_database(), account_id)
        said = "An account needs an administrator: nothing was changed. Add another one first."
        return show_settings(person, account, problems={"username": said})
    set_administrator(get_deployment(), account_id, username, person.name, allowed=False)
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/settings?done=people#people", status_code=303)
