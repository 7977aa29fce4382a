"""The parse-time snapshot: the accounts that have a DAG, as a JSON file that is replaced whole.

DAGs are built from it, not from the database. A parse costs no query while it is fresh, and one when it is missing or
stale. If the database is down, the last snapshot is used, so that no DAG vanishes.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from redaction.errors import NotAllowed, RedactionError, SharedUnreachable
from redaction.settings import DEFAULT, Settings
from redaction.shared import read_file, replace_file

if TYPE_CHECKING:
    from redaction.db.database import Database
    from redaction.deployment import Deployment

log = logging.getLogger(__name__)


class SnapshotAccount(BaseModel, frozen=True, extra="forbid"):
    """The facts that an account's DAG is built from. `since` is an ISO day of its zone, `recordings` the period of the
    clock for recordings.

    An account that is no longer `automatic` keeps its DAG, without a schedule, until its started runs have ended; the
    policy is that of the last of them.
    """

    id: int
    name: str
    agency_id: int
    agency_name: str
    period: str
    mode: str
    timezone: str
    since: str
    automatic: bool = True
    recordings: str | None = None


class Snapshot(BaseModel, frozen=True, extra="forbid"):
    """The accounts of a placement that have a DAG, in the order of their ids, as of an instant (UTC)."""

    written_at: datetime
    accounts: tuple[SnapshotAccount, ...]


def read_snapshot(place: Any) -> Snapshot | None:
    """Return the snapshot in a file, a path as in the settings; None if it is missing or damaged."""
    payload = read_file(place)
    if payload is None:
        return None
    try:
        return Snapshot.model_validate_json(payload)
    except ValidationError:
        return None


def write_snapshot(place: Any, snapshot: Snapshot) -> None:
    """Replace the snapshot; a reader sees the whole old or the whole new one."""
    payload = json.dumps(snapshot.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
    replace_file(place, payload.encode())


def check_loss(old: Snapshot, new: Snapshot, most: float) -> None:
    """Raise NotAllowed if a new snapshot lost more than the share `most` of the accounts in the old one."""
    before = _automatic(old)
    lost = before - _automatic(new)
    if before and len(lost) / len(before) > most:
        raise NotAllowed(
            f"the database shows {len(lost)} of {len(before)} accounts as gone or off, more than the share "
            f"{most:g} that may go at once: the last snapshot stays in use; if that is right, `redaction account "
            "snapshot`"
        )


def _automatic(snapshot: Snapshot) -> set[int]:
    return {account.id for account in snapshot.accounts if account.automatic}


def read_active(database: Database) -> Snapshot:
    """Return the snapshot of the accounts of a placement that have a DAG, by one query."""
    rows = database.rows("active_accounts")
    return Snapshot(written_at=datetime.now(UTC), accounts=tuple(SnapshotAccount(**row) for row in rows))


def write_active(deployment: Deployment) -> Snapshot:
    """Write the snapshot of this placement; return it. Raises BadInput if its place cannot be written."""
    snapshot = read_active(deployment.database)
    write_snapshot(deployment.settings.snapshot_path, snapshot)
    return snapshot


def renew_snapshot(deployment: Deployment) -> Snapshot:
    """Write the snapshot of this placement again after a change was committed; return it.

    Raises SharedUnreachable if it cannot be written, never BadInput, which would say that nothing was changed.
    """
    try:
        return write_active(deployment)
    except RedactionError as error:
        why = str(error).removesuffix(", then try again")
        raise SharedUnreachable(
            "the change is stored in the database, but not in the snapshot of the accounts that the DAGs are built "
            f"from: {why}; then do not repeat the change, but run `redaction account snapshot`"
        ) from None


def current_snapshot(settings: Settings, placement: str = DEFAULT) -> Snapshot:
    """Return the snapshot for the DAGs of a placement, refreshed with one query if missing or stale.

    If the database is down, or the new snapshot lost too many accounts, the last one is used and a warning is logged.
    Raises RedactionError only if there is none.
    """
    path = settings.at(placement).snapshot_path
    last = read_snapshot(path)
    if last is not None and datetime.now(UTC) - last.written_at < timedelta(seconds=settings.snapshot_max_age_s):
        return last
    from redaction.placements.resolve import Placements

    try:
        with Placements(settings) as placements:
            fresh = read_active(placements.at(placement, allow_restored=True).database)
        if last is not None:
            check_loss(last, fresh, settings.snapshot_max_loss)
    except RedactionError as error:
        if last is None:
            raise
        log.warning("the snapshot of the accounts of placement %s was not refreshed: %s", placement, error)
        return last
    write_snapshot(path, fresh)
    return fresh
