"""How accounts stand against their policies, however many, by one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from redaction.accounts import Account
from redaction.control.brake import list_pauses
from redaction.database import Database
from redaction.policy import day_start, describe, latest_due, next_interval, stagger
from redaction.settings import Settings


@dataclass(frozen=True)
class Standing:
    """How an account stands: `light` is red with overdue activities, amber with due ones, green with neither, off while
    automatic redaction is; ages in days. `cutoff` is that of the run that is due now, `missed` that of the last one
    that should have ended by now, None if there is none; `run_*` tell of the last run.
    """

    account: Account
    policy: str
    light: Literal["red", "amber", "green", "off"]
    next_run: datetime | None
    cutoff: datetime | None
    missed: datetime | None
    due: int
    overdue: int
    oldest: datetime | None
    age: float | None
    allowed: int | None
    holds: int
    paused: bool
    placement: str
    run_id: int | None
    run_key: str | None
    run_state: str | None
    run_at: datetime | None
    level: str | None


def list_standings(
    database: Database, settings: Settings, accounts: list[Account], now: datetime, most: int
) -> list[Standing]:
    """Return how accounts stand at an instant, in their order; activities are counted up to `most`."""
    tolerance = timedelta(hours=settings.watch_overdue_h)
    policies = {account.id: account.policy() for account in accounts if account.active}
    # Many accounts have the same schedule.
    latest = {policy: latest_due(policy, now) for policy in set(policies.values())}
    following = {policy: next_interval(policy, latest[policy].end).run_after for policy in latest}
    was_due = {policy: latest_due(policy, now - tolerance).end for policy in latest}
    described = {policy: describe(policy) for policy in latest}
    begun = {policy: day_start(policy.since, policy.zone) for policy in latest}
    chosen = [policies.get(account.id) for account in accounts]
    cutoffs = [latest[policy].cutoff if policy else None for policy in chosen]
    missed = [was_due[policy] if policy and was_due[policy] > begun[policy] else None for policy in chosen]
    pauses = {pause.account_id for pause in list_pauses(database)}
    with database.transaction("redaction_worker") as session:
        rows = session.rows(
            "overview",
            account_ids=[account.id for account in accounts],
            cutoffs=cutoffs,
            missed=missed,
            most=most,
        )
    found = {row["account_id"]: row for row in rows}
    placement = settings.placement
    standings = []
    for account, cutoff, late in zip(accounts, cutoffs, missed, strict=True):
        row, policy = found[account.id], policies.get(account.id)
        oldest = row["oldest"]
        standings.append(
            Standing(
                account=account,
                policy=described[policy] if policy else "off",
                light="off" if not policy else "red" if row["overdue"] else "amber" if row["due"] else "green",
                next_run=following[policy] + stagger(account.id, settings.stagger_min) if policy else None,
                cutoff=cutoff,
                missed=late,
                due=row["due"] or 0,
                overdue=row["overdue"] or 0,
                oldest=oldest,
                age=round((now - oldest) / timedelta(days=1), 1) if oldest else None,
                allowed=policy.days if policy else None,
                holds=row["holds"],
                paused=None in pauses or account.id in pauses,
                placement=placement,
                run_id=row["run_id"],
                run_key=row["run_key"],
                run_state=row["state"],
                run_at=row["started_at"],
                level=row["erasure_level"],
            )
        )
    return standings
