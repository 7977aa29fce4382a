"""What a run would do, and how an account stands, without changing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redaction.accounts import Account, get_account, list_accounts
from redaction.catalog import load_catalog
from redaction.control.brake import list_pauses
from redaction.database import Database, check_schema
from redaction.erasure.plan import plan_due
from redaction.policy import day_start, describe, latest_due, next_interval, stagger
from redaction.settings import Settings


@dataclass(frozen=True)
class DuePreview:
    """What a run of an account at an instant would redact: counts by kind and by report, instants in UTC.

    `held` are the activities that are old enough and stay, since a legal hold keeps them. `plan` says of each partition
    how it would be stripped, and how many of its rows.
    """

    account_id: int
    policy: str
    as_of: datetime
    cutoff: datetime
    activities: int
    held: int
    by_kind: Mapping[str, int]
    oldest: datetime | None
    recordings: int
    report_rows: Mapping[str, int]
    plan: Mapping[str, str]


@dataclass(frozen=True)
class AccountStatus:
    """How an account stands against its policy; `allowed_age` and `oldest_age` are in days.

    `overdue` activities should have gone with a run that was due longer ago than is tolerated, the oldest of them from
    `overdue_since`; None while automatic redaction is off. An account with any is late.
    `held` activities are old enough to go and kept by a legal hold: held, not late. While `paused` nothing is stripped.
    """

    account_id: int
    name: str
    agency: str
    timezone: str
    policy: str
    next_run: datetime | None
    due: int | None
    held: int | None
    overdue: int | None
    overdue_since: datetime | None
    oldest: datetime | None
    oldest_age: float | None
    allowed_age: int | None
    late: bool
    paused: bool


def preview_due(database: Database, settings: Settings, account_id: int, as_of: datetime) -> DuePreview:
    """Return what `run_account` would redact at an instant. Raises what the run would raise before its first change."""
    check_schema(database, load_catalog())
    policy = get_account(database, account_id).policy()
    cutoff = latest_due(policy, as_of).cutoff
    with database.transaction("redaction_worker") as session:
        kinds = session.rows("preview_due", account_id=account_id, cutoff=cutoff)
        reports = session.rows("count_report_rows", account_id=account_id, cutoff=cutoff)
        held = session.one("count_due", account_id=account_id, cutoff=cutoff)["held"]
    return DuePreview(
        account_id=account_id,
        policy=describe(policy),
        as_of=as_of,
        cutoff=cutoff,
        activities=sum(row["activities"] for row in kinds),
        held=held,
        by_kind={row["kind"]: row["activities"] for row in kinds},
        oldest=min((row["oldest"] for row in kinds), default=None),
        recordings=sum(row["recordings"] for row in kinds),
        report_rows={row["report"]: row["rows"] for row in reports},
        plan={
            part.partition_name: f"{part.mode}, {part.due:,} of {max(part.rows, part.due):,} rows"
            for part in plan_due(database, settings, account_id, cutoff)
        },
    )


def _status(database: Database, settings: Settings, account: Account, now: datetime, paused: bool) -> AccountStatus:
    tolerance = timedelta(hours=settings.watch_overdue_h)
    policy = account.policy() if account.active else None
    with database.transaction("redaction_worker") as session:
        oldest: datetime | None = session.one("oldest_unredacted", account_id=account.id)["oldest"]
        due: int | None = None
        held: int | None = None
        next_run: datetime | None = None
        overdue: int | None = None
        overdue_since: datetime | None = None
        if policy is not None:
            latest = latest_due(policy, now)
            counted = session.one("count_due", account_id=account.id, cutoff=latest.cutoff)
            due, held = counted["due"], counted["held"]
            next_run = next_interval(policy, latest.end).run_after + stagger(account.id, settings.stagger_min)
            missed = latest_due(policy, now - tolerance)
            overdue = 0
            if missed.end > day_start(policy.since, policy.zone):
                late = session.one("overdue", account_id=account.id, cutoff=missed.cutoff)
                overdue, overdue_since = late["overdue"], late["overdue_since"]
    return AccountStatus(
        account_id=account.id,
        name=account.name,
        agency=account.agency_name,
        timezone=account.timezone,
        policy=describe(policy) if policy else "off",
        next_run=next_run,
        due=due,
        held=held,
        overdue=overdue,
        overdue_since=overdue_since,
        oldest=oldest,
        oldest_age=round((now - oldest) / timedelta(days=1), 1) if oldest else None,
        allowed_age=policy.days if policy else None,
        late=bool(overdue),
        paused=paused,
    )


def account_statuses(database: Database, settings: Settings, now: datetime | None = None) -> list[AccountStatus]:
    """Return how every account stands at an instant (default: now), in the order of ids."""
    at = now or datetime.now(UTC)
    paused = {pause.account_id for pause in list_pauses(database)}
    return [
        _status(database, settings, account, at, not paused.isdisjoint({None, account.id}))
        for account in list_accounts(database)
    ]
