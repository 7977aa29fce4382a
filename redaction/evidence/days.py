"""How things stood day by day: how many accounts were late, as `retention_watch` has seen it, and what was redacted.

Runs and ledger tell which run came late, not that activities were loaded after it or that no run came. So what is
late is kept while it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from redaction.deployment import Deployment
from redaction.evidence.figures import Figure

_WHAT = "overdue activities"


@dataclass(frozen=True)
class Day:
    """A day (UTC): activities that runs have redacted, accounts that were late, their late activities. What is late is
    None if nobody looked.
    """

    day: date
    redacted: int
    late_accounts: int | None
    overdue: int | None


def keep_day(deployment: Deployment, figures: Sequence[Figure], at: datetime | None = None) -> None:
    """Keep what is late at an instant (UTC; default: now) for its day, as far as no earlier look was worse."""
    counts = [figure.count for figure in figures if figure.what == _WHAT]
    deployment.run(
        "keep_day",
        day=(at or datetime.now(UTC)).date(),
        accounts=len(counts),
        late_accounts=sum(count > 0 for count in counts),
        overdue=sum(counts),
    )


def list_days(deployment: Deployment, at: datetime, days: int) -> list[Day]:
    """Return the last days until that of an instant (UTC), the first ones first."""
    first = at.date() - timedelta(days=days - 1)
    return [Day(**row) for row in deployment.rows("list_days", first=first, last=at.date())]


def merge_days(parts: Sequence[Sequence[Day]]) -> list[Day]:
    """Return the same days of several placements as one list. What is late is known of a day if it is of each placement
    that had been looked at before it.
    """
    begun = [next((day.day for day in part if day.late_accounts is not None), date.max) for part in parts]
    merged = []
    for days in zip(*parts, strict=True):
        known = [day for day, first in zip(days, begun, strict=True) if first <= day.day]
        late, overdue = ([getattr(day, name) for day in known] for name in ("late_accounts", "overdue"))
        whole = bool(late) and None not in late
        redacted = sum(day.redacted for day in days)
        merged.append(Day(days[0].day, redacted, *((sum(late), sum(overdue)) if whole else (None, None))))
    return merged
