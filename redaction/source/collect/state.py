"""How far accounts were fetched from the API of their source, and why one was not: for the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from redaction.accounts.accounts import Account
from redaction.collectors import Collector
from redaction.deployment import Deployment


@dataclass(frozen=True)
class Fetched:
    """How far an account was fetched: everything before a day, last stored when (UTC); `behind`: days are missing.
    `said` is why the last collection has not fetched it to its end, `since` when that began; None if it has.
    """

    account: Account
    complete_before: date | None
    collected_at: datetime | None
    behind: bool
    said: str | None
    since: datetime | None


def list_fetched(
    deployment: Deployment, accounts: Sequence[Account], collectors: Mapping[int, Collector], now: datetime
) -> list[Fetched]:
    """Return how far the accounts of agencies with a collector were fetched at an instant: failed ones first, then
    those behind.
    """
    own = {account.id: account for account in accounts if account.agency_id in collectors}
    found = [
        Fetched(
            account := own[row["account_id"]],
            row["complete_before"],
            row["collected_at"],
            _is_behind(row["complete_before"], collectors[account.agency_id], now),
            row["said"],
            row["since"],
        )
        for row in (deployment.rows("list_collected", account_ids=list(own)) if own else ())
    ]
    return sorted(found, key=lambda one: (one.said is None, not one.behind, one.account.id))


def _is_behind(before: date | None, collector: Collector, now: datetime) -> bool:
    # By now yesterday of the collector's zone should have been fetched; its schedule has a day for it.
    return before is not None and before < now.astimezone(collector.days_of).date() - timedelta(days=2)
