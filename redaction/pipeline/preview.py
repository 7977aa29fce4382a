"""What a run would do, and the status of an account, without changing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from redaction.accounts.accounts import get_account, list_accounts
from redaction.accounts.ahead import preview_kinds
from redaction.accounts.status import ALL, AccountStatus, list_account_status
from redaction.db.schema import check_schema
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.erasure.plan import plan_due
from redaction.policy import find_cutoffs
from redaction.words import say_rule, say_zone


@dataclass(frozen=True)
class DuePreview:
    """What a run of an account at an instant would redact: counts by kind and by report, instants in UTC.

    `held` are the activities that are old enough and stay because of a legal hold. `plan` says for each partition how
    it would be stripped, and how many of its rows. `recordings` are further activities that would lose only their
    recording, those from before `recordings_cutoff`. `ahead` of the `activities` are dated in the future, and were
    loaded before the cutoff: runs of their own redact them. `report_rows` and `plan` are without these.
    """

    account_id: int
    policy: str
    as_of: datetime
    cutoff: datetime
    activities: int
    ahead: int
    held: int
    by_kind: Mapping[str, int]
    oldest: datetime | None
    objects: int
    report_rows: Mapping[str, int]
    plan: Mapping[str, str]
    recordings_cutoff: datetime | None
    recordings: int


def preview_due(deployment: Deployment, account_id: int, as_of: datetime, ahead: bool = True) -> DuePreview:
    """Return what a run of an account would redact at an instant. Raises what the run would raise before its first
    change. Without `ahead` it is what `run --as-of` would redact, which leaves out what is dated in the future.
    """
    check_schema(deployment.database)
    policy = get_account(deployment.database, account_id).policy()
    cutoffs = find_cutoffs(policy, as_of)
    cutoff = cutoffs.whole
    with deployment.transaction("redaction_worker") as session:
        kinds = preview_kinds(session, account_id, cutoff, ahead)
        reports = session.rows("count_report_rows", account_id=account_id, cutoff=cutoff)
        recordings = 0
        if cutoffs.recordings is not None:
            due = {"account_id": account_id, "cutoff": cutoff, "recordings_cutoff": cutoffs.recordings}
            recordings = sum(row["due"] for row in session.rows("list_recordings_due", **due))
    return DuePreview(
        account_id=account_id,
        policy=f"{say_rule(policy)} ({say_zone(policy.timezone)})",
        as_of=as_of,
        cutoff=cutoff,
        activities=sum(row["activities"] for row in kinds),
        ahead=sum(row["ahead"] for row in kinds),
        held=sum(row["held"] for row in kinds),
        by_kind={row["kind"]: row["activities"] for row in kinds if row["activities"]},
        oldest=min((row["oldest"] for row in kinds if row["oldest"]), default=None),
        objects=sum(row["objects"] for row in kinds),
        report_rows={row["report"]: row["rows"] for row in reports},
        plan={
            part.partition_name: f"{part.mode}, {part.due:,} of {max(part.rows, part.due):,} rows"
            for part in plan_due(deployment, account_id, cutoff)
        },
        recordings_cutoff=cutoffs.recordings,
        recordings=recordings,
    )


def summarise_accounts(deployment: Deployment, now: datetime | None = None) -> list[Row]:
    """Return the status of every account against its policy at an instant (default: now), in the order of ids.

    `oldest_age` is in days; at `deadline` the policy redacts the oldest. `overdue` activities should have been redacted
    by a run that was due longer ago than is tolerated, the oldest of them from `overdue_since`; None while automatic
    redaction is off. An account with any is late. `held` activities are old enough and kept by a legal hold: held, not
    late; they are counted for accounts with holds. `redacted_at_source` counts those that the source has redacted and
    that are not redacted here. While `paused` nothing is stripped.
    """
    at = now or datetime.now(UTC)
    statuses = list_account_status(deployment, list_accounts(deployment.database), at, ALL)
    with deployment.transaction("redaction_worker") as session:
        return [_summarise(session, status) for status in statuses]


def _summarise(session: Session, status: AccountStatus) -> Row:
    account, on = status.account, status.cutoff is not None
    held = 0
    if on and status.holds:
        held = session.one("count_due", account_id=account.id, cutoff=status.cutoff)["held"]
    return {
        "account_id": account.id,
        "name": account.name,
        "agency": account.agency_name,
        "timezone": account.timezone,
        "policy": status.policy,
        "next_run": status.next_run,
        "due": status.due if on else None,
        "held": held if on else None,
        "overdue": status.overdue if on else None,
        "overdue_since": status.overdue_since,
        "oldest": status.oldest,
        "oldest_age": status.age,
        "deadline": status.deadline,
        "redacted_at_source": status.redacted_at_source,
        "late": status.is_late,
        "paused": status.paused,
    }
