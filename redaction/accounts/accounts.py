"""Accounts and their settings; every change renews the snapshot for the DAGs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from redaction.accounts.agencies import Agency, check_label, find_agency
from redaction.accounts.proposals import agree
from redaction.accounts.snapshot import renew_snapshot
from redaction.contacts.countries import check_country, country_of
from redaction.db.database import Database
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed
from redaction.ledger.act import Act
from redaction.policy import MODES, PERIODS, Policy
from redaction.words import say_utc


@lru_cache(maxsize=4_096)
def _make_policy(period: str, mode: str, timezone: str, since: date, recordings: str | None = None) -> Policy:
    """Return a schedule, shared by all accounts that have it: a page shows ten thousand accounts at once."""
    return Policy(period, mode, timezone, since, recordings)


_NOT_SET = {
    "agency_name",
    "agency_plan",
    "agency_allows",
    "agency_needs_approval",
    "closing_since",
    "closed_at",
}
"""Read-only fields of an account: no setting changes them."""
_MOVE_SCHEDULE = (
    *("auto_redaction", "retention_mode", "auto_redaction_since", "timezone", "recordings_period"),
    "follow_source",
)
"""Settings that decide what is redacted without a person, and when."""


@dataclass(frozen=True)
class Account:
    """One account with all its settings. `auto_redaction_since` is a day of its own zone; without a `country`, that
    of its zone applies. `recordings_period` is the clock for recordings, in addition to automatic redaction. From
    `closing_since` on the account takes no loads, settings and runs; `closed_at` is set when nothing is left.
    """

    id: int
    agency_id: int
    name: str = ""
    timezone: str = "UTC"
    manual_redaction: bool = False
    auto_redaction: str | None = None
    retention_mode: str = "every"
    auto_redaction_since: date | None = None
    caller_id_enabled: bool = True
    enhanced_caller_id_enabled: bool = True
    country: str | None = None
    follow_source: bool = False
    needs_approval: bool = False
    recordings_period: str | None = None
    closing_since: datetime | None = None
    closed_at: datetime | None = None
    agency_name: str = ""
    agency_plan: str = "agency"
    agency_allows: bool = False
    agency_needs_approval: bool = False

    def __post_init__(self) -> None:
        self.policy_or_zone()
        check_country(self.id, self.country)

    def policy_or_zone(self) -> Policy | None:
        """Return the policy, None while automatic redaction is off; raises BadInput for a bad period, mode or zone."""
        if self.auto_redaction is not None and self.auto_redaction not in PERIODS:
            raise BadInput(f"account {self.id}: the period must be one of {', '.join(PERIODS)}, or off")
        if self.retention_mode not in MODES:
            raise BadInput(f"account {self.id}: the mode must be one of {', '.join(MODES)}")
        since = self.auto_redaction_since or date(2000, 1, 1)
        if self.auto_redaction is None:
            _make_policy("90", self.retention_mode, self.timezone, since, self.recordings_period)
            return None
        return _make_policy(self.auto_redaction, self.retention_mode, self.timezone, since, self.recordings_period)

    @property
    def may_redact(self) -> bool:
        """Say whether its agency allows the account to redact."""
        return self.agency_allows and self.agency_plan == "agency"

    @property
    def needs_two(self) -> bool:
        """Say whether irreversible acts need a second administrator."""
        return self.needs_approval or self.agency_needs_approval

    @property
    def number_country(self) -> str:
        """Return the country (ISO 3166-1) whose numbers the account has."""
        return country_of(self.country, self.timezone)

    @property
    def zone(self) -> tzinfo:
        """Return the time zone of the account."""
        return _make_policy("daily", "every", self.timezone, date(2000, 1, 1)).zone

    @property
    def active(self) -> bool:
        """Say whether the account redacts automatically: it is switched on, its agency allows it, and it is not
        closed.
        """
        return self.auto_redaction is not None and self.may_redact and self.closing_since is None

    def check_open(self) -> None:
        """Raise NotAllowed if the account is closed or being closed."""
        if self.closing_since is not None:
            raise NotAllowed(
                f"account {self.id} is closed since {say_utc(self.closing_since)}: nothing was changed; "
                f"`redaction account close {self.id}` continues the closing"
            )

    def check_agency(self) -> None:
        """Raise NotAllowed if its agency does not allow the account to redact."""
        if not self.may_redact:
            raise NotAllowed(
                f"agency {self.agency_id} does not allow account {self.id} to redact: "
                f"`redaction agency set {self.agency_id} --allow`"
            )

    def policy(self) -> Policy:
        """Return the schedule of an account that redacts automatically; raises NotAllowed if it does not."""
        self.check_open()
        if self.auto_redaction is None:
            raise NotAllowed(
                f"account {self.id} has no automatic redaction: `redaction account set {self.id} --auto daily|30|60|90`"
            )
        self.check_agency()
        policy = self.policy_or_zone()
        assert policy is not None
        return policy


def find_account(session: Session, account_id: int) -> Account:
    """Return one account in the caller's transaction; raises BadInput if there is none of that id."""
    rows = session.rows("get_account", account_id=account_id)
    if not rows:
        raise BadInput(f"there is no account {account_id}: `redaction account list` lists the accounts")
    return Account(**rows[0])


def list_accounts(database: Database) -> list[Account]:
    """Return every account in the order of ids."""
    return [Account(**row) for row in database.rows("list_accounts")]


