"""The logs: calls and forms, texts and chats, paged by key. The one place where personal values are shown, to the
account's administrators alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse

from redaction.accounts.accounts import Account, get_account
from redaction.catalog import load_catalog
from redaction.contacts.contacts import contact_key
from redaction.errors import BadInput
from redaction.web.access import Administrator, Person, can_redact
from redaction.web.context import Form, get_database, show

router = APIRouter(prefix="/accounts/{account_id}")

_KINDS = {"calls": ("call", "form"), "texts": ("text", "chat")}
_PAGE = 50
_CUT = 20_000
"""Characters of a value that a page shows."""
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2999, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILTERS = ("since", "until", "kind", "source", "number", "status", "redacted")


@router.get("/log/{log}")
def see_log(
    person: Administrator,
    account_id: int,
    log: Literal["calls", "texts"],
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    kind: Annotated[str, Query(max_length=10)] = "",
    source: Annotated[str, Query(max_length=300)] = "",
    number: Annotated[str, Query(max_length=40)] = "",
    status: Annotated[str, Query(max_length=100)] = "",
    redacted: Annotated[str, Query(pattern="^(yes|no)?$")] = "",
    before: Annotated[str, Query(pattern=r"^(\d{1,17}-\d{1,19})?$")] = "",
) -> HTMLResponse:
    """Show a page of a log; `before` is where the page before it ended, in microseconds and id."""
    filters = {
        "since": since,
        "until": until,
        "kind": kind,
        "source": source,
        "number": number,
        "status": status,
        "redacted": redacted,
    }
    return _show_log(person, get_account(get_database(), account_id), log, filters, before)


@router.post("/log/{log}")
def search_log(person: Administrator, account_id: int, log: Literal["calls", "texts"], form: Form) -> HTMLResponse:
    """Show the latest activities of a contact. A form, since an address is kept in logs and the contact is personal."""
    account = get_account(get_database(), account_id)
    try:
        key = contact_key(str(form.get("contact", "")), account.number_country)
    except BadInput as error:
        raise HTTPException(400, str(error)) from None
    return _show_log(person, account, log, {}, "", key)


def _show_log(
    person: Person, account: Account, log: str, given: Mapping[str, str], before: str, contact: str | None = None
) -> HTMLResponse:
    filters = {name: given.get(name, "") for name in _FILTERS}
    shown = {
        "account_id": account.id,
        "kinds": [filters["kind"]] if filters["kind"] in _KINDS[log] else list(_KINDS[log]),
        "most": _PAGE + 1,
    }
    with get_database().transaction("redaction_worker") as session:
        if contact is None:
            rows = session.rows("list_log", **shown, **_narrow(filters, ZoneInfo(account.timezone), before))
        else:
            # By the indexes of contacts, whatever the planner believes of columns of which it has no statistics.
            session.set_local({"enable_seqscan": "off"})
            rows = session.rows("list_log_of_contact", **shown, contact=contact)
    older = None
    if len(rows) > _PAGE:
        rows = rows[:_PAGE]
        last = rows[-1]
        micros = (last["called_at"] - _EPOCH) // timedelta(microseconds=1)
        older = urlencode({**filters, "before": f"{micros}-{last['id']}"}) if contact is None else None
    return show(
        "log.html",
        person.name,
        account=account,
        log=log,
        kinds=_KINDS[log],
        rows=rows,
        filters=filters,
        searched=contact is not None,
        older=older,
        paged=bool(before),
        may_flag=_may_flag(person, account),
        **list_fields(),
    )


def _may_flag(person: Person, account: Account) -> bool:
    return account.manual_redaction and account.may_redact and account.closing_since is None and can_redact(person)


def list_fields() -> dict[str, Any]:
    """Return by `goes` what a redaction removes of an activity, by `stays` what it leaves, in words."""
    columns = load_catalog().columns.values()
    stays = dict.fromkeys(("tracking number", "tracking source", "time", "status", "call flow"))
    stays |= dict.fromkeys(entry.field for entry in columns if entry.field)
    return {"goes": list(load_catalog().categories), "stays": list(stays)}


def _narrow(filters: Mapping[str, str], zone: ZoneInfo, before: str) -> dict[str, Any]:
    at, number_before = _position(before)
    ends = _day(filters["until"], zone, _LAST, 1)
    return {
        "starts": _day(filters["since"], zone, _FIRST),
        "ends": ends,
        "before_at": min(at, ends),
        "before_id": number_before,
        "source": filters["source"] or None,
        "number": filters["number"] or None,
        "status": filters["status"] or None,
        "redacted": {"yes": True, "no": False}.get(filters["redacted"]),
    }


@router.get("/activities/{activity_id}")
def see_activity(person: Administrator, account_id: int, activity_id: int) -> HTMLResponse:
    """Show one activity, all that is there of it."""
    account = get_account(get_database(), account_id)
    rows = get_database().rows("get_activity", account_id=account_id, id=activity_id, most=_CUT)
    if not rows:
        raise HTTPException(404, f"There is no activity {activity_id} of account {account_id}.")
    personal: dict[str, Any] = {name: rows[0][name] for name in load_catalog().personal if rows[0][name] is not None}
    return show(
        "activity.html",
        person.name,
        account=account,
        activity=rows[0],
        personal=personal,
        cut=_CUT,
        may_flag=rows[0]["redacted_at"] is None and _may_flag(person, account),
        **list_fields(),
    )


def _position(before: str) -> tuple[datetime, int]:
    if not before:
        return _LAST, 2**63 - 1
    micros, number = before.split("-")
    try:
        return _EPOCH + timedelta(microseconds=int(micros)), int(number)
    except OverflowError:
        raise HTTPException(400, "There is no such page.") from None


def _day(text: str, zone: ZoneInfo, otherwise: datetime, later: int = 0) -> datetime:
    if not text:
        return otherwise
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=later), time.min, zone)
    except (ValueError, OverflowError):
        raise HTTPException(400, "Write a day as 2026-01-31.") from None
