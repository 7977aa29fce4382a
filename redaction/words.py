"""The one table of words for people: pages, commands, notes in Airflow, mails and the docs of DAGs use it.

Names in code and in the database (`strip`, `residue`, `L2`) stay; this module has the words that people read instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from redaction.policy import Policy

Tone = Literal["late", "due", "ok", "hold", "info", "off"]
"""The colour of a badge. Red (`late`) is only for what is late or has failed."""


@dataclass(frozen=True)
class Word:
    """The name of a state, and the tone of its badge."""

    text: str
    tone: Tone


ACCOUNT_STATES: Mapping[str, Word] = MappingProxyType(
    {
        "late": Word("Late", "late"),
        "failed": Word("Run failed", "late"),
        "paused": Word("Paused", "due"),
        "waits": Word("Waits for approval", "due"),
        "held": Word("On hold", "hold"),
        "due": Word("Due", "info"),
        "on_schedule": Word("On schedule", "ok"),
        "off": Word("Off", "off"),
    }
)
"""States of accounts, in their order of precedence."""
RUN_STATES: Mapping[str, Word] = MappingProxyType(
    {
        "selected": Word("Running: activities chosen", "info"),
        "stripped": Word("Running: personal data removed", "info"),
        "erased": Word("Running: recordings deleted", "info"),
        "validated": Word("Running: validated", "info"),
        "succeeded": Word("Done", "ok"),
        "nothing_due": Word("Nothing due", "ok"),
        "failed": Word("Failed", "late"),
        "refused": Word("Refused", "due"),
        "abandoned": Word("Given up", "off"),
        "waits": Word("Waits for approval", "due"),
    }
)
"""States of runs, by their name in the database; `waits` is a run that waits for approval."""
ACTIVITY_STATES: Mapping[str, Word] = MappingProxyType(
    {"personal": Word("Personal", "info"), "held": Word("On hold", "hold"), "redacted": Word("Redacted", "off")}
)
REQUEST_STATES: Mapping[str, Word] = MappingProxyType(
    {
        "open": Word("Open", "info"),
        "answered": Word("Answered", "ok"),
        "refused": Word("Refused", "due"),
        "closed": Word("Closed", "off"),
    }
)
REQUEST_KINDS: Mapping[str, str] = MappingProxyType(
    {"both": "a copy, then erasure", "access": "a copy of what is kept", "erasure": "erasure"}
)
"""The kinds of requests of a person."""
AHEAD = "dated in the future"
"""How the rule of a run begins that redacts activities by when they were loaded."""
RUN_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "automatic": "By rule",
        "manual": "By hand",
        "source": "Redacted at the source",
        "closing": "Account closed",
        "replay": "Redone after a restore",
        "move": "Account moved",
    }
)
"""The reason of a run."""
STEPS: Mapping[str, str] = MappingProxyType(
    {
        "select": "Choose what is due",
        "strip": "Remove personal data",
        "objects": "Delete recordings",
        "validate": "Validate",
        "reports": "Rebuild reports",
    }
)
"""The names of the steps of a run, which are the tasks of a DAG."""
LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "none": "Nothing removed yet",
        "L0": "Emptied",
        "L1": "No live copy",
        "L2": "Files rewritten",
        "L3": "Log rotated",
        "L4": "Backups expired",
    }
)
"""The steps of an erasure, in order; each includes those before it."""
KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"call": ("call", "calls"), "text": ("text", "texts"), "chat": ("chat", "chats"), "form": ("form", "forms")}
)
"""Kinds of activities: one, many."""
PERIODS: Mapping[str | None, str] = MappingProxyType(
    {None: "off", "daily": "daily", "30": "every 30 days", "60": "every 60 days", "90": "every 90 days"}
)
RECORDINGS_PERIODS: Mapping[str | None, str] = MappingProxyType(
    {
        None: "with the rest",
        "daily": "daily",
        "30": "after 30 days",
        "60": "after 60 days",
        "90": "after 90 days",
    }
)
MODES: Mapping[str, str] = MappingProxyType(
    {"every": "at the end of each period, everything before it", "rolling": "each day, a period after that day"}
)
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "name": "Name",
        "agency_id": "Agency",
        "timezone": "Time zone",
        "country": "Country of its numbers",
        "manual_redaction": "Redaction by hand",
        "auto_redaction": "Automatic redaction",
        "auto_redaction_since": "Counted from",
        "retention_mode": "What a run redacts",
        "recordings_period": "Recordings",
        "caller_id_enabled": "Caller ID",
        "enhanced_caller_id_enabled": "Enhanced Caller ID",
        "follow_source": "Redact what the source has redacted",
        "needs_approval": "Two people for what cannot be undone",
        "administrators": "Administrators",
        "may_not_hold": "May not place holds",
        "may_not_release": "May not release holds",
        "allow_redaction": "Accounts may redact",
    }
)
"""Settings, by their name in the ledger."""
_VALUES: Mapping[str, Mapping[Any, str]] = MappingProxyType(
    {"auto_redaction": PERIODS, "recordings_period": RECORDINGS_PERIODS, "retention_mode": MODES}
)
SAY: Mapping[str, str] = MappingProxyType(
    {
        "stripped": "redacted",
        "residue": "copies on disk",
        "systems outside": "other systems",
        "nothing due": "on schedule",
        "the ledger is whole": "ledger intact",
        "this did not work": "what happened",
        "no activity is like this": "no calls match",
        "no account is like this": "no accounts match",
    }
)
"""Words that no page uses any more, in lower case, and what to use instead."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PARTITION = re.compile(r"activities_(\d{8})")
_CITIES = {"Sao_Paulo": "São Paulo", "Bogota": "Bogotá", "Asuncion": "Asunción"}
_STORED_RULE = re.compile(
    r"(?:every day|every (?P<every>\d+) days|each day (?P<after>\d+) days later,) at midnight (?P<zone>[^\s,;]+),"
    r" since [\d-]+(?P<recordings>; recordings (?:every day|after \d+ days))?"
)


