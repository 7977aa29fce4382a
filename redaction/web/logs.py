"""The logs: calls and forms, texts and chats, paged by key. Only here and on the page of an activity are personal
values shown, and only to the account's administrators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse

from redaction.accounts.accounts import Account, get_account
from redaction.contacts.contacts import contact_key
from redaction.db.session import Row
from redaction.errors import BadInput
from redaction.reporting.periods import today_in
from redaction.web.access import Administrator, Person
from redaction.web.activities import list_fields, may_flag
from redaction.web.context import Form, get_database, show
from redaction.web.views import record_view

router = APIRouter(prefix="/accounts/{account_id}")

_KINDS = {"calls": ("call", "form"), "texts": ("text", "chat")}
_TITLES = {"calls": ("call or form", "calls and forms"), "texts": ("text or chat", "texts and chats")}
_PAGE = 50
_LOOKED_AT = 10_000
"""So many of the latest activities are searched to count those that match."""
_CHOICES = 300
_PRESETS = (7, 30, 90)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2999, 1, 1, tzinfo=UTC)
_WHOLE = {"starts": _FIRST, "ends": _LAST}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILTERS = {
    "since": "From",
    "until": "To",
    "kind": "Kind",
    "source": "Source",
    "number": "Tracking number",
    "status": "Status",
    "redacted": "Redacted",
}
"""Filters by their names in an address, with their labels."""
Position = Annotated[str, Query(pattern=r"^(\d{1,17}-\d{1,19})?$")]


@dataclass(frozen=True)
class Page:
    """A page of a log, latest first: its rows, the addresses of the previous and next page, how many match, how many
    its filters leave out, and whether there may be more of either.
    """

    rows: list[Row]
    newer: str | None = None
    older: str | None = None
    count: int = 0
    more: bool = False
    left_out: int = 0
    left_out_more: bool = False


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
    before: Position = "",
    after: Position = "",
) -> HTMLResponse:
    """Show a page of a log: below the position `before`, or above `after`, each in microseconds and id."""
    asked = (since, until, kind, source, number, status, redacted)
    given = {name: value for name, value in zip(_FILTERS, asked, strict=True) if value}
    account = get_account(get_database(), account_id)
    narrowed, problems = _narrow(account, log, given)
    page = Page([]) if problems else _read_page(narrowed, given, before, after)
    record_view(person, account_id, log, _count_personal(page))
    return _show_log(person, account, log, page, given, problems)


@router.post("/log/{log}")
def search_log(person: Administrator, account_id: int, log: Literal["calls", "texts"], form: Form) -> HTMLResponse:
    """Show the latest activities of a contact. It is a form, because logs keep addresses and the contact is
    personal.
    """
    account, text = get_account(get_database(), account_id), str(form.get("contact", ""))
    try:
        key = contact_key(text, account.number_country)
    except BadInput as error:
        return _show_log(person, account, log, Page([]), {}, {"contact": str(error)}, contact=text)
    with get_database().transaction("redaction_worker") as session:
        # Use the indexes of contacts: the planner has no statistics for these columns.
        session.set_local({"enable_seqscan": "off"})
        shown = {"account_id": account.id, "kinds": list(_KINDS[log]), "most": _PAGE + 1}
        rows = session.rows("list_log_of_contact", **shown, contact=key)
        every = session.one("count_contact_activities", account_id=account.id, contact=key)["activities"]
    page = Page(rows[:_PAGE], count=len(rows))
    record_view(person, account_id, "contact", _count_personal(page))
    return _show_log(person, account, log, page, {}, {}, contact=text, key=key, every=every)


def _count_personal(page: Page) -> int:
    return sum(row["redacted_at"] is None for row in page.rows)


def _read_page(narrowed: Mapping[str, Any], given: Mapping[str, str], before: str, after: str) -> Page:
    with get_database().transaction("redaction_worker") as session:
        if after:
            at, number = _read_position(after)
            rows = session.rows("list_newer_log", **narrowed, after_at=at, after_id=number, most=_PAGE + 1)
        if not after or len(rows) <= _PAGE:
            # A position with less than a page above it leads to the first page.
            at, number = (_LAST, 2**63 - 1) if after or not before else _read_position(before)
            before_at = min(at, narrowed["ends"])
            rows = session.rows("list_log", **narrowed, before_at=before_at, before_id=number, most=_PAGE + 1)
            newer, older = bool(before and not after), len(rows) > _PAGE
            rows = rows[:_PAGE]
        else:
            newer, older, rows = True, True, rows[1:]
        found: Row = {"activities": len(rows), "looked_at": 0}
        if newer or older:
            found = session.one("count_log", **narrowed, most=_LOOKED_AT)
        looked_at = session.one("count_log", **_narrow_to_log(narrowed), most=_LOOKED_AT)["looked_at"] if given else 0
    count, more = max(found["activities"], len(rows)), found["looked_at"] == _LOOKED_AT
    return Page(
        rows,
        _lead(given, "after", rows[0]) if newer and rows else None,
        _lead(given, "before", rows[-1]) if older else None,
        count,
        more,
        # If not every match is counted, the number left out is known only for the searched activities.
        found["looked_at"] - count if more else max(looked_at - count, 0),
        looked_at == _LOOKED_AT,
    )


def _narrow_to_log(narrowed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a log without any filter."""
    log = next(kinds for kinds in _KINDS.values() if set(narrowed["kinds"]) <= set(kinds))
    return {**dict.fromkeys(narrowed), "account_id": narrowed["account_id"], "kinds": list(log), **_WHOLE}


