"""Residue: removed values stay in the files until these are rewritten, of partitions and of the other tables with
personal values. The other tables come first, small ones before large ones; then the partitions, oldest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from redaction.deployment import Deployment
from redaction.erasure.levels import Level, grade_run
from redaction.erasure.proof.sampling import Sampling
from redaction.erasure.proof.structure import is_place
from redaction.erasure.rewrite import rewrite_partition, rewrite_place
from redaction.erasure.statistics import rewrite_statistics
from redaction.erasure.wal import rotate_wal
from redaction.errors import RedactionError, TryLater
from redaction.objects.settle import retry_objects


@dataclass(frozen=True)
class Residue:
    """A partition, or another table (its name has a schema), whose files hold removed values.

    Since when (UTC), rows, hours, whether the deadline has passed.
    """

    partition_name: str
    since: datetime
    rows: int
    hours: float
    late: bool


@dataclass(frozen=True)
class Finished:
    """Why the planner's statistics were not rewritten, why the log was not rotated (None: they were), runs by level."""

    statistics: str | None
    wal: str | None
    levels: dict[Level, int]


@dataclass(frozen=True)
class ErasureSummary(Finished):
    """In addition: partitions and tables rewritten, what was left and why, what is late; objects tried again, by
    outcome.
    """

    rewritten: tuple[str, ...]
    left: dict[str, str]
    late: tuple[str, ...]
    objects: dict[str, int]


def list_residue(deployment: Deployment) -> list[Residue]:
    """Return what holds residue: other tables, small ones first, then partitions, oldest first."""
    rows = deployment.rows("list_residue")
    return [Residue(**row, late=row["hours"] > deployment.settings.erasure_deadline_h) for row in rows]


def erase_partition(deployment: Deployment, partition_name: str, sampling: Sampling | None = None) -> None:
    """Free one partition, or one other table, of its residue, proven by a sample.

    Raises DatabaseBusy, naming the process that blocks it, with everything unchanged.
    """
    if is_place(partition_name):
        rewrite_place(deployment, partition_name, sampling or Sampling(deployment))
        return
    if deployment.run("forget_residue", partition_name=partition_name):
        return
    rewrite_partition(deployment, partition_name, None, sampling or Sampling(deployment))


def finish_erasure(deployment: Deployment, sampling: Sampling | None = None) -> Finished:
    """Rewrite the planner's statistics, rotate the write-ahead log, forget what is no longer needed, grade the runs.

    Afterwards it searches the log and the other shared places for what this process has drawn.
    """
    statistics = rewrite_statistics(deployment)
    wal = rotate_wal(deployment.database)
    if sampling is not None:
        sampling.search_outside()
    for statement in ("forget_erased_places", "forget_settled_objects"):
        # What cannot be forgotten today, because the owner may not list the log, takes a little space and is no
        # failure.
        with suppress(RedactionError):
            deployment.rows(statement)
    runs = [row["id"] for row in deployment.rows("runs_to_grade")]
    levels = Counter(grade_run(deployment, run_id).level for run_id in runs)
    return Finished(statistics, wal, dict(levels))


def erase_residue(deployment: Deployment, announce: Callable[[str], None] | None = None) -> ErasureSummary:
    """Try the objects again that are left, rewrite everything with residue, then what all share.

    Anything that another process blocks is left and named.
    """
    retried = retry_objects(deployment)
    rewritten, left = [], dict(retried.left)
    sampling = Sampling(deployment)
    for residue in list_residue(deployment):
        if announce is not None:
            announce(residue.partition_name)
        try:
            erase_partition(deployment, residue.partition_name, sampling)
            rewritten.append(residue.partition_name)
        except TryLater as error:
            left[residue.partition_name] = str(error)
    finished = finish_erasure(deployment, sampling)
    late = tuple(residue.partition_name for residue in list_residue(deployment) if residue.late)
    return ErasureSummary(**vars(finished), rewritten=tuple(rewritten), left=left, late=late, objects=retried.outcomes)
