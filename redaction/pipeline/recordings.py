"""The clock for recordings: a part of the strip that empties one column, of activities that are not due as a whole.

It works in place and batch by batch. A kill loses at most the batch that was not committed, and a retry takes the rest.
"""

from __future__ import annotations

from redaction.db.patience import patiently
from redaction.deployment import Deployment
from redaction.errors import Survivors
from redaction.ledger.external import announce_strip
from redaction.pipeline.runs import RunRef
from redaction.words import say_count

_PASSES = 3
"""How often it looks again for recordings that were loaded or released meanwhile."""


def take_recordings(deployment: Deployment, run: RunRef) -> int:
    """Take the recordings that are due by the clock of a run; return from how many activities it has taken them in all.

    Held ones stay; if none was due when the run started, later ones wait for the next run. Its intended work is
    recorded outside the database first. Raises Paused and ApprovalNeeded as every strip does, DatabaseBusy if a batch
    stayed busy through all its retries, Survivors if due recordings still exist afterwards.
    """
    record = deployment.one("get_run", run_id=run.id)
    if not record["recordings_due"]:
        return 0
    due = {name: record[name] for name in ("account_id", "cutoff", "recordings_cutoff")}
    for _ in range(_PASSES):
        found = {row["partition_name"]: row["due"] for row in deployment.rows("list_recordings_due", **due)}
        if not found:
            return int(deployment.one("get_run", run_id=run.id)["recordings_taken"])
        if run.kind != "replay" and not run.due_count:
            announce_strip(deployment, run.id)
        residue = {"run_id": run.id, "partitions": list(found), "due": list(found.values())}
        with deployment.transaction("redaction_worker") as session:
            session.run("update_apart", partitions=list(found))
            session.run("record_residue", **residue)
        for partition in found:
            while _take_some(deployment, run, partition):
                pass
        deployment.run("record_residue", **residue)
    left = sum(row["due"] for row in deployment.rows("list_recordings_due", **due))
    if not left:
        return int(deployment.one("get_run", run_id=run.id)["recordings_taken"])
    kept = say_count(left, "activity still has", "activities still have")
    raise Survivors(
        f"run {run.id} of account {run.account_id}: {kept} a recording that is due: "
        "something writes to them, or a trigger restores them; see pg_stat_activity and pg_trigger"
    )


def _take_some(deployment: Deployment, run: RunRef, partition: str) -> int:
    taken = 0
    for attempt in patiently(deployment.settings):
        with attempt, deployment.transaction("redaction_worker") as session:
            most = deployment.settings.batch_size
            taken = session.one("take_recordings", run_id=run.id, partition_name=partition, most=most)["taken"]
    return taken