def say_zone(zone: str) -> str:
    """Return the city of a time zone, `New York` for `America/New_York`; the name itself if it has none."""
    area, _, city = zone.rpartition("/")
    return zone if area in ("", "Etc") else _CITIES.get(city, city.replace("_", " "))


def say_rule(policy: Policy | None) -> str:
    """Return the rule of a policy, without its zone: `Every 60 days`; `Off` for None."""
    if policy is None:
        return "Off"
    clock = f"; recordings {RECORDINGS_PERIODS[policy.recordings]}" if policy.recordings else ""
    return _rule(policy.days if policy.mode == "every" else 0, policy.days) + clock


def say_stored_rule(text: str) -> str:
    """Return the rule that a run has stored in these words; a text of another form stays as it is."""
    found = _STORED_RULE.fullmatch(text)
    if found is None:
        return text
    every, after = found["every"] or found["after"] or "1", found["after"]
    rule = _rule(0 if after else int(every), int(every))
    return f"{rule} ({say_zone(found['zone'])}){(found['recordings'] or '').replace('every day', 'daily')}"


def _rule(every: int, days: int) -> str:
    if days == 1:
        return "Daily"
    return f"Every {every} days" if every else f"{days} days after each day"


def say_setting(name: str) -> str:
    """Return the name of a setting for people."""
    return SETTINGS.get(name, name.replace("_", " ").capitalize())


def say_value(name: str, value: Any) -> str:
    """Return the value of a setting in words: never `None`, `True` or a list in brackets."""
    words = _VALUES.get(name, {})
    if isinstance(value, str | None) and value in words:
        return words[value]
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "on" if value else "off"
    if name == "auto_redaction_since":
        return say_day(date.fromisoformat(str(value)), date.min)
    if isinstance(value, str):
        return value
    return ", ".join(map(str, value)) or "none" if isinstance(value, Iterable) else str(value)


def say_number(number: int, most: int | None = None) -> str:
    """Return a number; one above `most`, up to which it was counted, as `more than 10,000`."""
    return f"{number:,}" if most is None or number <= most else f"more than {most:,}"


def say_count(number: int, one: str, many: str, most: int | None = None) -> str:
    """Return a number as `say_number` does, with its noun: `1 activity`, `3,989 activities`."""
    return f"{say_number(number, most)} {one if number == 1 else many}"


def say_activities(number: int) -> str:
    """Return a number of activities: `1 activity`, `3,989 activities`."""
    return say_count(number, "activity", "activities")


def say_kinds(counts: Mapping[str, int] | None) -> str:
    """Return how many activities there are of each kind, without zeros: `3 calls, 1 text`."""
    return ", ".join(say_count(number, *KINDS[kind]) for kind, number in (counts or {}).items() if number)


def say_each(counts: Mapping[str, int] | None) -> str:
    """Return numbers by name, without zeros: `tags: 2, call audio: 1`, since such names have no common plural."""
    named = ((name.replace("_", " "), number) for name, number in (counts or {}).items() if number)
    return ", ".join(f"{name}: {number:,}" for name, number in named)


def say_states(counts: Mapping[str, int]) -> str:
    """Return how many accounts are in each state, without empty states: `1 late, 6 on schedule`."""
    named = ((word.text.lower(), counts[state]) for state, word in ACCOUNT_STATES.items())
    return ", ".join(f"{count:,} {text}" for text, count in named if count)


def say_day(day: date, today: date) -> str:
    """Return a day in short: `28 Nov`, with the year if it is not that of `today`."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]}{year}"


def say_files(name: str) -> str:
    """Return what a table's files hold: `activities from 2 Mar 2026` for a partition, `held contacts` for
    `tracking.held_contacts`.
    """
    schema, _, table = name.rpartition(".")
    if found := _PARTITION.fullmatch(name):
        return f"activities from {say_day(date.fromisoformat(found[1]), date.min)}"
    if name == "activities_elsewhen":
        return "activities of distant days"
    words = table.replace("_", " ")
    return {"": name, "reporting": f"report: {words}"}.get(schema, words)


def say_weekday(day: date) -> str:
    """Return the short name of a weekday: `Mon`."""
    return _WEEKDAYS[day.weekday()]


def say_time(at: datetime, zone: str, now: datetime | None = None) -> str:
    """Return an instant in short, in a zone that the page names once: `28 Nov, 23:43`."""
    local, today = (one.astimezone(ZoneInfo(zone)) for one in (at, now or datetime.now(UTC)))
    return f"{say_day(local.date(), today.date())}, {local:%H:%M}"


def say_utc(at: datetime) -> str:
    """Return an instant to the minute in UTC, for a line without a zone: `2026-11-28 23:43 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def say_distance(at: datetime, now: datetime | None = None) -> str:
    """Return the distance of an instant: `in 6 h`, `2 h ago`; "" beyond 48 hours."""
    distance = at - (now or datetime.now(UTC))
    minutes = round(abs(distance) / timedelta(minutes=1))
    if minutes > 48 * 60:
        return ""
    length = f"{minutes} min" if minutes < 90 else f"{round(minutes / 60)} h"
    return f"in {length}" if distance > timedelta() else f"{length} ago"
