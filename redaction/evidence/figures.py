"""The figures that are watched, and their words on pages and in mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from redaction.words import Word, say_count


@dataclass(frozen=True)
class Figure:
    """A figure of one account (None: of all): its number, since when (UTC), and whether it is late.

    `age_hours` is that of the oldest, 0 if there is none; `hint` says what to do.
    """

    what: str
    account_id: int | None
    count: int
    since: datetime | None
    age_hours: float
    late: bool
    hint: str


FIGURES: Mapping[str, tuple[Word, str, str]] = MappingProxyType(
    {
        "overdue activities": (
            Word("Late", "late"),
            "activity should have been redacted",
            "activities should have been redacted",
        ),
        "overdue recordings": (
            Word("Late", "late"),
            "recording should have been deleted",
            "recordings should have been deleted",
        ),
        "redacted at the source": (
            Word("Source", "due"),
            "activity is redacted at the source and not here",
            "activities are redacted at the source and not here",
        ),
        "dated in the future": (
            Word("Clock", "due"),
            "activity is dated in the future",
            "activities are dated in the future",
        ),
        "texts to decide on": (Word("Text", "info"), "text may name somebody", "texts may name somebody"),
        "names of the business's words": (
            Word("Text", "info"),
            "name of a caller is a word of the business",
            "names of callers are words of the business",
        ),
        "objects": (
            Word("Recording", "due"),
            "recording or file is not deleted yet",
            "recordings or files are not deleted yet",
        ),
        "objects elsewhere": (
            Word("Elsewhere", "info"),
            "recording or file lies outside every store",
            "recordings or files lie outside every store",
        ),
        "unfinished runs": (Word("Run failed", "late"), "run has not finished", "runs have not finished"),
        "unfinished moves": (Word("Move", "due"), "move has not finished", "moves have not finished"),
        "runs that wait for a person": (
            Word("Waits for approval", "due"),
            "run waits for a person",
            "runs wait for a person",
        ),
        "accounts being closed": (Word("Closing", "info"), "account is being closed", "accounts are being closed"),
        "holds": (Word("On hold", "hold"), "hold is in force", "holds are in force"),
        "holds that end": (Word("On hold", "hold"), "hold ends within two weeks", "holds end within two weeks"),
        "records elsewhere": (
            Word("Elsewhere", "info"),
            "record at another system is not marked as erased",
            "records at other systems are not marked as erased",
        ),
        "requests of persons": (
            Word("Request", "info"),
            "request of a person is open",
            "requests of persons are open",
        ),
        "answers kept": (Word("Request", "info"), "answer waits to be fetched", "answers wait to be fetched"),
        "copies on disk": (Word("Disk", "info"), "table has copies on disk", "tables have copies on disk"),
        "breaks of the ledger": (Word("Ledger", "late"), "break of the ledger", "breaks of the ledger"),
        "acts without a row of the ledger": (
            Word("Ledger", "late"),
            "act has no row in the ledger",
            "acts have no row in the ledger",
        ),
        "sent elsewhere": (
            Word("Elsewhere", "due"),
            "publication sends rows to other databases",
            "publications send rows to other databases",
        ),
        "accounts not fetched": (
            Word("Source", "late"),
            "account was not fetched to its end",
            "accounts were not fetched to their end",
        ),
        "quarantined records": (
            Word("Quarantine", "due"),
            "record is in quarantine",
            "records are in quarantine",
        ),
        "raw files": (Word("Inbox", "info"), "raw file is in the inbox", "raw files are in the inbox"),
    }
)
"""The figures by name: their badge, and the words for one and for many."""


_UNREADABLE: Mapping[str, str] = MappingProxyType(
    {"quarantined records": "the quarantine cannot be read", "raw files": "the inbox cannot be read"}
)
"""The words for a place that is late although nothing was counted in it."""


def say_figure(what: str, number: int, most: int | None = None) -> str:
    """Return the words of a figure: `2 texts may name somebody`; with `most`, it is counted only up to that."""
    if not number and what in _UNREADABLE:
        return _UNREADABLE[what]
    return say_count(number, *FIGURES[what][1:], most)


def find_hours(at: datetime, since: datetime | None) -> float:
    """Return the hours since an instant; 0 for None."""
    return round((at - since) / timedelta(hours=1), 1) if since else 0.0
