"""Is the ledger whole? The chain of the database is reckoned anew, each row compared with the one outside, and what the
database records of runs and acts compared with the rows; what nobody can find is said in `unrecorded`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from redaction.deployment import Deployment
from redaction.errors import LedgerBroken
from redaction.ledger.entries import read_entries
from redaction.ledger.external import open_external, publish
from redaction.ledger.unrecorded import list_gaps, list_unrecorded


@dataclass(frozen=True)
class Verified:
    """How many rows the ledger has, in the database and outside, and the first that is not as it must be, and why.

    `unrecorded` is what has happened here and no row records: rows were removed, the last ones too, wherever they lay.
    `notes` are gaps that may have another cause.
    """

    rows: int
    outside: int
    first_bad: int | None
    reason: str | None
    unrecorded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Say whether every row is as it must be, and nothing is known of which a row is missing."""
        return self.first_bad is None and not self.unrecorded


def verify_ledger(deployment: Deployment, outside_last: int | None = None, activities: bool = False) -> Verified:
    """Return whether the ledger is whole: every row as it was written, none gone, the same outside the database, and
    one for each run and act that the database records.

    With `outside_last` only so many of the last rows are compared with those outside, each of which is a file; with
    `activities` every activity is asked for the run that redacted it. Rows that are not outside yet are written there
    first. Raises LedgerUnreachable, NotAllowed (another place).
    """
    found = _verify_rows(deployment, outside_last)
    unrecorded = tuple(list_unrecorded(deployment.database, activities))
    return replace(found, unrecorded=unrecorded, notes=tuple(list_gaps(deployment.database)))


def _verify_rows(deployment: Deployment, outside_last: int | None) -> Verified:
    external, _, _ = open_external(deployment)
    previous, position, outside = "", 0, 0
    for entry in read_entries(deployment.database):
        position += 1
        if entry.position != position:
            return Verified(position - 1, outside, position, "it is gone from the database")
        if entry.previous_hash != previous:
            return Verified(position, outside, position, "it does not go on after the row before it")
        if entry.reckon() != entry.hash:
            return Verified(position, outside, position, "it was altered in the database: its hash is another")
        previous = entry.hash
    try:
        publish(deployment)
        outside = 0 if outside_last is None else max(position - outside_last, 0)
        for entry in read_entries(deployment.database, outside):
            kept = external.read_entry(entry.position)
            if kept is None:
                return Verified(position, outside, entry.position, "it is gone from the place outside")
            if kept != entry:
                return Verified(position, outside, entry.position, "outside it is another than in the database")
            outside += 1
        if external.read_entry(position + 1) is not None:
            return Verified(position, outside + 1, position + 1, "the database does not have it: was it restored?")
        last = external.find_last()
        if last > position:
            why = f"it is gone here and outside, where something is left of row {last}"
            return Verified(position, outside, position + 1, why)
    except LedgerBroken as error:
        return Verified(position, outside, outside + 1, str(error))
    return Verified(position, outside, None, None)
