"""Agencies, accounts and their settings; every change renews the snapshot that the DAGs are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from redaction.database import Database, Row, Session
from redaction.errors import BadInput, NotAllowed
from redaction.evidence.anchor import publish
from redaction.evidence.ledger import record_change
from redaction.policy import MODES, PERIODS, Policy
from redaction.receivers import Receiver
from redaction.settings import Settings
from redaction.snapshot import Snapshot, SnapshotAccount, write_snapshot

PLANS = ("agency", "standard")
_MOST_NAME = 200


@dataclass(frozen=True)
class Agency:
    """One agency; an agency of the plan `standard` has no sub-accounts and cannot allow redaction."""

    id: int
    name: str = ""
    plan: str = "agency"
    allow_redaction: bool = False

    def __post_init__(self) -> None:
        if self.plan not in PLANS:
            raise BadInput(f"agency {self.id}: plan must be one of {', '.join(PLANS)}")
        if self.allow_redaction and self.plan != "agency":
            raise NotAllowed(
                f"agency {self.id} cannot allow redaction: its plan has no sub-accounts; change its plan first"
            )


@lru_cache(maxsize=4_096)
def _make_policy(period: str, mode: str, timezone: str, since: date) -> Policy:
    """Return the schedule that many accounts share: ten thousand of them are shown at once."""
    return Policy(period, mode, timezone, since)


@dataclass(frozen=True)
class Account:
    """One account with all its settings; `auto_redaction_since` is a day of its own zone."""

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
    agency_name: str = ""
    agency_plan: str = "agency"
    agency_allows: bool = False

    def __post_init__(self) -> None:
        self.policy_or_zone()

    def policy_or_zone(self) -> Policy | None:
        """Return the policy, None while automatic redaction is off; raises BadInput for a bad period, mode or zone."""
        if self.auto_redaction is not None and self.auto_redaction not in PERIODS:
            raise BadInput(f"account {self.id}: the period must be one of {', '.join(PERIODS)}, or off")
        if self.retention_mode not in MODES:
            raise BadInput(f"account {self.id}: the mode must be one of {', '.join(MODES)}")
        since = self.auto_redaction_since or date(2000, 1, 1)
        policy = _make_policy(self.auto_redaction or "daily", self.retention_mode, self.timezone, since)
        return policy if self.auto_redaction else None

    @property
    def active(self) -> bool:
        """Say whether the account redacts automatically: it wants to, and its agency lets it."""
        return self.auto_redaction is not None and self.agency_allows and self.agency_plan == "agency"

    def policy(self) -> Policy:
        """Return the schedule of an account that redacts automatically; raises NotAllowed if it does not."""
        if self.auto_redaction is None:
            raise NotAllowed(
                f"account {self.id} has no automatic redaction: `redaction account set {self.id} --auto daily|30|60|90`"
            )
        if not self.active:
            raise NotAllowed(
                f"agency {self.agency_id} does not allow account {self.id} to redact: "
                f"`redaction agency set {self.agency_id} --allow`"
            )
        policy = self.policy_or_zone()
        assert policy is not None
        return policy


def _agency(session: Session, agency_id: int) -> Agency:
    rows = session.rows("get_agency", agency_id=agency_id)
    if not rows:
        raise BadInput(f"there is no agency {agency_id}: `redaction agency add {agency_id}` creates it")
    return Agency(**rows[0])


def _account(session: Session, account_id: int) -> Account:
    rows = session.rows("get_account", account_id=account_id)
    if not rows:
        raise BadInput(f"there is no account {account_id}: `redaction account list` shows those there are")
    return Account(**rows[0])


def list_agencies(database: Database) -> list[Row]:
    """Return every agency with the number of its accounts, and of those with automatic redaction on."""
    with database.transaction("redaction_worker") as session:
        return session.rows("list_agencies")


def add_agencies(parts: Iterable[Iterable[Row]]) -> list[Row]:
    """Return the agencies of several placements, in the order of ids, each with its counts of accounts added up."""
    found: dict[int, dict[str, Any]] = {}
    for row in (row for part in parts for row in part):
        known = found.setdefault(row["id"], {**row, "accounts": 0, "automatic": 0})
        known["accounts"] += row["accounts"]
        known["automatic"] += row["automatic"]
    return [found[agency_id] for agency_id in sorted(found)]


def list_accounts(database: Database) -> list[Account]:
    """Return every account in the order of ids."""
    with database.transaction("redaction_worker") as session:
        return [Account(**row) for row in session.rows("list_accounts")]


def get_account(database: Database, account_id: int) -> Account:
    """Return one account; raises BadInput if there is none of that id."""
    with database.transaction("redaction_worker") as session:
        return _account(session, account_id)


def account_exists(database: Database, account_id: int) -> bool:
    """Say whether this placement has an account; also before its schema is of this version."""
    with database.transaction("redaction_worker") as session:
        return bool(session.one("account_exists", account_id=account_id)["found"])


def add_agency(database: Database, settings: Settings, agency: Agency) -> None:
    """Create an agency; raises BadInput if the id is taken, or for a name that is none."""
    _check_name(f"agency {agency.id}", agency.name)
    with database.transaction("redaction_manager") as session:
        if session.rows("get_agency", agency_id=agency.id):
            raise BadInput(f"agency {agency.id} is there already: `redaction agency set {agency.id}` changes it")
        session.run("put_agency", **vars(agency))
    renew_snapshot(database, settings)


def set_agency(database: Database, settings: Settings, agency_id: int, actor: str, **changes: Any) -> Agency:
    """Change fields of an agency in the name of `actor`; return it. Who changed what is kept in the ledger.

    Forbidding redaction takes the DAGs of its accounts away.
    """
    with database.transaction("redaction_manager") as session:
        before = _agency(session, agency_id)
        agency = replace(before, **changes)
        if agency.name != before.name:
            _check_name(f"agency {agency_id}", agency.name)
        session.run("put_agency", **vars(agency))
        record_change(session, None, actor, {"agency_id": agency_id}, vars(before), vars(agency))
    publish(database, settings)
    renew_snapshot(database, settings)
    return agency


def _put(session: Session, accounts: Sequence[Account]) -> None:
    known = {row["name"] for row in session.rows("known_zones")}
    for account in accounts:
        if account.timezone not in known:
            raise BadInput(f"account {account.id}: the database knows no time zone {account.timezone!r}")
        fields = set(vars(account)) - {"agency_name", "agency_plan", "agency_allows"}
        session.run("put_account", **{name: getattr(account, name) for name in sorted(fields)})


def _check_name(whose: str, name: str) -> None:
    if len(name) > _MOST_NAME or not name.isprintable():
        raise BadInput(
            f"{whose}: a name has at most {_MOST_NAME} characters, none of them for control; nothing was changed"
        )


def _check_allowed(account: Account, agency: Agency) -> None:
    if (account.auto_redaction or account.manual_redaction) and not agency.allow_redaction:
        raise NotAllowed(
            f"agency {agency.id} does not allow redaction, so account {account.id} cannot turn it on: "
            f"`redaction agency set {agency.id} --allow` first"
        )


def add_account(database: Database, settings: Settings, account: Account) -> None:
    """Create an account; raises BadInput if the id is taken, or for a name that is none, NotAllowed if it redacts and
    its agency does not.
    """
    _check_name(f"account {account.id}", account.name)
    with database.transaction("redaction_manager") as session:
        if session.rows("get_account", account_id=account.id):
            raise BadInput(f"account {account.id} is there already: `redaction account set {account.id}` changes it")
        _check_allowed(account, _agency(session, account.agency_id))
        _put(session, [_anchored(account)])
    renew_snapshot(database, settings)


def set_account(database: Database, settings: Settings, account_id: int, actor: str, **changes: Any) -> Account:
    """Change settings of an account in the name of `actor`; return it as it then is. Who changed what, from what and to
    what, is kept in the ledger.

    A change of period, mode or zone takes effect at the next boundary. Turning automatic redaction on without a day
    to count from counts from today in the account's zone. Raises NotAllowed if its agency does not allow what is
    turned on, BadInput for a period, mode or zone that does not exist.
    """
    with database.transaction("redaction_manager") as session:
        before = _account(session, account_id)
        after = replace(before, **changes)
        if after.name != before.name:
            _check_name(f"account {account_id}", after.name)
        turned_on = (after.auto_redaction and not before.auto_redaction) or (
            after.manual_redaction and not before.manual_redaction
        )
        if turned_on:
            _check_allowed(after, _agency(session, after.agency_id))
        if after.auto_redaction and not before.auto_redaction and "auto_redaction_since" not in changes:
            after = replace(after, auto_redaction_since=None)
        after = _anchored(after)
        _put(session, [after])
        if after.timezone != before.timezone:
            session.run("mark_all_days", account_id=account_id)
        record_change(session, account_id, actor, {}, vars(before), vars(after))
    publish(database, settings)
    renew_snapshot(database, settings)
    return after


def _anchored(account: Account) -> Account:
    if account.auto_redaction is None or account.auto_redaction_since is not None:
        return account
    zone = Policy("daily", "every", account.timezone, date(2000, 1, 1)).zone
    return replace(account, auto_redaction_since=datetime.now(UTC).astimezone(zone).date())


def set_administrator(
    database: Database, settings: Settings, account_id: int, username: str, actor: str, allowed: bool = True
) -> None:
    """Make a person an administrator of an account, or no longer one, in the name of `actor`; kept in the ledger.

    Raises BadInput for an account that is not there, or no name.
    """
    if not username.strip():
        raise BadInput("an administrator needs the name by which Airflow knows him")
    with database.transaction("redaction_manager") as session:
        _account(session, account_id)
        before = _administrators(session, account_id)
        session.run("put_administrator" if allowed else "drop_administrator", account_id=account_id, username=username)
        after = _administrators(session, account_id)
        record_change(session, account_id, actor, {}, {"administrators": before}, {"administrators": after})
    publish(database, settings)


def restore_setting(database: Database, account_id: int | None, facts: Mapping[str, Any]) -> None:
    """Make a setting what a row of the ledger tells, after a restore from before it; without a row of its own."""
    after = dict(facts["after"])
    with database.transaction("redaction_manager") as session:
        if account_id is None:
            session.run("put_agency", **vars(replace(_agency(session, facts["agency_id"]), **after)))
        elif "administrators" in after:
            for name in {*_administrators(session, account_id), *after["administrators"]}:
                named = "put_administrator" if name in after["administrators"] else "drop_administrator"
                session.run(named, account_id=account_id, username=name)
        else:
            since = after.get("auto_redaction_since")
            if since is not None:
                after["auto_redaction_since"] = date.fromisoformat(since)
            _put(session, [replace(_account(session, account_id), **after)])
            if "timezone" in after:
                session.run("mark_all_days", account_id=account_id)


def _administrators(session: Session, account_id: int) -> list[str]:
    return [row["username"] for row in session.rows("list_administrators", account_id=account_id)]


def put_call_settings(
    database: Database, account_id: int, name: str, caller_id: bool, enhanced: bool, numbers: Sequence[str]
) -> None:
    """Create or change a call-settings configuration for the tracking numbers that use it."""
    with database.transaction("redaction_manager") as session:
        _account(session, account_id)
        session.run(
            "put_call_settings",
            account_id=account_id,
            name=name,
            caller_id_enabled=caller_id,
            enhanced_caller_id_enabled=enhanced,
            tracking_numbers=list(numbers),
        )


def put_tenants(
    database: Database,
    settings: Settings,
    agencies: Sequence[Agency],
    accounts: Sequence[Account],
    rules: Sequence[Receiver],
    integrations: Sequence[Receiver],
) -> None:
    """Create many tenants in one transaction and renew the snapshot once."""
    with database.transaction("redaction_manager") as session:
        for agency in agencies:
            session.run("put_agency", **vars(agency))
        for account in accounts:
            _check_allowed(account, _agency(session, account.agency_id))
        _put(session, [_anchored(account) for account in accounts])
        for statement, receivers in (("put_notification_rule", rules), ("put_integration", integrations)):
            for receiver in receivers:
                session.run(statement, account_id=receiver.account_id, name=receiver.name, fields=list(receiver.fields))
    renew_snapshot(database, settings)


def read_active(database: Database) -> Snapshot:
    """Return the snapshot of the accounts of a placement that have a DAG, by one query."""
    with database.transaction("redaction_worker") as session:
        rows = session.rows("active_accounts")
    return Snapshot(written_at=datetime.now(UTC), accounts=tuple(SnapshotAccount(**row) for row in rows))


def renew_snapshot(database: Database, settings: Settings) -> Snapshot:
    """Write the snapshot of this placement anew after a setting was changed; return it."""
    snapshot = read_active(database)
    write_snapshot(settings.snapshot_path, snapshot)
    return snapshot
