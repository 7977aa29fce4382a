"""When an activity was, and when its source has last written it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

AHEAD = timedelta(days=1)
"""How far ahead a time may be: clocks of sources and zones differ by less."""
_YEARS = range(1900, 2201)
"""A time outside is none: milliseconds for seconds, a date of Excel, a default of a program."""


class BadTime(ValueError):
    """A record has no time, or none that can be; the message names the fields."""


def read_time(record: Mapping[str, Any], zone: tzinfo) -> datetime:
    """Return when the activity was (UTC): `unix_time` (seconds) wins, then `called_at`, of `zone` if it names none.

    Raises BadTime.
    """
    stamp = record.get("unix_time")
    text = record.get("called_at")
    try:
        if stamp and stamp.__class__ is str:
            stamp = float(stamp)
        if stamp and (stamp.__class__ is int or stamp.__class__ is float):
            found = datetime.fromtimestamp(stamp, UTC)
        elif isinstance(text, str) and text:
            found = _parse(text, zone)
        else:
            raise BadTime("called_at and unix_time are missing")
    except (ValueError, OverflowError, OSError) as error:
        raise error if isinstance(error, BadTime) else BadTime("called_at or unix_time is no time") from None
    if found.year not in _YEARS:
        raise BadTime(f"called_at or unix_time is not between the years {_YEARS[0]} and {_YEARS[-1]}")
    return found


def read_stamp(value: Any, zone: tzinfo) -> datetime | None:
    """Return a moment that the source has set (UTC): seconds or a text; None for what is no such moment."""
    try:
        if value.__class__ is float or value.__class__ is int:
            found = datetime.fromtimestamp(value, UTC)
        elif value.__class__ is str and not value.isdecimal():
            found = _parse(value, zone)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year in _YEARS else None


def _parse(text: str, zone: tzinfo) -> datetime:
    # "2013-05-01 11:48 PM -04:00", taken apart by hand: strptime takes ten times as long.
    if len(text) == 26 and text[17:19] in ("AM", "PM"):
        hour = int(text[11:13]) % 12 + (12 if text[17] == "P" else 0)
        offset = timedelta(hours=int(text[21:23]), minutes=int(text[24:26])) * (-1 if text[20] == "-" else 1)
        of = timezone(offset)
        parsed = datetime(int(text[:4]), int(text[5:7]), int(text[8:10]), hour, int(text[14:16]), tzinfo=of)
    else:
        parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)
