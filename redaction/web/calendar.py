"""The calendar: future runs, day by day."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from heapq import merge
from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from redaction.accounts.accounts import list_accounts
from redaction.accounts.calendar import COUNTED, PlannedDay, PlannedRun, plan_days
from redaction.deployment import Deployment
from redaction.web.access import Seer
from redaction.web.context import get_placements, show

router = APIRouter()

_SHOWN = 10
"""So many runs of a day are named; the others are counted."""
_OPEN = 7
"""So many days are open at first; a click opens another one."""


@router.get("/calendar")
def see_calendar(
    person: Seer,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    q: Annotated[str, Query(max_length=200)] = "",
    zone: Literal["own", "utc"] = "own",
) -> HTMLResponse:
    """Show the runs of the next days, of all accounts or filtered by name or agency."""
    now, wanted = datetime.now(UTC), q.strip().lower()

    def plan(deployment: Deployment) -> list[PlannedDay]:
        accounts = [
            account
            for account in list_accounts(deployment.database)
            if wanted in f"{account.id} {account.name} {account.agency_name}".lower()
        ]
        return plan_days(deployment, accounts, now, days, _SHOWN)

    found, silent = get_placements().ask(plan, allow_restored=True)
    return show(
        "calendar.html",
        person.name,
        days=_merge(list(found.values())),
        length=days,
        lengths=(7, 30, 90),
        q=q,
        zone=zone,
        most=COUNTED - 1,
        open_days=_OPEN,
        now=now,
        silent=silent,
    )


def _merge(parts: list[list[PlannedDay]]) -> list[tuple[date, int, list[PlannedRun]]]:
    """Return the days of several placements as one list."""
    counts: dict[date, int] = defaultdict(int)
    shown: dict[date, list[tuple[PlannedRun, ...]]] = defaultdict(list)
    for day in (day for part in parts for day in part):
        counts[day.day] += day.runs
        shown[day.day].append(day.shown)
    return [
        (day, counts[day], list(islice(merge(*shown[day], key=lambda run: (run.begins, run.account.id)), _SHOWN)))
        for day in sorted(counts)
    ]
