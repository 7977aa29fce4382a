"""The schedule of an account, pure: period, mode and zone -> intervals and cutoffs. All instants are aware, in UTC.

`every` has intervals of N local days from the anchor, with a run at the end of each. `rolling` has intervals of one
local day, with a run N days after that day ended, so that each activity keeps its data for N days and the rest of its
own; `daily` is the same in both modes. A local day is what the IANA zone says it is: 23, 24, 25 hours, or absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from types import MappingProxyType
from zlib import crc32
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from redaction.errors import BadInput

PERIODS = MappingProxyType({"daily": 1, "30": 30, "60": 60, "90": 90})
MODES = ("every", "rolling")
_SECOND = timedelta(seconds=1)
_CALENDAR = range(1000, 9000)


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant whose local date is `day`, or that follows it where the zone has no such day."""
    wall = datetime.combine(day, time.min, zone)
    late = wall.astimezone(UTC)
    early = wall.replace(fold=1).astimezone(UTC)
    if early >= late:
        # Midnight exists: once, or twice and this is the first.
        return late
    # Midnight lies in a gap, whose two readings enclose the instant of the transition.
    while late - early > _SECOND:
        middle = early + (late - early) / 2
        if middle.astimezone(zone).date() >= day:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


@dataclass(frozen=True)
class Interval:
    """What one run covers, and when it runs; it redacts everything before `cutoff`."""

    start: datetime
    end: datetime
    run_after: datetime

    @property
    def cutoff(self) -> datetime:
        """Return the end of the interval: one rule for every period and mode."""
        return self.end


@dataclass(frozen=True)
class Policy:
    """Period, mode, zone and anchor of an account; refuses what does not exist with BadInput."""

    period: str
    mode: str
    timezone: str
    since: date

    def __post_init__(self) -> None:
        if self.period not in PERIODS:
            raise BadInput(f"there is no period {self.period!r}: one of {', '.join(PERIODS)}")
        if self.mode not in MODES:
            raise BadInput(f"there is no mode {self.mode!r}: one of {', '.join(MODES)}")
        # A day at the edge of what a datetime holds would overflow in the parse, and take the DAGs of others with it.
        if not 1900 <= self.since.year < 3000:
            raise BadInput(f"redaction cannot count from {self.since}: write a day from 1900 to 2999")
        self.zone  # noqa: B018 - evaluated to refuse an unknown one

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone; raises BadInput if there is none of that name."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput(
                f"there is no time zone {self.timezone!r}: write an IANA name such as Europe/Berlin"
            ) from None

    @property
    def days(self) -> int:
        """Return the period in days."""
        return PERIODS[self.period]

    @property
    def _width(self) -> int:
        return self.days if self.mode == "every" else 1

    def _boundary(self, number: int) -> datetime:
        return day_start(self.since + timedelta(days=number * self._width), self.zone)

    def _number_at(self, at: datetime) -> int:
        """Return the number of the last boundary at or before an instant."""
        number = (at.astimezone(self.zone).date() - self.since).days // self._width + 1
        while self._boundary(number) > at:
            number -= 1
        return number

    def _boundary_after(self, at: datetime) -> datetime:
        return self._boundary(self._number_at(at) + 1)

    def boundary_from(self, at: datetime) -> datetime:
        """Return the first boundary at or after an instant."""
        return self._boundary_after(at - timedelta(microseconds=1))

    def _run_after(self, end: datetime) -> datetime:
        # The design: "its run comes N days after that day ended", so that its last activity too has kept its data for
        # N days; and "for `daily` both modes are the same", which N days after would not give.
        if self.mode == "every" or self.days == 1:
            return end
        return day_start(end.astimezone(self.zone).date() + timedelta(days=self.days), self.zone)

    def interval_from(self, start: datetime) -> Interval:
        """Return the interval that begins at an instant and ends at the first boundary after it."""
        end = self._boundary_after(start)
        return Interval(start, end, self._run_after(end))


def stagger(account_id: int, minutes: int) -> timedelta:
    """Return how long after its boundary the runs of an account begin: always the same, under `minutes`, spread evenly.

    Thousands of accounts have the same local midnight.
    """
    return timedelta(seconds=crc32(str(account_id).encode()) % (60 * minutes)) if minutes else timedelta()


def next_interval(policy: Policy, last_end: datetime | None) -> Interval:
    """Return the interval after the one that ended at `last_end`; the first one from the anchor for None.

    After a change of period, mode or zone it ends at the next boundary of the new policy, without gap or overlap.
    """
    start = day_start(policy.since, policy.zone) if last_end is None else last_end.astimezone(UTC)
    return policy.interval_from(start)


def upcoming(
    policy: Policy, last_end: datetime | None, earliest: datetime | None = None, now: datetime | None = None
) -> Interval:
    """Return the interval to run after the one that ended at `last_end`.

    None begins before `earliest`: an account that is switched on again goes on at its new anchor. With `now`, an
    account that is behind gets only the latest run that is due, whose cutoff covers all the others.
    """
    found = next_interval(policy, last_end)
    if earliest is not None and found.start < earliest:
        found = policy.interval_from(policy.boundary_from(earliest))
    latest = latest_due(policy, now) if now is not None else found
    # Both end on the grid, so the later one begins at or after the end of the other: runs never overlap.
    return latest if latest.end > found.end else found


def latest_due(policy: Policy, at: datetime) -> Interval:
    """Return the latest interval whose run is due at an instant.

    The grid reaches back beyond the anchor: what was old before redaction was switched on can be run by hand. Raises
    BadInput for an instant at the edge of what a datetime holds.
    """
    if at.year not in _CALENDAR:
        raise BadInput(f"no run is due in the year {at.year}: name an instant between the years 1000 and 9000")
    day = policy.since + timedelta(days=policy._number_at(at) * policy._width)
    if policy.mode == "rolling":
        day = at.astimezone(policy.zone).date() - timedelta(days=policy.days + 2)
        found = policy.interval_from(day_start(day, policy.zone))
    else:
        end = day_start(day, policy.zone)
        found = Interval(policy._boundary(policy._number_at(end - timedelta(microseconds=1))), end, end)
    while True:
        following = policy.interval_from(found.end)
        if following.run_after > at:
            return found
        found = following


def is_due(policy: Policy, cutoff: datetime, at: datetime) -> bool:
    """Say whether an instant is the end of an interval whose run is due at another: all that an automatic run may have
    as its cutoff. In `rolling` every midnight ends an interval, and its run is due a period later.
    """
    latest = latest_due(policy, at).cutoff
    try:
        return policy.boundary_from(cutoff) == cutoff and cutoff <= latest
    except OverflowError:
        # An instant at the edge of what a datetime holds is no boundary.
        return False


def describe(policy: Policy) -> str:
    """Return the policy in words."""
    where = f"midnight {policy.timezone}"
    if policy.days == 1:
        return f"every day at {where}, since {policy.since}"
    if policy.mode == "every":
        return f"every {policy.days} days at {where}, since {policy.since}"
    return f"each day {policy.days} days later, at {where}, since {policy.since}"
