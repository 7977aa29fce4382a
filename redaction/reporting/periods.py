"""Periods of local days: what a report is of, the period before it, and those that are offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from redaction.errors import BadInput

DAYS = 30
"""Days of a report if nobody says otherwise."""


@dataclass(frozen=True)
class Period:
    """Local days, both ends among them. Raises BadInput if the last one is before the first."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise BadInput(
                f"the last day, {self.until}, is before the first, {self.since}, and nothing was read: give the "
                "earlier day first"
            )

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.until - self.since).days + 1

    @property
    def before(self) -> Period | None:
        """Return as many days that end the day before it begins; None if there is no such day in the calendar."""
        try:
            return Period(self.since - timedelta(days=self.days), self.since - timedelta(days=1))
        except OverflowError:
            return None


def last_days(today: date, days: int = DAYS) -> Period:
    """Return some days, of which today is the last; fewer where the calendar begins."""
    return Period(date.fromordinal(max(today.toordinal() - days + 1, 1)), today)


def choose_period(since: date | None, until: date | None, today: date) -> Period:
    """Return the period that is asked for: without an end until today, without a beginning the last 30 days of it.

    Raises BadInput for an end before the beginning, or a beginning after today without an end.
    """
    if since and until is None and since > today:
        raise BadInput(f"the first day, {since}, is after today, {today}, and nothing was read: give an earlier day")
    last = until or today
    return Period(since, last) if since else last_days(last)


def list_presets(today: date) -> dict[str, Period]:
    """Return the periods that are offered, by what they are called."""
    month = today.replace(day=1)
    month_before = month - timedelta(days=1)
    return {
        **{f"{days} days": last_days(today, days) for days in (7, 30, 90)},
        "This month": Period(month, today),
        "Last month": Period(month_before.replace(day=1), month_before),
    }


def today_in(*zones: str) -> date:
    """Return the local day of a time zone, of several the latest."""
    now = datetime.now(UTC)
    return max(now.astimezone(ZoneInfo(zone)).date() for zone in zones)
