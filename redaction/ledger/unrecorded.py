"""What the database did and its ledger does not tell: the records of runs, holds, pauses, answers and settings against
the rows. An act and its row are written in one transaction, so one without the other means that rows were removed.

It finds a ledger that lost its last rows here and outside, as long as what those rows tell of has left a trace, and
rows that were written in their place with other counts than those of the runs. Nobody can find what has left no trace:
a pause and its end that are both gone, a hold or a refused request whose record was removed with its rows, a setting
that no other row tells of or that was changed back, a whole history that the owner of the database rewrote together
with an outside place that lets objects be deleted. The guards against that are a place that forbids it (object lock),
and the certificates that were issued, which name their row and its hash.
"""

from __future__ import annotations

from collections.abc import Iterator

from redaction.db.database import Database
from redaction.db.session import Session

_MOST = 100
"""So many are named, the rest is counted."""


def list_unrecorded(database: Database, activities: bool = False) -> list[str]:
    """Return what has happened and no row of the ledger records, in words: ids, names of settings, counts.

    With `activities` every activity is read, too, for the run that redacted it; that takes seconds for ten million.
    """
    with database.transaction("redaction_worker") as session:
        session.run("read_repeatably")
        found = [*_runs(session), *_acts(session), *_settings(session)]
        if activities:
            found += [
                f"{row['activities']:,} activities of account {row['account_id']} were redacted by run "
                f"{row['run_id']}, which has no record"
                for row in session.rows("redacted_by_unknown_runs")
            ]
    more = len(found) - _MOST
    return [*found[:_MOST], f"and {more:,} more"] if more > 0 else found


def list_gaps(database: Database) -> list[str]:
    """Return what may be a loss and may be none: ids that were given out and that nothing knows."""
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
    for row in session.rows("runs_told_otherwise", run_id=None):
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
