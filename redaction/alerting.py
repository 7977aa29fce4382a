"""Settings of who is told what is late: a part of all settings (`redaction.settings`)."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator
from pydantic_settings import BaseSettings

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_ADDRESS = re.compile(r"[^\s@,<>]+@[^\s@,<>]+")


class AlertSettings(BaseSettings):
    """Who is told of what becomes late, and by which connections of Airflow."""

    alert_mail_to: str = ""
    """Who is told by mail what becomes late and what is in order again: addresses, with commas between."""
    alert_mail_from: str | None = None
    """The sender of these mails; unset: that of the connection."""
    alert_mail_connection: str = "smtp_default"
    """The Airflow connection (SMTP) by which mails are sent."""
    alert_mail_domain: str | None = None
    """What follows the name of an administrator in their address (`example.com`); unset: only names that are addresses
    get the digest."""
    alert_slack_connection: str | None = None
    """The Airflow connection (Slack incoming webhook) by which the same is told there; unset: it is not."""
    alert_digest: Weekday | None = None
    """The day (UTC) on which each administrator gets the digest of their accounts by mail; unset: nobody gets one."""

    @field_validator("alert_mail_to")
    @classmethod
    def _check_addresses(cls, text: str) -> str:
        found = [address.strip() for address in text.split(",") if address.strip()]
        if not all(map(_ADDRESS.fullmatch, found)):
            raise ValueError("is no list of e-mail addresses with commas between")
        return ",".join(found)

    @property
    def alert_addresses(self) -> tuple[str, ...]:
        """Return the addresses that are told what becomes late."""
        return tuple(self.alert_mail_to.split(",")) if self.alert_mail_to else ()
