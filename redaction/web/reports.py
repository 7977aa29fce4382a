"""The reports as pages for analysts: a period, a chart, a table, a download. Each that leaves redacted activities out
says how many."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from redaction.accounts.accounts import Account, get_account, list_accounts
from redaction.catalog import OWN_REPORT, load_catalog
from redaction.db.database import Database
from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.errors import ExtraMissing
from redaction.extras import needs
from redaction.web.access import Person, Seer, administers
from redaction.web.charts import WEEKDAYS, draw
from redaction.web.context import PREFIX, get_database, get_placements, show, today_in
from redaction.web.hiding import hide_contacts
from redaction.web.sheet import write_csv

router = APIRouter()

_DAYS = 30
_COUNTED = frozenset(
    ("activities", "redacted", "missing", "sessions", "unique_contacts", "new_contacts", "returning_contacts")
)
_NOT_TRUSTED = "You may not see this report: tags are personal, so only administrators of all its accounts see them."
_NOTHING_MISSING = "Redacted activities are counted: what this report needs of them is retained."


@dataclass(frozen=True)
class Report:
    """A report: its title, the statement that reads it, what its chart shows by what, and what its numbers mean."""

    title: str
    statement: str
    mark: str
    by: str
    measures: tuple[str, ...]
    note: str = _NOTHING_MISSING
    counts_once: bool = True
    """Whether an activity is in one row alone, so that the rows add up to activities."""
    personal: bool = False
    """Its rows hold personal values: only administrators of the accounts see or download it."""

    @property
    def leaves_out(self) -> bool:
        """Say whether redacted activities are missing in it."""
        return self.note != _NOTHING_MISSING


REPORT_PAGES = {
    "sources": Report("By tracking source", "report_by_source", "bars", "source", ("activities", "redacted")),
    "numbers": Report("By tracking number", "report_by_number", "bars", "tracking_number", ("activities", "redacted")),
    "statuses": Report("By status", "report_by_status", "bars", "status", ("activities", "redacted")),
    "days": Report("By day", "report_by_day", "line", "day", ("activities", "redacted")),
    "hours": Report("By hour and weekday", "report_by_hour", "grid", "hour", ("activities",)),
    "call-flow": Report(
        "By call flow", "report_call_flow", "bars", "route_name", ("activities", "redacted"), counts_once=False
    ),
    "sessions": Report(
        "Sessions",
        "report_sessions",
        "line",
        "day",
        ("sessions",),
        "A session is known by visitor data, which a redaction removes: redacted activities are in no session.",
    ),
    "tags": Report(
        "By tag",
        "report_tags",
        "bars",
        "tag",
        ("activities",),
        "Tags are personal and are removed by a redaction: redacted activities have no tag and are not counted.",
        personal=True,
    ),
    "contacts": Report(
        "Unique and returning contacts",
        "report_contacts",
        "line",
        "day",
        ("unique_contacts", "new_contacts", "returning_contacts"),
        "A contact is known by number or address, which a redaction removes: redacted activities have no contact, and "
        "somebody whose earlier activities are all redacted is new again.",
    ),
}
_OWN = Report("By own fields", "report_by_own_field", "bars", "value", ("activities", "redacted"), counts_once=False)


def list_report_pages() -> dict[str, Report]:
    """Return the reports by the names of their pages: one by own fields too, if the operator retains some."""
    return REPORT_PAGES | ({"own-fields": _OWN} if OWN_REPORT in load_catalog().tables else {})


@dataclass(frozen=True)
class Period:
    """What is asked for: a report of some local days."""

    report: Report
    since: date
    to: date


def _period(name: str, first: str, last: str, zone: str) -> Period:
    report = list_report_pages().get(name)
    if report is None:
        raise HTTPException(404, "There is no such report.")
    try:
        to = date.fromisoformat(last) if last else today_in(zone)
        since = date.fromisoformat(first) if first else to - timedelta(days=_DAYS - 1)
    except ValueError:
        raise HTTPException(400, "Write a day as 2026-01-31.") from None
    return Period(report, since, to)


def _read(person: Person, database: Database, asked: Period, account_ids: Sequence[int]) -> list[Row]:
    """Return the rows of a report, as somebody may see them; refuses by 403 who may not see it."""
    personal = asked.report.personal
    trusted = administers(person, database, account_ids)
    if personal and not trusted:
        raise HTTPException(403, _NOT_TRUSTED)
    # An analyst reads no personal column, which the tags of a report are.
    with database.transaction("redaction_worker" if personal else "redaction_analyst") as session:
        rows = session.rows(asked.report.statement, account_ids=list(account_ids), first=asked.since, last=asked.to)
    if trusted:
        return rows
    hidden = hide_contacts(rows, _COUNTED | {"tracking_number"})
    # What was told apart by a number alone is alike now.
    return merge_rows([hidden], asked.report) if asked.report.mark == "bars" else hidden


def _read_account(
    person: Person, account_id: int, name: str, first: str, last: str
) -> tuple[Account, Period, list[Row]]:
    account = get_account(get_database(), account_id)
    asked = _period(name, first, last, account.timezone)
    return account, asked, _read(person, get_database(), asked, [account_id])


def _read_agency(
    person: Person, agency_id: int, name: str, first: str, last: str
) -> tuple[str, Period, list[Row], dict[str, str], bool]:
    """Return the name of an agency, what is asked for, its rows over all placements, and those that do not answer.

    And whether the person administers all of its accounts.

    Gathered here and not through foreign tables: all are asked at once, and one that is down is named, where a view
    over foreign tables would fail for all.
    """
    asked = _period(name, first, last, "UTC")

    def ask(deployment: Deployment) -> tuple[str | None, list[Row], bool]:
        database = deployment.database
        agency = database.rows("get_agency", agency_id=agency_id)
        own = [account.id for account in list_accounts(database) if account.agency_id == agency_id]
        rows = _read(person, database, asked, own) if own else []
        return (agency[0]["name"] if agency else None), rows, administers(person, database, own)

    found, silent = get_placements().ask(ask, allow_restored=True)
    names = [found_name for found_name, _, _ in found.values() if found_name is not None]
    if not names:
        raise HTTPException(404, "There is no such agency.")
    merged = merge_rows([rows for _, rows, _ in found.values()], asked.report)
    return names[0], asked, merged, silent, all(trusted for _, _, trusted in found.values())


def merge_rows(parts: Sequence[Sequence[Row]], report: Report) -> list[Row]:
    """Return the rows of several databases as one would have counted them: alike ones added up, in their order."""
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in (row for part in parts for row in part):
        key = tuple(value for column, value in row.items() if column not in _COUNTED)
        known = merged.setdefault(key, {column: 0 if column in _COUNTED else value for column, value in row.items()})
        for column in _COUNTED & row.keys():
            known[column] += row[column] or 0
    if report.mark == "bars":
        return sorted(merged.values(), key=lambda row: -row["activities"])
    return [merged[key] for key in sorted(merged)]


def _download(rows: Sequence[Row], kind: Literal["csv", "parquet"], name: str) -> Response:
    if kind == "csv":
        return _file(write_csv(rows), "text/csv; charset=utf-8", f"{name}.csv")
    with needs("pages", "Parquet"):
        import pyarrow
        from pyarrow import parquet

    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist([dict(row) for row in rows]), sink)
    return _file(sink.getvalue(), "application/vnd.apache.parquet", f"{name}.parquet")


@router.get("/accounts/{account_id}/reports/{name}.{kind}")
def download_report(
    person: Seer, account_id: int, name: str, kind: Literal["csv", "parquet"], first: str = "", last: str = ""
) -> Response:
    """Return a report as CSV with a header, or as Parquet."""
    _, asked, rows = _read_account(person, account_id, name, first, last)
    return _download(rows, kind, f"{account_id}-{name}-{asked.since}-{asked.to}")


@router.get("/agencies/{agency_id}/reports/{name}.{kind}")
def download_agency_report(
    person: Seer, agency_id: int, name: str, kind: Literal["csv", "parquet"], first: str = "", last: str = ""
) -> Response:
    """Return a report over all accounts of an agency as CSV with a header, or as Parquet."""
    _, asked, rows, _, _ = _read_agency(person, agency_id, name, first, last)
    return _download(rows, kind, f"agency-{agency_id}-{name}-{asked.since}-{asked.to}")


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/accounts/{account_id}/reports/{name}")
def see_report(
    person: Seer,
    account_id: int,
    name: str,
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
    account: Annotated[int | None, Query()] = None,
) -> Response:
    """Show a report over some local days of the account; by default the last 30. Another `account` is led to."""
    if account not in (None, account_id):
        asked_for = urlencode({"first": first, "last": last})
        return RedirectResponse(f"{PREFIX}/accounts/{account}/reports/{quote(name, safe='')}?{asked_for}", 303)
    found, asked, rows = _read_account(person, account_id, name, first, last)
    trusted = administers(person, get_database(), [account_id])
    return _show(person, asked, name, rows, f"accounts/{account_id}", trusted, account=found, silent={})


@router.get("/agencies/{agency_id}/reports/{name}")
def see_agency_report(
    person: Seer,
    agency_id: int,
    name: str,
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """Show a report over all accounts of an agency, each by its own local days; by default the last 30."""
    agency, asked, rows, silent, trusted = _read_agency(person, agency_id, name, first, last)
    return _show(person, asked, name, rows, f"agencies/{agency_id}", trusted, agency=agency or agency_id, silent=silent)


def _show(
    person: Person,
    asked: Period,
    name: str,
    rows: Sequence[Row],
    whose: str,
    may_see_personal: bool,
    **values: Any,
) -> HTMLResponse:
    report, pages = asked.report, list_report_pages().items()
    chart, no_chart = "", ""
    try:
        chart = draw(rows, report.mark, report.by, report.measures)
    except ExtraMissing as error:
        no_chart = str(error)
    return show(
        "report.html",
        person.name,
        **{"account": None, "agency": None, **values},
        accounts=list_accounts(get_database()) if "account" in values else [],
        base=f"{PREFIX}/{whose}/reports",
        name=name,
        report=report,
        reports={key: page for key, page in pages if key == name or not page.personal or may_see_personal},
        weekdays=WEEKDAYS,
        first=asked.since,
        last=asked.to,
        rows=rows,
        missing=_sum(rows, "missing"),
        redacted=_sum(rows, "redacted"),
        chart=chart,
        no_chart=no_chart,
    )


def _sum(rows: Sequence[Row], column: str) -> int:
    return sum(row.get(column) or 0 for row in rows)
