"""The status of accounts against their policies, for any number of accounts, by one query."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import chain, islice
from typing import Literal

from redaction.accounts.accounts import Account
from redaction.accounts.ahead import sum_ahead
from redaction.deployment import Deployment
from redaction.policy import (
    Cutoffs,
    Interval,
    Policy,
    day_start,
    describe,
    find_cutoffs,
    latest_due,
    list_intervals,
    stagger,
)
from redaction.settings import Settings

_HALVED = 4_000
"""From so many accounts on, their status is asked for in two halves."""
ALL = 2**31 - 1
"""For callers that want an exact count."""
COUNTED = 10_001
"""The activities of a next run are counted up to this."""
_COUNTED = (
    "due",
    "overdue",
    "oldest",
    "holds",
    "holds_all",
    "redacted_at_source",
    "run_id",
    "run_key",
    "run_state",
    "run_step",
    "run_failure",
    "run_at",
    "level",
)
"""The columns of an account's status in the database, by name."""


State = Literal["late", "failed", "paused", "waits", "held", "due", "on_schedule", "off"]


@dataclass(frozen=True)
class AccountStatus:
    """The status of an account; ages in days. `cutoff` is that of the run that is due now. `overdue_since` is the
    time of the oldest overdue activity. `overdue_recordings` are those past the clock for recordings.
    `redacted_at_source` counts activities that the source has redacted and that are not redacted here. `waits`: a
    run waits for approval. `holds_all`: a hold keeps the whole account. `run_*` describe the last run.
    """

    account: Account
    policy: str
    next_run: datetime | None
    cutoff: datetime | None
    due: int
    overdue: int
    overdue_since: datetime | None
    overdue_recordings: int
    oldest: datetime | None
    age: float | None
    holds: int
    holds_all: bool
    redacted_at_source: int
    paused: bool
    waits: bool
    placement: str
    run_id: int | None
    run_key: str | None
    run_state: str | None
    run_step: str | None
    run_failure: str | None
    run_at: datetime | None
    level: str | None

    @property
    def is_late(self) -> bool:
        """Say whether something of it is overdue: activities, or recordings."""
        return self.overdue > 0 or self.overdue_recordings > 0

    @property
    def has_failed(self) -> bool:
        """Say whether the last run has failed, other than by waiting for approval."""
        return self.run_state == "failed" and not self.waits

    @cached_property
    def state(self) -> State:
        """Return the first of `redaction.words.ACCOUNT_STATES`, in their order, that applies."""
        on = self.cutoff is not None
        if self.is_late:
            return "late"
        if self.has_failed:
            return "failed"
        if self.paused and on:
            return "paused"
        if self.waits:
            return "waits"
        if self.holds:
            return "held"
        if not on:
            return "off"
        return "due" if self.due else "on_schedule"

    @property
    def deadline(self) -> datetime | None:
        """Return when the policy redacts the oldest activity (UTC), or the oldest overdue one. None if there is
        none, or automatic redaction is off. It is computed on demand, only for accounts that are shown.
        """
        oldest = self.overdue_since or self.oldest
        if self.cutoff is None or oldest is None:
            return None
        return self.account.policy().interval_from(oldest).run_after


@dataclass(frozen=True)
class NextRun:
    """The next run of an account: when it starts (UTC), its cutoff, and how many of today's activities it redacts."""

    account: Account
    begins: datetime
    cutoff: datetime
    expected: int


@dataclass(frozen=True)
class _Schedule:
    """What all accounts of one policy share at an instant."""

    policy: str
    runs: tuple[Interval, ...] = ()
    cutoff: datetime | None = None
    missed: datetime | None = None
    recordings: Cutoffs | None = None


def list_account_status(
    deployment: Deployment, accounts: list[Account], now: datetime, most: int
) -> list[AccountStatus]:
    """Return the status of accounts at an instant, in their order; activities are counted up to `most`. Many are asked
    for in two halves at once: the server takes most of the time.
    """
    if len(accounts) < _HALVED:
        return _list_part(deployment, now, most, accounts)
    middle = len(accounts) // 2
    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(partial(_list_part, deployment, now, most), (accounts[:middle], accounts[middle:]))
        return list(chain.from_iterable(halves))


