"""The certificate of a run: what was erased, when, by whom, to which level; from the ledger and the present state.

Only a run that the ledger records as succeeded gets one. It has no personal value, as the ledger has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.levels import Level, list_covered, list_not_reached, reach_level
from redaction.errors import LedgerBroken, NotAllowed
from redaction.evidence.downstream import list_downstream
from redaction.evidence.stages import say_instant
from redaction.ledger.entries import Entry, find_entry
from redaction.ledger.external import open_external, publish
from redaction.pipeline.runs import get_run
from redaction.policy import NOTHING_YET
from redaction.words import AHEAD, say_activities, say_count


class Position(BaseModel, frozen=True, extra="forbid"):
    """The ledger row that records the run: position, time, its hash and the previous hash."""

    position: int
    written_at: AwareDatetime
    hash: str
    previous_hash: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the position of a row."""
        return cls(**{name: getattr(entry, name) for name in cls.model_fields})


class RunFacts(BaseModel, frozen=True, extra="forbid"):
    """What a certificate copies from the run's ledger row: the only list of it, by the names there.

    Counts are activities. `left_out` says why fewer were erased than selected: held since, moved beyond the cutoff,
    redacted by another run, gone. `catalog_version` is that of the run. `requested_by` is the person who triggered the
    run, `policy` the account's policy at its start; rows of version 0.1 have neither. `recordings_taken` are activities
    that keep everything but their recording, from before `recordings_cutoff`.
    """

    requested_by: str | None = None
    policy: str | None = None
    kind: str
    cutoff: AwareDatetime
    started_at: AwareDatetime
    finished_at: AwareDatetime
    due_count: int
    stripped_count: int
    left_out: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_category: Mapping[str, int]
    ids_digest: str
    catalog_version: int | str
    validation: Mapping[str, int]
    recordings_cutoff: AwareDatetime | None = None
    recordings_taken: int = 0


class Certificate(RunFacts, frozen=True):
    """What a certificate states. `level` is that of `issued_at`, `level_at_end` that of the run's end; `covered` and
    `not_covered` explain the level.

    `listed`: the activities were chosen by their ids and not by their age, so `cutoff` is no limit. `held`: aged
    activities that were not selected because of a hold (None: all of the account). `objects` counts the objects by
    outcome until `issued_at`, `objects_at_end` until the run's end. `redone`: a replay has done the run again after a
    restore; the ledger describes the first time. Names and zone of the account are those of `issued_at`; from
    `backups_expire` on no backup can hold the data.
    """

    format: Literal["redaction certificate 2"] = "redaction certificate 2"
    issued_at: AwareDatetime
    run_id: int
    account_id: int
    account_name: str = ""
    agency_name: str = ""
    timezone: str = "UTC"
    asked_by: str
    reason: str | None
    listed: bool
    held: int | None
    redone: bool
    objects: Mapping[str, int]
    objects_at_end: Mapping[str, int]
    level_at_end: Level
    level: Level
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]
    backups_expire: AwareDatetime | None = None
    ledger: Position

    def describe_selection(self) -> str:
        """Return in words how the activities were selected, and what the cutoff means."""
        at = say_instant(self.cutoff, self.timezone)
        if self.kind == "source" and (self.policy or "").startswith(AHEAD):
            return f"{say_activities(self.due_count)} {self.policy}, by their ids"
        if self.kind == "source":
            return f"{say_activities(self.due_count)} that the source has redacted, whatever their age, by their ids"
        if self.listed:
            return f"{say_activities(self.due_count)} chosen by id, whatever the age, all from before {at}"
        if self.cutoff == NOTHING_YET:
            return "no whole activity: the run took only recordings"
        return f"every activity of the account before {at} that was neither redacted nor on hold"

    def describe_recordings(self) -> str | None:
        """Return in words what the clock for recordings has removed; None if the account had none."""
        if self.recordings_cutoff is None:
            return None
        at = say_instant(self.recordings_cutoff, self.timezone)
        return f"of {say_activities(self.recordings_taken)} from before {at}: only the recording"


