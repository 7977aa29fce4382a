"""The reports as pages for analysts: a period, totals, a chart, a table, a download. A report that leaves redacted
activities out says how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from redaction.accounts.accounts import Account, get_account, list_accounts
from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.errors import BadInput, ExtraMissing
from redaction.reporting.files import list_rows, write_parquet, write_report_csv
from redaction.reporting.frames import Agency, read
from redaction.reporting.kinds import Report, list_reports
from redaction.reporting.periods import Period, choose_period, last_days, list_presets, today_in
from redaction.web.access import Person, Seer, administers
from redaction.web.charts import draw
from redaction.web.context import PREFIX, get_database, get_placements, show
from redaction.web.report_table import make_matrix, make_table, say_result, sum_up

if TYPE_CHECKING:
    import pandas as pd

router = APIRouter()

_NOT_TRUSTED = "You may not see this report: tags are personal, so only administrators of all its accounts see them."
_NO_DAY = "Write a day as 2026-01-31."
Day = Annotated[str, Query(max_length=10)]


class WrongPeriod(Exception):
    """The wrong days of a form, by field name."""

    def __init__(self, problems: dict[str, str]) -> None:
        """Take the problem of each field."""
        super().__init__("the days of a form are wrong")
        self.problems = problems


def _find(name: str) -> Report:
    report = list_reports().get(name)
    if report is None:
        raise HTTPException(404, "There is no such report.")
    return report


def _read_period(first: str, last: str, today: date) -> Period:
    """Return the period of a form; raises WrongPeriod."""
    days: dict[str, date | None] = {"first": None, "last": None}
    problems = {}
    for name, text in (("first", first), ("last", last)):
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            problems[name] = _NO_DAY
    if problems:
        raise WrongPeriod(problems)
    try:
        return choose_period(days["first"], days["last"], today)
    except BadInput:
        if days["last"] is None:
            raise WrongPeriod({"first": "This day is after today: give an earlier day."}) from None
        raise WrongPeriod({"last": "The last day is before the first: give the earlier day first."}) from None


def _read(whose: int | Agency, name: str, period: Period, trusted: bool) -> pd.DataFrame:
    """Return a report as the person may see it; refuses with 403 if they may not."""
    if _find(name).personal and not trusted:
        raise HTTPException(403, _NOT_TRUSTED)
    return read(whose, name, period.since, period.until, placements=get_placements(), show_contacts=trusted)


def _ask_agency(person: Person, agency_id: int) -> tuple[str, bool, date]:
    """Return the name of an agency, whether a person administers all its accounts, at all placements, and the latest
    local day of them.
    """

    def ask(deployment: Deployment) -> tuple[str | None, bool, list[str]]:
        database = deployment.database
        agency = database.rows("get_agency", agency_id=agency_id)
        own = [account for account in list_accounts(database) if account.agency_id == agency_id]
        trusted = administers(person, database, [account.id for account in own])
        return (agency[0]["name"] if agency else None), trusted, [account.timezone for account in own]

    found, silent = get_placements().ask(ask, allow_restored=True)
    names = [name for name, _, _ in found.values() if name is not None]
    if not names:
        raise HTTPException(404, "There is no such agency.")
    # The administrators at a silent placement are unknown, and it may answer the next question.
    trusted = not silent and all(trusted for _, trusted, _ in found.values())
    zones = [zone for *_, own in found.values() for zone in own]
    return names[0], trusted, today_in(*(zones or ["UTC"]))


def _download(frame: pd.DataFrame, kind: Literal["csv", "parquet"], name: str) -> Response:
    content, media = (
        (write_report_csv(frame), "text/csv; charset=utf-8")
        if kind == "csv"
        else (write_parquet(frame), "application/vnd.apache.parquet")
    )
    disposition = f'attachment; filename="{name}-{frame.attrs["since"]}-{frame.attrs["until"]}.{kind}"'
    return Response(content, media_type=media, headers={"Content-Disposition": disposition})


@router.get("/accounts/{account_id}/reports/{name}.{kind}")
def download_report(
    person: Seer, account_id: int, name: str, kind: Literal["csv", "parquet"], first: Day = "", last: Day = ""
) -> Response:
    """Return a report as CSV with a header, or as Parquet."""
    _find(name)
    account = get_account(get_database(), account_id)
    period = _period_of_file(first, last, today_in(account.timezone))
    trusted = administers(person, get_database(), [account_id])
    return _download(_read(account_id, name, period, trusted), kind, f"{account_id}-{name}")


@router.get("/agencies/{agency_id}/reports/{name}.{kind}")
def download_agency_report(
    person: Seer, agency_id: int, name: str, kind: Literal["csv", "parquet"], first: Day = "", last: Day = ""
) -> Response:
    """Return a report over all accounts of an agency as CSV with a header, or as Parquet."""
    _find(name)
    _, trusted, today = _ask_agency(person, agency_id)
    period = _period_of_file(first, last, today)
    return _download(_read(Agency(agency_id), name, period, trusted), kind, f"agency-{agency_id}-{name}")


def _period_of_file(first: str, last: str, today: date) -> Period:
    try:
        return _read_period(first, last, today)
    except WrongPeriod as error:
        raise HTTPException(400, " ".join(error.problems.values())) from None


@router.get("/accounts/{account_id}/reports/{name}")
def see_report(
    person: Seer,
    account_id: int,
    name: str,
    first: Day = "",
    last: Day = "",
    account: Annotated[int | None, Query()] = None,
    report: Annotated[str, Query(max_length=40)] = "",
    sort: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Show a report over some local days of the account; by default the last 30. Redirects to another `account` or
    `report` that the form sends.
    """
    if account not in (None, account_id) or report not in ("", name):
        asked_for = urlencode({"first": first, "last": last})
        led_to = quote(report or name, safe="")
        return RedirectResponse(f"{PREFIX}/accounts/{account or account_id}/reports/{led_to}?{asked_for}", 303)
    _find(name)
    found = get_account(get_database(), account_id)
    trusted = administers(person, get_database(), [account_id])
    place = _Place(account_id, f"accounts/{account_id}", today_in(found.timezone), found, None)
    return _show(person, place, name, trusted, (first, last), sort, page)