def _list_part(deployment: Deployment, now: datetime, most: int, accounts: Sequence[Account]) -> list[AccountStatus]:
    policies = [account.policy() if account.active else None for account in accounts]
    schedules = {policy: _schedule(policy, deployment.settings, now) for policy in set(policies)}
    chosen = [schedules[policy] for policy in policies]
    with deployment.transaction("redaction_worker") as session:
        pauses = {row["account_id"] for row in session.rows("list_pauses")}
        waiting = {row["account_id"] for row in session.rows("open_approvals")}
        rows = session.rows(
            "overview",
            account_ids=[account.id for account in accounts],
            cutoffs=[schedule.cutoff for schedule in chosen],
            missed=[schedule.missed for schedule in chosen],
            most=most,
        )
        clocks = {
            account.id: schedule.recordings
            for account, schedule in zip(accounts, chosen, strict=True)
            if schedule.recordings is not None
        }
        ahead = sum_ahead(
            session,
            {account.id: one.cutoff for account, one in zip(accounts, chosen, strict=True) if one.cutoff is not None},
        )
        left = session.rows(
            "overdue_recordings",
            account_ids=list(clocks),
            cutoffs=[due.whole for due in clocks.values()],
            recordings_cutoffs=[due.recordings for due in clocks.values()],
            most=most,
        )
    found = {row["account_id"]: {**row, "due": row["due"] + ahead.get(row["account_id"], 0)} for row in rows}
    recordings = {row["account_id"]: row["activities"] for row in left}
    placement = deployment.placement
    statuses = []
    for account, schedule in zip(accounts, chosen, strict=True):
        row = found[account.id]
        oldest, overdue = row["oldest"], row["overdue"]
        statuses.append(
            AccountStatus(
                account=account,
                policy=schedule.policy if account.closing_since is None else "closed",
                next_run=_begin(schedule.runs, stagger(account.id, deployment.settings.stagger_min), now),
                cutoff=schedule.cutoff,
                # If any is overdue, the first due one is.
                overdue_since=row["due_since"] if overdue else None,
                overdue_recordings=recordings.get(account.id, 0),
                age=round((now - oldest) / timedelta(days=1), 1) if oldest else None,
                paused=None in pauses or account.id in pauses,
                waits=account.id in waiting,
                placement=placement,
                **{name: row[name] for name in _COUNTED},
            )
        )
    return statuses


def list_next_runs(deployment: Deployment, statuses: Sequence[AccountStatus], most: int) -> list[NextRun]:
    """Return the next runs of a deployment's accounts, earliest first, at most so many. Their amounts are of today's
    activities without a hold, counted up to `COUNTED`.
    """
    coming = [(status.next_run, status) for status in statuses if status.next_run is not None]
    chosen = sorted(coming, key=lambda one: (one[0], one[1].account.id))[:most]
    cutoffs = {status.account.id: latest_due(status.account.policy(), begins).cutoff for begins, status in chosen}
    held = [status.account.id for _, status in chosen if status.holds]
    free = [number for number in cutoffs if number not in held]
    with deployment.transaction("redaction_worker") as session:
        found = {number: session.one("count_due", account_id=number, cutoff=cutoffs[number])["due"] for number in held}
        rows = session.rows(
            "count_unredacted", account_ids=free, cutoffs=[cutoffs[number] for number in free], most=COUNTED
        )
        ahead = sum_ahead(session, cutoffs)
    found |= {row["account_id"]: row["activities"] for row in rows}
    return [
        NextRun(
            status.account,
            begins,
            cutoffs[status.account.id],
            found[status.account.id] + ahead.get(status.account.id, 0),
        )
        for begins, status in chosen
    ]


def _schedule(policy: Policy | None, settings: Settings, now: datetime) -> _Schedule:
    if policy is None:
        return _Schedule("off")
    latest = latest_due(policy, now)
    missed = find_cutoffs(policy, now - timedelta(hours=settings.watch_overdue_h))
    since = day_start(policy.since, policy.zone)
    return _Schedule(
        describe(policy),
        tuple(islice(list_intervals(policy.runs, now), 2)),
        latest.cutoff,
        missed.whole if missed.whole > since else None,
        missed if missed.recordings is not None and missed.recordings > since else None,
    )


def _begin(runs: Sequence[Interval], delay: timedelta, now: datetime) -> datetime | None:
    """Return when the earliest run starts that has not started yet, with a delay after its boundary."""
    return next((run.run_after + delay for run in runs if run.run_after + delay > now), None)