def get_account(database: Database, account_id: int) -> Account:
    """Return one account; raises BadInput if there is none of that id."""
    with database.transaction("redaction_worker") as session:
        return find_account(session, account_id)


def put_accounts(session: Session, accounts: Sequence[Account]) -> None:
    """Create or change accounts; raises BadInput for a time zone that the database does not know."""
    known = {row["name"] for row in session.rows("known_zones")}
    for account in accounts:
        if account.timezone not in known:
            raise BadInput(f"account {account.id}: the database knows no time zone {account.timezone!r}")
        fields = set(vars(account)) - _NOT_SET
        session.run("put_account", **{name: getattr(account, name) for name in sorted(fields)})


def check_allowed(account: Account, agency: Agency) -> None:
    """Raise NotAllowed if an account redacts and its agency does not allow it."""
    if (account.auto_redaction or account.manual_redaction) and not agency.allow_redaction:
        raise NotAllowed(
            f"agency {agency.id} does not allow redaction, so account {account.id} cannot turn it on: "
            f"`redaction agency set {agency.id} --allow` first"
        )


def add_account(deployment: Deployment, account: Account) -> None:
    """Create an account; raises BadInput if the id is taken or the name is invalid, NotAllowed if it redacts and its
    agency forbids it.
    """
    check_label(f"account {account.id}", account.name)
    with deployment.transaction("redaction_manager") as session:
        if session.rows("get_account", account_id=account.id):
            raise BadInput(f"account {account.id} exists already: `redaction account set {account.id}` changes it")
        check_allowed(account, find_agency(session, account.agency_id))
        _check_clock(account)
        put_accounts(session, [since_today(account)])
    renew_snapshot(deployment)


def set_account(deployment: Deployment, account_id: int, actor: str, **changes: Any) -> Account:
    """Change settings of an account in the name of `actor`; return the changed account. The ledger records who changed
    what, from which value to which.

    A change of period, mode or zone takes effect at the next boundary. `switch_on` says from which day automatic
    redaction counts if none is given. Raises NotAllowed if the agency forbids what is turned on, BadInput for an
    invalid period, mode or zone. Under the rule of two people, ending that rule or changing what the schedule redacts
    needs a second person; switching off does not. Raises ApprovalNeeded, with nothing changed, for the first person.
    """
    with Act(deployment) as act, act.transaction("redaction_manager") as session:
        before = find_account(session, account_id)
        before.check_open()
        after = replace(before, **changes)
        if after.name != before.name:
            check_label(f"account {account_id}", after.name)
        turned_on = (after.auto_redaction and not before.auto_redaction) or (
            after.manual_redaction and not before.manual_redaction
        )
        if turned_on:
            check_allowed(after, find_agency(session, after.agency_id))
        if after.recordings_period and not before.recordings_period:
            _check_clock(after)
        if after.auto_redaction and not before.auto_redaction and "auto_redaction_since" not in changes:
            after = switch_on(after)
        asked = _needing_two(before, after, changes)
        after = since_today(after)
        waits = bool(asked) and not agree(act, "setting", actor, account_id, asked=asked)
        if not waits:
            put_accounts(session, [after])
            if after.timezone != before.timezone:
                session.run("mark_all_days", account_id=account_id)
            act.record_change(account_id, actor, vars(before), vars(after))
    if waits:
        what = "end that" if "needs_approval" in asked else f"change its schedule ({', '.join(asked)})"
        raise ApprovalNeeded(
            f"account {account_id} needs two people, and {actor} has proposed to {what}: nothing was changed; "
            f"another administrator agrees by the same `redaction account set {account_id} ...`, or on its page"
        )
    renew_snapshot(deployment)
    return after


def _needing_two(before: Account, after: Account, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed settings that need a second person, with their new values (JSON-safe)."""
    names = [name for name in _MOVE_SCHEDULE if before.needs_two and name in changes]
    if after.auto_redaction is None:
        names = [name for name in names if name == "follow_source"]
    found = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    # Switching something off redacts nothing.
    found = {name: str(value) for name, value in found.items() if value not in (None, False)}
    if before.needs_approval and not after.needs_approval:
        found["needs_approval"] = "False"
    return found


def _check_clock(account: Account) -> None:
    """Raise NotAllowed if recordings are to be deleted earlier and the account has no run that deletes them."""
    if account.recordings_period and not account.auto_redaction:
        raise NotAllowed(
            f"account {account.id} has no automatic redaction, and recordings go with its runs: nothing was changed; "
            f"`redaction account set {account.id} --auto daily|30|60|90 --recordings PERIOD`"
        )


def switch_on(account: Account) -> Account:
    """Return an account with automatic redaction switched on, counted from today in its zone. If it was on before,
    it counts from its last boundary then, so that switching off and on again delays no run.
    """
    today, policy = datetime.now(UTC).astimezone(account.zone).date(), account.policy_or_zone()
    if policy is None:
        return account
    since = today if account.auto_redaction_since is None else policy.last_boundary(today)
    return replace(account, auto_redaction_since=since)


def since_today(account: Account) -> Account:
    """Return an account whose schedule has a first day: its own, or today in its zone."""
    if account.auto_redaction is None or account.auto_redaction_since is not None:
        return account
    return replace(account, auto_redaction_since=datetime.now(UTC).astimezone(account.zone).date())
