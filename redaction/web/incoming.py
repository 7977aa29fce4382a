"""Incoming data: how far the accounts were fetched, the files in the inbox, and the records that loads have
rejected.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import pendulum
from airflow.timetables.base import TimeRestriction
from airflow.timetables.trigger import CronTriggerTimetable
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from redaction.accounts.accounts import list_accounts
from redaction.errors import RedactionError
from redaction.evidence.raw_files import count_raw_files, keep_raw_files
from redaction.settings import Settings
from redaction.source.collect.accounts import list_offered
from redaction.source.collect.inbox import ListedFile, list_inbox
from redaction.source.collect.state import Fetched, list_fetched
from redaction.source.quarantine import list_quarantine, purge_quarantine
from redaction.web.access import AgencyChanger, Seer, can_change_agency
from redaction.web.context import AIRFLOW, PREFIX, Form, get_deployment, get_placements, get_settings, show

router = APIRouter(prefix="/incoming")

_SHOWN = 200
"""So many accounts are listed, first those that failed or are behind; the others are counted."""


@router.get("")
def see_incoming(person: Seer, purged: Annotated[int, Query(ge=0)] = 0) -> HTMLResponse:
    """Show what was fetched, the next fetch, the files in the inbox, and the rejected records; counts and ages, no
    value.
    """
    deployment, settings = get_deployment(), get_settings()
    fetched = list_fetched(deployment, list_accounts(deployment.database), settings.collectors, datetime.now(UTC))
    files, inbox_problem = _look_into_inbox(settings)
    return show(
        "incoming.html",
        person.name,
        collectors=[
            (
                agency_id,
                collector,
                _find_last(fetched, agency_id),
                find_next(collector.schedule),
                f"{AIRFLOW}/dags/collect_activities_{agency_id}",
            )
            for agency_id, collector in sorted(settings.collectors.items())
        ],
        fetched=fetched[:_SHOWN],
        not_shown=len(fetched[_SHOWN:]),
        failed=sum(one.said is not None for one in fetched),
        behind=sum(one.behind for one in fetched),
        offered=list_offered(get_placements()) if settings.collectors else [],
        inbox_set=settings.inbox_url is not None,
        inbox=files,
        inbox_problem=inbox_problem,
        rejected=list_quarantine(settings),
        may_purge=can_change_agency(person),
        purged=purged,
    )


def _find_last(fetched: Sequence[Fetched], agency_id: int) -> datetime | None:
    return max(
        (one.collected_at for one in fetched if one.collected_at and one.account.agency_id == agency_id), default=None
    )


def find_next(schedule: str | None) -> datetime | None:
    """Return the next time of a schedule (UTC), as Airflow computes it; None for manual ones, or an invalid one."""
    if schedule is None:
        return None
    with suppress(Exception):  # an invalid schedule may raise anything
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
    """Remove the rejected records that the page has shown, for good; newer ones stay."""
    settings = get_settings()
    shown = set(map(str, form.getlist("files")))
    gone = [file for file in list_quarantine(settings) if file.name in shown]
    purge_quarantine(settings, gone)
    keep_raw_files(settings, count_raw_files(get_deployment(), datetime.now(UTC)))
    here = "" if len(get_placements().names) == 1 else f"&placement={settings.placement}"
    records = sum(file.records for file in gone)
    return RedirectResponse(f"{PREFIX}/incoming?purged={records}{here}", status_code=303)
