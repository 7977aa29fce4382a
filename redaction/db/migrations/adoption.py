"""Adoption of an older, unpartitioned `tracking.activities`: renamed first, then moved batch by batch.

The migration renames the whole old schema to `tracking_before`, in its own transaction. Then one statement a batch
deletes rows from the old table and inserts them into the new one. So a kill at any moment leaves every row in exactly
one of them, and the next `redaction init` continues. While old rows are left, loads and runs refuse to work.
"""

from __future__ import annotations

from collections.abc import Callable

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.db.session import Session
from redaction.errors import BadInput, PersonalDataRemains, RedactionError
from redaction.settings import Settings

_OBSTACLES = {
    "key": (BadInput, "have no id, account, time or known kind: correct them"),
    "twin": (BadInput, "are there more than once in their account: remove what is double"),
    "redacted": (PersonalDataRemains, "are marked as redacted and still hold personal values: clear one or the other"),
}


def set_aside(session: Session) -> None:
    """Rename an older schema so that the new one can be created; do nothing if there is none.

    Raises UnclassifiedColumn or BadInput for a table whose rows could not be adopted; nothing is changed then.
    """
    found = session.one("find_before")
    if found["kind"] is None:
        return
    if found["kind"] != "r":
        raise BadInput("tracking.activities is no plain table and not of this program: rename its schema")
    if found["taken"]:
        raise BadInput("the schema tracking_before, whose name the schema tracking would get, is there: rename it")
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
    session.run("set_aside")


def begin_adoption(session: Session) -> None:
    """Adopt the tenants and count the rows of a renamed table, if there is one and it was not done yet.

    Raises BadInput or PersonalDataRemains, naming columns, activities or accounts, if rows could not follow: the caller
    must roll back the transaction that renamed the table.
    """
    found = session.one("lies_aside")
    if not found["aside"] or found["counted"]:
        return
    # This reads every row, which may take longer than a daily statement.
    session.set_local({"statement_timeout": "0"})
    for row in session.rows("columns_before"):
        needed = f"is needed as {row['needed']}" if row["needed"] else "is not known here"
        raise BadInput(
            f"tracking.{row['table_name']} has a column {row['column_name']} of type {row['found']}, which {needed}: "
            "convert or drop it; nothing was changed"
        )
    for row in session.rows("begin_adoption"):
        error, reason = _OBSTACLES[row["obstacle"]]
        raise error(f"activities {_list(row['ids'])} of the table from before {reason}; nothing was changed")
    if found["has_accounts"] and (unknown := _unknown_accounts(session)):
        raise BadInput(
            f"tracking.activities names accounts that are not in tracking.accounts: {unknown}: add them there"
        )


def count_aside(database: Database) -> int | None:
    """Return how many rows of an older table are still to be adopted; None if there is no such table."""
    with database.transaction("owner") as session:
        if not session.one("lies_aside")["aside"]:
            return None
        return int(session.one("count_aside")["rows"])


def adopt_rows(database: Database, settings: Settings, progress: Callable[[int], None] | None = None) -> int:
    """Adopt the rows of the older table, batch by committed batch, then drop it; return how many rows that were.

    `progress` is called with the rows of each batch. Raises BadInput if rows name unknown accounts. Raises
    RedactionError and keeps the old table if an adopted row differs.
    """
    with database.transaction("owner") as session:
        if not session.one("lies_aside")["aside"]:
            return 0
        session.set_local({"statement_timeout": "0"})
        unknown = _unknown_accounts(session)
    if unknown:
        raise BadInput(
            f"the table from before names accounts that are not there: {unknown}: create them "
            "(`redaction account add`), then run `redaction init`; no activity was moved"
        )
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


def _unknown_accounts(session: Session) -> str:
    return _list([row["id"] for row in session.rows("unknown_accounts")])


def _list(ids: list[int | None]) -> str:
    return ", ".join(str(number) for number in ids)
