"""What comes in: how far the accounts were fetched, what lies in the inbox, what loads have rejected."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import pendulum
from airflow.timetables.base import TimeRestriction
from airflow.timetables.trigger import CronTriggerTimetable
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from redaction.accounts.accounts import Account, list_accounts
from redaction.collectors import Collector
from redaction.errors import RedactionError
from redaction.settings import Settings
from redaction.source.collect.accounts import list_offered
from redaction.source.collect.inbox import ListedFile, list_inbox
from redaction.source.quarantine import list_quarantine, purge_quarantine
from redaction.web.access import AgencyChanger, Seer, can_change_agency
from redaction.web.context import AIRFLOW, PREFIX, Form, get_deployment, get_placements, get_settings, show

router = APIRouter(prefix="/incoming")


@dataclass(frozen=True)
class Fetched:
    """How far an account was fetched: everything before a day, last asked when; `behind`: days are missing."""

    account: Account
    complete_before: date | None
    collected_at: datetime | None
    behind: bool


@router.get("")
def see_incoming(person: Seer, purged: Annotated[int, Query(ge=0)] = 0) -> HTMLResponse:
    """Show what is fetched, when next, what lies in the inbox, and what was rejected; counts and ages, no value."""
    deployment, settings = get_deployment(), get_settings()
    accounts = [one for one in list_accounts(deployment.database) if one.agency_id in settings.collectors]
    files, inbox_problem = _look_into_inbox(settings)
    marks = {row["account_id"]: row for row in deployment.rows("list_watermarks")}
    return show(
        "incoming.html",
        person.name,
        collectors=[
            (agency_id, collector, _find_next(collector.schedule), f"{AIRFLOW}/dags/collect_activities_{agency_id}")
            for agency_id, collector in sorted(settings.collectors.items())
        ],
        fetched=_list_fetched(accounts, settings, marks),
        offered=list_offered(get_placements()) if settings.collectors else [],
        inbox_set=settings.inbox_url is not None,
        inbox=files,
        inbox_problem=inbox_problem,
        rejected=list_quarantine(settings),
        may_purge=can_change_agency(person),
        purged=purged,
    )


def _list_fetched(accounts: list[Account], settings: Settings, marks: Mapping[int, Mapping[str, Any]]) -> list[Fetched]:
    found = []
    for account in accounts:
        mark = marks.get(account.id, {})
        before: date | None = mark.get("complete_before")
        behind = before is not None and before < _expected(settings.collectors[account.agency_id])
        found.append(Fetched(account, before, mark.get("collected_at"), behind))
    return found


def _expected(collector: Collector) -> date:
    """Return the day before which everything should have been fetched: yesterday of the collector's zone, and a day for
    its schedule.
    """
    return datetime.now(collector.days_of).date() - timedelta(days=2)


def _find_next(schedule: str | None) -> datetime | None:
    """Return when a schedule comes next (UTC), as Airflow reckons it; None for one by hand, or that it cannot read."""
    if schedule is None:
        return None
    with suppress(Exception):  # whatever a schedule that is none makes of it
        timetable = CronTriggerTimetable(schedule, timezone="UTC")
        restriction = TimeRestriction(earliest=pendulum.now("UTC"), latest=None, catchup=True)
        found = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
        return found.run_after if found else None
    return None


def _look_into_inbox(settings: Settings) -> tuple[list[ListedFile], str]:
    try:
        return list_inbox(settings), ""
    except RedactionError as error:
        return [], str(error)


@router.post("/purge")
def purge(person: AgencyChanger, form: Form) -> RedirectResponse:
    """Remove the rejected records that the page has shown, for good; what came since stays."""
    settings = get_settings()
    shown = set(map(str, form.getlist("files")))
    gone = [file for file in list_quarantine(settings) if file.name in shown]
    purge_quarantine(settings, gone)
    here = "" if len(get_placements().names) == 1 else f"&placement={settings.placement}"
    records = sum(file.records for file in gone)
    return RedirectResponse(f"{PREFIX}/incoming?purged={records}{here}", status_code=303)
