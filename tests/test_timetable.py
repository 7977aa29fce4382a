"""The timetable, as Airflow's scheduler uses it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pendulum
import pytest
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.utils.types import DagRunType
from hypothesis import given
from hypothesis import strategies as st

from redaction.airflow.timetable import RedactionTimetable
from redaction.errors import BadInput
from redaction.policy import Policy, day_start, stagger
from tests.intervals import intervals

CATCHUP = TimeRestriction(None, None, True)
LATEST = TimeRestriction(None, None, False)


@pytest.mark.parametrize("mode", ["every", "rolling"])
@pytest.mark.parametrize("period", ["daily", "30", "90"])
def test_a_year_of_runs_is_that_of_the_policy(period: str, mode: str) -> None:
    policy = Policy(period, mode, "America/Sao_Paulo", date(2018, 3, 1))
    timetable = RedactionTimetable(period, mode, "America/Sao_Paulo", "2018-03-01")
    begin = day_start(policy.since, policy.zone)
    last = None
    for expected in intervals(policy, begin, begin + timedelta(days=365)):
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=CATCHUP)
        assert info is not None
        assert info.data_interval == DataInterval(expected.start, expected.end)
        assert info.run_after == expected.run_after
        last = info.data_interval


def test_behind_only_the_latest_due_interval_runs() -> None:
    timetable = RedactionTimetable("30", "every", "Asia/Kathmandu", "2020-01-01")
    info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=LATEST)
    assert info is not None
    assert info.run_after <= pendulum.now("UTC") < info.run_after.add(days=31)
    again = timetable.next_dagrun_info(last_automated_data_interval=info.data_interval, restriction=LATEST)
    assert again is not None
    assert again.data_interval.start == info.data_interval.end
    assert again.run_after > pendulum.now("UTC")


def test_switched_on_today_the_first_run_comes_n_days_later() -> None:
    today = datetime.now(UTC).date()
    info = RedactionTimetable("30", "every", "UTC", today.isoformat()).next_dagrun_info(
        last_automated_data_interval=None, restriction=LATEST
    )
    assert info is not None
    assert info.run_after.date() == today + timedelta(days=30)


def test_switched_on_again_nothing_runs_at_once() -> None:
    today = datetime.now(UTC).date()
    timetable = RedactionTimetable("30", "every", "UTC", today)
    start = pendulum.instance(day_start(today, timetable.policy.zone))
    before = DataInterval(start.subtract(days=300), start.subtract(days=270))
    info = timetable.next_dagrun_info(
        last_automated_data_interval=before, restriction=TimeRestriction(start, None, False)
    )
    assert info is not None
    assert info.run_after == start.add(days=30)
    # Airflow runs no task of a run whose logical date is before the start date of its DAG.
    assert info.data_interval == DataInterval(start, start.add(days=30))


def test_the_first_run_waits_for_the_start_date() -> None:
    timetable = RedactionTimetable("30", "every", "UTC", "2026-01-01")
    restriction = TimeRestriction(pendulum.datetime(2026, 2, 10), None, True)
    info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert info is not None
    assert info.data_interval == DataInterval(pendulum.datetime(2026, 3, 2), pendulum.datetime(2026, 4, 1))


def _id(timetable: RedactionTimetable, run_after: datetime, end: datetime, kind: DagRunType) -> str:
    at = pendulum.instance(end)
    return timetable.generate_run_id(run_type=kind, run_after=run_after, data_interval=DataInterval(at, at))


def test_from_rolling_to_every_no_run_has_the_id_of_another() -> None:
    since = date(2026, 1, 1)
    rolling, every = (RedactionTimetable("30", mode, "UTC", since) for mode in ("rolling", "every"))
    begin = day_start(since, rolling.policy.zone)
    old = list(intervals(rolling.policy, begin, begin + timedelta(days=60)))
    last = DataInterval(old[-1].start, old[-1].end)
    new = every.next_dagrun_info(last_automated_data_interval=last, restriction=CATCHUP)
    assert new is not None
    assert new.run_after in {one.run_after for one in old}
    ids = {_id(rolling, one.run_after, one.end, DagRunType.SCHEDULED) for one in old}
    assert len(ids) == len(old)
    assert _id(every, new.run_after, new.data_interval.end, DagRunType.SCHEDULED) not in ids


def test_where_a_zone_skips_a_day_two_runs_of_one_instant_have_two_ids() -> None:
    timetable = RedactionTimetable("30", "rolling", "Pacific/Apia", "2011-11-01")
    around = list(intervals(timetable.policy, datetime(2011, 11, 28, tzinfo=UTC), datetime(2011, 12, 3, tzinfo=UTC)))
    assert len({one.run_after for one in around}) == len(around) - 1
    assert len({_id(timetable, one.run_after, one.end, DagRunType.SCHEDULED) for one in around}) == len(around)


def test_two_runs_by_hand_of_one_interval_have_two_ids() -> None:
    timetable = RedactionTimetable("30", "every", "UTC", "2026-01-01")
    end = datetime(2026, 1, 31, tzinfo=UTC)
    ids = {_id(timetable, end + timedelta(hours=hour), end, DagRunType.MANUAL) for hour in (1, 2)}
    assert len(ids) == 2


def test_a_logical_date_in_the_future_does_not_redact_what_is_not_aged() -> None:
    timetable = RedactionTimetable("30", "every", "UTC", "2026-01-01")
    interval = timetable.infer_manual_data_interval(run_after=pendulum.datetime(2990, 1, 1))
    assert interval.end <= pendulum.now("UTC")


def test_a_logical_date_of_any_year_is_no_error() -> None:
    timetable = RedactionTimetable("30", "rolling", "America/New_York", "2026-01-01")
    for year in (1, 9999):
        assert timetable.infer_manual_data_interval(run_after=pendulum.datetime(year, 1, 1)).end <= pendulum.now("UTC")


def test_a_run_by_hand_has_the_latest_due_interval() -> None:
    timetable = RedactionTimetable("30", "rolling", "America/New_York", "2026-01-03")
    interval = timetable.infer_manual_data_interval(run_after=pendulum.datetime(2026, 11, 24, 12))
    assert interval.end == pendulum.datetime(2026, 10, 25, 4)


def test_no_run_after_the_end_of_the_dag() -> None:
    timetable = RedactionTimetable("daily", "every", "UTC", "2020-01-01")
    restriction = TimeRestriction(None, pendulum.datetime(2020, 1, 1), True)
    interval = DataInterval(pendulum.datetime(2020, 1, 5), pendulum.datetime(2020, 1, 6))
    assert timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction) is None


def test_it_survives_serialisation() -> None:
    timetable = RedactionTimetable("60", "every", "Pacific/Apia", "2011-12-01")
    again = RedactionTimetable.deserialize(timetable.serialize())
    assert again == timetable
    assert hash(again) == hash(timetable)
    assert again.serialize() == timetable.serialize()
    assert again.description == timetable.description
    assert timetable != RedactionTimetable("60", "rolling", "Pacific/Apia", "2011-12-01")
    assert timetable.summary == "every 60 days"


def test_what_version_0_1_has_serialized_is_read_until_the_dag_is_parsed_again() -> None:
    """Under the old name of the class: the scheduler plans by it before the DAG processor has parsed the file."""
    timetable = RedactionTimetable("60", "every", "Pacific/Apia", "2011-12-01", offset_s=7)
    kept = {"__type": "redaction.timetable.RedactionTimetable", "__var": timetable.serialize()}
    found = decode_timetable(kept)
    assert found == timetable
    assert encode_timetable(found) == {**kept, "__type": "redaction.airflow.timetable.RedactionTimetable"}


def test_bad_settings_are_refused() -> None:
    with pytest.raises(BadInput):
        RedactionTimetable("31", "every", "UTC", "2026-01-01")
    with pytest.raises(BadInput, match="soon"):
        RedactionTimetable("30", "every", "UTC", "soon")


def test_a_run_begins_its_offset_after_the_boundary() -> None:
    policy = Policy("daily", "every", "Europe/Berlin", date(2026, 1, 1))
    timetable = RedactionTimetable("daily", "every", "Europe/Berlin", "2026-01-01", offset_s=90)
    last = None
    begin = day_start(policy.since, policy.zone)
    for expected in intervals(policy, begin, begin + timedelta(days=9)):
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=CATCHUP)
        assert info is not None
        assert info.data_interval == DataInterval(expected.start, expected.end)
        assert info.run_after == expected.run_after + timedelta(seconds=90)
        last = info.data_interval
    assert RedactionTimetable.deserialize(timetable.serialize()) == timetable
    assert timetable != RedactionTimetable("daily", "every", "Europe/Berlin", "2026-01-01")


def test_what_is_due_by_the_boundary_waits_for_the_offset() -> None:
    # A whole day less a second: the run of the last boundary is not due yet, whenever this runs.
    timetable = RedactionTimetable("daily", "every", "UTC", "2026-01-01", offset_s=86_399)
    info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=LATEST)
    assert info is not None
    assert info.run_after <= pendulum.now("UTC") < info.run_after.add(days=1)


@given(account_id=st.integers(0, 2**62), minutes=st.integers(0, 600))
def test_an_account_has_one_offset_below_the_setting(account_id: int, minutes: int) -> None:
    offset = stagger(account_id, minutes)
    assert offset == stagger(account_id, minutes)
    assert timedelta() <= offset < timedelta(minutes=minutes) or offset == timedelta() == timedelta(minutes=minutes)


def test_offsets_are_spread_evenly() -> None:
    minutes = Counter(stagger(account_id, 30) // timedelta(minutes=1) for account_id in range(1000, 11_000))
    assert len(minutes) == 30
    assert max(minutes.values()) < 450
