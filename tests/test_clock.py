"""The schedule with a clock for recordings: each is redacted when it is due, and nothing whole earlier than without
the clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pendulum
import pytest
from airflow.timetables.base import DataInterval, TimeRestriction
from hypothesis import example, given
from hypothesis import strategies as st

from redaction.accounts.accounts import get_account, set_account
from redaction.accounts.snapshot import SnapshotAccount, read_snapshot
from redaction.airflow.dags.accounts import build_dag
from redaction.airflow.timetable import RedactionTimetable
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.entries import read_entries
from redaction.policy import (
    MODES,
    NOTHING_YET,
    PERIODS,
    Policy,
    cutoffs_of_interval,
    day_start,
    describe,
    find_cutoffs,
    latest_due,
)
from tests.intervals import intervals

PAIRS = [(whole, clock) for whole, days in PERIODS.items() for clock, earlier in PERIODS.items() if earlier <= days]
clocked = st.builds(
    lambda pair, mode, zone, since: Policy(pair[0], mode, zone, since, pair[1]),
    st.sampled_from(PAIRS),
    st.sampled_from(MODES),
    st.sampled_from(["America/New_York", "Pacific/Apia", "Africa/Cairo", "UTC"]),
    st.dates(date(2009, 1, 1), date(2026, 6, 1)),
)


def _runs(policy: Policy, days: int) -> list[tuple[datetime, datetime]]:
    """The times of the runs of some days after the first day, and the ends of their intervals."""
    start = day_start(policy.runs.since, policy.zone)
    until = day_start(policy.since + timedelta(days=days), policy.zone)
    return [(one.run_after, one.end) for one in intervals(policy.runs, start, until) if one.run_after <= until]


@given(clocked)
@example(Policy("30", "rolling", "Pacific/Apia", date(2011, 12, 1), "daily"))
def test_a_recording_of_any_day_goes_as_soon_as_by_its_clock_alone(policy: Policy) -> None:
    clock = policy.clock
    assert clock is not None
    days = 2 * policy.days + 3
    taken = [cutoffs_of_interval(policy, end, at, True) for at, end in _runs(policy, days)]
    assert None not in taken
    ends = {found.recordings for found in taken if found is not None}
    start, until = (day_start(policy.since + timedelta(days=number), policy.zone) for number in (0, days))
    due = {one.end for one in intervals(clock, start, until) if one.run_after <= until}
    midnights = [day_start(policy.since + timedelta(days=number), policy.zone) for number in range(-policy.days, days)]
    # Where a zone skips a day, no run comes as many days later: the next one takes the recordings of both days.
    skips = len(set(midnights)) < len(midnights)
    assert {end if end in ends else end + timedelta(days=1) for end in due} <= ends if skips else due <= ends


@given(clocked)
def test_nothing_whole_goes_before_it_is_due(policy: Policy) -> None:
    whole = Policy(policy.period, policy.mode, policy.timezone, policy.since)
    days = 2 * policy.days + 3
    found = set()
    for at, end in _runs(policy, days):
        cutoffs = cutoffs_of_interval(policy, end, at, True)
        assert cutoffs is not None
        # Where a zone skips a day two runs come at one instant.
        assert cutoffs.whole <= latest_due(whole, at).cutoff
        if policy.mode == "every" and at <= day_start(policy.since, policy.zone) + timedelta(days=policy.days - 2):
            assert cutoffs.whole == NOTHING_YET
        found.add(cutoffs.whole)
    start, until = (day_start(policy.since + timedelta(days=number), policy.zone) for number in (0, days))
    assert {one.end for one in intervals(whole, start, until) if one.run_after <= until} <= found


@given(clocked, st.integers(0, 300))
def test_a_run_by_hand_takes_the_latest_of_both(policy: Policy, days: int) -> None:
    at = day_start(policy.since + timedelta(days=days), policy.zone)
    cutoffs, clock = find_cutoffs(policy, at), policy.clock
    assert clock is not None
    assert cutoffs.recordings == latest_due(clock, at).cutoff
    assert cutoffs.whole == latest_due(policy, at).cutoff


def test_no_other_instant_is_due() -> None:
    policy = Policy("90", "every", "UTC", date(2026, 1, 1), "30")
    now = datetime(2026, 6, 1, tzinfo=UTC)
    for end in (datetime(2026, 1, 30, tzinfo=UTC), datetime(2026, 6, 30, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert cutoffs_of_interval(policy, end, now, False) is None


@pytest.mark.parametrize(
    ("whole", "clock", "says"),
    [("30", "60", "after 60 days"), ("daily", "90", "after 90 days"), ("90", "monthly", "'monthly'"), ("90", "", "''")],
)
def test_a_clock_later_than_the_whole_or_of_no_period_is_refused(whole: str, clock: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Policy(whole, "every", "UTC", date(2026, 1, 1), clock)


def test_a_policy_with_a_clock_in_words() -> None:
    assert describe(Policy("90", "every", "UTC", date(2026, 1, 1), "30")).endswith("-01; recordings after 30 days")
    assert describe(Policy("30", "rolling", "UTC", date(2026, 1, 1), "daily")).endswith("; recordings every day")


@pytest.mark.parametrize("mode", MODES)
def test_the_timetable_runs_by_the_clock_and_goes_on_without_it(mode: str) -> None:
    with_clock = RedactionTimetable("90", mode, "UTC", "2026-01-01", 0, "30")
    assert RedactionTimetable.deserialize(with_clock.serialize()) == with_clock
    assert "recordings" not in RedactionTimetable("90", mode, "UTC", "2026-01-01").serialize()
    account = SnapshotAccount(
        id=7,
        name="Dental",
        agency_id=1,
        agency_name="North",
        period="90",
        mode=mode,
        timezone="UTC",
        since="2026-01-01",
        recordings="30",
    )
    dag = build_dag(account, 0)
    restriction = TimeRestriction(pendulum.instance(dag.start_date), None, True)  # type: ignore[arg-type]
    first = with_clock.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert first is not None
    assert first.run_after == pendulum.datetime(2026, 1, 31).add(days=mode == "rolling")
    last = DataInterval(pendulum.datetime(2026, 5, 1), pendulum.datetime(2026, 5, 31))
    if mode == "rolling":
        last = DataInterval(pendulum.datetime(2026, 3, 1), pendulum.datetime(2026, 3, 2))
    plain = RedactionTimetable("90", mode, "UTC", "2026-01-01")
    following = plain.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
    assert following is not None
    assert following.run_after == (pendulum.datetime(2026, 6, 30) if mode == "every" else pendulum.datetime(2026, 6, 1))


def test_the_setting_is_kept_told_and_in_the_snapshot(deployment: Deployment, account: int) -> None:
    with pytest.raises(BadInput, match="no longer"):
        set_account(deployment, 7, "eve", recordings_period="30")
    assert get_account(deployment.database, 7).recordings_period is None
    set_account(deployment, 7, "eve", auto_redaction="90", recordings_period="30")
    assert [entry.facts["after"] for entry in read_entries(deployment.database)] == [
        {"auto_redaction": "90", "recordings_period": "30"}
    ]
    snapshot = read_snapshot(deployment.settings.snapshot_path)
    assert snapshot is not None
    assert [one.recordings for one in snapshot.accounts] == ["30"]
    with pytest.raises(BadInput, match="no longer"):
        set_account(deployment, 7, "eve", auto_redaction="daily")
    assert get_account(deployment.database, 7).auto_redaction == "90"


def test_without_automatic_redaction_there_is_no_run_to_take_them(deployment: Deployment, account: int) -> None:
    set_account(deployment, 7, "eve", auto_redaction=None)
    with pytest.raises(NotAllowed, match="account 7 has no automatic redaction, and recordings go with its runs"):
        set_account(deployment, 7, "eve", recordings_period="30")
    set_account(deployment, 7, "eve", auto_redaction="30", recordings_period="daily")
    set_account(deployment, 7, "eve", auto_redaction=None)
    assert get_account(deployment.database, 7).recordings_period == "daily"
