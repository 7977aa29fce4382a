"""Countries for reading numbers (two letters of ISO 3166-1), and the countries of time zones (IANA database)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from redaction.contacts.remembered import Remembered
from redaction.errors import BadInput

OTHERWISE = "US"
"""The country of a zone without one, such as UTC: that of the source."""
_OTHERWISE_CALLED = {"UK": "GB", "EL": "GR"}
"""Letters that the United Kingdom and the European Union use, and those of ISO 3166-1."""
_NAMES = {
    name: country
    for country, names in {
        "US": "usa, united states of america, u.s., u.s.a., america, estados unidos, etats-unis",
        "GB": "united kingdom, great britain, britain, england, scotland, wales, gbr",
        "DE": "deutschland, deu",
        "AT": "osterreich",
        "CH": "schweiz, suisse, svizzera",
        "ES": "espana, esp",
        "IT": "italia, ita",
        "FR": "fra",
        "NL": "nederland, the netherlands",
        "MX": "mexico, mex",
        "BR": "brasil, bra",
        "PL": "polska",
        "CA": "can",
        "AU": "aus",
        "IN": "ind",
        "BE": "belgique, belgie",
        "SE": "sverige",
        "NO": "norge",
        "DK": "danmark",
        "FI": "suomi",
        "PT": "portugal",
    }.items()
    for name in names.split(", ")
}
"""Other names of countries than those of the IANA database, in lower case and without accents."""
_CALLING_CODE = re.compile(r"[^0-9+]*(?:\+|00)? ?([0-9]{1,3}|1[ -]?[0-9]{3})[^0-9]*")


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


def read_country(value: Any) -> str | None:
    """Return the country (ISO 3166-1) that a value means: its two letters, its calling code, or its name.

    The main one of those that share a calling code; None for anything else.
    """
    text = value[0] if value.__class__ is list and len(value) == 1 else value
    text = str(text) if text.__class__ is int else text
    return _said[text] if text.__class__ is str and len(text) < 100 else None


def _read_said(text: str) -> str | None:
    code = _CALLING_CODE.fullmatch(text)
    if code is not None:
        digits = code[1] if len(code[1]) < 4 else "1"
        return COUNTRY_CODE_TO_REGION_CODE.get(int(digits), (None,))[0]
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    plain = plain.strip().casefold()
    found = plain.upper() if len(plain) == 2 else _NAMES.get(plain) or _countries_by_name().get(plain)
    found = _OTHERWISE_CALLED.get(found or "", found)
    return found if found in SUPPORTED_REGIONS else None


_said: Remembered[str, str | None] = Remembered(_read_said, 1_000)


@cache
def _all_countries() -> frozenset[str]:
    return frozenset(_countries_by_name().values())


@cache
def _countries_by_name() -> dict[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return {line[3:].strip().casefold(): line[:2] for line in lines if line[:1] != "#"}


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
