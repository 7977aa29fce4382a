"""Decisions of a person about an object that is left: give it up, or mark it as erased outside our stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redaction.db.database import Database
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.ledger.act import Act
from redaction.ledger.entries import Entry, canonical
from redaction.ledger.reasons import check_reason
from redaction.objects.counts import LEFT
from redaction.objects.settle import record_end
from redaction.pipeline.runs import get_run

MOST_LISTED = 1_000


@dataclass(frozen=True)
class ObjectLeft:
    """An object that is due and not deleted, without its address: reason, store or place, tries, due since, locked
    until (at least; UTC).
    """

    id: int
    account_id: int
    activity_id: int
    run_id: int | None
    outcome: str | None
    reason: str | None
    place: str | None
    store: str | None
    due_since: datetime
    until: datetime | None
    tries: int
    tried_at: datetime | None


def list_left(
    database: Database, account_id: int | None = None, run_id: int | None = None, most: int = MOST_LISTED
) -> list[ObjectLeft]:
    """Return objects that are due and not deleted, of an account or of a run; at most `most`."""
    rows = database.rows("list_objects", account_id=account_id, run_id=run_id, most=most)
    return [ObjectLeft(**row) for row in rows]


def give_up(deployment: Deployment, object_id: int, reason: str, actor: str) -> ObjectLeft:
    """Give up an object that cannot be deleted, in the name of `actor`; return what it was.

    Its address is forgotten, it is never tried again, and its run never reaches L1. Raises BadInput if no such object
    is due.
    """
    why = check_reason(reason)
    with Act(deployment) as act, act.transaction() as session:
        rows = session.rows("give_up_object", id=object_id)
        if not rows:
            raise BadInput(
                f"no object {object_id} is due: `redaction object list` shows the due objects; nothing was changed"
            )
        given_up = ObjectLeft(**rows[0])
        facts = {
            "given_up": [given_up.id],
            "activity_id": given_up.activity_id,
            "store": given_up.store,
            "ended": 1,
        }
        record_end(act, given_up.account_id, given_up.run_id, actor, why, facts)
    return given_up


def mark_erased_outside(deployment: Deployment, run_id: int, place: str, actor: str) -> int:
    """Record, in the name of `actor`, that the objects of a run at a place outside every store are erased there.

    Returns the number of objects. Their addresses are forgotten. Raises BadInput if the run has none there.
    """
    account_id = get_run(deployment.database, run_id).account_id
    with Act(deployment) as act, act.transaction() as session:
        rows = session.rows("mark_erased_at_place", account_id=account_id, run_id=run_id, place=place)
        if not rows:
            raise BadInput(
                f"run {run_id} has no object held at such a place: `redaction object list --run {run_id}` shows what "
                "it has; nothing was changed"
            )
        facts = {"place": place, "said_erased": [row["id"] for row in rows], "ended": len(rows)}
        record_end(act, account_id, run_id, actor, None, facts)
    return len(rows)


def restore_end(session: Session, account_id: int | None, run_id: int | None, facts: Mapping[str, Any]) -> None:
    """End, after a restore, the objects that a ledger row names. Objects that do not exist here are skipped."""
    for counted_as in ("given_up", "said_erased"):
        ids: Sequence[int] = facts.get(counted_as, ())
        if ids:
            session.run("forget_objects", account_id=account_id, run_id=run_id, ids=list(ids), counted_as=counted_as)


def keep_lost(session: Session, redone: Collection[int], entries: Sequence[Entry]) -> None:
    """Keep the count of undeleted objects of runs that a replay has redone. The backup may lack addresses that the
    ledger counts: those addresses are lost, the objects are not.

    Nobody can say which objects are missing, so each may be among those that were left.
    """
    counted: dict[int, Mapping[str, int]] = {}
    account_of: dict[int, int | None] = {}
    for entry in entries:
        if entry.run_id is not None and entry.kind in ("redaction", "object") and "objects" in entry.facts:
            counted[entry.run_id] = entry.facts["objects"]
            account_of[entry.run_id] = entry.account_id
    rows = session.rows("objects_of_runs", run_ids=[run_id for run_id in counted if run_id in redone])
    for row in rows:
        known = sum(
            sum(other["objects"].values()) + other["untried"]
            for other in rows
            if other["account_id"] == row["account_id"]
        )
        missing = -known + sum(
            sum(counts.values()) for run_id, counts in counted.items() if account_of[run_id] == row["account_id"]
        )
        lost = {}
        for name in LEFT:
            lost[name] = max(min(missing, counted[row["id"]].get(name, 0)), 0)
            missing -= lost[name]
        if any(lost.values()):
            session.run("add_lost_objects", run_id=row["id"], objects=canonical(lost).decode())
