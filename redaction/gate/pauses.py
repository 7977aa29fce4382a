"""The brake: a pause stops every strip, of one account or of all, between two batches, at once and everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from redaction.db.database import Database
from redaction.db.patience import patiently
from redaction.errors import BadInput
from redaction.ledger.entries import record_event
from redaction.ledger.external import check_ledger, publish
from redaction.ledger.reasons import check_reason
from redaction.settings import Settings


@dataclass(frozen=True)
class Pause:
    """A pause in force: of which account (None: all), why, by whom, since when (UTC)."""

    account_id: int | None
    reason: str
    paused_by: str
    paused_at: datetime


def pause(database: Database, settings: Settings, account_id: int | None, reason: str, paused_by: str) -> None:
    """Stop every strip of an account (None: of all) until `resume`; when this returns, none goes on.

    Raises BadInput for an unknown account or no reason, DatabaseBusy if a strip keeps it waiting through all retries.
    """
    why = check_reason(reason)
    check_ledger(database, settings)
    for attempt in patiently(settings):
        with attempt, database.transaction("redaction_worker") as session:
            if account_id is not None and not session.rows("get_account", account_id=account_id):
                raise BadInput(f"there is no account {account_id}: `redaction account list` shows those there are")
            session.rows("stop_strips", account_id=account_id)
            session.run("begin_pause", account_id=account_id, reason=why, paused_by=paused_by)
            record_event(session, "pause", account_id, paused_by, why, {})
    publish(database, settings)


def resume(database: Database, settings: Settings, account_id: int | None, resumed_by: str) -> None:
    """End a pause; runs that it stopped go on when they are tried again. Raises BadInput if there is none."""
    check_ledger(database, settings)
    with database.transaction("redaction_worker") as session:
        if not session.run("end_pause", account_id=account_id):
            whose = f"account {account_id} is" if account_id is not None else "all accounts together are"
            raise BadInput(f"{whose} not paused: `redaction account list` shows what is")
        record_event(session, "resume", account_id, resumed_by, None, {})
    publish(database, settings)


def list_pauses(database: Database) -> list[Pause]:
    """Return the pauses in force, the one of all accounts first."""
    with database.transaction("redaction_worker") as session:
        return [Pause(**row) for row in session.rows("list_pauses")]