@router.get("/agencies/{agency_id}/reports/{name}")
def see_agency_report(
    person: Seer,
    agency_id: int,
    name: str,
    first: Day = "",
    last: Day = "",
    report: Annotated[str, Query(max_length=40)] = "",
    sort: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Show a report over all accounts of an agency, each by its own local days; by default the last 30."""
    if report not in ("", name):
        asked_for = urlencode({"first": first, "last": last})
        return RedirectResponse(f"{PREFIX}/agencies/{agency_id}/reports/{quote(report, safe='')}?{asked_for}", 303)
    _find(name)
    agency, trusted, today = _ask_agency(person, agency_id)
    place = _Place(Agency(agency_id), f"agencies/{agency_id}", today, None, agency or str(agency_id))
    return _show(person, place, name, trusted, (first, last), sort, page)


@dataclass(frozen=True)
class _Place:
    """The subject of a report page: account or agency, its address, its local day, its name."""

    whose: int | Agency
    path: str
    today: date
    account: Account | None
    agency: str | None


def _show(
    person: Person, place: _Place, name: str, trusted: bool, days: tuple[str, str], sort: str, page: int
) -> HTMLResponse:
    report, reports, today = _find(name), list_reports(), place.today
    values: dict[str, Any] = {
        "account": place.account,
        "agency": place.agency,
        "accounts": list_accounts(get_database()) if place.account else [],
        "base": f"{PREFIX}/{place.path}/reports",
        "name": name,
        "report": report,
        "groups": _group({key: one for key, one in reports.items() if trusted or not one.personal or key == name}),
        "presets": list_presets(today),
        "today": today,
        "chosen": None,
        "first": days[0],
        "last": days[1],
    }
    try:
        period = _read_period(*days, today)
    except WrongPeriod as error:
        return show("report.html", person.name, 400, **values, problems=error.problems)
    frame = _read(place.whose, name, period, trusted)
    rows = list_rows(frame)
    earlier = period.before
    before = list_rows(_read(place.whose, name, earlier, trusted)) if rows and earlier else []
    asked = {"first": period.since, "last": period.until}
    # Two may be the same days, such as the last 30 days and this month.
    chosen = next((title for title, one in values["presets"].items() if one == period), None)
    chart, no_chart = "", ""
    try:
        chart = draw(rows, report)
    except ExtraMissing as error:
        no_chart = str(error)
    return show(
        "report.html",
        person.name,
        **{**values, **asked, "problems": {}, "chosen": chosen},
        said=frame.attrs,
        figures=sum_up(rows, before, report) if rows else [],
        result=say_result(rows, report, period) if rows else "",
        chart=chart,
        no_chart=no_chart,
        matrix=make_matrix(rows) if report.shape == "hours" else [],
        table=None if report.shape == "hours" else make_table(rows, before, report, period, sort, page, asked),
        until=_until_last_day(frame.attrs["last_day"]),
        redacted_until=_find_redacted(place, rows, report),
        asked=urlencode(asked),
    )


def _group(reports: dict[str, Report]) -> dict[str, dict[str, Report]]:
    groups: dict[str, dict[str, Report]] = {}
    for name, report in reports.items():
        groups.setdefault(report.group, {})[name] = report
    return groups


def _until_last_day(last: str | None) -> Period | None:
    """Return the period that is offered if the chosen one is empty: that of the last activity."""
    return last_days(date.fromisoformat(last)) if last else None


def _find_redacted(place: _Place, rows: Sequence[Row], report: Report) -> Period | str:
    """Return the period that is offered if nothing of the chosen one is redacted: that of the last redacted day.

    "none" if no day is redacted, "" if there is no need.
    """
    if report.leaves_out or not rows or any(row["redacted"] for row in rows):
        return ""
    ids = {"account_id": place.account and place.account.id, "agency_id": None}
    if isinstance(place.whose, Agency):
        ids["agency_id"] = place.whose.id
        found, _ = get_placements().ask(lambda at: at.one("last_redacted_day", **ids)["day"], allow_restored=True)
        last = max((day for day in found.values() if day), default=None)
    else:
        last = get_database().one("last_redacted_day", **ids)["day"]
    return last_days(last) if last else "none"
