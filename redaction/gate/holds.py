"""Legal holds: what a court wants kept stays, whoever strips. The predicate is `sql/select/_held.sql`.

The database decides between a hold and a strip at the same time. A new hold waits for the strips of its account that
are about to commit; every later strip sees the hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from redaction.accounts.accounts import Account, find_account
from redaction.accounts.administrators import check_may
from redaction.accounts.proposals import agree, decline
from redaction.contacts.contacts import contact_key
from redaction.db.database import Database
from redaction.db.patience import patiently
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput
from redaction.ledger.act import Act
from redaction.ledger.reasons import check_reason
from redaction.settings import MOST_IDS
from redaction.words import say_activities, say_utc

Scope = Literal["activity", "contact", "account"]
_NAMED = 10


@dataclass(frozen=True)
class Hold:
    """A hold: scope, reason, who placed it, when, and when it ends by itself (UTC). For a contact no number is
    shown.
    """

    id: int
    account_id: int
    scope: Scope
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str | None
    released_at: datetime | None
    expires_at: datetime | None
    activity_ids: tuple[int, ...]
    activities: int = 0
    """How many activities of the account that are not redacted it keeps now."""


def count_activities_of(session: Session, account_id: int, key: str) -> int:
    """Return how many activities of an account that are not redacted belong to a contact, by its key."""
    found: int = session.one("count_contact_activities", account_id=account_id, contact=key)["activities"]
    return found


def check_ids(account_id: int, activity_ids: Sequence[int]) -> None:
    """Raise BadInput for more ids than one act may name, or for an id that no activity can have."""
    if len(activity_ids) > MOST_IDS:
        raise BadInput(
            f"account {account_id}: {say_activities(len(activity_ids))} named, at most {MOST_IDS:,} may be at once; "
            "nothing was changed"
        )
    if not all([-(2**63) <= number < 2**63 for number in activity_ids]):
        raise BadInput(f"account {account_id}: no activity has an id of more than 64 bits; nothing was changed")


def describe_listed(session: Session, account_id: int, activity_ids: Sequence[int]) -> list[Row]:
    """Return the state of some activities, each once, in the order of their ids.

    Raises BadInput if there are none, or naming up to ten that do not exist or belong to another account.
    """
    if not activity_ids:
        raise BadInput(f"account {account_id}: no activity was named")
    rows = session.rows("describe_activities", account_id=account_id, ids=list(activity_ids))
    missing = sorted(set(activity_ids) - {row["id"] for row in rows})
    if missing:
        named = ", ".join(str(number) for number in missing[:_NAMED])
        raise BadInput(
            f"account {account_id} has no activity {named}{' ...' if len(missing) > _NAMED else ''} "
            f"({len(missing)} in all): nothing was changed"
        )
    return rows


def place_hold(
    deployment: Deployment,
    account_id: int,
    reason: str,
    placed_by: str,
    activity_ids: Sequence[int] = (),
    contact: str | None = None,
    anyway: bool = False,
    until: date | None = None,
) -> Hold:
    """Hold some activities, all of a contact, or (neither given) the whole account; return the hold.

    A contact without any activity is held only with `anyway`: most likely the number is mistyped. `until` is the last
    day of the hold, in the zone of the account; without it a person has to release it.

    Raises BadInput for an unknown or redacted activity (nothing is held then), an unknown account, contact or reason,
    or a past day; NotAllowed for an administrator who may not place holds; DatabaseBusy if strips keep the account busy
    through all retries.
    """
    if activity_ids and contact is not None:
        raise BadInput("a hold is on activities or on a contact: place two")
    check_ids(account_id, activity_ids)
    why = check_reason(reason)
    scope: Scope = "activity" if activity_ids else "account" if contact is None else "contact"
    with Act(deployment) as act:
        for attempt in patiently(deployment.settings):
            with attempt, act.transaction() as session:
                account = find_account(session, account_id)
                check_may(session, account_id, placed_by, "place", "nothing was held")
                if account.closed_at is not None:
                    raise BadInput(
                        f"account {account_id} is closed since {say_utc(account.closed_at)}: nothing of it is left "
                        "to hold, and nothing more comes in; nothing was held"
                    )
                ends = None if until is None else _end_of(account, until)
                key = None if contact is None else contact_key(contact, account.number_country)
                # Waits for every load of the account at work: a load commits before, or sees the hold.
                session.rows("lock_accounts", accounts=[account_id])
                session.rows("stop_strips", account_id=account_id)
                if activity_ids:
                    rows = describe_listed(session, account_id, activity_ids)
                    gone = [str(row["id"]) for row in rows if row["redacted"]]
                    if gone:
                        raise BadInput(
                            f"account {account_id}: {len(gone)} of the activities are redacted already, "
                            f"nothing of them is left to hold: {', '.join(gone[:_NAMED])}; nothing was held"
                        )
                if key is not None and not anyway and not count_activities_of(session, account_id, key):
                    raise BadInput(
                        f"account {account_id} has no activity of this contact (read as in {account.number_country}): "
                        "nothing was held; look at it again, or hold what is still to come by `--anyway`"
                    )
                keys = () if key is None else (key,)
                ids = sorted(set(activity_ids))
                hold_id = record_hold(act, account_id, scope, why, placed_by, ids, keys, ends)
    return next(hold for hold in list_holds(deployment.database, account_id) if hold.id == hold_id)


def _end_of(account: Account, day: date) -> datetime:
    """Return the end of a day in the zone of an account (UTC); raises BadInput if it has passed."""
    zone = account.zone
    now = datetime.now(UTC)
    if day < now.astimezone(zone).date() or day.year >= date.max.year:
        what = f"account {account.id}: a hold ends on a day to come, in {account.timezone}; nothing was held"
        raise BadInput(what, "until")
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    return midnight.astimezone(UTC)


def record_hold(
    act: Act,
    account_id: int,
    scope: str,
    reason: str,
    placed_by: str,
    ids: Sequence[int],
    contact_keys: Sequence[str],
    expires_at: datetime | None = None,
) -> int:
    """Place a hold in the transaction of an act, and record it; return its id. Must come last in that transaction."""
    hold_id = write_hold(act.session, account_id, scope, reason, placed_by, ids, expires_at)
    for key in contact_keys:
        act.session.run("hold_contact", hold_id=hold_id, account_id=account_id, contact_key=key)
    until = {} if expires_at is None else {"until": expires_at.isoformat()}
    act.record("hold", account_id, placed_by, {"hold_id": hold_id, "scope": scope, "ids": ids, **until}, reason)
    return hold_id


def write_hold(
    session: Session,
    account_id: int,
    scope: str,
    reason: str,
    placed_by: str,
    ids: Sequence[int],
    expires_at: datetime | None = None,
) -> int:
    """Place a hold on some activities, or (none) by its scope, without a ledger row; return its id."""
    given = {"scope": scope, "reason": reason, "placed_by": placed_by, "expires_at": expires_at}
    placed = session.one("place_hold", account_id=account_id, **given)
    if ids:
        session.run("hold_activities", hold_id=placed["id"], account_id=account_id, ids=list(ids))
    return int(placed["id"])


def release_hold(deployment: Deployment, hold_id: int, released_by: str) -> Hold:
    """End a hold; what it held is due with the next run.

    Raises BadInput if no such hold is in force, NotAllowed for an administrator who may not release holds. Under the
    rule of two people, raises ApprovalNeeded for the first person, and the hold stays.
    """
    with Act(deployment) as act, act.transaction() as session:
        rows = session.rows("find_hold", hold_id=hold_id)
        if not rows:
            raise BadInput(f"no hold {hold_id} is in force: `redaction hold list` shows them")
        account_id = rows[0]["account_id"]
        check_may(session, account_id, released_by, "release", f"hold {hold_id} stays in force")
        needed = find_account(session, account_id).needs_two
        waits = needed and not agree(act, "release", released_by, account_id, hold_id=hold_id)
        if not waits:
            session.rows("release_hold", hold_id=hold_id, released_by=released_by)
            act.record("release", account_id, released_by, {"hold_id": hold_id})
    if waits:
        raise ApprovalNeeded(
            f"hold {hold_id} of account {account_id} stays in force: {released_by} has proposed its release; another "
            f"administrator agrees by `redaction hold release {hold_id}`"
        )
    return next(hold for hold in list_holds(deployment.database, account_id) if hold.id == hold_id)


def decline_release(deployment: Deployment, hold_id: int, declined_by: str) -> None:
    """Refuse the release of a hold that another person has proposed; the hold stays.

    Raises BadInput if there is no such proposal, ApproverRefused for a person who cannot be the second one.
    """
    with Act(deployment) as act, act.transaction() as session:
        rows = session.rows("find_hold", hold_id=hold_id)
        if not rows or not decline(act, "release", declined_by, rows[0]["account_id"], hold_id):
            raise BadInput(f"nobody has proposed to release hold {hold_id}: nothing was changed")


def list_holds(database: Database, account_id: int | None = None) -> list[Hold]:
    """Return the holds of an account, or of all, released ones too, newest first."""
    rows = database.rows("list_holds", account_id=account_id)
    return [Hold(**{**row, "activity_ids": tuple(row["activity_ids"])}) for row in rows]
