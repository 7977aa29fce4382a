"""The strip: every personal column of the run's set becomes NULL, by one plan with two methods.

Partitions with many due rows are rewritten; the due rows of the others are updated in place, batch by committed batch.
A kill at any point loses at most one partition or batch that was not committed; a retry continues where it stopped. The
number of survivors, not the end of a list, decides success.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import SystemRandom
from typing import TypeVar

from redaction.db.database import Database
from redaction.db.patience import patiently
from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.erasure.plan import PartitionPlan, plan_run
from redaction.erasure.proof.sampling import Sampling
from redaction.erasure.rewrite import rewrite_partition
from redaction.erasure.throttle import Throttle
from redaction.errors import NotAllowed, Survivors, TryLater
from redaction.gate.guard import check_approval
from redaction.ledger.external import announce_strip
from redaction.pipeline.runs import RunRef

_LARGE = 10_000
"""Rows that are updated in place from which some transactions of them go side by side."""
Part = TypeVar("Part")


def strip_run(deployment: Deployment, run: RunRef, progress: Callable[[int], None] | None = None) -> int:
    """Strip the set of a run; return how many rows it has stripped in all, earlier tries included.

    `progress` is called with the rows of each committed batch or partition. Activities that were held since the
    selection are left out; a manual run stops at them instead (NotAllowed), since they change what the person saw. Its
    intended work is recorded outside the database first; `announce_strip` says what that raises. Raises ApprovalNeeded
    for a run that waits for approval, Paused while redaction is paused, DatabaseBusy if a batch stayed busy through all
    its retries, Survivors if rows of the set are still readable afterwards.
    """
    check_approval(deployment.database, run.id)
    _refuse_held(deployment.database, run)
    if run.due_count and run.kind != "replay":
        announce_strip(deployment, run.id)
    plan = plan_run(deployment, run.id)
    left = _rewrite(deployment, run, [part for part in plan if part.mode == "rewrite"], progress)
    in_place = [part.partition_name for part in plan if part.mode == "update" or part in left]
    _update(deployment, run, in_place, progress)
    survivors = _count_survivors(deployment.database, run)
    if survivors:
        # Rows whose time was corrected meanwhile are in other partitions by now.
        deployment.rows("select_survivors", run_id=run.id, account_id=run.account_id, cutoff=run.cutoff)
        _update(deployment, run, None, progress)
        survivors = _count_survivors(deployment.database, run)
    _refuse_held(deployment.database, run)
    if not survivors:
        return int(deployment.one("get_run", run_id=run.id)["stripped_count"])
    raise Survivors(
        f"run {run.id} of account {run.account_id}: {survivors:,} of its {run.due_count:,} activities are still "
        "readable after it: something writes to them, or a trigger restores them; see pg_stat_activity and pg_trigger"
    )


def _rewrite(
    deployment: Deployment,
    run: RunRef,
    plan: Sequence[PartitionPlan],
    progress: Callable[[int], None] | None,
) -> list[PartitionPlan]:
    """Rewrite partitions, some in parallel unless others are at work; return those that stayed locked, which are
    then updated in place.
    """
    left: list[PartitionPlan] = []
    sampling = Sampling(deployment, run.id)
    proven = SystemRandom().sample(plan, min(deployment.settings.proof_partitions, len(plan)))
    # They take longest, so that nothing else is left to do when they come last.
    ordered = [*proven, *(part for part in plan if part not in proven)]

    def rewrite(part: PartitionPlan) -> int:
        witness = sampling if part in proven else None
        try:
            return rewrite_partition(deployment, part.partition_name, run.id, witness).stripped
        except TryLater:
            left.append(part)
            return 0

    if plan:
        for stripped in _side_by_side(deployment, rewrite, ordered):
            if progress is not None:
                progress(stripped)
    return left


def _side_by_side(
    deployment: Deployment, strip: Callable[[Part], int], parts: Iterable[Part], pauses: bool = True
) -> Iterator[int]:
    """Yield the rows that each part gives, in their order: some at once unless others are at work."""
    with Throttle(deployment) as throttle, ThreadPoolExecutor(deployment.settings.rewrite_workers) as pool:

        def strip_in_turn(part: Part) -> int:
            with throttle.passed(pauses):
                return strip(part)

        yield from pool.map(strip_in_turn, parts)


def _update(
    deployment: Deployment,
    run: RunRef,
    partitions: Collection[str] | None,
    progress: Callable[[int], None] | None,
) -> None:
    """Strip in place the rest of some partitions (None: of all), some batches at a time."""
    batches = [
        row
        for row in deployment.rows("list_batches", run_id=run.id)
        if partitions is None or row["partition_name"] in partitions
    ]
    due: dict[str, int] = {}
    for row in batches:
        due[row["partition_name"]] = due.get(row["partition_name"], 0) + row["rows"]
    if not due:
        return
    residue = {"run_id": run.id, "partitions": list(due), "due": list(due.values())}
    with deployment.transaction("redaction_worker") as session:
        session.run("update_apart", partitions=list(due))
        session.run("record_residue", **residue)

    def strip(numbers: Sequence[int]) -> int:
        _refuse_held(deployment.database, run)
        with deployment.transaction("redaction_worker") as session:
            return int(session.one("strip_batch", run_id=run.id, numbers=numbers)["stripped"])

    left: list[Sequence[int]] = []

    def strip_or_leave(numbers: Sequence[int]) -> int:
        try:
            return strip(numbers)
        except TryLater:
            left.append(numbers)
            return 0

    groups: Sequence[Sequence[int]] = list(_group(batches, deployment.settings.batch_size))
    if sum(due.values()) > max(_LARGE, deployment.settings.batch_size):
        # Each is tried once. No connection may be left for a second one, or somebody holds a row.
        for stripped in _side_by_side(deployment, strip_or_leave, groups, pauses=False):
            if progress is not None and stripped:
                progress(stripped)
        groups = left
    for numbers in groups:
        stripped = patiently(deployment.settings)(strip, numbers)
        if progress is not None:
            progress(stripped)
    deployment.run("record_residue", **residue)


def _group(batches: Sequence[Row], most: int) -> Iterator[list[int]]:
    """Yield the numbers of the batches for one transaction: as many as have at most `most` rows."""
    numbers: list[int] = []
    rows = 0
    for batch in batches:
        if numbers and rows + batch["rows"] > most:
            yield numbers
            numbers, rows = [], 0
        numbers.append(batch["number"])
        rows += batch["rows"]
    yield numbers


def _refuse_held(database: Database, run: RunRef) -> None:
    if run.kind != "manual":
        return
    held = database.rows("held_of_run", run_id=run.id, account_id=run.account_id)
    if held:
        raise NotAllowed(
            f"run {run.id} of account {run.account_id}: a legal hold was placed on {len(held):,} of its activities "
            f"after they were selected, {held[0]['id']} among them; nothing more was redacted; ask again without them"
        )


def _count_survivors(database: Database, run: RunRef) -> int:
    with database.transaction("redaction_worker") as session:
        session.run("read_repeatably")
        span = session.one("find_span", run_id=run.id, account_id=run.account_id)
        found = session.one("count_survivors", run_id=run.id, account_id=run.account_id, cutoff=run.cutoff, **span)
    return int(found["survivors"])
