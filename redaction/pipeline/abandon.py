"""End a run that cannot finish: a person abandons it with a reason, or a later run asks for all of it.

What an abandoned run has stripped stays redacted: its residue, its objects and the days whose reports it changed count
as before, and the next run rebuilds those days. The rest is due again.
"""

from __future__ import annotations

from collections.abc import Mapping

from redaction.db.patience import patiently
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.ledger.act import Act
from redaction.ledger.reasons import check_reason
from redaction.pipeline.runs import RunRef, get_run


def abandon_run(deployment: Deployment, run_id: int, reason: str, abandoned_by: str) -> RunRef:
    """Abandon an unfinished run, in the ledger too; return its record. From then on it strips nothing.

    Raises BadInput for an unknown or finished run, or for no reason; DatabaseBusy if a strip keeps it waiting through
    all retries.
    """
    why = check_reason(reason)
    with Act(deployment) as act:
        account_id = get_run(deployment.database, run_id).account_id
        for attempt in patiently(deployment.settings):
            with attempt, act.transaction() as session:
                # Waits for the batch that is about to commit; the next batch finds the run ended.
                session.rows("stop_strips", account_id=account_id)
                if not _end(act, run_id, abandoned_by, why, {}):
                    state = session.one("get_run", run_id=run_id)["state"]
                    raise BadInput(f"run {run_id} of account {account_id} is {state} already: nothing was changed")
    return get_run(deployment.database, run_id)


def supersede_waiting(deployment: Deployment, run: RunRef, actor: str) -> None:
    """Abandon the automatic runs of an account that wait for approval, if a later run asks for their sets again."""
    with Act(deployment, checked=False) as act, act.transaction() as session:
        record = session.one("get_run", run_id=run.id)
        which = {name: record[name] for name in ("account_id", "cutoff", "recordings_cutoff")}
        waiting = session.rows("supersede_waiting", run_id=run.id, **which)
        for row in waiting:
            _end(act, row["id"], actor, f"run {run.id} asks for all of it", {"superseded_by": run.id})


def expire_question(deployment: Deployment, run_id: int, actor: str) -> None:
    """Abandon a run that has waited for approval until the next one was due."""
    with Act(deployment) as act, act.transaction():
        _end(act, run_id, actor, "nobody answered before the next run was due", {})


def _end(act: Act, run_id: int, actor: str, why: str, facts: Mapping[str, int]) -> bool:
    rows = act.session.rows("abandon_run", run_id=run_id, abandoned_by=actor, because=why)
    for row in rows:
        recorded = {**facts, **{name: value for name, value in row.items() if name != "account_id"}}
        act.record("abandonment", row["account_id"], actor, recorded, why, run_id)
    return bool(rows)
