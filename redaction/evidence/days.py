"""The state of each day: how many accounts were late, as `retention_watch` has seen it, and what was redacted.

Runs and ledger show which run came late. They do not show activities that were loaded after it, or a run that never
came. So lateness is recorded each day.
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
    """A day (UTC): activities that runs have redacted, accounts that were late, their late activities. The last two
    are None if nobody looked.
    """

    day: date
    redacted: int
    late_accounts: int | None
    overdue: int | None


def keep_day(deployment: Deployment, figures: Sequence[Figure], at: datetime | None = None) -> None:
    """Record for its day what is late at an instant (UTC; default: now), unless an earlier look was worse."""
    counts = [figure.count for figure in figures if figure.what == _WHAT]
    deployment.run(
        "keep_day",
        day=(at or datetime.now(UTC)).date(),
        accounts=len(counts),
        late_accounts=sum(count > 0 for count in counts),
        overdue=sum(counts),
    )


def list_days(deployment: Deployment, at: datetime, days: int) -> list[Day]:
    """Return the last days until that of an instant (UTC), oldest first."""
    first = at.date() - timedelta(days=days - 1)
    return [Day(**row) for row in deployment.rows("list_days", first=first, last=at.date())]


def merge_days(parts: Sequence[Sequence[Day]]) -> list[Day]:
    """Merge the same days of several placements. Lateness of a day is known if every placement that had been looked
    at before was looked at.
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
