"""Verify the ledger: recompute the chain of hashes, compare each row with the one outside, and compare the database's
records of runs and acts with the rows.

An act and its row are written in one transaction. So a run, hold, pause, answer or setting in the database without its
row means that rows were removed.

It finds a ledger that lost its last rows here and outside, as long as what they record has left a trace. It finds
replaced rows whose counts differ from those of the runs. Nobody can find what has left no trace: a pause and its end
that are both gone, a hold or a refused request whose record was removed with its rows, a setting that no other row
mentions or that was changed back, a whole history that the owner of the database rewrote together with an outside place
that allows deletion. The protections against that are a place that forbids deletion (object lock), and issued
certificates, which name their row and its hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from redaction.db.database import Database
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import LedgerBroken
from redaction.ledger.entries import read_entries
from redaction.ledger.external import open_external, publish
from redaction.words import say_count


@dataclass(frozen=True)
class Verified:
    """How many rows the ledger has, in the database and outside, and the first bad one with the reason.

    `unrecorded` is what has happened here and no row records: rows were removed, whether at the end or not. `notes` are
    gaps that may have another cause.
    """

    rows: int
    outside: int
    first_bad: int | None
    reason: str | None
    unrecorded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Say whether every row is intact, and no row is known to be missing."""
        return self.first_bad is None and not self.unrecorded


def verify_ledger(deployment: Deployment, outside_last: int | None = None, activities: bool = False) -> Verified:
    """Return whether the ledger is whole: every row intact, none missing, the same outside the database, and one for
    each run and act that the database records.

    With `outside_last` only so many of the last rows are compared with those outside, each of which is a file. With
    `activities` every activity is checked for the run that redacted it. Rows that are not outside yet are written there
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


_MOST = 100
"""So many are named; the rest is counted."""


def list_unrecorded(database: Database, activities: bool = False) -> list[str]:
    """Return what has happened and no ledger row records, in words: ids, names of settings, counts.

    With `activities` every activity is read too, for the run that redacted it; that takes seconds for ten million.
    """
    with database.transaction("redaction_worker") as session:
        session.run("read_repeatably")
        found = [*_runs(session), *_acts(session), *_settings(session)]
        if activities:
            found += [
                f"account {row['account_id']}: run {row['run_id']}, which has no record, redacted "
                f"{say_count(row['activities'], 'activity', 'activities')}"
                for row in session.rows("redacted_by_unknown_runs")
            ]
    more = len(found) - _MOST
    return [*found[:_MOST], f"and {more:,} more"] if more > 0 else found


def list_gaps(database: Database) -> list[str]:
    """Return what may be a loss: ids that were given out and are in no record."""
    rows = database.rows("ids_given")
    return [
        f"{row['unknown']:,} of the ids of {row['what']} up to {row['last_id']:,}, the last one given out, are in no "
        "record: an act that failed has used one, or its records were removed"
        for row in rows
        if row["unknown"]
    ]


def _runs(session: Session) -> Iterator[str]:
    for row in session.rows("runs_without_row"):
        verb = "has" if row["state"] == "succeeded" else "was"
        yield f"run {row['run_id']} of account {row['account_id']} {verb} {row['state']}, and no row says so"
    for row in session.rows("runs_recorded_otherwise", run_id=None):
        names = ", ".join(row["names"])
        yield (
            f"run {row['run_id']} of account {row['account_id']}: its record and row {row['position']} differ in "
            f"{names}, so one of them was altered"
        )
    for row in session.rows("traces_of_unknown_runs"):
        yield f"run {row['run_id']} has left its set or its files in the books, and its record is gone"


def _acts(session: Session) -> Iterator[str]:
    for row in session.rows("acts_without_row"):
        what = row["what"] if row["id"] is None else f"{row['what']} {row['id']}"
        whose = "all accounts" if row["account_id"] is None else f"account {row['account_id']}"
        yield f"{what} ({whose}): no row says so"


def _settings(session: Session) -> Iterator[str]:
    for row in session.rows("settings_without_row"):
        whose = f"agency {row['agency_id']}" if row["account_id"] is None else f"account {row['account_id']}"
        yield f"{row['name']} of {whose} is not what row {row['position']}, the last one about it, says"
