"""The levels of an erasure: L0 values NULL; L1 no live copy anywhere (objects, statistics); L2 files rewritten; L3
write-ahead log rotated, pg_statistic rewritten; L4 backups expired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.erasure.proof.structure import verify
from redaction.objects.counts import describe_left
from redaction.words import say_files

Level = Literal["none", "L0", "L1", "L2", "L3", "L4"]
LEVELS: Mapping[Level, str] = {
    "L0": "every personal column is empty, as any query reads it",
    "L1": "every object is deleted or not found, and the planner's statistics have no samples",
    "L2": "the files of the tables and indexes were rewritten without it",
    "L3": "the write-ahead log on the server no longer has it, nor have dead rows of the statistics",
    "L4": "backups and archived logs that had it have expired, as the operator states their retention",
}
"""The meaning of each level, including those before it."""


def list_covered(level: Level) -> tuple[str, ...]:
    """Return what a level stands for, a line for each level up to it."""
    return tuple(f"{name}: {text}" for name, text in LEVELS.items() if name <= level)


def list_not_reached(level: Level) -> tuple[str, ...]:
    """Return what is not reached yet, a line for each level after this one."""
    return tuple(f"{name}: {text} (not reached)" for name, text in LEVELS.items() if name > level)


@dataclass(frozen=True)
class Reached:
    """The level that a run has reached, what keeps it from the next, and from when on no backup can hold the data."""

    level: Level
    outside: tuple[str, ...]
    backups_expire: datetime | None


def reach_level(deployment: Deployment, run_id: int, now: datetime | None = None) -> Reached:
    """Return the present level of a run, from the present state and not from what was done."""
    with deployment.transaction("redaction_worker") as session:
        run = session.one("get_run", run_id=run_id)
        of_account = {"account_id": run["account_id"]}
        # Most accounts name no object, and counting undeleted ones plans over all partitions.
        named = session.one("has_objects", **of_account)["found"]
        left = session.rows("count_objects_left", **of_account, run_id=run_id) if named else []
        objects = describe_left(left, run["objects"])
    proofs = verify(deployment.database, run_id=run_id)
    if not proofs and run["stripped_count"]:
        # A run that a replay has redone within another one: its account has files here, the run itself has none.
        proofs = verify(deployment.database, account_id=run["account_id"])
    expire = None
    if deployment.settings.backup_retention_days is not None:
        expire = (run["finished_at"] or datetime.now(UTC)) + timedelta(days=deployment.settings.backup_retention_days)
    outside = objects + tuple(
        f"{say_files(proof.partition_name)}: {reason}" for proof in proofs for reason in proof.reasons
    )
    if objects or any(proof.statistics == "residue" for proof in proofs):
        return Reached("L0", outside, expire)
    if any(proof.files != "clean" for proof in proofs):
        return Reached("L1", outside, expire)
    if any(not proof.wal == proof.statistics == "clean" for proof in proofs):
        return Reached("L2", outside, expire)
    if expire is None:
        return Reached("L3", ("backups: their retention is not stated (REDACTION_BACKUP_RETENTION_DAYS)",), None)
    if (now or datetime.now(UTC)) < expire:
        return Reached("L3", (f"backups, until {expire.date()}",), expire)
    return Reached("L4", (), expire)


def cap_level(session: Session, run_id: int, level: Level) -> Level:
    """Return the level of a run that ends in this transaction: at most L1 while removed values are in files."""
    if level in ("L2", "L3", "L4") and session.one("has_place_residue", run_id=run_id)["has_residue"]:
        return "L1"
    return level


def grade_run(deployment: Deployment, run_id: int) -> Reached:
    """Record the level that a run has reached, and return it."""
    reached = reach_level(deployment, run_id)
    deployment.run("grade_run", run_id=run_id, erasure_level=reached.level)
    return reached