def certify_run(deployment: Deployment, run_id: int) -> Certificate:
    """Return the certificate of a run as of now.

    Raises BadInput for an unknown run; NotAllowed for a run that failed, was refused, has not finished, or records a
    move; LedgerBroken if its ledger row was altered, differs from the copy outside, or differs from the record of the
    run.
    """
    run = get_run(deployment.database, run_id)
    entry = find_entry(deployment.database, run_id)
    if run.kind == "move":
        source = deployment.one("get_run", run_id=run_id)["run_key"].split("/")[1]
        raise NotAllowed(
            f"run {run_id} of account {run.account_id} is its move from placement {source}, which has redacted "
            f"nothing: certificates of what was redacted before are issued there, `redaction --placement {source} "
            "certificate RUN`"
        )
    if entry is None:
        raise NotAllowed(
            f"run {run_id} of account {run.account_id} is {run.state}: only a run that succeeded gets a certificate"
        )
    _check_entry(deployment, entry)
    reached = reach_level(deployment, run_id)
    facts = _complete(entry.facts)
    objects = _follow_objects(deployment.database, entry)
    level, level_at_end = (_cap_old(entry, level) for level in (reached.level, facts["erasure_level"]))
    return Certificate(
        issued_at=datetime.now(UTC),
        run_id=run_id,
        account_id=run.account_id,
        **name_account(deployment, run.account_id),
        asked_by=entry.actor,
        reason=entry.reason,
        **{name: facts[name] for name, field in RunFacts.model_fields.items() if field.is_required() or name in facts},
        listed=facts["ids"] is not None,
        # Activities held since the selection are in both numbers.
        held=None if facts["held"] is None else len(facts["held"]) - facts["left_out"].get("held", 0),
        redone=run.kind == "replay" and facts["kind"] != "replay",
        objects=objects.counts,
        objects_at_end=objects.at_end,
        level_at_end=level_at_end,
        level=level,
        covered=list_covered(level),
        not_covered=(
            *list_not_reached(level),
            *_group(reached.outside),
            *objects.said,
            *_name_recipients(deployment.database, run_id),
            *(f"{name}: sends changes of the database elsewhere" for name in facts.get("sent_elsewhere_by", ())),
        ),
        backups_expire=reached.backups_expire,
        ledger=Position.of(entry),
    )


def name_account(deployment: Deployment, account_id: int) -> dict[str, Any]:
    """Return name, agency and zone of an account as a certificate has them; nothing if it has moved away."""
    with deployment.transaction("redaction_worker") as session:
        rows = session.rows("get_account", account_id=account_id)
    names = {"account_name": "name", "agency_name": "agency_name", "timezone": "timezone"}
    return {name: row[column] for row in rows for name, column in names.items()}


def _complete(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts of a row, completed with what rows of version 0.1 lack: why fewer were erased than selected."""
    missing = facts["due_count"] - facts["stripped_count"]
    return {"left_out": {"not_recorded": missing} if missing else {}, **facts}


def _cap_old(entry: Entry, level: Level) -> Level:
    """Return the level that may be claimed: version 0.1 counted recordings as deleted that it had not found or
    reached, and kept no address.
    """
    return "L0" if entry.facts.get("recordings_deleted") else level


@dataclass(frozen=True)
class _Objects:
    """The objects of a run in the ledger: at its end, now, and what people have said about some."""

    at_end: Mapping[str, int]
    counts: Mapping[str, int]
    said: tuple[str, ...]


def _follow_objects(database: Database, entry: Entry) -> _Objects:
    # Runs of version 0.1 counted only recordings.
    at_end = entry.facts.get("objects") or {"deleted": entry.facts.get("recordings_deleted", 0)}
    rows = database.rows("objects_in_ledger", run_id=entry.run_id)
    said = [
        f"{say_count(row['facts']['ended'], 'object', 'objects')} at {row['facts']['place']}: erased there, as "
        f"{row['actor']} says; nobody has checked it"
        for row in rows
        if "place" in row["facts"]
    ]
    if old := entry.facts.get("recordings_deleted"):
        said.append(f"{say_count(old, 'recording', 'recordings')}, counted as deleted by version 0.1, found or not")
    counts = [row["facts"]["objects"] for row in rows if "objects" in row["facts"]]
    return _Objects(at_end, counts[-1] if counts else at_end, tuple(said))


def check_written(deployment: Deployment, entry: Entry) -> None:
    """Raise LedgerBroken if a ledger row was altered, or differs from the copy outside."""
    publish(deployment)
    if entry.reckon() != entry.hash or open_external(deployment)[0].read_entry(entry.position) != entry:
        what = f"run {entry.run_id}" if entry.run_id is not None else f"an act on account {entry.account_id}"
        raise LedgerBroken(
            f"row {entry.position} of the ledger, which records {what}, is not as it was written: "
            "`redaction ledger verify` says more; no certificate was issued"
        )


def _check_entry(deployment: Deployment, entry: Entry) -> None:
    check_written(deployment, entry)
    differs = deployment.rows("runs_recorded_otherwise", run_id=entry.run_id)
    if differs:
        raise LedgerBroken(
            f"row {differs[0]['position']} of the ledger and the record of run {entry.run_id} differ, so one of them "
            "was altered: `redaction ledger verify` says in what; no certificate was issued"
        )


def _group(reasons: tuple[str, ...]) -> list[str]:
    """Return what keeps partitions from the next level, each reason once: the certificate is one page."""
    found: dict[str, list[str]] = {}
    for reason in reasons:
        found.setdefault(reason.partition(": ")[2] or reason, []).append(reason)
    return [lines[0] if len(lines) == 1 else f"{said} ({len(lines)} partitions)" for said, lines in found.items()]


def _name_recipients(database: Database, run_id: int) -> list[str]:
    """Return the systems outside that received what was redacted, and have not been marked as erased."""
    records = Counter(item.integration for item in list_downstream(database, run_id=run_id))
    return [f"{name}: had received it, and nobody has marked it as erased there" for name in sorted(records)]
