"""The partitions of the activities: created before a load, a day, week or month wide by setting; and how a run
strips each: update in place for few due rows, rewrite for many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.settings import Settings

Mode = Literal["update", "rewrite"]


@dataclass(frozen=True)
class PartitionPlan:
    """A partition, due rows, all rows (an estimate), bytes of its files, and how it is stripped."""

    partition_name: str
    due: int
    rows: int
    bytes: int
    mode: Mode


def choose_mode(due: int, rows: int, settings: Settings) -> Mode:
    """Return how to strip a partition of `rows` rows of which `due` are due.

    A rewrite costs a fixed time and then grows with all rows, an update with the due ones;
    `docs/explanation/benchmarks-strip.md` has the measurement for the two settings.
    """
    if due >= settings.rewrite_min_rows and due >= settings.rewrite_share * max(rows, due):
        return "rewrite"
    return "update"


def plan_run(deployment: Deployment, run_id: int) -> list[PartitionPlan]:
    """Return the plan for what a recorded run still has to strip, by the name of the partition."""
    return _plan(deployment.rows("plan_run", run_id=run_id), deployment.settings)


def plan_due(deployment: Deployment, account_id: int, cutoff: datetime) -> list[PartitionPlan]:
    """Return the plan that a run of an account at a cutoff would have; changes nothing."""
    return _plan(deployment.rows("plan_due", account_id=account_id, cutoff=cutoff), deployment.settings)


def _plan(rows: Sequence[Row], settings: Settings) -> list[PartitionPlan]:
    return [PartitionPlan(**row, mode=choose_mode(row["due"], row["rows"], settings)) for row in rows]


_MOST_DAYS = 4_000


def ensure_partitions(deployment: Deployment, first: date, last: date) -> int:
    """Create the partitions for the days from first to last (UTC); return the number of new ones.

    Raises BadInput for a span that ends before it begins, or is longer than ten years.
    """
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise BadInput(f"a span of days goes forward, over at most {_MOST_DAYS} days")
    days = [datetime.combine(first + timedelta(days=n), time(), UTC) for n in range((last - first).days + 1)]
    rows = deployment.rows("ensure_partitions", days=days, width=deployment.settings.partition_width)
    return sum(row["made"] for row in rows)
