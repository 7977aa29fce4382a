"""The schedule of an account, pure: period, mode and zone -> intervals and cutoffs. All instants are aware, in UTC.

`every` has intervals of N local days from the first day (`since`), with a run at the end of each. `rolling` has
intervals of one local day, with a run N days after that day ended. So each activity keeps its data for the rest of its
day and N days; `daily` is the same in both modes. The IANA zone defines the local day: 23, 24 or 25 hours, or absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    """Return the first instant whose local date is `day`, or the next one if the zone has no such day."""
    wall = datetime.combine(day, time.min, zone)
    late = wall.astimezone(UTC)
    early = wall.replace(fold=1).astimezone(UTC)
    if early >= late:
        # Midnight exists: once, or twice and this is the first.
        return late
    # Midnight is in a gap; its two readings enclose the instant of the transition.
    while late - early > _SECOND:
        middle = early + (late - early) / 2
        if middle.astimezone(zone).date() >= day:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


@dataclass(frozen=True)
class Interval:
    """The interval of a run, and when the run starts; it redacts everything before `cutoff`."""

    start: datetime
    end: datetime
    run_after: datetime

    @property
    def cutoff(self) -> datetime:
        """Return the end of the interval: one rule for every period and mode."""
        return self.end


@dataclass(frozen=True)
class Policy:
    """Period, mode, zone and first day of an account; raises BadInput for invalid values.

    `recordings` is the period of the clock for recordings, None without one; it is never longer than `period`.
    """

    period: str
    mode: str
    timezone: str
    since: date
    recordings: str | None = None

    def __post_init__(self) -> None:
        if self.period not in PERIODS:
            raise BadInput(f"there is no period {self.period!r}: one of {', '.join(PERIODS)}")
        if self.mode not in MODES:
            raise BadInput(f"there is no mode {self.mode!r}: one of {', '.join(MODES)}")
        # A day at the edge of what a datetime holds would overflow in the parse, and break other accounts' DAGs.
        if not 1900 <= self.since.year < 3000:
            raise BadInput(f"redaction cannot count from {self.since}: write a day from 1900 to 2999")
        self.zone  # noqa: B018 - evaluated to refuse an unknown one
        if self.recordings is None:
            return
        if self.recordings not in PERIODS:
            raise BadInput(
                f"there is no period {self.recordings!r} for recordings: one of {', '.join(PERIODS)}, or off"
            )
        if PERIODS[self.recordings] > self.days:
            raise BadInput(
                f"recordings cannot go later ({_in_words(self.recordings)}) than the whole activity "
                f"({_in_words(self.period)}): name a period for recordings that is no longer"
            )

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

    @cached_property
    def clock(self) -> Policy | None:
        """Return the schedule of the recordings; None without a clock."""
        return None if self.recordings is None else replace(self, period=self.recordings, recordings=None)

    @cached_property
    def runs(self) -> Policy:
        """Return the schedule by which runs start: that of the whole activity, or a denser one if the clock needs it.

        In `every`, an interval ends at each boundary of the clock or the whole. In `rolling`, there is a run each day
        as before; the runs start earlier, by as much as the clock is shorter.
        """
        if self.clock is None:
            return replace(self, recordings=None)
        if self.mode == "rolling":
            earlier = timedelta(days=self._delay - self.clock._delay)
            return replace(self, since=self.since - earlier, recordings=None)
        fits = self.days % self.clock.days == 0
        return self.clock if fits else replace(self.clock, period="30")

    @property
    def _delay(self) -> int:
        """Return how many days after its interval a run of `rolling` starts."""
        return 0 if self.days == 1 else self.days

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

    def last_boundary(self, day: date) -> date:
        """Return the last day on or before another on which an interval starts."""
        return day - timedelta(days=(day - self.since).days % self._width)

    def _boundary_after(self, at: datetime) -> datetime:
        return self._boundary(self._number_at(at) + 1)

    def boundary_from(self, at: datetime) -> datetime:
        """Return the first boundary at or after an instant."""
        return self._boundary_after(at - timedelta(microseconds=1))

    def _run_after(self, end: datetime) -> datetime:
        # A run comes N days after its day ended, so that the day's last activity too has kept its data for N days.
        # `daily` must be the same in both modes, which N days after would not give.
        if self.mode == "every" or not self._delay:
            return end
        return day_start(end.astimezone(self.zone).date() + timedelta(days=self._delay), self.zone)

    def interval_from(self, start: datetime) -> Interval:
        """Return the interval from an instant to the first boundary after it."""
        end = self._boundary_after(start)
        return Interval(start, end, self._run_after(end))


def stagger(account_id: int, minutes: int) -> timedelta:
    """Return how long after its boundary the runs of an account start: always the same, under `minutes`, spread evenly.

    Thousands of accounts have the same local midnight.
    """
    return timedelta(seconds=crc32(str(account_id).encode()) % (60 * minutes)) if minutes else timedelta()


def next_interval(policy: Policy, last_end: datetime | None) -> Interval:
    """Return the interval that follows an end; for None the first one.

    After a change of period, mode or zone it ends at the next boundary of the new policy, without gap or overlap.
    """
    start = day_start(policy.since, policy.zone) if last_end is None else last_end.astimezone(UTC)
    return policy.interval_from(start)


def upcoming(
    policy: Policy, last_end: datetime | None, earliest: datetime | None = None, now: datetime | None = None
) -> Interval:
    """Return the interval to run after an end (`last_end`).

    None starts before `earliest`: an account that is switched on again continues from its new first day. With `now`, an
    account that is behind gets only the latest due run, whose cutoff covers all the others.
    """
    found = next_interval(policy, last_end)
    if earliest is not None and found.start < earliest:
        found = policy.interval_from(policy.boundary_from(earliest))
    latest = latest_due(policy, now) if now is not None else found
    # Both end on the grid, so the later one starts at or after the end of the other: runs never overlap.
    return latest if latest.end > found.end else found


def latest_due(policy: Policy, at: datetime) -> Interval:
    """Return the latest interval whose run is due at an instant.

    The grid has no beginning: activities older than the first day can be redacted manually. Raises BadInput for an
    instant at the edge of what a datetime holds.
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


