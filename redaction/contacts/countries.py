"""Countries for reading numbers (two letters of ISO 3166-1), and the countries of time zones (IANA database)."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from phonenumbers import SUPPORTED_REGIONS

from redaction.errors import BadInput

OTHERWISE = "US"
"""The country of a zone without one, such as UTC: that of the source."""
_OTHERWISE_CALLED = {"UK": "GB", "EL": "GR"}
"""Letters that the United Kingdom and the European Union use, and those of ISO 3166-1."""


def country_of(country: str | None, timezone: str) -> str:
    """Return the country of an account: its own setting, else that of its time zone, else OTHERWISE."""
    return country or _countries().get(timezone, OTHERWISE)


def check_country(account_id: int, country: str | None) -> None:
    """Raise BadInput for a country whose numbers cannot be read; None means that of the time zone."""
    problem = None if country is None else find_country_problem(country)
    if problem is not None:
        raise BadInput(f"account {account_id}: {problem}; nothing was changed", "country")


def find_country_problem(country: str) -> str | None:
    """Return why the numbers of a country, in capital letters, cannot be read; None if they can."""
    if country in SUPPORTED_REGIONS:
        return None
    if re.fullmatch(r"[A-Z]{2}", country) is None:
        return "a country is written as two letters (ISO 3166-1), such as US or AU"
    if country in _OTHERWISE_CALLED:
        return f"{country} is no country of ISO 3166-1: write {_OTHERWISE_CALLED[country]}"
    if country in _all_countries():
        return f"{country} has no phone numbers of its own: name the country whose numbers people use there"
    return f"{country} is no country of ISO 3166-1: its two letters are for example US, AU or GB"


@cache
def _all_countries() -> frozenset[str]:
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(line[:2] for line in lines if line[:1] != "#")


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
