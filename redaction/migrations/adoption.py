"""The adoption of an unpartitioned `tracking.activities` from before: moved aside, then brought over batch by batch.

The migration moves the whole old schema aside, as `tracking_before`, in its own transaction. Then each batch leaves the
old table and enters the new one in one statement, so that a kill at any moment leaves every row in exactly one of them,
and the next `redaction init` goes on. While a row is still aside, loads and runs refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from redaction.catalog import load_catalog
from redaction.database import Database, Session
from redaction.errors import BadInput, PersonalDataRemains, RedactionError
from redaction.migrations.scripts import run_scripts
from redaction.settings import Settings

_OBSTACLES = {
    "key": (BadInput, "have no id, account, time or known kind: correct them"),
    "twin": (BadInput, "are there more than once in their account: remove what is double"),
    "redacted": (PersonalDataRemains, "are marked as redacted and still hold personal values: clear one or the other"),
}


@dataclass(frozen=True)
class Aside:
    """What lay in the way of the schema: whether accounts were among it."""

    has_accounts: bool


def set_aside(session: Session) -> Aside | None:
    """Move a schema from before out of the way; return what it was, None if there is none.

    Raises UnclassifiedColumn or BadInput for a table whose rows could not be brought over.
    """
    found = session.one("find_before")
    if found["kind"] is None:
        return None
    if found["kind"] != "r":
        raise BadInput("tracking.activities is no plain table and not of this program: rename its schema")
    if found["others"]:
        raise BadInput(
            f"{', '.join(found['others'])}: in the schema tracking, or dependent on a table of it, and cannot follow: "
            "move or drop what is named; nothing was changed"
        )
    live = {str(row["column_name"]) for row in session.rows("live_columns")}
    catalog = load_catalog()
    catalog.check_named(live)
    missing = sorted({*catalog.keys, "called_at"} - live)
    if missing:
        raise BadInput(f"tracking.activities has no column {', '.join(missing)}: add it; nothing was changed")
    # Every row is read, which may take longer than a statement of the daily work.
    session.rows("set_local", name="statement_timeout", value="0")
    run_scripts(session.connection, "set_aside")
    return Aside(found["has_accounts"])


def begin_adoption(session: Session, aside: Aside) -> None:
    """Bring over the tenants and count what is aside, in the transaction that moved it there.

    Raises BadInput or PersonalDataRemains, naming columns, activities or accounts, if rows could not follow.
    """
    for row in session.rows("columns_before"):
        needed = f"is needed as {row['needed']}" if row["needed"] else "is not known here"
        raise BadInput(
            f"tracking.{row['table_name']} has a column {row['column_name']} of type {row['found']}, which {needed}: "
            "convert or drop it; nothing was changed"
        )
    for row in session.rows("begin_adoption"):
        error, reason = _OBSTACLES[row["obstacle"]]
        raise error(f"activities {_list(row['ids'])} of the table from before {reason}; nothing was changed")
    if aside.has_accounts:
        _check_accounts(session)


def count_aside(database: Database) -> int | None:
    """Return how many rows of a table from before are still to be brought over; None if there is no such table."""
    with database.transaction("owner") as session:
        if not session.one("lies_aside")["aside"]:
            return None
        return int(session.one("count_aside")["rows"])


def adopt_rows(database: Database, settings: Settings, progress: Callable[[int], None] | None = None) -> int:
    """Bring over what is aside, batch by committed batch, then remove the old table; return how many rows it were.

    `progress` is called with the rows of each batch. Raises BadInput if rows name accounts that are not there, and
    RedactionError, with the old table kept, if a row did not arrive as it was.
    """
    with database.transaction("owner") as session:
        if not session.one("lies_aside")["aside"]:
            return 0
        session.rows("set_local", name="statement_timeout", value="0")
        _check_accounts(session)
    adopted = 0
    while True:
        with database.transaction("owner") as session:
            batch = session.one("adopt_batch", most=settings.batch_size, width=settings.partition_width)
            if batch["digest_before"] != batch["digest_after"]:
                raise RedactionError(
                    "activities did not arrive as they were: something changes what is inserted into "
                    "tracking.activities, see pg_trigger; this batch was left where it was"
                )
        if not batch["moved"]:
            break
        adopted += batch["moved"]
        if progress is not None:
            progress(batch["moved"])
    with database.transaction("owner") as session:
        if not session.one("end_adoption")["ended"]:
            raise RedactionError(
                "the rows that were brought over are not those that were counted before: the table "
                "tracking_before.activities is kept; compare it with tracking_before.adoption"
            )
    return adopted


def _check_accounts(session: Session) -> None:
    unknown = [row["id"] for row in session.rows("unknown_accounts")]
    if unknown:
        raise BadInput(
            f"the table from before names accounts that are not there: {_list(unknown)}: create them "
            "(`redaction account add`), then run `redaction init`; no activity was moved"
        )


def _list(ids: list[int | None]) -> str:
    return ", ".join(str(number) for number in ids)
