"""The strip: every personal column of the run's set becomes NULL, batch by committed batch.

A kill at any point loses at most the batch that was not committed; the position is committed with its batch, so a
retry goes on where it stopped. The number of survivors, not the end of the cursor, decides success.
"""

from __future__ import annotations

from collections.abc import Callable

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from redaction.database import Database, Row
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

    `progress` is called with the rows of each committed batch. Raises DatabaseBusy when a batch stayed busy through
    all its retries, Survivors when rows of the set are still readable afterwards.
    """
    position = _progress(database, run)["position_id"]
    _strip_from(database, settings, run, _START if position is None else position, progress)
    survivors = _count_survivors(database, run)
    if survivors:
        # Rows whose time was corrected meanwhile may lie behind the position: once more from the start.
        _strip_from(database, settings, run, _START, progress)
        survivors = _count_survivors(database, run)
    if not survivors:
        return int(_progress(database, run)["stripped_count"])
    raise Survivors(
        f"run {run.id} of account {run.account_id}: {survivors} of its {run.due_count} activities are still readable "
        "after the strip: something writes to them, or a trigger restores them; see pg_stat_activity and pg_trigger"
    )


def _strip_from(
    database: Database, settings: Settings, run: RunRef, position: int, progress: Callable[[int], None] | None
) -> None:
    while True:
        for attempt in patiently(settings):
            with attempt, database.transaction("redaction_worker") as session:
                batch = session.one(
                    "strip_batch",
                    run_id=run.id,
                    account_id=run.account_id,
                    cutoff=run.cutoff,
                    position_id=position,
                    batch_size=settings.batch_size,
                )
        if batch["position_id"] is None:
            return
        position = batch["position_id"]
        if progress is not None:
            progress(batch["stripped"])


def _progress(database: Database, run: RunRef) -> Row:
    with database.transaction("redaction_worker") as session:
        return session.one("get_position", run_id=run.id)


def _count_survivors(database: Database, run: RunRef) -> int:
    with database.transaction("redaction_worker") as session:
        return int(
            session.one("count_survivors", run_id=run.id, account_id=run.account_id, cutoff=run.cutoff)["survivors"]
        )
