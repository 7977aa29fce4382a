"""Periods of local days: that of a report, the previous period, and those on offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from redaction.errors import BadInput

DAYS = 30
"""Default period of a report (days)."""


@dataclass(frozen=True)
class Period:
    """Local days, including both ends. Raises BadInput if the last one is before the first."""

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
        """Return the number of days."""
        return (self.until - self.since).days + 1

    @property
    def before(self) -> Period | None:
        """Return the period of the same length that ends the day before; None if the calendar has no such days."""
        try:
            return Period(self.since - timedelta(days=self.days), self.since - timedelta(days=1))
        except OverflowError:
            return None


def last_days(today: date, days: int = DAYS) -> Period:
    """Return the last days up to today; fewer at the beginning of the calendar."""
    return Period(date.fromordinal(max(today.toordinal() - days + 1, 1)), today)


def choose_period(since: date | None, until: date | None, today: date) -> Period:
    """Return the requested period: the end defaults to today, the beginning to the last 30 days before the end.

    Raises BadInput for an end before the beginning, or a beginning after today without an end.
    """
    if since and until is None and since > today:
        raise BadInput(f"the first day, {since}, is after today, {today}, and nothing was read: give an earlier day")
    last = until or today
    return Period(since, last) if since else last_days(last)


def list_presets(today: date) -> dict[str, Period]:
    """Return the periods on offer, by name."""
    month = today.replace(day=1)
    month_before = month - timedelta(days=1)
    return {
        **{f"{days} days": last_days(today, days) for days in (7, 30, 90)},
        "This month": Period(month, today),
        "Last month": Period(month_before.replace(day=1), month_before),
    }


def today_in(*zones: str) -> date:
    """Return the local day of a time zone; of several zones, the latest."""
    now = datetime.now(UTC)
    return max(now.astimezone(ZoneInfo(zone)).date() for zone in zones)
