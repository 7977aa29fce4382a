"""The scope of an evidence pack: a period, and whose evidence it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from redaction.accounts.accounts import Account, get_account, list_accounts
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.ledger.entries import Entry
from redaction.placements.resolve import Placements

Elsewhere = Mapping[str, Sequence[Account] | None]
"""The accounts that a pack leaves out, by their placement; None for a placement that does not answer."""
_NAMED = 20
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

    def say_others(self, placement: str, elsewhere: Elsewhere) -> str:
        """Return in words which placements and accounts a pack leaves out; "" if it leaves out none."""
        if not elsewhere:
            return ""
        said = "; ".join(f"{name}: {_name_accounts(accounts)}" for name, accounts in elsewhere.items())
        return f", all of placement {placement}. Accounts of other placements are not in this pack ({said})"

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
    """Return the accounts in the scope of a pack; raises BadInput if there are none, or for an invalid period. Its
    `subject` is the wrong part of the scope, "" if that is none.
    """
    if scope.until < scope.since:
        what = f"the period ends before it begins ({scope.since} to {scope.until}): no pack was made"
        raise BadInput(what, "until")
    if scope.begin > datetime.now(UTC):
        raise BadInput(f"the period has not begun ({scope.since}): no pack was made", "since")
    if scope.since < _FIRST or scope.until > datetime.now(UTC).date() + _AHEAD:
        raise BadInput(
            f"the period begins before {_FIRST.year} or ends in more than {_AHEAD.days} days "
            f"({scope.since} to {scope.until}): no pack was made",
            "since" if scope.since < _FIRST else "until",
        )
    if scope.account_id is not None:
        return [get_account(deployment.database, scope.account_id)]
    found = [one for one in list_accounts(deployment.database) if scope.agency_id in (None, one.agency_id)]
    if not found:
        what = f"{scope.describe()}: there is no account here; no pack was made"
        raise BadInput(what, "" if scope.agency_id is None else "agency")
    return found


def list_elsewhere(placements: Placements, placement: str, scope: PackScope) -> Elsewhere:
    """Return the accounts of an agency, or of all, at the other placements; none for a pack of one account."""
    if scope.account_id is not None or len(placements.names) == 1:
        return {}
    answers, _ = placements.ask(lambda one: list_accounts(one.database), allow_restored=True)
    return {
        name: [one for one in answers[name] if scope.agency_id in (None, one.agency_id)] if name in answers else None
        for name in placements.names
        if name != placement
    }


def describe_elsewhere(elsewhere: Elsewhere) -> dict[str, list[dict[str, object]] | None]:
    """Return the accounts of other placements as JSON-safe values."""
    return {
        placement: None
        if accounts is None
        else [{"id": one.id, "name": one.name, "agency": one.agency_name} for one in accounts]
        for placement, accounts in elsewhere.items()
    }


def _name_accounts(accounts: Sequence[Account] | None) -> str:
    if accounts is None:
        return "it did not answer"
    named = [f"{one.name or 'Account'} ({one.id})" for one in accounts[:_NAMED]]
    more = len(accounts) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "") if named else "none"
