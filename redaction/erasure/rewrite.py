"""A partition written anew: what may remain is copied beside it, changes are brought over, the two are swapped.

Readers and writers go on meanwhile and wait for the swap alone, never longer than the lock timeout.
"""

from __future__ import annotations

from dataclasses import dataclass

from redaction.database import Database
from redaction.settings import Settings


@dataclass(frozen=True)
class Rewritten:
    """Rows stripped, rows in the new partition, changes brought over, seconds for which others were locked out."""

    partition_name: str
    stripped: int
    remaining: int
    brought_over: int
    locked_seconds: float


def rewrite_partition(
    database: Database, settings: Settings, partition_name: str, run_id: int | None = None
) -> Rewritten:
    """Rewrite one partition, stripping the rows of a run's set if one is named; its old files are gone afterwards.

    Raises DatabaseBusy, with everything as it was, when the partition stayed locked for longer than the patience of
    the settings, or is being rewritten by another.
    """
    with database.transaction("redaction_worker") as session:
        session.rows("set_local", name="lock_timeout", value=f"{settings.rewrite_lock_ms}ms")
        session.rows("begin_rewrite", partition_name=partition_name)
    with database.transaction("redaction_worker") as session:
        done = session.one(
            "rewrite_partition",
            partition_name=partition_name,
            run_id=run_id,
            lock_ms=settings.rewrite_lock_ms,
            patience_ms=settings.rewrite_patience_s * 1000,
        )
    return Rewritten(partition_name=partition_name, **done)
