"""One activity with all its values, shown only to the account's administrators."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from redaction.accounts.accounts import Account, get_account
from redaction.catalog import load_catalog
from redaction.objects.registry import list_stores
from redaction.own_fields import OWN
from redaction.web.access import Administrator, Person, can_redact
from redaction.web.cards import find_recording, make_cards, tell_flow
from redaction.web.context import get_database, show
from redaction.web.views import record_view

router = APIRouter(prefix="/accounts/{account_id}")

_CUT = 20_000
"""Characters of a value that a page shows."""


@router.get("/activities/{activity_id}")
def see_activity(person: Administrator, account_id: int, activity_id: int) -> HTMLResponse:
    """Show one activity with all its values."""
    account = get_account(get_database(), account_id)
    rows = get_database().rows("get_activity", account_id=account_id, id=activity_id, most=_CUT)
    if not rows:
        raise HTTPException(404, f"There is no activity {activity_id} of account {account_id}.")
    activity, catalog = rows[0], load_catalog()
    personal = {name: activity[name] for name in catalog.personal if activity[name] is not None}
    record_view(person, account_id, "activity", int(bool(personal)))
    address = personal.get("recording_url")
    return show(
        "activity.html",
        person.name,
        account=account,
        activity=activity,
        flow=tell_flow(activity["call_path"]),
        own=[
            (name.removeprefix(OWN).replace("_", " ").capitalize(), activity[name])
            for name, entry in catalog.own.items()
            if entry.kind == "retained" and activity[name] is not None
        ],
        cards=make_cards(personal, account.timezone, _CUT),
        recording=find_recording(address, list_stores(get_database(), account_id)) if address else None,
        log="texts" if activity["kind"] in ("text", "chat") else "calls",
        cut=_CUT,
        may_flag=activity["redacted_at"] is None and not activity["held"] and may_flag(person, account),
        **list_fields(),
    )


def may_flag(person: Person, account: Account) -> bool:
    """Say whether an administrator of an account may redact manually in it."""
    return account.manual_redaction and account.may_redact and account.closing_since is None and can_redact(person)


def list_fields() -> dict[str, Any]:
    """Return in words what a redaction removes of an activity (`goes`), and what it leaves (`stays`)."""
    columns = load_catalog().columns.values()
    stays = dict.fromkeys(("tracking number", "tracking source", "time", "status", "call flow"))
    stays |= dict.fromkeys(entry.field for entry in columns if entry.field)
    return {"goes": list(load_catalog().categories), "stays": list(stays)}
