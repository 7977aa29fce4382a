"""The step of a run that deletes the objects of redacted activities: recordings, pictures, uploads of forms."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from redaction.deployment import Deployment
from redaction.objects.settle import record_settled, sweep_account
from redaction.pipeline.runs import RunRef

log = logging.getLogger(__name__)


def delete_objects(deployment: Deployment, run: RunRef) -> Mapping[str, int]:
    """Settle the objects of a run, and those of the account that earlier runs have left; return counts by outcome.

    An object that cannot be deleted stops nothing: the run's record says what is left and where, and `redaction
    erase-residue` and the next run try again. The step may be repeated: settled objects are gone. For a run that a
    replay redoes it only marks them: the replay reaches them when everything that keeps them is restored. Raises as
    `sweep_account` does.
    """
    with deployment.transaction("redaction_worker") as session:
        if not session.one("has_objects", account_id=run.account_id)["found"]:
            return {}
        session.run("mark_objects_due", account_id=run.account_id, run_id=run.id)
    if run.kind == "replay":
        return {}
    swept = sweep_account(deployment, run.account_id, run.id)
    for store, why in sorted(swept.failed.items()):
        log.warning("run %s of account %s: objects remain in store %s: %s", run.id, run.account_id, store, why)
    record_settled(deployment, run.account_id, f"run {run.id}")
    return dict(swept.outcomes)
