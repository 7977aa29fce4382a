"""How the activities of an agency are fetched from the API of the source, as `REDACTION_COLLECTORS` says."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, PositiveInt, field_validator


class Collector(BaseModel, frozen=True, extra="forbid"):
    """The collector of an agency, as JSON: `{"connection": "ctm_north", "schedule": "30 3 * * *"}`."""

    connection: str = Field(pattern=r"^[A-Za-z0-9_.\-]{1,200}$")
    """The id of the Airflow connection (type HTTP) that has the host of the API and its credentials."""
    schedule: str | None = None
    """When the DAG `collect_activities_<agency>` runs (cron, UTC); without it by hand alone."""
    zone: str = "America/New_York"
    """The zone whose days the API means by `start_date`."""
    overlap_days: PositiveInt = Field(default=3, le=366)
    """Days before the last collection that are fetched again: what has changed since comes with them."""
    first_days: PositiveInt = Field(default=30, le=3_660)
    """Days that the first collection of an account goes back."""

    @field_validator("zone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is no time zone such as America/New_York") from None
        return name

    @property
    def days_of(self) -> tzinfo:
        """Return the zone."""
        return ZoneInfo(self.zone)
