"""The time of an activity, and the time when its source has last written it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from redaction.contacts.remembered import Remembered
from redaction.formats import FIRST_SECOND, LAST_SECOND
from redaction.source.clock import read_match
from redaction.source.rules import NO_FIELD, Rules, load_rules
from redaction.source.worded import Unclear, read_worded, split_zone, zone_of

AHEAD = timedelta(days=1)
"""How far ahead a time may be: clocks of sources and zones differ by less."""
_OF_MAILS = re.compile(
    r"(?:[A-Z][a-z]{2}, )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}(?::[0-9]{2})? "
    r"(?:GMT|UTC?|[ECMP][SD]T|[+-][0-9]{4})"
)
"""RFC 5322, with the zones that its predecessor (RFC 822) has named."""
_SECONDS = re.compile(r"[0-9]{9,10}(?:\.[0-9]{1,9})?|[0-9]{13}|[0-9]{16}|[0-9]{19}", re.ASCII)
_STAMP = re.compile(r"1(?:[0-9]{3}){3,6}", re.ASCII)
"""Digits that are a Unix time and no phone number, nor a date without its dashes."""
_PARTS = (1_000, 1_000_000, 1_000_000_000)
"""Milliseconds, microseconds and nanoseconds of a second. No phone number of as many digits begins with 1."""
_ZERO = re.compile(r" ?(?:UTC|GMT|Z)\Z", re.IGNORECASE)
_HALF_OF_DAY = re.compile(r"(?<=[0-9]) ?([AP])\.?M\b\.?")
_NAMED_ZONE = re.compile(r"(?<=[0-9Zz])\[[A-Za-z0-9_/+\-]+\]\Z")
"""The name of a zone behind an offset or Z (RFC 9557)."""
_OFFSET = re.compile(r"(?<=[0-9M]) ?([+-][0-9]{2}):?([0-9]{2})\Z")
_OF_SCRIPTS = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{2}) ([0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) "
    r"GMT([+-][0-9]{4})(?: \([^()]*\))?"
)
"""A time as JavaScript writes it."""
_DAY_OR_MONTH = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1(?:[0-9]{2}|[0-9]{4})\b")
_YEAR_FIRST = re.compile(r"\A([0-9]{4})/([0-9]{2})/([0-9]{2})\b")
_YEARS = range(1900, 2201)
"""A time outside is none: milliseconds for seconds, a date of Excel, a default of a program."""
_HOURS: Remembered[int, datetime] = Remembered(lambda hour: datetime.fromtimestamp(3_600 * hour, UTC), 10_000)
_SECONDS_OF_HOUR = [timedelta(seconds=second) for second in range(3_600)]


class BadTime(ValueError):
    """A record has no time, or an impossible one; the message names the fields."""


def read_time(record: Mapping[str, Any], zone: tzinfo) -> datetime:
    """Return the time of the activity (UTC): the field of seconds, else the text, in `zone` if it names none.

    Raises BadTime.
    """
    rules = load_rules()
    stamp = record.get(rules.seconds)
    if stamp.__class__ is int and 0 < stamp < LAST_SECOND:
        # This takes a third of the time of `fromtimestamp`.
        return _HOURS[stamp // 3_600] + _SECONDS_OF_HOUR[stamp % 3_600]
    try:
        if stamp and stamp.__class__ is str:
            stamp = float(stamp)
        if stamp and (stamp.__class__ is int or stamp.__class__ is float):
            found = datetime.fromtimestamp(_as_seconds(stamp), UTC)
        elif isinstance(text := record.get(rules.time), str) and text:
            found = _parse(text, zone)
        elif (text.__class__ is int or text.__class__ is float) and FIRST_SECOND <= _as_seconds(text) < LAST_SECOND:
            found = datetime.fromtimestamp(_as_seconds(text), UTC)
        elif several := [name for name in (rules.seconds, rules.time) if record.get(name).__class__ is list]:
            raise BadTime(f"{several[0]} has several values")
        else:
            raise BadTime(_say(rules, "and", "are missing", "is missing"))
    except Unclear as error:
        raise BadTime(f"{rules.time} {error}") from None
    except (ValueError, OverflowError, OSError) as error:
        raise error if isinstance(error, BadTime) else BadTime(_say(rules, "or", "is no time")) from None
    if found.year not in _YEARS:
        raise BadTime(_say(rules, "or", f"is not between the years {_YEARS[0]} and {_YEARS[-1]}"))
    return found


def read_stamp(value: Any, zone: tzinfo) -> datetime | None:
    """Return a time that the source has set (UTC): seconds or a text; None for any other value."""
    try:
        if value.__class__ is float or value.__class__ is int:
            found = datetime.fromtimestamp(_as_seconds(value), UTC)
        elif value.__class__ is str and (not value.isdecimal() or _STAMP.fullmatch(value)):
            found = _parse(value, zone)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year in _YEARS else None


def _as_seconds(stamp: float) -> float:
    """Return a Unix time in seconds, also one in milliseconds, microseconds or nanoseconds."""
    return next((stamp / part for part in _PARTS if part * 10**9 <= stamp < part * LAST_SECOND), stamp)


def _say(rules: Rules, both: str, what: str, alone: str | None = None) -> str:
    names = [name for name in (rules.time, rules.seconds) if name != NO_FIELD]
    return f"{f' {both} '.join(names)} {what if len(names) == 2 else alone or what}"


def _parse(text: str, zone: tzinfo) -> datetime:
    return _parse_local(text, zone).astimezone(UTC)


def _parse_local(text: str, zone: tzinfo) -> datetime:
    for pattern in load_rules().formats:
        found = pattern.fullmatch(text)
        if found is not None:
            return read_match(found, zone)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = _parse_otherwise(text, zone)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)


def _parse_otherwise(text: str, zone: tzinfo) -> datetime:
    """Return a time in another format that has one meaning: of mails, with words for month or zone, only in digits.

    Raises ValueError for any other, and Unclear where that needs a word: 03/02 is in March or in February.
    """
    plain = _OF_SCRIPTS.sub(r"\2 \1 \3 \4 \5", unicodedata.normalize("NFKC", text).strip())
    named = _NAMED_ZONE.search(plain)
    if named is not None and (plain[named.start() - 1] in "Zz" or _OFFSET.search(plain, 0, named.start())):
        plain = plain[: named.start()]
    if _OF_MAILS.fullmatch(plain):
        found_at = parsedate_to_datetime(plain)
        return found_at if found_at.tzinfo else found_at.replace(tzinfo=UTC)  # -0000
    if _SECONDS.fullmatch(plain) and FIRST_SECOND <= (second := _as_seconds(float(plain))) < LAST_SECOND:
        return datetime.fromtimestamp(second, UTC)
    if (worded := read_worded(plain, zone)) is not None:
        return worded
    bare, name = split_zone(plain)
    if name:
        said = zone_of(name, zone)
        parsed = _parse_local(bare, said)
        if parsed.astimezone(said).utcoffset() != parsed.utcoffset():
            raise Unclear("names two zones")
        return parsed
    if _DAY_OR_MONTH.match(plain):
        raise Unclear("has a date in which nobody knows the day from the month: its format belongs into mapping.yml")
    spelled = _HALF_OF_DAY.sub(r" \1M", _ZERO.sub(" +00:00", _YEAR_FIRST.sub(r"\1-\2-\3", plain)).upper())
    for pattern in load_rules().formats:
        found = pattern.fullmatch(spelled) or pattern.fullmatch(_OFFSET.sub(r" \1:\2", spelled))
        if found is not None:
            return read_match(found, zone)
    return datetime.fromisoformat(_OFFSET.sub(r"\1:\2", spelled))
