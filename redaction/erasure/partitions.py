"""The partitions of the activities: made ahead of what is loaded, a day, week or month wide by setting."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from redaction.deployment import Deployment
from redaction.errors import BadInput

_MOST_DAYS = 4_000


def ensure_partitions(deployment: Deployment, first: date, last: date) -> int:
    """Make the partitions that hold the days from first to last (UTC); return how many were not there.

    Raises BadInput for a span that ends before it begins, or is longer than ten years.
    """
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise BadInput(f"a span of days goes forward, over at most {_MOST_DAYS} days")
    days = [datetime.combine(first + timedelta(days=n), time(), UTC) for n in range((last - first).days + 1)]
    rows = deployment.rows("ensure_partitions", days=days, width=deployment.settings.partition_width)
    return sum(row["made"] for row in rows)
