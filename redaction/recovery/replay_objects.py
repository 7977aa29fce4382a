"""The objects of what a replay has redone: settled last, when holds, pauses and stores are what the ledger leaves them,
by the gate of every day.

What named an object may have been loaded since the backup and not be here. If the ledger tells that some of an account
were kept, those that nothing known here keeps are held until a person releases them. Where it tells that some remained,
or tells nothing, they wait for the nightly job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress

from redaction.deployment import Deployment
from redaction.erasure.levels import grade_run
from redaction.errors import NotAllowed, TryLater
from redaction.gate.holds import write_hold
from redaction.ledger.act import Act
from redaction.ledger.entries import Entry
from redaction.objects.settle import sweep_account


def read_told(entries: Sequence[Entry]) -> dict[int, Counter[str]]:
    """Return what is told last of the objects of the runs of each account."""
    of_runs: dict[int, tuple[int, Counter[str]]] = {}
    for entry in entries:
        if entry.run_id is not None and entry.account_id is not None and "objects" in entry.facts:
            of_runs[entry.run_id] = (entry.account_id, Counter(entry.facts["objects"]))
    told: dict[int, Counter[str]] = {}
    for account_id, counts in of_runs.values():
        told.setdefault(account_id, Counter()).update(counts)
    return dict(sorted(told.items()))


def hold_kept(act: Act, account_id: int, actor: str) -> int | None:
    """Hold the activities of an account whose objects are due and kept by nothing that is known here; return the hold.

    Which of the objects of its runs were kept the ledger does not tell. None if there are none.
    """
    ids = [row["activity_id"] for row in act.session.rows("list_free_objects", account_id=account_id)]
    if not ids:
        return None
    reason = "objects were kept before the restore"
    hold_id = write_hold(act.session, account_id, "activity", reason, actor, ids)
    act.record("hold", account_id, actor, {"hold_id": hold_id, "scope": "activity", "ids": ids}, reason)
    return hold_id


def settle_redone(deployment: Deployment, run_ids: Collection[int], waiting: Collection[int]) -> None:
    """Settle the objects of runs that were redone, as any pass does, but of the accounts that wait; grade the runs."""
    rows = deployment.rows("objects_of_runs", run_ids=list(run_ids))
    due = [row for row in rows if row["untried"] and row["account_id"] not in waiting]
    for account_id in sorted({row["account_id"] for row in due}):
        # One that is paused or busy is left to the nightly job.
        with suppress(NotAllowed, TryLater):
            sweep_account(deployment, account_id)
    for row in due:
        deployment.run("mark_objects_recorded", run_id=row["id"])
        grade_run(deployment, row["id"])
