"""Settings of the ways in which activities arrive: the API of the source (`REDACTION_COLLECTORS`) and the inbox."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, NonNegativeInt, PositiveInt, field_validator
from pydantic_settings import BaseSettings


class Collector(BaseModel, frozen=True, extra="forbid"):
    """The collector of an agency, as JSON: `{"connection": "ctm_north", "schedule": "30 3 * * *"}`."""

    connection: str = Field(pattern=r"^[A-Za-z0-9_.\-]{1,200}$")
    """The id of the Airflow connection (type HTTP) that has the host of the API and its credentials."""
    schedule: str | None = None
    """When the DAG `collect_activities_<agency>` runs (cron, UTC); unset: only when triggered."""
    zone: str = "America/New_York"
    """The time zone of the days in the API's `start_date`."""
    overlap_days: PositiveInt = Field(default=3, le=366)
    """Days before the last collection that are fetched again, to get changed activities."""
    first_days: PositiveInt = Field(default=30, le=3_660)
    """Days that the first collection of an account covers."""

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


class CollectSettings(BaseSettings):
    """The collectors and the inbox."""

    collectors: dict[int, Collector] = {}
    """Agencies whose activities are fetched from the API of the source, as JSON by agency; its fields are below."""
    inbox_url: str | None = None
    """Where files arrive that are loaded, then deleted (a folder, or an address as `s3://…`); unset: no inbox."""
    inbox_quiet_s: NonNegativeInt = 60
    """Seconds that a raw file must stay unchanged before it is loaded; 0: it is loaded at once."""
    inbox_schedule: str | None = None
    """When the DAG `collect_inbox` runs (cron, UTC); unset: only when triggered."""
