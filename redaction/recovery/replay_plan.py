"""The runs that a replay has to redo, from the ledger, and which of them are redone as one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from redaction.ledger.entries import Entry
from redaction.ledger.external import BegunRun


@dataclass(frozen=True)
class RecordedRun:
    """A run of the ledger; `left` is what it had left because of holds, None if that was all of the account.
    `recordings_cutoff` is its cutoff for recordings, None without a clock.
    """

    run_id: int
    account_id: int
    cutoff: datetime
    started_at: datetime
    actor: str
    reason: str | None
    ids: Sequence[int] | None
    left: Sequence[int] | None
    recordings_cutoff: datetime | None = None

    @property
    def cutoffs(self) -> Mapping[str, datetime | None]:
        """Return its cutoffs for activities and for recordings."""
        return {"cutoff": self.cutoff, "recordings_cutoff": self.recordings_cutoff}

    @property
    def took_all(self) -> bool:
        """Return whether it took everything aged, as any later run of its account does."""
        return self.ids is None and self.left is not None and not self.left


def fold(recorded: Sequence[RecordedRun], of_backup: Collection[int]) -> Mapping[int, RecordedRun]:
    """Return the runs to redo by id. A run that the backup has begun is redone by itself: its set is fixed there."""
    plan: dict[int, RecordedRun] = {}
    alike: dict[tuple[int, bool], list[RecordedRun]] = {}
    for run in recorded:
        if run.run_id not in of_backup and (run.took_all or run.ids is not None):
            alike.setdefault((run.account_id, run.took_all), []).append(run)
        elif run.left is not None:
            plan[run.run_id] = run
    for runs in alike.values():
        ids = None if runs[-1].ids is None else sorted({number for run in runs for number in run.ids or ()})
        clocks = [run.recordings_cutoff for run in runs if run.recordings_cutoff is not None]
        plan[runs[-1].run_id] = replace(
            runs[-1],
            cutoff=max(run.cutoff for run in runs),
            ids=ids,
            recordings_cutoff=max(clocks, default=None),
        )
    return plan


def read_run(entry: Entry) -> RecordedRun:
    """Return a run from the row of its success, or of what an abandoned one had stripped.

    An automatic run took everything aged. A run that followed the source left what was held since its selection.
    """
    facts = entry.facts
    ids, left = facts["ids"], facts["held"] if entry.kind == "redaction" else facts["ids_left"] or ()
    if ids is not None and entry.kind == "redaction":
        ids = [] if left is None else sorted({*ids} - {*left})
    recordings = facts.get("recordings_cutoff")
    if left is not None:
        left = [*left, *(facts.get("recordings_held") or ())]
    return RecordedRun(
        run_id=entry.run_id or 0,
        account_id=entry.account_id or 0,
        cutoff=datetime.fromisoformat(facts["cutoff"]),
        started_at=datetime.fromisoformat(facts["started_at"]),
        actor=entry.actor,
        reason=entry.reason,
        ids=ids,
        left=left,
        recordings_cutoff=datetime.fromisoformat(recordings) if recordings else None,
    )


def read_begun(run: BegunRun) -> RecordedRun:
    """Return what a run was about to do if no row records its end."""
    return RecordedRun(
        run.run_id,
        run.account_id,
        run.cutoff,
        run.started_at,
        run.actor,
        run.reason,
        run.ids,
        (),
        run.recordings_cutoff,
    )
