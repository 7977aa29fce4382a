"""The digest: once a week, the state of an administrator's accounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redaction.accounts.accounts import list_accounts
from redaction.accounts.status import ALL, AccountStatus, list_account_status
from redaction.deployment import Deployment
from redaction.evidence.alerts import Line, Message, cut, name_place, say_late
from redaction.evidence.figures import Figure, say_figure
from redaction.evidence.watch import list_late
from redaction.settings import DEFAULT
from redaction.words import say_count

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """The state of an account: activities late now, due by the end of the next seven days, redacted in the last
    seven days, records at other systems, and what else is late, in words.
    """

    account_id: int
    late: int
    due: int
    redacted: int
    elsewhere: int
    others: tuple[str, ...] = ()

    @property
    def is_late(self) -> bool:
        """Say whether anything of the account is late."""
        return self.late > 0 or bool(self.others)

    def describe(self, whose: str | None = None) -> str:
        """Return the line of a digest about this account, or about `whose` these numbers are."""
        others = f" Also late: {'; '.join(self.others)}." if self.others else ""
        return (
            f"{whose or f'Account {self.account_id}'}: {f'{self.late:,} late' if self.late else 'nothing late'}, "
            f"{self.due:,} due in the next 7 days, {self.redacted:,} redacted in the last 7 days, "
            f"{self.elsewhere:,} at other systems.{others}"
        )


def is_digest_due(deployment: Deployment, weekday: int, now: datetime) -> bool:
    """Say whether this week's digest is still to be sent: today is its weekday (UTC, 0 is Monday)."""
    rows = deployment.rows("last_digest")
    return now.weekday() == weekday and not (rows and rows[0]["written_at"].astimezone(UTC).date() == now.date())


def list_weeks(deployment: Deployment, figures: Sequence[Figure], now: datetime) -> dict[int, Week]:
    """Return the state of each account that redacts automatically or has anything to report, by its id."""
    accounts = list_accounts(deployment.database)
    statuses = list_account_status(deployment, accounts, now, ALL)
    coming = list_account_status(deployment, accounts, now + _WEEK, ALL)
    with deployment.transaction("redaction_worker") as session:
        redacted = {row["account_id"]: row["redacted"] for row in session.rows("redacted_since", since=now - _WEEK)}
    elsewhere: dict[int, int] = {}
    others: dict[int, tuple[str, ...]] = {}
    for figure in list_late(figures):
        if figure.account_id is not None and figure.what != "overdue activities":
            others[figure.account_id] = (*others.get(figure.account_id, ()), say_figure(figure.what, figure.count))
    for figure in figures:
        if figure.what == "records elsewhere" and figure.account_id is not None:
            elsewhere[figure.account_id] = elsewhere.get(figure.account_id, 0) + figure.count
    weeks = [_week(*both, redacted, elsewhere, others) for both in zip(statuses, coming, strict=True)]
    return {week.account_id: week for week in weeks if week is not None}


def compose_digest(
    weeks: Collection[Week], now: datetime, placement: str = DEFAULT, figures: Sequence[Figure] = ()
) -> Message:
    """Return the digest about some accounts, late ones first. It begins with the late figures that have no account."""
    ordered = sorted(weeks, key=lambda week: (not week.is_late, week.account_id))
    late = sum(week.is_late for week in weeks)
    verb = "is" if late == 1 else "are"
    how = f"{late:,} of {say_count(len(weeks), 'account', 'accounts')} {verb} late" if late else "no account is late"
    totals = Week(0, *(sum(getattr(week, name) for week in weeks) for name in ("late", "due", "redacted", "elsewhere")))
    lines = [say_late(figure) for figure in list_late(figures) if figure.account_id is None]
    if lines:
        how += f", and {say_count(len(lines), 'other thing is', 'other things are')}"
    lines += [Line(totals.describe("All of them"))] if len(weeks) > 1 else []
    lines += [Line(week.describe(), f"/accounts/{week.account_id}") for week in ordered]
    return Message("digest", f"Redaction, week to {now:%Y-%m-%d}: {how}{name_place(placement)}", cut(lines))


def list_administered(deployment: Deployment) -> dict[str, set[int]]:
    """Return the accounts of each administrator, by name."""
    found: dict[str, set[int]] = {}
    for row in deployment.rows("all_administrators"):
        found.setdefault(row["username"], set()).add(row["account_id"])
    return found


def _week(
    status: AccountStatus,
    then: AccountStatus,
    redacted: Mapping[int, int],
    elsewhere: Mapping[int, int],
    others: Mapping[int, tuple[str, ...]],
) -> Week | None:
    number = status.account.id
    numbers = (status.overdue, then.due, redacted.get(number, 0), elsewhere.get(number, 0), others.get(number, ()))
    return Week(number, *numbers) if status.cutoff is not None or any(numbers) else None
