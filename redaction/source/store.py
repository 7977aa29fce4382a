"""A parsed block -> `tracking.activities`, in one transaction.

New activities are copied straight in; those that are there go through a staging table, dropped with its transaction,
and an update. Loading twice changes nothing; what is redacted is never touched. The role of the load cannot read
personal columns back.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from redaction.database import Database, Session
from redaction.errors import AccountMoving
from redaction.pipeline.strip import patiently
from redaction.settings import Settings
from redaction.source.copyformat import HEADER, TRAILER
from redaction.source.parse import Parsed


@dataclass
class Stored:
    """Rows inserted, updated, found to be as they were sent, left alone since they are redacted, kept by a hold.

    Of a row kept by a hold the record would have changed or removed a personal value, which stays as it is.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    already_redacted: int = 0
    kept_by_hold: int = 0

    def count(self, other: Stored) -> None:
        """Add the rows of another block."""
        self.inserted += other.inserted
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.already_redacted += other.already_redacted
        self.kept_by_hold += other.kept_by_hold


class Store:
    """The way into one database; remembers which partitions are there."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Take an open database; the caller closes it."""
        self._database = database
        self._settings = settings
        self._known_days: set[datetime] = set()

    def put(self, parsed: Parsed, wait: Callable[[], object] = lambda: None) -> Stored:
        """Store the rows of a block; `wait` is called before anything is read or written, and may block.

        Raises DatabaseBusy when the transaction stayed busy through all its retries.
        """
        stored = Stored()
        if not parsed.rows:
            return stored
        accounts, ids = zip(*parsed.rows, strict=True)
        self._ensure_partitions(parsed.days)
        wait()
        for attempt in patiently(self._settings):
            with attempt, self._database.transaction("redaction_loader") as session:
                wanted = sorted(set(accounts))
                session.rows("lock_accounts", accounts=wanted)
                leaving = session.rows("list_leaving", accounts=wanted)
                if leaving:
                    raise AccountMoving(
                        f"account {leaving[0]['id']} is moving to another placement: nothing is lost, load again when "
                        "it has arrived"
                    )
                found = session.one("known_activities", accounts=_literal(accounts), ids=_literal(ids))
                known = set(found["places"])
                new = [row for place, row in enumerate(parsed.rows.values(), 1) if place not in known]
                if new:
                    session.copy_in("copy_activities", _copied(new))
                stored = Stored(inserted=len(new))
                if known:
                    there = [row for place, row in enumerate(parsed.rows.values(), 1) if place in known]
                    stored.count(_update(session, there))
        return stored

    def _ensure_partitions(self, days: set[datetime]) -> None:
        new_days = sorted(days - self._known_days)
        if not new_days:
            return
        for attempt in patiently(self._settings):
            with attempt, self._database.transaction("redaction_loader") as session:
                session.rows("ensure_partitions", days=new_days, width=self._settings.partition_width)
        self._known_days.update(new_days)


def _literal(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _copied(rows: list[bytes]) -> io.BytesIO:
    return io.BytesIO(b"".join((HEADER, *rows, TRAILER)))


def _update(session: Session, rows: list[bytes]) -> Stored:
    session.run("create_staging")
    session.copy_in("copy_staging", _copied(rows))
    counts = dict(session.one("update_activities"))
    session.run("mark_days", accounts=counts.pop("day_accounts"), days=counts.pop("days"))
    held = session.one("kept_by_hold")
    counts["updated"] -= held["written"]
    counts["unchanged"] -= held["kept"] - held["written"]
    return Stored(**counts, kept_by_hold=held["kept"])
