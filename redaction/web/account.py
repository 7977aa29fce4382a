"""One account: how it stands, and its settings in the words and the order of the product."""

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

from redaction.accounts.accounts import Account, get_account, set_account
from redaction.accounts.recipients import list_exposures
from redaction.accounts.status import list_account_status
from redaction.errors import BadInput, RedactionError
from redaction.objects.registry import list_stores
from redaction.policy import MODES, Policy, latest_due, stagger, upcoming
from redaction.web.access import Changer, Person, Seer, can_edit, is_administrator
from redaction.web.approvals import pose_waiting
from redaction.web.context import PREFIX, Form, get_database, get_deployment, get_settings, show, today_in
from redaction.web.overview import MOST, link_run

router = APIRouter(prefix="/accounts/{account_id}")

_SWITCHES = ("manual_redaction", "caller_id_enabled", "enhanced_caller_id_enabled", "follow_source")
_SETTINGS = (*_SWITCHES, "auto_redaction", "recordings_period", "retention_mode", "timezone", "country")
_RUNS = 20


@router.get("")
def see_account(person: Seer, account_id: int) -> HTMLResponse:
    """Show how an account stands, its last runs, and who changed its settings."""
    deployment = get_deployment()
    account = get_account(deployment.database, account_id)
    [status] = list_account_status(deployment, [account], datetime.now(UTC), MOST)
    with deployment.transaction("redaction_worker") as session:
        runs = session.rows("list_runs", account_id=account_id, before=None, most=_RUNS)
        changes = session.rows("list_changes", account_id=account_id, most=_RUNS)
    return show(
        "account.html",
        person.name,
        account=account,
        account_status=status,
        posed=pose_waiting(deployment, person, account_id),
        runs=runs,
        changes=changes,
        link_run=link_run,
        administrator=is_administrator(person, account_id),
    )


@router.get("/settings")
def see_settings(person: Seer, account_id: int, saved: bool = False) -> HTMLResponse:
    """Show the settings; who may change them can."""
    account = get_account(get_database(), account_id)
    return show_settings(person, account, saved=saved)


@router.post("/settings")
def change_settings(person: Changer, account_id: int, form: Form) -> Response:
    """Change the settings; automatic redaction that is switched on, off or moved is shown first, and confirmed.

    Whoever goes back, or is refused, finds what was chosen.
    """
    account, changes = get_account(get_database(), account_id), _read_changes(form)
    if form.get("back") == "yes":
        return show_settings(person, account, chosen=changes)
    try:
        after = replace(account, **changes)
    except BadInput as error:
        return show_settings(person, account, problem=str(error), status=400, chosen=changes)
    if after.auto_redaction and not account.auto_redaction:
        after = replace(after, auto_redaction_since=today_in(after.timezone))
    schedule = ("auto_redaction", "retention_mode", "timezone", "recordings_period")
    moved = any(getattr(account, name) != getattr(after, name) for name in schedule)
    if moved and (after.auto_redaction or account.auto_redaction) and form.get("confirmed") != "yes":
        return (_show_first_run if after.auto_redaction else _show_end)(person, account, after, changes)
    try:
        set_account(get_deployment(), account_id, person.name, **changes)
    except RedactionError as error:
        return show_settings(person, account, problem=str(error), status=400, chosen=changes)
    return RedirectResponse(f"{PREFIX}/accounts/{account_id}/settings?saved=true", status_code=303)


def _read_changes(form: FormData) -> dict[str, Any]:
    period, recordings = (str(form.get(name, "")) for name in ("auto_redaction", "recordings_period"))
    changes: dict[str, Any] = {name: form.get(name) == "on" for name in _SWITCHES}
    return changes | {
        "auto_redaction": None if period in ("", "off") else period,
        "recordings_period": None if recordings in ("", "off") else recordings,
        "retention_mode": str(form.get("retention_mode", "every")),
        "timezone": str(form.get("timezone", "")).strip(),
        "country": str(form.get("country", "")).strip().upper() or None,
    }


def _show_first_run(person: Person, account: Account, after: Account, changes: Mapping[str, Any]) -> HTMLResponse:
    """Show what the first run will redact and when, and who outside has received personal fields."""
    database = get_database()
    policy = after.policy_or_zone()
    assert policy is not None
    first = upcoming(policy, None, None, datetime.now(UTC))
    kinds = database.rows("preview_due", account_id=account.id, cutoff=first.cutoff)
    return show(
        "confirm_settings.html",
        person.name,
        account=account,
        after=after,
        changes=changes,
        first=first,
        begins=first.run_after + stagger(account.id, get_settings().stagger_min),
        kinds=kinds,
        clock=_find_first_of_clock(account.id, policy, first.cutoff),
        activities=sum(row["activities"] for row in kinds),
        objects=sum(row["objects"] for row in kinds),
        exposures=list_exposures(database, account.id),
    )


def _show_end(person: Person, account: Account, after: Account, changes: Mapping[str, Any]) -> HTMLResponse:
    """Show what it means that nothing of an account is redacted by itself any more."""
    [status] = list_account_status(get_deployment(), [account], datetime.now(UTC), MOST)
    shown: dict[str, Any] = {"account": account, "after": after, "changes": changes, "account_status": status}
    return show("confirm_settings.html", person.name, first=None, **shown)


def _find_first_of_clock(account_id: int, policy: Policy, whole: datetime) -> Mapping[str, Any] | None:
    """Return when recordings go first, those from before when, and of how many activities; None without a clock."""
    if policy.clock is None:
        return None
    now = datetime.now(UTC)
    run_after = max(upcoming(policy.runs, None, None, now).run_after, now)
    cutoff = latest_due(policy.clock, run_after).cutoff
    with get_database().transaction("redaction_worker") as session:
        rows = session.rows(
            "list_recordings_due", account_id=account_id, cutoff=min(whole, cutoff), recordings_cutoff=cutoff
        )
    begins = run_after + stagger(account_id, get_settings().stagger_min)
    return {"begins": begins, "cutoff": cutoff, "activities": sum(row["due"] for row in rows)}


def show_settings(
    person: Person,
    account: Account,
    saved: bool = False,
    problem: str = "",
    status: int = 200,
    given: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    """Return the settings page of an account, with a problem that a form of it had, the store `given` in it, and the
    settings that were `chosen` and are not saved.
    """
    return show(
        "settings.html",
        person.name,
        status,
        account=account,
        saved=saved,
        problem=problem,
        dates=_list_dates(account),
        zones=sorted(available_timezones()),
        countries=sorted(SUPPORTED_REGIONS),
        stores=list_stores(get_database(), account.id),
        may_change=is_administrator(person, account.id) and can_edit(person, account.id),
        given=given or {},
        chosen={name: getattr(account, name) for name in _SETTINGS} | dict(chosen or {}),
    )


def _list_dates(account: Account) -> dict[str, list[tuple[str, datetime, datetime]]]:
    """Return for each mode the next three runs of each period: (period, when it runs, up to when it redacts)."""
    now = datetime.now(UTC)
    offset = stagger(account.id, get_settings().stagger_min)
    since = account.auto_redaction_since or today_in(account.timezone)
    dates: dict[str, list[tuple[str, datetime, datetime]]] = {}
    for mode in MODES:
        for period in ("daily", "30", "60", "90"):
            policy = Policy(period, mode, account.timezone, since)
            following = upcoming(policy, None, None, now)
            while following.run_after <= now:
                following = policy.interval_from(following.end)
            for _ in range(3):
                dates.setdefault(mode, []).append((period, following.run_after + offset, following.cutoff))
                following = policy.interval_from(following.end)
    return dates
