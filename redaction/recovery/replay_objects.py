"""The objects of redone runs: settled last, when holds, pauses and stores are as the ledger says, by the usual gate.

The activities that name an object may have been loaded since the backup and be missing here. If the ledger records that
some objects of an account were kept, those that nothing here keeps are held until a person releases them. If it records
that some remained, or records nothing, they wait for the nightly job.
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


def read_outcomes(entries: Sequence[Entry]) -> dict[int, Counter[str]]:
    """Return the last recorded outcomes of the objects of each account's runs."""
    of_runs: dict[int, tuple[int, Counter[str]]] = {}
    for entry in entries:
        if entry.run_id is not None and entry.account_id is not None and "objects" in entry.facts:
            of_runs[entry.run_id] = (entry.account_id, Counter(entry.facts["objects"]))
    outcomes: dict[int, Counter[str]] = {}
    for account_id, counts in of_runs.values():
        outcomes.setdefault(account_id, Counter()).update(counts)
    return dict(sorted(outcomes.items()))


def hold_kept(act: Act, account_id: int, actor: str) -> int | None:
    """Hold the activities of an account whose objects are due and kept by nothing here; return the hold.

    The ledger does not say which objects of its runs were kept. None if there are no such activities.
    """
    ids = [row["activity_id"] for row in act.session.rows("list_free_objects", account_id=account_id)]
    if not ids:
        return None
    reason = "objects were kept before the restore"
    hold_id = write_hold(act.session, account_id, "activity", reason, actor, ids)
    act.record("hold", account_id, actor, {"hold_id": hold_id, "scope": "activity", "ids": ids}, reason)
    return hold_id


def settle_redone(deployment: Deployment, run_ids: Collection[int], waiting: Collection[int]) -> None:
    """Settle the objects of redone runs, as any pass does, except for accounts that wait; grade the runs."""
    rows = deployment.rows("objects_of_runs", run_ids=list(run_ids))
    due = [row for row in rows if row["untried"] and row["account_id"] not in waiting]
    for account_id in sorted({row["account_id"] for row in due}):
        # A paused or busy account is left to the nightly job.
        with suppress(NotAllowed, TryLater):
            sweep_account(deployment, account_id)
    for row in due:
        deployment.run("mark_objects_recorded", run_id=row["id"])
        grade_run(deployment, row["id"])
