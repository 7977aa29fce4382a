"""After a restore: everything in the ledger outside is done again, by the same functions that did it first.

It follows the order of the ledger. An automatic run is redone by its account and cutoff, without what holds kept then;
a manual run by its ids. The automatic runs of an account that left nothing are redone as one, at the place of the last.
The manual runs are redone as one too; only the ledger then shows which of them took an activity. Settings, holds and
pauses become what the ledger says. Runs that had begun and were not recorded are redone too, and so is what an
abandoned run had stripped. The rows are restored when all is done: a killed replay finds the database still behind, and
continues. Objects come last: see `replay_objects`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from redaction.accounts.restored import restore_setting
from redaction.accounts.snapshot import renew_snapshot
from redaction.control.close import close_again
from redaction.control.ends import keep_lost, restore_end
from redaction.control.move import depart_again
from redaction.control.reclassify import take_away_again
from redaction.control.texts import cut_again
from redaction.db.database import Database
from redaction.db.schema import check_schema
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, DatabaseBusy, LedgerBroken
from redaction.gate.holds import write_hold
from redaction.ledger.act import Act, digest_ids, record_run
from redaction.ledger.entries import Entry, canonical, read_entries
from redaction.ledger.external import ExternalLedger, find_unknown_runs, open_external
from redaction.objects.registry import restore_store
from redaction.pipeline.run import complete_run, run_step
from redaction.pipeline.runs import Request, RunRef
from redaction.pipeline.select import select_aged, select_listed
from redaction.recovery.replay_objects import hold_kept, read_outcomes, settle_redone
from redaction.recovery.replay_plan import RecordedRun, fold, read_begun, read_run
from redaction.requests.restored import restore_request

_REPLAY = "redaction ledger replay"


@dataclass(frozen=True)
class Replayed:
    """The result of a replay: ledger rows restored, runs redone, activities stripped in them; remembered ids of
    activities that are not here; holds on a contact that must be placed again; holds on objects that were kept, to
    be released when everything loaded since the backup is loaded again.
    """

    rows: int
    runs: int
    stripped: int
    remembered: int
    holds_to_place_again: tuple[int, ...]
    holds_to_release: tuple[int, ...]


def replay_ledger(deployment: Deployment, actor: str) -> Replayed:
    """Redo everything that the ledger outside records and the database does not; return what was done.

    A pause does not stop it: what it erases was erased before. Pauses in force are set again at its end.

    Raises LedgerBroken, with nothing changed, if the rows outside do not follow those of the database; BadInput if
    there is nothing to replay, or an account is missing; DatabaseBusy during another replay; otherwise what the steps
    of a run raise: call it again then.
    """
    check_schema(deployment.database)
    with _alone(deployment.database):
        return _replay(deployment, actor)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    with database.connected("owner") as transaction:
        with transaction() as session:
            if not session.one("lock_replay")["locked"]:
                raise DatabaseBusy("another `redaction ledger replay` is at work on this database: let it end")
        try:
            yield
        finally:
            with transaction() as session:
                session.rows("unlock_replay")


def _replay(deployment: Deployment, actor: str) -> Replayed:
    external, head, digest = open_external(deployment)
    entries = _read_after(external, head, digest)
    finished = {entry.run_id for entry in entries if entry.kind in ("redaction", "abandonment")}
    unfinished = {
        run.run_id: run
        for position in range(head + 1, head + len(entries) + 2)
        for run in find_unknown_runs(deployment.database, external.list_begun(position))
        if run.run_id not in finished
    }
    if not entries and not unfinished:
        raise BadInput("the database has everything in its ledger: there is nothing to replay")
    _check_accounts(
        deployment.database, {entry.account_id for entry in entries} | {run.account_id for run in unfinished.values()}
    )
    replay = _Replay(deployment)
    with deployment.transaction("owner") as session:
        session.run("drop_pauses")
    replay.redo_entries(entries)
    unplaced = replay.restore_holds(entries)
    for entry in entries:
        if entry.kind == "abandonment":
            replay.redo_abandoned(entry)
    again = [replay.redo(read_begun(run)) for run in unfinished.values()]
    with deployment.transaction("redaction_worker") as session:
        for entry in entries:
            if entry.kind == "object":
                restore_end(session, entry.account_id, entry.run_id, entry.facts)
                if entry.run_id in replay.restored and "objects" in entry.facts:
                    counts = canonical(entry.facts["objects"]).decode()
                    session.run("put_objects", run_id=entry.run_id, objects=counts)
        keep_lost(session, replay.redone, entries)
    outcomes = read_outcomes(entries)
    with Act(deployment, checked=False) as act, act.transaction("owner") as session:
        for entry in entries:
            act.restore(entry)
            if "taken_away" in entry.facts:
                take_away_again(session, entry)
            if "cut" in entry.facts:
                cut_again(session, entry)
        for run in again:
            record_run(act, run.id, "L0", digest_ids(session, run.id))
        counted = {entry.run_id for entry in entries if entry.run_id is not None} | {run.id for run in again}
        for run_id in sorted(counted):
            # The ledger's counts of objects stay; what is left now is seen from the rows.
            session.run("mark_objects_recorded", run_id=run_id)
        session.run("restore_pauses")
        session.rows("take_ids")
        session.run("strip_forgotten")
        kept = [hold_kept(act, account_id, actor) for account_id, counts in outcomes.items() if counts["kept"]]
        done = Replayed(
            len(entries), replay.runs, replay.stripped, replay.remembered, tuple(unplaced), tuple(filter(None, kept))
        )
        act.record("replay", None, actor, {**vars(done), "after": head})
    renew_snapshot(deployment)
    # What was not tried waits for the nightly job, and until then for records that are loaded again.
    waiting = {account_id for account_id, counts in outcomes.items() if counts["remains"]}
    waiting |= {run.account_id for run in unfinished.values()}
    settle_redone(deployment, replay.redone, waiting)
    return done


def _read_after(external: ExternalLedger, head: int, digest: str) -> list[Entry]:
    last = external.read_entry(head) if head else None
    if head and (last is None or last.hash != digest):
        raise LedgerBroken(
            f"row {head}, the last one of the database's ledger, is not what {external.shown} has: this backup is not "
            "of this ledger, or one of them was altered; nothing was changed"
        )
    entries: list[Entry] = []
    while (entry := external.read_entry(head + len(entries) + 1)) is not None:
        if entry.previous_hash != (entries[-1].hash if entries else digest):
            raise LedgerBroken(
                f"row {entry.position} in {external.shown} does not follow the row before it; nothing was changed"
            )
        entries.append(entry)
    return entries


def _check_accounts(database: Database, account_ids: set[int | None]) -> None:
    rows = database.rows("missing_accounts", account_ids=sorted(filter(None, account_ids)))
    if missing := ", ".join(str(row["id"]) for row in rows):
        raise BadInput(
            f"the ledger has accounts that were created after this backup: {missing}; create them first "
            "(`redaction account add`), so that what was redacted there stays so; nothing was changed"
        )


class _Replay:
    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.runs = self.stripped = self.remembered = 0
        self.restored: set[int] = set()
        self.redone: set[int] = set()

    def redo_entries(self, entries: Sequence[Entry]) -> None:
        """Redo what rows record, in their order."""
        recorded = {entry.position: read_run(entry) for entry in entries if entry.kind == "redaction"}
        rows = self._deployment.rows("runs_of_backup", run_ids=[run.run_id for run in recorded.values()])
        plan = fold(list(recorded.values()), {row["id"] for row in rows})
        for entry in entries:
            run = recorded.get(entry.position)
            if run is not None:
                redone = plan.get(run.run_id)
                if redone is not None:
                    self.redo(redone)
                else:
                    self._restore_run(run, entry)
            if entry.kind == "departure" and entry.account_id is not None:
                depart_again(self._deployment, entry.account_id, entry.facts["to"])
            if entry.kind == "arrival":
                with self._deployment.transaction("owner") as session:
                    session.run("end_arrival", account_id=entry.account_id)
            if entry.kind == "closing" and entry.account_id is not None:
                close_again(self._deployment, entry.account_id, entry)
            if entry.kind == "setting" and "after" in entry.facts:
                restore_setting(self._deployment.database, entry.account_id, entry.actor, entry.facts)
            # The rows that record decisions follow at the end; only the owner is not asked for them.
            with self._deployment.transaction("owner") as session:
                if entry.kind == "store":
                    restore_store(session, entry.facts)
                if entry.kind == "release":
                    session.rows("release_hold", hold_id=entry.facts["hold_id"], released_by=entry.actor)
                if entry.kind == "approval":
                    self._answer(session, entry)
                if entry.kind == "request":
                    restore_request(session, entry)
                if entry.kind == "resume":
                    session.run("end_pause", account_id=entry.account_id)
                if entry.kind == "delivery":
                    delivered = {name: entry.facts[name] for name in ("run_id", "integration_id", "activity_id")}
                    session.rows("mark_done", done_by=entry.actor, **delivered)

    def _answer(self, session: Session, entry: Entry) -> None:
        """Give a run that waits in the backup the answer that it got later."""
        approved: bool = entry.facts["approved"]
        answer = {"run_id": entry.run_id, "approved": approved, "decided_by": entry.actor}
        if session.rows("decide_approval", **answer) and not approved:
            session.run("end_refused", run_id=entry.run_id, failure=ApprovalNeeded.__name__)

    def redo_abandoned(self, entry: Entry) -> None:
        """Strip again what a run had stripped before it was abandoned, and abandon it again; later runs do the rest."""
        known = self._deployment.rows("get_run", run_id=entry.run_id)
        ended = bool(known) and known[0]["state"] == "abandoned"
        if entry.facts["stripped_count"] + entry.facts.get("recordings_taken", 0) and not ended:
            self.redo(read_run(entry), strip_only=True)
        self._deployment.rows("abandon_run", run_id=entry.run_id, abandoned_by=entry.actor, because=entry.reason)

    def redo(self, recorded: RecordedRun, strip_only: bool = False) -> RunRef:
        """Select the set of a run again, or continue that of the backup, and do all its steps, or only the strip."""
        request = Request(
            "replay",
            requested_by=recorded.actor,
            reason=recorded.reason,
            kind="replay",
            run_id=recorded.run_id,
            started_at=recorded.started_at,
        )
        account_id = recorded.account_id
        with self._deployment.transaction("redaction_worker") as session:
            session.run("drop_replay_holds", placed_by=_REPLAY)
            if recorded.left:
                write_hold(session, account_id, "activity", "left by the run", _REPLAY, recorded.left)
            begun = session.rows("redo_run", run_id=recorded.run_id, started_at=recorded.started_at)
        if begun:
            run = RunRef(**begun[0])
        elif recorded.ids is None:
            run = select_aged(self._deployment, account_id, recorded.cutoff, request, recorded.recordings_cutoff)
        else:
            ids = recorded.ids
            run = select_listed(self._deployment, account_id, lambda session: ids, request)
        if strip_only:
            self.stripped += run_step(self._deployment, run.id, "strip")["stripped"]
            self.runs += 1
        else:
            self.redone.add(run.id)
            if run.state != "succeeded":
                self.stripped += complete_run(self._deployment, run.id)["stripped_count"]
                self.runs += 1
        with self._deployment.transaction("redaction_worker") as session:
            session.run("drop_replay_holds", placed_by=_REPLAY)
            if recorded.ids is None:
                session.run("remember_cutoff", account_id=account_id, run_id=recorded.run_id, **recorded.cutoffs)
            else:
                self.remembered += session.run(
                    "remember_ids", account_id=account_id, run_id=recorded.run_id, ids=list(recorded.ids)
                )
        return run

    def _restore_run(self, recorded: RecordedRun, entry: Entry) -> None:
        self.restored.add(recorded.run_id)
        self._deployment.run(
            "restore_run",
            run_id=recorded.run_id,
            account_id=recorded.account_id,
            cutoff=recorded.cutoff,
            requested_by=recorded.actor,
            reason=recorded.reason,
            started_at=recorded.started_at,
            facts=canonical(entry.facts).decode(),
        )

    def restore_holds(self, after: Sequence[Entry]) -> list[int]:
        """Restore the holds in force after all rows; return those on a contact, which now keep the whole account."""
        entries = [
            entry for entry in (*read_entries(self._deployment.database), *after) if entry.kind in ("hold", "release")
        ]
        released = {entry.facts["hold_id"] for entry in entries if entry.kind == "release"}
        placed = [
            entry.model_dump(mode="json", include={"facts", "account_id", "actor", "reason", "written_at"})
            for entry in entries
            if entry.kind == "hold" and entry.facts["hold_id"] not in released
        ]
        return [row["id"] for row in self._deployment.rows("restore_holds", facts=json.dumps(placed))]
