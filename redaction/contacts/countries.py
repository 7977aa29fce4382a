"""Countries for reading numbers (two letters of ISO 3166-1), and the countries of time zones (IANA database)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from phonenumbers import SUPPORTED_REGIONS

from redaction.errors import BadInput

OTHERWISE = "US"
"""The country of a zone without one, such as UTC: that of the source."""


def country_of(country: str | None, timezone: str) -> str:
    """Return the country of an account: its own setting, else that of its time zone, else OTHERWISE."""
    return country or _countries().get(timezone, OTHERWISE)


def check_country(account_id: int, country: str | None) -> None:
    """Raise BadInput for a country whose numbers cannot be read; None means that of the time zone."""
    if country is not None and country not in SUPPORTED_REGIONS:
        raise BadInput(
            f"account {account_id}: a country is written as two letters (ISO 3166-1), such as US or AU; nothing was "
            "changed",
            "country",
        )


@cache
def _countries() -> dict[str, str]:
    zones = files("tzdata") / "zoneinfo"
    lines = (zones / "zone.tab").read_text(encoding="ascii").splitlines()
    found = {zone: country for country, _, zone in (line.split("\t")[:3] for line in lines if line[:1] != "#")}
    for line in (zones / "tzdata.zi").read_text(encoding="utf-8").splitlines():
        if line.startswith("L "):
            _, zone, other = line.split()
            if zone in found:
                found.setdefault(other, found[zone])
    return found
