"""Rewrite a partition: copy what may remain, bring changes over, swap the two.

Readers and writers continue meanwhile and wait only for the swap, never longer than the lock timeout. The copy is
committed before it is swapped in. The swap waits for readers with an older snapshot, who would not see its rows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from redaction.db.patience import patiently_for
from redaction.db.session import Transaction
from redaction.deployment import Deployment
from redaction.erasure.proof.sampling import Sampling
from redaction.erasure.space import check_space
from redaction.errors import DatabaseBusy, RedactionError, TryLater


@dataclass(frozen=True)
class Rewritten:
    """Rows stripped, rows in the new partition, changes brought over, seconds for which others were blocked."""

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
    """Rewrite one partition, stripping the rows of a run's set if there is one; its old files are gone afterwards.

    With `sampling` a sample of what is erased is drawn before and searched for in the new files.

    Raises DatabaseBusy, naming what blocks it, with everything unchanged. That happens when the partition stayed locked
    or pinned by an old snapshot for longer than the settings allow, when another process rewrites it, or when there is
    no room on the disk (DiskTooSmall).
    """
    try:
        check_space(deployment, partition_name)
        sample = sampling.draw(partition_name) if sampling is not None else None
        done = _replace(deployment, partition_name, run_id)
    except TryLater as error:
        if error.subject == partition_name:
            raise
        held = _who_holds(deployment, "lock_holders", partition_name=partition_name)
        raise DatabaseBusy(
            f"partition {partition_name} is not rewritten: {held or error}; nothing was changed"
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


def _who_holds(deployment: Deployment, statement: str, how: str = "", **what: str) -> str | None:
    holders = deployment.rows(statement, **what)
    return f"{name_holder(holders[0]['pid'])} holds it locked{how and ' ' + how}; end it, or wait" if holders else None


def name_holder(pid: int) -> str:
    """Return in words which process holds something; 0 is a prepared transaction, which has none."""
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


def rewrite_place(deployment: Deployment, place: str, sampling: Sampling) -> None:
    """Rewrite another table without its removed values, proven by a sample: tags of reports, deliveries, records in
    systems outside, held contacts, addresses of objects. The catalog names these tables.

    Users of the table wait meanwhile. It waits for the lock `rewrite_lock_ms` at a time, and tries again for
    `rewrite_patience_s`. Raises DatabaseBusy, with everything unchanged, if the table stays locked, somebody can still
    see removed rows, or there is no room on the disk (DiskTooSmall).
    """
    check_space(deployment, place)
    sample = sampling.draw(place)
    try:
        patiently_for(deployment.settings.rewrite_patience_s, first=0.05, longest=5)(_rewrite_place, deployment, place)
    except TryLater as error:
        hindered = _who_holds(deployment, "hinders_of_place", "or reads by a snapshot from before", place=place)
        raise DatabaseBusy(f"{place} is not rewritten: {hindered or error}; nothing was changed") from None
    sampling.search(place, sample)


def _rewrite_place(deployment: Deployment, place: str) -> None:
    with deployment.transaction("redaction_worker") as session:
        # A large table takes longer than a daily statement.
        session.set_local({"lock_timeout": f"{deployment.settings.rewrite_lock_ms}ms", "statement_timeout": "0"})
        session.rows("rewrite_place", place=place)
