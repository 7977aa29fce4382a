"""The schedule of an account, for Airflow: `redaction.policy` behind the interface of a timetable."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.utils.types import DagRunType

from redaction.errors import BadInput
from redaction.policy import Interval, Policy, describe, latest_due, upcoming

_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing is due before it; Airflow accepts dates of any year."""


def _pendulum(at: datetime) -> pendulum.DateTime:
    return pendulum.instance(at).in_timezone("UTC")


def _data_interval(interval: Interval) -> DataInterval:
    return DataInterval(_pendulum(interval.start), _pendulum(interval.end))


def _day(since: str | date) -> date:
    if isinstance(since, date):
        return since
    try:
        return date.fromisoformat(since)
    except ValueError:
        raise BadInput(f"{since!r} is no day to count from such as 2026-03-01") from None


class RedactionTimetable(Timetable):
    """Runs of one account: period, mode, zone, the first day of its intervals, the delay of each run after its
    boundary, and the period of the clock for recordings.
    """

    def __init__(
        self,
        period: str,
        mode: str,
        timezone: str,
        since: str | date,
        offset_s: float = 0,
        recordings: str | None = None,
    ) -> None:
        """Take the settings of an account, the day also as ISO text; raises BadInput for invalid values."""
        self.policy = Policy(period, mode, timezone, _day(since), recordings)
        self.offset = timedelta(seconds=offset_s)
        self.description = describe(self.policy)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RedactionTimetable) and (self.policy, self.offset) == (other.policy, other.offset)

    def __hash__(self) -> int:
        return hash((self.policy, self.offset))

    @property
    def summary(self) -> str:
        """Return the policy in a few words, for the list of DAGs."""
        return self.policy.period if self.policy.days == 1 else f"{self.policy.mode} {self.policy.days} days"

    def serialize(self) -> dict[str, Any]:
        """Return the settings as JSON has them."""
        policy = self.policy
        settings = {
            "period": policy.period,
            "mode": policy.mode,
            "timezone": policy.timezone,
            "since": policy.since.isoformat(),
            "offset_s": self.offset.total_seconds(),
        }
        return settings if policy.recordings is None else {**settings, "recordings": policy.recordings}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> RedactionTimetable:
        """Return the timetable that `serialize` gave."""
        return RedactionTimetable(**data)

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """Return the latest interval that is due: a manual run redacts what the last scheduled one should have."""
        # Airflow passes the logical date, which a form lets people type: a future one would redact what is not aged.
        return _data_interval(latest_due(self.policy.runs, min(max(run_after, _FIRST), datetime.now(UTC))))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Return the next run; without catch-up only the latest due one, since it covers all before it."""
        last_end = last_automated_data_interval.end if last_automated_data_interval else None
        now = None if restriction.catchup else datetime.now(UTC) - self.offset
        found = upcoming(self.policy.runs, last_end, restriction.earliest, now)
        if restriction.latest is not None and found.start > restriction.latest:
            return None
        return DagRunInfo(run_after=_pendulum(found.run_after + self.offset), data_interval=_data_interval(found))

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: datetime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        """Return the id of a run; a scheduled one is named after its cutoff."""
        # Airflow's own id is made from run_after, which two intervals share after a change from `rolling` to `every`
        # and where a zone skips a day; ids are unique in a DAG, and a second one would never be created.
        named = data_interval.end if run_type == DagRunType.SCHEDULED and data_interval else run_after
        return str(run_type.generate_run_id(suffix=named.isoformat()))


class _Earlier(RedactionTimetable):
    """The timetable under the name that version 0.1 serialized: Airflow schedules by it until a DAG is parsed again."""


_Earlier.__module__, _Earlier.__name__ = "redaction.timetable", RedactionTimetable.__name__
TIMETABLES: list[type[Timetable]] = [RedactionTimetable, _Earlier]
"""What the plugin registers."""
