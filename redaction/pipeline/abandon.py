"""The end of a run that cannot end: abandoned, by a person with a reason, or because a later run asks for all of it.

What an abandoned run has stripped stays redacted: its residue, its objects and the days whose reports it changed are
accounted for as before, and the next run rebuilds those days. What it has not stripped is due again.
"""

from __future__ import annotations

from collections.abc import Mapping

from redaction.db.database import Database
from redaction.db.patience import patiently
from redaction.db.session import Session
from redaction.errors import BadInput
from redaction.ledger.entries import record_event
from redaction.ledger.external import check_ledger, publish
from redaction.ledger.reasons import check_reason
from redaction.pipeline.runs import RunRef, get_run
from redaction.settings import Settings


def abandon_run(database: Database, settings: Settings, run_id: int, reason: str, abandoned_by: str) -> RunRef:
    """End a run that has not ended, in the ledger too; return its record. From then on it strips nothing.

    Raises BadInput for a run that is not there or has ended, or for no reason; DatabaseBusy if a strip keeps it waiting
    through all retries.
    """
    why = check_reason(reason)
    check_ledger(database, settings)
    account_id = get_run(database, run_id).account_id
    for attempt in patiently(settings):
        with attempt, database.transaction("redaction_worker") as session:
            # Behind the batch that is about to commit; the next one finds the run ended.
            session.rows("stop_strips", account_id=account_id)
            if not _end(session, run_id, abandoned_by, why, {}):
                state = session.one("get_run", run_id=run_id)["state"]
                raise BadInput(f"run {run_id} of account {account_id} is {state} already: nothing was changed")
    publish(database, settings)
    return get_run(database, run_id)


def supersede_waiting(database: Database, settings: Settings, run: RunRef, actor: str) -> None:
    """Abandon the automatic runs of an account that wait for a person, where a later run asks for their sets anew."""
    with database.transaction("redaction_worker") as session:
        waiting = session.rows("supersede_waiting", run_id=run.id, account_id=run.account_id, cutoff=run.cutoff)
        ended = [
            _end(session, row["id"], actor, f"run {run.id} asks for all of it", {"superseded_by": run.id})
            for row in waiting
        ]
    if any(ended):
        publish(database, settings)


def expire_question(database: Database, settings: Settings, run_id: int, actor: str) -> None:
    """Abandon a run that has waited for a person until the next one was due."""
    check_ledger(database, settings)
    with database.transaction("redaction_worker") as session:
        _end(session, run_id, actor, "nobody answered before the next run was due", {})
    publish(database, settings)


def _end(session: Session, run_id: int, actor: str, why: str, facts: Mapping[str, int]) -> bool:
    rows = session.rows("abandon_run", run_id=run_id, abandoned_by=actor, because=why)
    for row in rows:
        told = {**facts, **{name: value for name, value in row.items() if name != "account_id"}}
        record_event(session, "abandonment", row["account_id"], actor, why, told, run_id)
    return bool(rows)