def _lead(given: Mapping[str, str], way: str, row: Row) -> str:
    micros = (row["called_at"] - _EPOCH) // timedelta(microseconds=1)
    return urlencode({**given, way: f"{micros}-{row['id']}"})


def _show_log(
    person: Person,
    account: Account,
    log: str,
    page: Page,
    given: Mapping[str, str],
    problems: Mapping[str, str],
    **searched: Any,
) -> HTMLResponse:
    choices = get_database().rows("list_log_choices", account_id=account.id, kinds=list(_KINDS[log]), most=_CHOICES)
    today = today_in(account.timezone)
    others = {name: value for name, value in given.items() if name not in ("since", "until")}
    return show(
        "log.html",
        person.name,
        400 if problems else 200,
        account=account,
        log=log,
        title=_TITLES[log],
        kinds=_KINDS[log],
        page=page,
        filters=dict.fromkeys(_FILTERS, "") | dict(given),
        chips=[
            (f"{text}: {given[name]}", f"?{urlencode({key: value for key, value in given.items() if key != name})}")
            for name, text in _FILTERS.items()
            if name in given
        ],
        presets=[
            (days, urlencode({**others, "since": today - timedelta(days=days - 1), "until": today}))
            for days in _PRESETS
        ],
        choices={
            field: {row["value"]: row["label"] or "" for row in choices if row["field"] == field}
            for field in ("status", "number", "source")
        },
        problems=problems,
        may_flag=may_flag(person, account),
        **{"contact": "", "key": None, "every": 0, **searched},
        **list_fields(),
    )


def _narrow(account: Account, log: str, given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the parameters of the filters, and the problem of each wrong filter by its name."""
    zone, problems = ZoneInfo(account.timezone), {}
    days: dict[str, datetime] = {}
    for name, otherwise, later in (("since", _FIRST, 0), ("until", _LAST, 1)):
        try:
            days[name] = _read_day(given[name], zone, later) if name in given else otherwise
        except (ValueError, OverflowError):
            problems[name] = "Write a day as 2026-01-31."
    if not problems and days["until"] <= days["since"]:
        problems["until"] = "The last day is before the first."
    kind = given.get("kind", "")
    narrowed: dict[str, Any] = {
        "account_id": account.id,
        "kinds": [kind] if kind in _KINDS[log] else list(_KINDS[log]),
        "starts": days.get("since"),
        "ends": days.get("until"),
        **{name: given.get(name) for name in ("source", "number", "status")},
        "redacted": {"yes": True, "no": False}.get(given.get("redacted", "")),
    }
    return narrowed, problems


def _read_day(text: str, zone: ZoneInfo, later: int) -> datetime:
    return datetime.combine(date.fromisoformat(text) + timedelta(days=later), time.min, zone)


def _read_position(text: str) -> tuple[datetime, int]:
    micros, number = text.split("-")
    try:
        return _EPOCH + timedelta(microseconds=int(micros)), int(number)
    except OverflowError:
        raise HTTPException(400, "There is no such page.") from None
