"""Settings of what people ask and are asked: requests of persons, questions about runs. A part of all settings."""

from __future__ import annotations

from pydantic import NonNegativeInt, PositiveInt, field_validator
from pydantic_settings import BaseSettings


class AskSettings(BaseSettings):
    """Requests of persons, and who is a second person."""

    question_poke_s: PositiveInt = 300
    """Seconds after which a task that asks people looks whether they have answered elsewhere."""
    second_wait_h: NonNegativeInt = 24
    """Hours for which a new administrator is no second person; `redaction init` keeps it for the deployment."""
    request_days: dict[str, PositiveInt] = {"gdpr": 30, "ccpa": 45}
    """Days in which a request of a person is due by each law, as JSON; the first one holds where none is named."""
    request_export_h: PositiveInt = 168
    """Hours after which the file that answers a request is deleted, fetched or not."""
    request_object_bytes: NonNegativeInt = 100 * 1024**2
    """Largest recording or other file that an export gives as a file (bytes); a larger one stays an address."""
    request_objects_bytes: NonNegativeInt = 2 * 1024**3
    """Most that the files of an export may have in all (bytes); 0: none is given as a file."""

    @field_validator("request_days")
    @classmethod
    def _check_days(cls, days: dict[str, int]) -> dict[str, int]:
        if not days or not all(name.strip() for name in days) or max(days.values()) > 366:
            raise ValueError("must name a law at least, each by its name and with 1 to 366 days")
        return days
