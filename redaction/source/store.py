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
    """Rows inserted, updated, found to be as they were sent, left alone since they are redacted."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    already_redacted: int = 0

    def count(self, other: Stored) -> None:
        """Add the rows of another block."""
        self.inserted += other.inserted
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.already_redacted += other.already_redacted


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
                lost: set[tuple[int, int]] = set()
                if known:
                    there = {key: row for place, (key, row) in enumerate(parsed.rows.items(), 1) if place in known}
                    updated = _update(session, list(there.values()))
                    if updated.updated + updated.unchanged + updated.already_redacted < len(there):
                        lost = _insert_lost(session, there)
                        updated.inserted += len(lost)
                    stored.count(updated)
                if parsed.objects:
                    places = {key: place for place, key in enumerate(parsed.rows, 1)}
                    _record_objects(session, parsed, {key for key in parsed.objects if places[key] not in known} | lost)
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


def _insert_lost(session: Session, there: dict[tuple[int, int], bytes]) -> set[tuple[int, int]]:
    """Insert those of some known activities whose row is gone with its partition; return which those are."""
    accounts, ids = zip(*there, strict=True)
    rows = session.rows("forget_lost_identities", accounts=list(accounts), ids=list(ids))
    lost = {(row["account_id"], row["id"]) for row in rows}
    if lost:
        session.copy_in("copy_activities", _copied([there[key] for key in there if key in lost]))
    return lost


def _record_objects(session: Session, parsed: Parsed, new: set[tuple[int, int]]) -> None:
    """Record the addresses of objects beside their activities; by COPY, which no log of the server repeats."""
    lines = [
        f"{account_id}\t{activity_id}\t{_escape(address)}\t{'t' if (account_id, activity_id) in new else 'f'}\n"
        for (account_id, activity_id), addresses in parsed.objects.items()
        for address in addresses
    ]
    session.run("create_object_staging")
    session.copy_in("copy_objects", io.BytesIO("".join(lines).encode()))
    session.run("record_objects")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _update(session: Session, rows: list[bytes]) -> Stored:
    session.run("create_staging")
    session.copy_in("copy_staging", _copied(rows))
    counts = dict(session.one("update_activities"))
    session.run("mark_days", accounts=counts.pop("day_accounts"), days=counts.pop("days"))
    return Stored(**counts)
