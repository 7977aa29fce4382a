"""The scope of an evidence pack: a period, and whose evidence it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from redaction.accounts.accounts import Account, get_account, list_accounts
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.ledger.entries import Entry

_OF_ALL = ("pause", "resume", "replay", "setting")
"""Kinds of rows that name no account and apply to every account."""
_FIRST, _AHEAD = date(1970, 1, 1), timedelta(days=366)
"""No run is earlier or later than these; the first and last days of the calendar have no neighbours."""


@dataclass(frozen=True)
class PackScope:
    """The scope of a pack: a period (first and last day, UTC), and one account, those of one agency, or all of the
    placement.
    """

    since: date
    until: date
    account_id: int | None = None
    agency_id: int | None = None

    @property
    def begin(self) -> datetime:
        """Return the first instant of the period."""
        return datetime.combine(self.since, time.min, UTC)

    @property
    def end(self) -> datetime:
        """Return the first instant after the period."""
        return datetime.combine(self.until + timedelta(days=1), time.min, UTC)

    def describe(self) -> str:
        """Return in words whose evidence it is."""
        if self.account_id is not None:
            return f"account {self.account_id}"
        return f"agency {self.agency_id}" if self.agency_id is not None else "all accounts"

    def say_others(self, placement: str, others: Sequence[str]) -> str:
        """Return in words which placements a pack leaves out; "" for a pack of an account or of the only placement."""
        if not others or self.account_id is not None:
            return ""
        return f", all of placement {placement}. Accounts of placement {', '.join(others)} are not in this pack"

    def concerns(self, entry: Entry, account_ids: frozenset[int]) -> bool:
        """Say whether a ledger row is shown whole: it is about these accounts, or applies to all."""
        if entry.account_id is not None:
            # An account that has moved away is not among these: its administrators may be others.
            return entry.account_id in account_ids
        if self.account_id is None and self.agency_id is None:
            return True
        agency = entry.facts.get("agency_id", self.agency_id)
        return entry.kind in _OF_ALL and agency in (None, self.agency_id)


def list_in_scope(deployment: Deployment, scope: PackScope) -> list[Account]:
    """Return the accounts in the scope of a pack; raises BadInput if there are none, or for an invalid period."""
    if scope.until < scope.since:
        raise BadInput(f"the period ends before it begins ({scope.since} to {scope.until}): no pack was made")
    if scope.begin > datetime.now(UTC):
        raise BadInput(f"the period has not begun ({scope.since}): no pack was made")
    if scope.since < _FIRST or scope.until > datetime.now(UTC).date() + _AHEAD:
        raise BadInput(
            f"the period begins before {_FIRST.year} or ends in more than {_AHEAD.days} days "
            f"({scope.since} to {scope.until}): no pack was made"
        )
    if scope.account_id is not None:
        return [get_account(deployment.database, scope.account_id)]
    found = [one for one in list_accounts(deployment.database) if scope.agency_id in (None, one.agency_id)]
    if not found:
        raise BadInput(f"{scope.describe()}: there is no account here; no pack was made")
    return found
