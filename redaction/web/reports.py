"""The reports as pages for analysts: a period, a chart, a table, a download. Each that leaves redacted activities out
says how many."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, Response

from redaction.accounts import Account, get_account, list_accounts
from redaction.database import Row
from redaction.web.access import Seer
from redaction.web.charts import draw
from redaction.web.house import get_database, show, today_in

router = APIRouter(prefix="/accounts/{account_id}/reports")

_DAYS = 30
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

    @property
    def leaves_out(self) -> bool:
        """Say whether redacted activities are missing in it."""
        return self.note != _NOTHING_MISSING


REPORTS = {
    "sources": Report("By tracking source", "report_by_source", "bars", "source", ("activities", "redacted")),
    "numbers": Report("By tracking number", "report_by_number", "bars", "tracking_number", ("activities", "redacted")),
    "statuses": Report("By status", "report_by_status", "bars", "status", ("activities", "redacted")),
    "days": Report("By day", "report_by_day", "line", "day", ("activities", "redacted")),
    "hours": Report("By hour and weekday", "report_by_hour", "grid", "hour", ("activities",)),
    "call-flow": Report("By call flow", "report_call_flow", "bars", "route_name", ("activities", "redacted")),
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


def _read(account: Account, name: str, first: str, last: str) -> tuple[Report, date, date, list[Row]]:
    report = REPORTS.get(name)
    if report is None:
        raise HTTPException(404, "There is no such report.")
    try:
        to = date.fromisoformat(last) if last else today_in(account.timezone)
        since = date.fromisoformat(first) if first else to - timedelta(days=_DAYS - 1)
    except ValueError:
        raise HTTPException(400, "Write a day as 2026-01-31.") from None
    with get_database().transaction("redaction_analyst") as session:
        rows = session.rows(report.statement, account_id=account.id, first=since, last=to)
    return report, since, to, rows


@router.get("/{name}.csv")
def download_csv(person: Seer, account_id: int, name: str, first: str = "", last: str = "") -> Response:
    """Return a report as CSV with a header."""
    _, since, to, rows = _read(get_account(get_database(), account_id), name, first, last)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["nothing"])
    writer.writeheader()
    writer.writerows(rows)
    return _file(text.getvalue().encode(), "text/csv; charset=utf-8", f"{account_id}-{name}-{since}-{to}.csv")


@router.get("/{name}.parquet")
def download_parquet(person: Seer, account_id: int, name: str, first: str = "", last: str = "") -> Response:
    """Return a report as Parquet."""
    import pyarrow
    from pyarrow import parquet

    _, since, to, rows = _read(get_account(get_database(), account_id), name, first, last)
    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist([dict(row) for row in rows]), sink)
    return _file(sink.getvalue(), "application/vnd.apache.parquet", f"{account_id}-{name}-{since}-{to}.parquet")


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/{name}")
def see_report(
    person: Seer,
    account_id: int,
    name: str,
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """Show a report over some local days of the account; by default the last 30."""
    account = get_account(get_database(), account_id)
    report, since, to, rows = _read(account, name, first, last)
    return show(
        "report.html",
        person.name,
        account=account,
        accounts=list_accounts(get_database()),
        name=name,
        report=report,
        reports=REPORTS,
        first=since,
        last=to,
        rows=rows,
        missing=_sum(rows, "missing"),
        redacted=_sum(rows, "redacted"),
        chart=draw(rows, report.mark, report.by, report.measures),
    )


def _sum(rows: Sequence[Row], column: str) -> int:
    return sum(row.get(column) or 0 for row in rows)
