"""The schedule: intervals tile the local calendar, whatever the zone does to its clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.errors import BadInput
from redaction.policy import (
    MODES,
    PERIODS,
    Policy,
    day_start,
    describe,
    is_due,
    latest_due,
    next_interval,
    upcoming,
)
from tests.intervals import intervals

# Not zones of a place: a link to the machine's own, and the placeholder of a machine that was never set up.
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
zones = st.sampled_from(ZONES)
days = st.dates(date(1990, 1, 1), date(2037, 12, 1))


@cache
def _changes() -> list[tuple[str, date]]:
    """Every zone with every local day from 1990 to 2037 on which its clocks change."""
    found = []
    grid = [datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=14 * number) for number in range(1252)]
    for name in ZONES:
        zone = ZoneInfo(name)
        offsets = [at.astimezone(zone).utcoffset() for at in grid]
        for early, late, one, two in zip(grid, grid[1:], offsets, offsets[1:], strict=False):
            if one == two:
                continue
            while late - early > timedelta(hours=1):
                middle = early + (late - early) / 2
                early, late = (middle, late) if middle.astimezone(zone).utcoffset() == one else (early, middle)
            found.append((name, early.astimezone(zone).date()))
    return found


def _policy(place: tuple[str, date], period: str, mode: str, offset: int = 0) -> Policy:
    return Policy(period, mode, place[0], place[1] + timedelta(days=offset))


periods, modes = st.sampled_from(list(PERIODS)), st.sampled_from(MODES)
# Half of them have a boundary near a day on which the clocks change; a random day seldom is one.
policies = st.builds(
    _policy,
    st.tuples(zones, days) | st.deferred(lambda: st.sampled_from(_changes())),
    periods,
    modes,
    st.integers(-93, 3) | st.sampled_from([-90, -60, -30, -1, 0, 1]),
)
others = st.builds(_policy, st.tuples(zones, days), periods, modes)


def test_every_change_of_clocks_in_every_zone() -> None:
    changes = _changes()
    assert len({zone for zone, _ in changes}) > 300
    assert len(changes) > 15_000
    for name, day in changes:
        zone = ZoneInfo(name)
        policy = Policy("daily", "every", name, day - timedelta(days=1))
        begin = day_start(policy.since, zone)
        found = list(intervals(policy, begin, begin + timedelta(days=4)))
        held = [one.start.astimezone(zone).date() for one in found]
        # The last instant of each has the date of its first, and the days increase: no day is split, none comes twice.
        assert [(one.end - timedelta(microseconds=1)).astimezone(zone).date() for one in found] == held, (name, day)
        assert held == sorted(set(held)), (name, day)
        assert all(one.start < one.end == two.start for one, two in pairwise(found)), (name, day)


@given(policies, st.integers(-400, 400))
def test_intervals_tile_without_gap_or_overlap(policy: Policy, offset: int) -> None:
    start = day_start(policy.since, policy.zone) + timedelta(days=offset)
    found = list(intervals(policy, start, start + timedelta(days=4 * policy.days + 8)))
    assert len(found) >= 4
    assert found[0].start <= start
    assert all(one.end == two.start for one, two in pairwise(found))
    assert all(one.start < one.end <= one.run_after for one in found)
    assert all(one.cutoff == one.end for one in found)


@given(policies)
def test_each_local_day_belongs_to_exactly_one_run(policy: Policy) -> None:
    begin = day_start(policy.since, policy.zone)
    found = list(intervals(policy, begin, begin + timedelta(days=policy.days + 5)))
    # The existing days, as a clock on the wall shows them.
    shown = {(begin + timedelta(hours=hour)).astimezone(policy.zone).date() for hour in range(24 * (policy.days + 5))}
    for number in range(policy.days + 3):
        day = policy.since + timedelta(days=number)
        begins, ends = day_start(day, policy.zone), day_start(day + timedelta(days=1), policy.zone)
        assert (begins < ends) == (day in shown)
        holders = [one for one in found if one.start < ends and begins < one.end]
        assert len(holders) == (1 if day in shown else 0)


@given(zones, days)
def test_a_day_starts_at_the_first_instant_of_its_date(zone_name: str, day: date) -> None:
    zone = ZoneInfo(zone_name)
    start = day_start(day, zone)
    assert start.tzinfo is UTC
    assert start.astimezone(zone).date() >= day
    before = (start - timedelta(seconds=1)).astimezone(zone).date()
    assert before < day


@given(policies, st.integers(-2000, 2000), st.integers(0, 86399))
def test_the_latest_due_run_is_the_last_before_an_instant(policy: Policy, offset: int, seconds: int) -> None:
    at = day_start(policy.since, policy.zone) + timedelta(days=offset, seconds=seconds)
    due = latest_due(policy, at)
    assert due.run_after <= at
    assert next_interval(policy, due.end).run_after > at
    assert next(intervals(policy, due.start, due.end)) == due


@given(policies, policies, st.integers(1, 5))
def test_a_changed_policy_goes_on_where_the_old_one_ended(old: Policy, new: Policy, runs: int) -> None:
    end = None
    for _ in range(runs):
        end = next_interval(old, end).end
    following = next_interval(new, end)
    assert following.start == end
    assert following.start < following.end <= following.run_after
    assert following.end - following.start <= timedelta(days=new.days + 2)


@given(policies, st.lists(st.tuples(st.none() | others, st.booleans(), st.floats(0, 200)), min_size=1, max_size=12))
def test_a_scheduler_never_falls_behind_nor_overlaps_whatever_is_changed(
    policy: Policy, course: list[tuple[Policy | None, bool, float]]
) -> None:
    now = day_start(policy.since, policy.zone)
    last_end = None
    for changed, switched_on_again, wait in course:
        if changed is not None:
            since = now.astimezone(changed.zone).date() if switched_on_again else policy.since
            policy = Policy(changed.period, changed.mode, changed.timezone, since)
        now += timedelta(days=wait)
        anchor = day_start(policy.since, policy.zone)
        one = upcoming(policy, last_end, anchor, now)
        assert anchor <= one.start < one.end <= one.run_after
        assert last_end is None or one.start >= last_end
        if one.run_after <= now:
            last_end = one.end
            one = upcoming(policy, last_end, anchor, now)
            assert one.start == last_end
        assert one.run_after > now
        # Nothing is due that no run has covered, except activities that were old when redaction was switched on.
        assert latest_due(policy, now).cutoff <= max(last_end or anchor, anchor)


@given(policies, st.integers(1, 400))
def test_switched_on_again_the_first_run_comes_a_period_after_the_new_anchor(policy: Policy, off: int) -> None:
    anchor = day_start(policy.since, policy.zone)
    one = upcoming(policy, anchor - timedelta(days=off, hours=5), anchor, anchor + timedelta(hours=9))
    assert one == next_interval(policy, None)


@given(st.sampled_from(list(PERIODS)), zones, days)
def test_every_keeps_nothing_longer_than_its_period(period: str, zone: str, since: date) -> None:
    policy = Policy(period, "every", zone, since)
    for one in list(
        intervals(policy, day_start(since, policy.zone), day_start(since, policy.zone) + timedelta(days=200))
    ):
        assert one.run_after == one.end
        assert one.end - one.start <= timedelta(days=policy.days + 2)


@given(st.sampled_from(["30", "60", "90"]), zones, days)
def test_rolling_runs_n_days_after_the_day_ended(period: str, zone: str, day: date) -> None:
    policy = Policy(period, "rolling", zone, day)
    one = next_interval(policy, None)
    ended = one.end.astimezone(policy.zone).date()
    assert one.run_after == day_start(ended + timedelta(days=policy.days), policy.zone)


@given(zones, days, st.integers(0, 500))
def test_daily_is_the_same_in_both_modes(zone: str, since: date, offset: int) -> None:
    every, rolling = (Policy("daily", mode, zone, since) for mode in MODES)
    at = day_start(since, every.zone) + timedelta(days=offset, hours=5)
    assert latest_due(every, at) == latest_due(rolling, at)
    assert next_interval(every, None) == next_interval(rolling, None)


@pytest.mark.parametrize(
    ("zone", "day", "starts", "hours"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", 23),
        ("America/Sao_Paulo", date(2019, 2, 16), "2019-02-16T02:00", 25),
        ("Asia/Beirut", date(2022, 3, 27), "2022-03-26T22:00", 23),
        ("Africa/Cairo", date(2023, 4, 28), "2023-04-27T22:00", 23),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00", 0),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", 24),
        ("Asia/Kathmandu", date(2026, 1, 1), "2025-12-31T18:15", 24),
        ("America/Havana", date(2023, 11, 5), "2023-11-05T04:00", 25),
        ("America/St_Johns", date(2010, 11, 6), "2010-11-06T02:30", 24),
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30", 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00", 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), "2026-10-03T13:30", 23.5),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28T23:00", 23),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24T22:00", 25),
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30", None),
    ],
)
def test_days_that_are_not_24_hours(zone: str, day: date, starts: str, hours: float | None) -> None:
    start = day_start(day, ZoneInfo(zone))
    assert start == datetime.fromisoformat(starts).replace(tzinfo=UTC)
    if hours is not None:
        assert day_start(day + timedelta(days=1), ZoneInfo(zone)) - start == timedelta(hours=hours)


def test_an_hour_shown_twice_is_not_yesterday_again() -> None:
    # At 00:01 the clocks of St John's went back into the 6th, whose run was due at the midnight a minute before.
    policy = Policy("daily", "every", "America/St_Johns", date(2010, 11, 1))
    midnight = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    shown_again = midnight + timedelta(minutes=30)
    assert shown_again.astimezone(policy.zone).date() == date(2010, 11, 6)
    assert latest_due(policy, shown_again).end == midnight
    assert next_interval(policy, shown_again).end == datetime(2010, 11, 8, 3, 30, tzinfo=UTC)


def test_the_absent_day_has_no_run() -> None:
    policy = Policy("daily", "every", "Pacific/Apia", date(2011, 12, 1))
    around = intervals(policy, datetime(2011, 12, 28, tzinfo=UTC), datetime(2012, 1, 2, tzinfo=UTC))
    local = [one.start.astimezone(policy.zone).date() for one in around]
    assert date(2011, 12, 29) in local
    assert date(2011, 12, 30) not in local
    assert date(2011, 12, 31) in local


@pytest.mark.parametrize(
    ("period", "mode", "zone", "names"),
    [
        ("45", "every", "UTC", "45"),
        ("30", "sometimes", "UTC", "sometimes"),
        ("30", "every", "Mars/Olympus", "Mars/Olympus"),
        ("30", "every", "../../etc/passwd", "time zone"),
        ("30", "every", "", "time zone"),
    ],
)
def test_what_does_not_exist_is_refused(period: str, mode: str, zone: str, names: str) -> None:
    with pytest.raises(BadInput, match=names):
        Policy(period, mode, zone, date(2026, 1, 1))


@pytest.mark.parametrize("since", [date.min, date(1899, 12, 31), date(3000, 1, 1), date.max])
def test_a_day_that_no_calendar_reaches_is_refused(since: date) -> None:
    with pytest.raises(BadInput, match="write a day from 1900 to 2999"):
        Policy("30", "every", "Asia/Tokyo", since)


def test_a_policy_in_words() -> None:
    assert describe(Policy("30", "every", "UTC", date(2026, 1, 3))) == "every 30 days at midnight UTC, since 2026-01-03"
    assert "30 days later" in describe(Policy("30", "rolling", "UTC", date(2026, 1, 3)))


@given(policies, st.integers(-400, 400), st.integers(0, 86399), st.integers(1, 86399))
def test_what_is_due_is_the_end_of_an_interval_whose_run_has_come(
    policy: Policy, offset: int, seconds: int, beside: int
) -> None:
    at = day_start(policy.since, policy.zone) + timedelta(days=offset, seconds=seconds)
    found = list(intervals(policy, at - timedelta(days=2 * policy.days + 3), at + timedelta(days=2)))
    for one in found:
        assert is_due(policy, one.cutoff, at) == (one.run_after <= at)
        assert is_due(policy, one.cutoff, one.run_after)
        assert not is_due(policy, one.cutoff, one.run_after - timedelta(microseconds=1))
        # Other than the end of an interval there is nothing, except that of another.
        near = one.end - timedelta(seconds=beside)
        assert not is_due(policy, near, at) or near in {other.end for other in found}
    assert not is_due(policy, at + timedelta(microseconds=1), at)


@given(policies)
def test_at_an_instant_at_the_edge_no_run_is_due(policy: Policy) -> None:
    for edge in (datetime.min, datetime.max):
        with pytest.raises(BadInput, match=f"no run is due in the year {edge.year}"):
            latest_due(policy, edge.replace(tzinfo=UTC))


@given(policies)
def test_no_instant_at_the_edge_is_due(policy: Policy) -> None:
    for edge in (datetime.min, datetime.max):
        assert not is_due(policy, edge.replace(tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
