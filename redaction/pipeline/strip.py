"""The strip: every personal column of the run's set becomes NULL, by one plan with two ways.

Partitions of which much is due are rewritten; the rows of the others are updated batch by committed batch. A kill at
any point loses at most one partition or batch that was not committed; a retry goes on where it stopped. The number of
survivors, not the end of the cursor, decides success.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from redaction.database import Database, Row
from redaction.erasure.plan import PartitionPlan, plan_run
from redaction.erasure.rewrite import rewrite_partition
from redaction.errors import DatabaseBusy, Survivors
from redaction.pipeline.select import RunRef
from redaction.settings import Settings

_START = -(2**63)


def patiently(settings: Settings) -> Retrying:
    """Return the retry policy for one busy transaction: exponential, random, at most 10 s between two tries."""
    return Retrying(
        retry=retry_if_exception_type(DatabaseBusy),
        stop=stop_after_attempt(settings.busy_retries + 1),
        wait=wait_random_exponential(multiplier=0.2, max=10),
        reraise=True,
    )


def strip_run(
    database: Database, settings: Settings, run: RunRef, progress: Callable[[int], None] | None = None
) -> int:
    """Strip the set of a run; return how many rows it has stripped in all, earlier tries included.

    `progress` is called with the rows of each committed batch or partition. Raises DatabaseBusy when a batch stayed
    busy through all its retries, Survivors when rows of the set are still readable afterwards.
    """
    plan = plan_run(database, settings, run.id)
    left = _rewrite(database, settings, run, [part for part in plan if part.mode == "rewrite"], progress)
    position = _progress(database, run)["position_id"]
    in_place = [part for part in plan if part.mode == "update"]
    if left:
        # Their rows may lie before the position of an earlier try.
        in_place, position = in_place + left, None
    _update(database, settings, run, in_place, _START if position is None else position, progress)
    survivors = _count_survivors(database, run)
    if survivors:
        # Rows whose time was corrected meanwhile may lie behind the position: once more, from the start and everywhere.
        with database.transaction("redaction_worker") as session:
            session.run("refresh_set", run_id=run.id)
        _update(database, settings, run, plan_run(database, settings, run.id), _START, progress)
        survivors = _count_survivors(database, run)
    if not survivors:
        return int(_progress(database, run)["stripped_count"])
    raise Survivors(
        f"run {run.id} of account {run.account_id}: {survivors} of its {run.due_count} activities are still readable "
        "after the strip: something writes to them, or a trigger restores them; see pg_stat_activity and pg_trigger"
    )


def _rewrite(
    database: Database,
    settings: Settings,
    run: RunRef,
    plan: Sequence[PartitionPlan],
    progress: Callable[[int], None] | None,
) -> list[PartitionPlan]:
    """Rewrite partitions, some side by side; return those that stayed locked, which are then updated in place."""
    done = _rewritten(database, run)
    left: list[PartitionPlan] = []

    def one(part: PartitionPlan) -> int:
        try:
            return rewrite_partition(database, settings, part.partition_name, run.id).stripped
        except DatabaseBusy:
            left.append(part)
            return 0

    with ThreadPoolExecutor(settings.rewrite_workers) as pool:
        for stripped in pool.map(one, [part for part in plan if part.partition_name not in done]):
            if progress is not None:
                progress(stripped)
    return left


def _rewritten(database: Database, run: RunRef) -> set[str]:
    with database.transaction("redaction_worker") as session:
        return {row["partition_name"] for row in session.rows("rewritten_partitions", run_id=run.id)}


def _update(
    database: Database,
    settings: Settings,
    run: RunRef,
    plan: Sequence[PartitionPlan],
    position: int,
    progress: Callable[[int], None] | None,
) -> None:
    if not plan:
        return
    names, due = [part.partition_name for part in plan], [part.due for part in plan]
    with database.transaction("redaction_worker") as session:
        session.run("record_residue", run_id=run.id, partitions=names, due=due)
    while True:
        for attempt in patiently(settings):
            with attempt, database.transaction("redaction_worker") as session:
                batch = session.one(
                    "strip_batch",
                    run_id=run.id,
                    account_id=run.account_id,
                    cutoff=run.cutoff,
                    starts=[part.starts for part in plan],
                    ends=[part.ends for part in plan],
                    position_id=position,
                    batch_size=settings.batch_size,
                )
        if batch["position_id"] is None:
            break
        position = batch["position_id"]
        if progress is not None:
            progress(batch["stripped"])
    with database.transaction("redaction_worker") as session:
        session.run("record_residue", run_id=run.id, partitions=names, due=due)


def _progress(database: Database, run: RunRef) -> Row:
    with database.transaction("redaction_worker") as session:
        return session.one("get_position", run_id=run.id)


def _count_survivors(database: Database, run: RunRef) -> int:
    with database.transaction("redaction_worker") as session:
        return int(
            session.one("count_survivors", run_id=run.id, account_id=run.account_id, cutoff=run.cutoff)["survivors"]
        )
