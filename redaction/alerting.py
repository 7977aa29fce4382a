"""Settings of alerts: who receives them, and by which connections; a part of all settings (`redaction.settings`)."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator
from pydantic_settings import BaseSettings

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_ADDRESS = re.compile(r"[^\s@,<>]+@[^\s@,<>]+")


class AlertSettings(BaseSettings):
    """The recipients of alerts, and the Airflow connections that send them."""

    alert_mail_to: str = ""
    """Recipients of mails about what becomes late and what is in order again: addresses, separated by commas."""
    alert_mail_from: str | None = None
    """The sender of these mails; unset: that of the connection."""
    alert_mail_connection: str = "smtp_default"
    """The Airflow connection (SMTP) that sends the mails."""
    alert_mail_domain: str | None = None
    """The domain after an administrator's name in their address (`example.com`); unset: only names that are
    addresses get the digest.
    """
    alert_slack_connection: str | None = None
    """The Airflow connection (Slack incoming webhook) for the same alerts in Slack; unset: none there."""
    alert_digest: Weekday | None = None
    """The weekday (UTC) on which each administrator gets the digest of their accounts by mail; unset: no digest."""

    @field_validator("alert_mail_to")
    @classmethod
    def _check_addresses(cls, text: str) -> str:
        found = [address.strip() for address in text.split(",") if address.strip()]
        if not all(map(_ADDRESS.fullmatch, found)):
            raise ValueError("is no list of e-mail addresses separated by commas")
        return ",".join(found)

    @property
    def alert_addresses(self) -> tuple[str, ...]:
        """Return the addresses that receive alerts."""
        return tuple(self.alert_mail_to.split(",")) if self.alert_mail_to else ()
