"""A partition written anew: what may remain is copied beside it, changes are brought over, the two are swapped.

Readers and writers go on meanwhile and wait for the swap alone, never longer than the lock timeout. The copy is
committed before it is swapped in, and readers with an older snapshot are waited for: to them its rows would be missing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from redaction.db.database import Database
from redaction.db.patience import patiently_for
from redaction.db.session import Transaction
from redaction.deployment import Deployment
from redaction.erasure.proof.sampling import Sampling
from redaction.erasure.space import check_space
from redaction.errors import DatabaseBusy, RedactionError, TryLater


@dataclass(frozen=True)
class Rewritten:
    """Rows stripped, rows in the new partition, changes brought over, seconds for which others were locked out."""

    partition_name: str
    stripped: int
    remaining: int
    brought_over: int
    locked_seconds: float


def rewrite_partition(
    deployment: Deployment,
    partition_name: str,
    run_id: int | None = None,
    sampling: Sampling | None = None,
) -> Rewritten:
    """Rewrite one partition, stripping the rows of a run's set if one is named; its old files are gone afterwards.

    With `sampling` a sample of what is erased is drawn before and looked for in the new files.

    Raises DatabaseBusy, naming who is in the way, with everything as it was, when the partition stayed locked or pinned
    by an old snapshot for longer than the patience of the settings, is being rewritten by another, or has no room on
    the disk (DiskTooSmall).
    """
    try:
        check_space(deployment, partition_name)
        sample = sampling.draw(partition_name) if sampling is not None else None
        done = _replace(deployment, partition_name, run_id)
    except TryLater as error:
        if error.subject == partition_name:
            raise
        raise DatabaseBusy(
            f"partition {partition_name} is not rewritten: {_who_holds(deployment.database, partition_name) or error}; "
            "nothing was changed"
        ) from None
    if sampling is not None and sample is not None:
        sampling.search(partition_name, sample)
    return done


def _replace(deployment: Deployment, partition_name: str, run_id: int | None) -> Rewritten:
    with deployment.database.connected("redaction_worker") as transaction:
        try:
            with transaction() as session:
                session.rows(
                    "begin_rewrite", partition_name=partition_name, lock_ms=deployment.settings.rewrite_lock_ms
                )
            with transaction() as session:
                session.run("read_repeatably")
                copied_at = session.one("copy_partition", partition_name=partition_name, run_id=run_id)["copied_at"]
            _wait_for_snapshots(transaction, copied_at, deployment.settings.rewrite_patience_s, partition_name)
            with transaction() as session:
                done = session.one(
                    "swap_partition",
                    partition_name=partition_name,
                    run_id=run_id,
                    lock_ms=deployment.settings.rewrite_lock_ms,
                    patience_ms=deployment.settings.rewrite_patience_s * 1000,
                )
        except BaseException:
            with suppress(RedactionError), transaction() as session:
                session.rows(
                    "abandon_rewrite", partition_name=partition_name, lock_ms=deployment.settings.rewrite_lock_ms
                )
            raise
        finally:
            with suppress(TryLater), transaction() as session:
                session.rows("end_rewrite", partition_name=partition_name)
    return Rewritten(partition_name=partition_name, **done)


def _who_holds(database: Database, partition_name: str) -> str | None:
    holders = database.rows("lock_holders", partition_name=partition_name)
    if not holders:
        return None
    return f"{name_holder(holders[0]['pid'])} holds it locked; end it, or wait"


def name_holder(pid: int) -> str:
    """Return in words who holds something, by the process; 0 is a prepared transaction, which has none."""
    return f"process {pid}" if pid else "a prepared transaction"


def _wait_for_snapshots(transaction: Transaction, copied_at: datetime, patience_s: int, partition_name: str) -> None:
    for attempt in patiently_for(patience_s, first=0.01, longest=1):
        with attempt, transaction() as session:
            older = session.rows("older_snapshots", since=copied_at)
            if older:
                who = name_holder(older[0]["pid"])
                raise DatabaseBusy(
                    f"partition {partition_name} is not rewritten: {who} still reads by a snapshot of "
                    f"{older[0]['seconds']:.0f} s ago; end it, or wait; nothing was changed",
                    partition_name,
                )