def list_intervals(policy: Policy, at: datetime) -> Iterator[Interval]:
    """Yield without end the intervals whose runs start at an instant or later, after the latest due one. None ends
    before the first day.
    """
    found, anchor = latest_due(policy, at), day_start(policy.since, policy.zone)
    if found.end <= anchor:
        found = policy.interval_from(anchor)
    while True:
        yield found
        found = policy.interval_from(found.end)


def is_due(policy: Policy, cutoff: datetime, at: datetime) -> bool:
    """Say whether `cutoff` is the end of an interval whose run is due at an instant: the only cutoffs of automatic
    runs. In `rolling` every midnight ends an interval, and its run is due a period later.
    """
    latest = latest_due(policy, at).cutoff
    try:
        return policy.boundary_from(cutoff) == cutoff and cutoff <= latest
    except OverflowError:
        # An instant at the edge of what a datetime holds is no boundary.
        return False


@dataclass(frozen=True)
class Cutoffs:
    """What one run covers: every activity before `whole`, and every recording of an activity before `recordings`."""

    whole: datetime
    recordings: datetime | None


NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
"""The cutoff of a run of the clock before the first run of the whole."""


def find_cutoffs(policy: Policy, at: datetime) -> Cutoffs:
    """Return the cutoffs of the latest run that is due at an instant."""
    clock = policy.clock
    return Cutoffs(latest_due(policy, at).cutoff, latest_due(clock, at).cutoff if clock else None)


def cutoffs_of_interval(policy: Policy, end: datetime, at: datetime, scheduled: bool) -> Cutoffs | None:
    """Return the cutoffs of the run whose interval ends at `end`; None if no run with that end is due at `at`.

    A scheduled run of the clock takes no whole activity before the first interval of the whole has ended.
    """
    if not is_due(policy.runs, end, at):
        return None
    if policy.clock is None:
        return Cutoffs(end, None)
    due = find_cutoffs(policy, policy.runs._run_after(end))
    if policy.mode == "rolling":
        return replace(due, whole=end)
    if scheduled and due.whole <= day_start(policy.since, policy.zone):
        return replace(due, whole=NOTHING_YET)
    return due


def describe(policy: Policy) -> str:
    """Return the policy in words."""
    words = _describe(policy)
    return words if policy.recordings is None else f"{words}; recordings {_in_words(policy.recordings)}"


def _in_words(period: str) -> str:
    return "every day" if period == "daily" else f"after {period} days"


def _describe(policy: Policy) -> str:
    where = f"midnight {policy.timezone}"
    if policy.days == 1:
        return f"every day at {where}, since {policy.since}"
    if policy.mode == "every":
        return f"every {policy.days} days at {where}, since {policy.since}"
    return f"each day {policy.days} days later, at {where}, since {policy.since}"
