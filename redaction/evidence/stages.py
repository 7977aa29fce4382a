"""The progress of an erasure as five steps in words: done steps, and steps to come, which are worded as such."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from redaction.erasure.levels import LEVELS as MEANINGS
from redaction.erasure.levels import Level
from redaction.words import LEVELS, say_time, say_zone

_AHEAD: Mapping[str, str] = {
    "L0": "Personal columns will be emptied when the run goes on",
    "L1": "Live copies that are left will be removed by the nightly job",
    "L2": "Files on disk will be rewritten by the nightly job",
    "L3": "The write-ahead log will be rotated by the nightly job",
}


@dataclass(frozen=True)
class Stage:
    """One step of an erasure: its level, its name, and a sentence about what was done or will be."""

    level: str
    done: bool
    name: str
    sentence: str


def list_stages(level: str, backups_expire: datetime | None, zone: str = "UTC") -> list[Stage]:
    """Return the five steps of an erasure that has reached a level (`none` for none of them)."""
    stages = []
    for name, meaning in MEANINGS.items():
        done = level != "none" and name <= level
        sentence = f"{meaning[:1].upper()}{meaning[1:]}" if done else _say_ahead(name, backups_expire, zone)
        stages.append(Stage(name, done, LEVELS[name], sentence))
    return stages


def say_covered(level: Level) -> list[str]:
    """Return what an erasure covers, a sentence a step."""
    return [f"{stage.name}: {stage.sentence}" for stage in list_stages(level, None) if stage.done]


def say_not_covered(
    level: Level, lines: Iterable[str], backups_expire: datetime | None, zone: str = "UTC"
) -> list[str]:
    """Return what an erasure does not cover yet: steps to come, then what else a certificate lists (`lines`)."""
    ahead = [stage.sentence for stage in list_stages(level, backups_expire, zone) if not stage.done]
    # The levels are worded as steps; what keeps backups is one of them.
    return [*ahead, *(line for line in lines if line[:2] not in MEANINGS and not line.startswith("backups"))]


def say_instant(at: datetime, zone: str) -> str:
    """Return an instant exactly, in a zone and in UTC: `28 Nov 2026, 23:43:07 New York (2026-11-29 04:43:07 UTC)`."""
    exact = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if zone == "UTC":
        return exact
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M:%S} {say_zone(zone)} ({exact})"


def _say_ahead(name: str, backups_expire: datetime | None, zone: str) -> str:
    if name in _AHEAD:
        return _AHEAD[name]
    if backups_expire is None:
        return "Backups and archived logs: the time until they expire is not set"
    day = say_time(backups_expire, zone).partition(",")[0]
    return f"Backups and archived logs will expire by {day}"
