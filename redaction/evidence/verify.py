"""Is the ledger whole? The chain of the database is reckoned anew, and each row compared with the one outside."""

from __future__ import annotations

from dataclasses import dataclass

from redaction.database import Database
from redaction.errors import LedgerBroken
from redaction.evidence.anchor import open_anchor, publish
from redaction.evidence.ledger import read_entries
from redaction.settings import Settings


@dataclass(frozen=True)
class Verified:
    """How many rows the ledger has, in the database and outside, and the first that is not as it must be, and why."""

    rows: int
    outside: int
    first_bad: int | None
    reason: str | None


def verify_ledger(database: Database, settings: Settings, outside_last: int | None = None) -> Verified:
    """Return whether the ledger is whole: every row as it was written, none gone, the same outside the database.

    With `outside_last` only so many of the last rows are compared with those outside, each of which is a file.
    Rows that are not outside yet are written there first. Raises LedgerUnreachable, NotAllowed (another place).
    """
    anchor, _, _ = open_anchor(database, settings)
    previous, position, outside = "", 0, 0
    for entry in read_entries(database):
        position += 1
        if entry.position != position:
            return Verified(position - 1, outside, position, "it is gone from the database")
        if entry.previous_hash != previous:
            return Verified(position, outside, position, "it does not go on after the row before it")
        if entry.reckon() != entry.hash:
            return Verified(position, outside, position, "it was altered in the database: its hash is another")
        previous = entry.hash
    try:
        publish(database, settings)
        outside = 0 if outside_last is None else max(position - outside_last, 0)
        for entry in read_entries(database, outside):
            kept = anchor.read_entry(entry.position)
            if kept is None:
                return Verified(position, outside, entry.position, "it is gone from the place outside")
            if kept != entry:
                return Verified(position, outside, entry.position, "outside it is another than in the database")
            outside += 1
        if anchor.read_entry(position + 1) is not None:
            return Verified(position, outside + 1, position + 1, "the database does not have it: was it restored?")
    except LedgerBroken as error:
        return Verified(position, outside, outside + 1, str(error))
    return Verified(position, outside, None, None)
