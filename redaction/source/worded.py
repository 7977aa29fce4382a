"""Times with words: the name of a month (`Nov 3, 2026 4:05 PM`) or of a zone (`2026-11-03 16:05 EST`). Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + "|sept"
_DATE = re.compile(
    rf"\b(?:(?P<m1>{_MONTH})\b\.?[ -]*(?P<d1>[0-9]{{1,2}})(?:st|nd|rd|th)?\b[, -]+"
    r"(?:(?P<zone>[a-z]{2,5}) )?(?P<y1>[0-9]{4})"
    rf"|(?P<d2>[0-9]{{1,2}})(?:st|nd|rd|th|\.)?[ -]*(?:of )?(?P<m2>{_MONTH})\b[., -]*(?P<y2>[0-9]{{4}})"
    rf"|(?P<y3>[0-9]{{4}})[ -](?P<m3>{_MONTH})\.?[ -](?P<d3>[0-9]{{1,2}}))\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![0-9:.+-])([0-9]{1,2})"
    r"(?::([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?(?: ?([ap])\.?m\b\.?)?| ?([ap])\.?m\b\.?)(?![0-9:])",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"\b(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b\.?|\b(?:at|on)\b", re.IGNORECASE
)
_ZONE = re.compile(
    r"(?<=[0-9MZ.]) ?\(?"
    r"([A-Z]{2,5}|[A-Z]+(?:/[A-Z0-9_+-]+){1,2}|(?:GMT|UTC) ?[+-][0-9]{1,2}(?::?[0-9]{2})?)\)?\Z",
    re.IGNORECASE,
)
_HALVES = ("am", "pm")
_OF_HALF = range(1, 13)
_AROUND = str.maketrans(dict.fromkeys(",()", " "))
_FROM_ZERO = re.compile(r"(?:gmt|utc) ?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.IGNORECASE)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_HOURS = {
    **dict.fromkeys(("utc", "gmt", "z"), 0.0),
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},
    **{"akst": -9, "akdt": -8, "hst": -10, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3},
    **{"jst": 9, "acst": 9.5, "acdt": 10.5, "awst": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13},
}
"""Hours of abbreviations ahead of UTC: those of mails (RFC 822), and those that only one zone has."""


class Unclear(ValueError):
    """A time may be several; the message says why, and quotes nothing."""


def split_zone(text: str) -> tuple[str, str]:
    """Return a text without the zone that stands behind it, and that zone; the empty text for none."""
    found = _ZONE.search(text)
    if found is None or found[1].lower() in _HALVES:
        return text, ""
    return text[: found.start()], found[1]


def zone_of(name: str, own: tzinfo) -> tzinfo:
    """Return the zone that a name means, in an account of the zone `own`; raises Unclear if it may be several."""
    low = name.lower()
    ahead = _FROM_ZERO.fullmatch(name) or _OFFSET.fullmatch(name)
    if ahead is not None:
        after = timedelta(hours=int(ahead[2]), minutes=int(ahead[3] or 0))
        return timezone(-after if ahead[1] == "-" else after)
    if "/" in name:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise Unclear("names a zone that nobody knows") from None
    owns = _names_of(own)
    if low in owns:
        return timezone(owns[low])
    # Eastern Australia calls its own time EST, too.
    if low not in _HOURS or f"a{low}" in owns:
        raise Unclear("has letters for a zone that may mean several: send its offset (-05:00)")
    return timezone(timedelta(hours=_HOURS[low]))


def _names_of(zone: tzinfo) -> dict[str, timedelta]:
    found = [datetime(2026, month, 1, tzinfo=zone) for month in (1, 7)]
    return {name.lower(): offset for at in found if (name := at.tzname()) and (offset := at.utcoffset()) is not None}


def read_worded(text: str, own: tzinfo) -> datetime | None:
    """Return a time with the name of its month, in the zone `own` if it names none; None for any other text.

    Raises ValueError for an impossible time, Unclear if it may be several.
    """
    clock = _CLOCK.search(text)
    if clock is None:
        return None
    rest = " ".join(f"{text[: clock.start()]} {text[clock.end() :]}".split())
    date = _DATE.search(rest)
    if date is None:
        return None
    said = (
        _WEEKDAY.sub(" ", f"{rest[: date.start()]} {rest[date.end() :]} {date['zone'] or ''}")
        .translate(_AROUND)
        .split()
    )
    said = [word for word in said if word != "-"]
    if len(said) > 1:
        return None
    day, month, year = next((date[f"d{n}"], date[f"m{n}"], date[f"y{n}"]) for n in (1, 2, 3) if date[f"d{n}"])
    number = next(n for n, name in enumerate(_MONTHS, 1) if name[:3] == month[:3].lower())
    hours, minutes, seconds, fraction, half = *clock.groups()[:4], clock[5] or clock[6]
    hour = int(hours)
    if half:
        if hour not in _OF_HALF:
            raise ValueError
        hour = hour % 12 + (12 if half in "pP" else 0)
    micro = int((fraction or "").ljust(6, "0")[:6])
    zone = zone_of(said[0], own) if said else own
    return datetime(int(year), number, int(day), hour, int(minutes or 0), int(seconds or 0), micro, tzinfo=zone)
