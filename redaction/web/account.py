"""One account: its status and the next step, its last runs, its people, and who changed its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from redaction.accounts.accounts import get_account
from redaction.accounts.administrators import list_people
from redaction.accounts.recipients import list_exposures
from redaction.accounts.status import AccountStatus, list_account_status, list_next_runs
from redaction.db.session import Row
from redaction.errors import ExtraMissing
from redaction.failures import explain
from redaction.gate.pauses import list_pauses
from redaction.reporting.files import list_rows
from redaction.reporting.frames import read
from redaction.reporting.kinds import REPORTS
from redaction.reporting.periods import today_in
from redaction.source.collect.state import list_fetched
from redaction.web.access import Seer, can_edit, can_start, is_administrator
from redaction.web.accounts import MOST
from redaction.web.approvals import pose_waiting
from redaction.web.charts import draw, say_share
from redaction.web.context import get_deployment, get_placements, get_settings, show
from redaction.web.incoming import find_next
from redaction.web.overview import link_run
from redaction.words import say_count, say_setting, say_value

router = APIRouter(prefix="/accounts/{account_id}")

_RUNS = 5
_CHANGES = 20
_TREND = timedelta(days=90)


@router.get("")
def see_account(person: Seer, account_id: int) -> HTMLResponse:
    """Show the status of an account, the next step, its last runs, its people, and who changed its settings."""
    deployment = get_deployment()
    database = deployment.database
    account = get_account(database, account_id)
    now, today = datetime.now(UTC), today_in(account.timezone)
    [status] = list_account_status(deployment, [account], now, MOST)
    with deployment.transaction("redaction_worker") as session:
        runs = session.rows("list_runs", account_id=account_id, before=None, most=_RUNS)
        changes = session.rows("list_changes", account_id=account_id, most=_CHANGES)
    days = list_rows(read(account_id, "days", today - _TREND, today, placements=get_placements()))
    administrator = is_administrator(person, account_id)
    may_change = administrator and can_edit(person, account_id)
    collector = get_settings().collectors.get(account.agency_id)
    return show(
        "account.html",
        person.name,
        account=account,
        account_status=status,
        most=MOST - 1,
        empty=not deployment.rows("has_activities", account_id=account_id),
        now=now,
        fetched=list_fetched(deployment, [account], get_settings().collectors, now),
        collects=find_next(collector.schedule) if collector else None,
        coming=next(iter(list_next_runs(deployment, [status], 1)), None),
        pauses=[pause for pause in list_pauses(database) if pause.account_id in (None, account_id)],
        failure=explain(status.run_failure, status.run_step) if status.has_failed else None,
        posed=pose_waiting(deployment, person, account_id),
        chart=_draw(days),
        trend=_say_trend(days),
        runs=runs,
        reason=_find_reason(status, runs),
        changes=[{**change, "lines": _tell(change["before"], change["after"])} for change in changes],
        people=list_people(database, account_id),
        exposures=list_exposures(database, account_id),
        link_run=link_run,
        administrator=administrator,
        may_change=may_change,
        may_start=may_change and can_start(person, account_id),
    )


def _find_reason(status: AccountStatus, runs: Sequence[Row]) -> str:
    """Return why the oldest overdue activity is still personal, as far as the last runs tell; "" if they do not."""
    if status.overdue_since is None or status.deadline is None or status.has_failed or status.paused or status.waits:
        # Each of these is said on its own.
        return ""
    automatic = [run for run in runs if run["kind"] == "automatic"]
    for run in automatic:
        if run["state"] == "succeeded" and run["cutoff"] > status.overdue_since:
            return f"Run {run['id']} redacted what was due then: these were loaded, or their hold ended, after it."
    begun = any(run["started_at"] > status.deadline for run in automatic)
    return "" if begun or len(runs) == _RUNS else "No run by the rule has begun since then."


def _draw(days: Sequence[Row]) -> str:
    """Return the chart of the last days as SVG; "" if there is nothing to draw, or the library is missing."""
    with suppress(ExtraMissing):
        return draw(days, REPORTS["days"])
    return ""


def _say_trend(days: Sequence[Row]) -> str:
    known = [row for row in days if row["activities"] is not None]
    activities, redacted = (sum(row[name] for row in known) for name in ("activities", "redacted"))
    counted = say_count(activities, "activity", "activities")
    more = len(days) - len(known)
    left = f". {say_count(more, 'day is', 'days are')} not counted yet" if more else ""
    return f"{counted} in the last {_TREND.days} days, {say_share(redacted, activities)} redacted{left}"


def _tell(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return in words what a change has changed: the setting, its value before and after."""
    return [
        (say_setting(name), say_value(name, before.get(name)), say_value(name, after.get(name)))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
