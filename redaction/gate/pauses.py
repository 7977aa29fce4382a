"""A pause stops every strip, of one account or of all, between two batches, at once and everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from redaction.accounts.accounts import find_account
from redaction.db.database import Database
from redaction.db.patience import patiently
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.ledger.act import Act
from redaction.ledger.reasons import check_reason


@dataclass(frozen=True)
class Pause:
    """A pause in force: its account (None: all), reason, who set it, since when (UTC)."""

    account_id: int | None
    reason: str
    paused_by: str
    paused_at: datetime


def pause(deployment: Deployment, account_id: int | None, reason: str, paused_by: str) -> None:
    """Stop every strip of an account (None: of all) until `resume`; when this returns, no strip continues.

    Raises BadInput for an unknown account or no reason, DatabaseBusy if a strip keeps it waiting through all retries.
    """
    why = check_reason(reason)
    with Act(deployment) as act:
        for attempt in patiently(deployment.settings):
            with attempt, act.transaction() as session:
                if account_id is not None:
                    find_account(session, account_id)
                session.rows("stop_strips", account_id=account_id)
                session.run("begin_pause", account_id=account_id, reason=why, paused_by=paused_by)
                act.record("pause", account_id, paused_by, reason=why)


def resume(deployment: Deployment, account_id: int | None, resumed_by: str) -> None:
    """End a pause; stopped runs continue when they are tried again. Raises BadInput if there is none."""
    with Act(deployment) as act, act.transaction() as session:
        if not session.run("end_pause", account_id=account_id):
            whose = f"account {account_id} is" if account_id is not None else "all accounts together are"
            raise BadInput(f"{whose} not paused: `redaction account list` shows what is")
        act.record("resume", account_id, resumed_by)


def list_pauses(database: Database) -> list[Pause]:
    """Return the pauses in force, first the pause of all accounts."""
    return [Pause(**row) for row in database.rows("list_pauses")]
