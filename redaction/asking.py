"""Settings of requests by persons and of questions about runs; a part of all settings."""

from __future__ import annotations

from pydantic import NonNegativeInt, PositiveInt, field_validator
from pydantic_settings import BaseSettings


class AskSettings(BaseSettings):
    """Requests of persons, and who counts as a second person."""

    question_poke_s: PositiveInt = 300
    """Seconds between two looks of a task that asks people whether they have answered elsewhere."""
    second_wait_h: NonNegativeInt = 24
    """Hours before a new administrator counts as a second person; `redaction init` stores it for the deployment."""
    request_days: dict[str, PositiveInt] = {"gdpr": 30, "ccpa": 45}
    """Days in which a request of a person is due by each law, as JSON; the first law is the default."""
    request_export_h: PositiveInt = 168
    """Hours after which the file that answers a request is deleted, fetched or not."""
    request_object_bytes: NonNegativeInt = 100 * 1024**2
    """Largest recording or other file in an export (bytes); of a larger one only the address is given."""
    request_objects_bytes: NonNegativeInt = 2 * 1024**3
    """Largest sum of the files in an export (bytes); 0: no files."""

    @field_validator("request_days")
    @classmethod
    def _check_days(cls, days: dict[str, int]) -> dict[str, int]:
        if not days or not all(name.strip() for name in days) or max(days.values()) > 366:
            raise ValueError("must name at least one law, each with a name and 1 to 366 days")
        return days
