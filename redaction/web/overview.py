"""The overview: whether anything is late, what happens next, what was redacted lately, and the agencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from redaction.accounts.status import COUNTED, AccountStatus, NextRun, list_next_runs
from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.evidence.days import Day, list_days, merge_days
from redaction.evidence.figures import Figure
from redaction.evidence.watch import list_checked, list_late, list_open
from redaction.gate.guard import list_waiting
from redaction.gate.pauses import Pause, list_pauses
from redaction.gate.question import Question, pose_question
from redaction.web.access import Person, Seer, can_edit, can_start, list_administered
from redaction.web.accounts import MOST, Given, ask_statuses, list_shown
from redaction.web.context import AIRFLOW, PREFIX, get_placements, show
from redaction.web.needs import Need, at_placement, list_needs
from redaction.web.trend import TREND_DAYS, say_trend, show_trend
from redaction.words import ACCOUNT_STATES, say_count, say_number, say_states

router = APIRouter()

_LATELY = timedelta(days=30)
_LISTED = 8
_ELSEWHERE = {"records elsewhere", "objects elsewhere"}


def link_run(run_key: str | None) -> str | None:
    """Return the address in Airflow of a run's DAG run; None for a run of the command line."""
    if run_key is None or "/" not in run_key:
        return None
    dag_id, run_id = run_key.split("/", 1)
    return f"{AIRFLOW}/dags/{quote(dag_id)}/runs/{quote(run_id, safe='')}"


@dataclass(frozen=True)
class _Part:
    """The part of one placement in the overview; its name is for links to its runs."""

    placement: str
    figures: list[Figure]
    coming: list[NextRun]
    lately: list[Row]
    days: list[Day]
    pauses: list[Pause]
    administered: set[int]
    questions: dict[int, tuple[int, Question]]


@router.get("/")
def see_overview(person: Seer, filters: Given) -> HTMLResponse:
    """Show whether anything is late, what needs somebody, what comes and what was done. The counts are of all
    accounts, whatever the filters are.
    """
    now = datetime.now(UTC)
    found, silent = ask_statuses(now)
    statuses = [status for part in found.values() for status in part]
    parts = [_look(person, name, part, now) for name, part in found.items()]
    own = {number for part in parts for number in part.administered}
    shown = list_shown(statuses, filters)
    days = merge_days([part.days for part in parts])
    return show(
        "overview.html",
        person.name,
        now=now,
        headline=_say_headline(statuses, sum(len(list_late(part.figures)) for part in parts), bool(silent)),
        summary=say_states(shown["counts"]),
        most_coming=COUNTED - 1,
        tiles=_list_tiles(statuses, shown["counts"], parts, days),
        needs=[
            _offer_run(need, person, own)
            for need in list_needs(
                statuses,
                {part.placement: part.figures for part in parts},
                {account: asked for part in parts for account, asked in part.questions.items()},
                {one.account_id: one.paused_at for part in parts for one in part.pauses if one.account_id is not None},
            )
        ],
        paused={status.account.id for status in statuses if status.paused},
        coming=_merge((part.coming for part in parts), lambda run: run.begins),
        lately=_merge(
            ([{**row, "placement": part.placement} for row in part.lately] for part in parts),
            lambda row: now - row["finished_at"],
        ),
        pauses=[
            (pause, pause.reason if part.administered else "")
            for part in parts
            for pause in part.pauses
            if pause.account_id is None
        ],
        days=days[::-1],
        chart=show_trend(days),
        trend=say_trend(days),
        silent=silent,
        **shown,
    )


def _look(person: Person, placement: str, statuses: Sequence[AccountStatus], now: datetime) -> _Part:
    deployment: Deployment = get_placements().at(placement, allow_restored=True)
    since = now - _LATELY
    return _Part(
        placement,
        [*list_open(deployment, now), *list_checked(deployment)],
        list_next_runs(deployment, statuses, _LISTED),
        deployment.rows("redacted_lately", since=since, most=_LISTED),
        list_days(deployment, now, TREND_DAYS),
        list_pauses(deployment.database),
        list_administered(person, deployment.database),
        _list_questions(deployment, statuses),
    )


def _list_questions(deployment: Deployment, statuses: Sequence[AccountStatus]) -> dict[int, tuple[int, Question]]:
    """Return by account the run that has waited longest, and its question."""
    accounts = {status.account.id: status.account for status in statuses if status.waits}
    found: dict[int, tuple[int, Question]] = {}
    for asked in list_waiting(deployment.database) if accounts else ():
        if asked.account_id in accounts:
            found.setdefault(asked.account_id, (asked.run_id, pose_question(accounts[asked.account_id], asked)))
    return found


def _offer_run(need: Need, person: Person, own: set[int]) -> Need:
    """Return a need with the run of a late account as its next step, if this person may start it."""
    number = need.account[0] if need.account and need.word == ACCOUNT_STATES["late"] else None
    if number is None or number not in own or not (can_edit(person, number) and can_start(person, number)):
        return need
    return replace(need, path=f"{need.path}/redact", action="Redact now")


def _merge(parts: Iterable[Sequence[Any]], key: Any) -> list[Any]:
    return sorted((one for part in parts for one in part), key=key)[:_LISTED]


def _say_headline(statuses: Sequence[AccountStatus], others: int, silent: bool) -> str:
    """Return whether anything is late: accounts, and the number of `others` among the figures."""
    late, failed = (sum(status.state == state for status in statuses) for state in ("late", "failed"))
    things = f"{say_count(others, 'other thing', 'other things')} {'is' if others == 1 else 'are'}"
    if late:
        accounts = f"{late:,} of {say_count(len(statuses), 'account', 'accounts')} {'is' if late == 1 else 'are'} late"
        return f"{accounts}, and {things}" if others else accounts
    if others:
        return f"No account is late{' where a placement answers' if silent else ''}, but {things}"
    if silent:
        return "Nothing is late where a placement answers"
    if failed:
        return f"Nothing is late, but the last run of {say_count(failed, 'account', 'accounts')} failed"
    return "Nothing is late"


def _list_tiles(
    statuses: Sequence[AccountStatus], counts: dict[str, int], parts: Sequence[_Part], days: Sequence[Day]
) -> list[Any]:
    """Return the tiles: a number, its label, its link, and whether it is late."""
    late = _add_up([status.overdue for status in statuses])
    failed = sum(status.has_failed for status in statuses)
    held = sum(status.holds > 0 for status in statuses)
    left = {part.placement: sum(one.count for one in part.figures if one.what in _ELSEWHERE) for part in parts}
    elsewhere = sum(left.values())
    runs = at_placement("/runs", {part.placement for part in parts if any(day.redacted for day in part.days)})
    holds = at_placement("/holds", {status.placement for status in statuses if status.holds})
    at_others = at_placement("/elsewhere", {name for name, count in left.items() if count})
    return [
        (late, "activity late" if late == "1" else "activities late", "?state=late#accounts", late != "0"),
        (failed, f"{'account' if failed == 1 else 'accounts'} whose run failed", "?state=failed#accounts", failed > 0),
        (_add_up([status.due for status in statuses]), "activities due now", "?sort=due#accounts", False),
        (sum(day.redacted for day in days[-_LATELY.days :]), "redacted in 30 days", f"{PREFIX}{runs}", False),
        (held, "account on hold" if held == 1 else "accounts on hold", f"{PREFIX}{holds}", False),
        (elsewhere, "to erase elsewhere", f"{PREFIX}{at_others}", False),
    ]


def _add_up(counts: Sequence[int]) -> str:
    """Return the sum of numbers that were counted up to a limit each, as far as it is known."""
    known = sum(min(count, MOST - 1) for count in counts)
    return say_number(known + 1 if any(count == MOST for count in counts) else known, known)


@router.get("/dags/{dag_id}")
def lead_to_account(person: Seer, dag_id: str) -> RedirectResponse:
    """Redirect from the DAG of an account to the account; from another DAG to the overview."""
    found = re.fullmatch(r"redact_account_(\d+)", dag_id)
    return RedirectResponse(f"{PREFIX}/accounts/{found[1]}" if found else f"{PREFIX}/")
