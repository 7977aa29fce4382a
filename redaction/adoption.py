"""A table of activities from before this system: set aside when the schema is made, then moved over batch by batch."""

from __future__ import annotations

from collections.abc import Callable

from redaction.catalog import load_catalog
from redaction.database import Database, Session
from redaction.errors import BadInput, UnclassifiedColumn
from redaction.settings import Settings


def set_aside(session: Session) -> bool:
    """Set an unpartitioned `tracking.activities` aside for the schema to be made; say whether there was one.

    Raises UnclassifiedColumn for a column that the catalog does not name, BadInput if it has no keys or if a table
    was set aside before; nothing is changed then.
    """
    columns = [row["column_name"] for row in session.rows("unpartitioned")]
    if not columns:
        return False
    catalog = load_catalog()
    for name in sorted(set(columns) - set(catalog.columns)):
        raise UnclassifiedColumn(
            f"tracking.activities, which is to be taken over, has a column {name!r} that the catalog does not name: "
            "classify it in catalog.yml, or drop it; nothing was changed"
        )
    for name in sorted({*catalog.keys, "called_at"} - set(columns)):
        raise BadInput(f"tracking.activities, which is to be taken over, has no column {name!r}; nothing was changed")
    session.run("set_aside")
    return True


def adopt(database: Database, settings: Settings, progress: Callable[[int], None] | None = None) -> int:
    """Move the rows that were set aside into the partitions; return how many. Goes on where a kill stopped it.

    `progress` is called with the rows of each committed batch. Raises BadInput naming accounts (ids) that activities
    belong to and that do not exist, PersonalDataRemains for a redacted row that holds a value: what has not moved by
    then stays where it is. The earlier table is dropped when it is empty, and its files with it.
    """
    with database.transaction("owner") as session:
        if rows_left(session) is None:
            return 0
        unknown = session.one("adopt_tenants")["unknown"]
    if unknown:
        raise BadInput(
            f"the earlier table holds activities of accounts that do not exist ({', '.join(map(str, unknown))}): "
            "`redaction account add` them, then `redaction init` again; no row was lost"
        )
    moved = 0
    while True:
        with database.transaction("owner") as session:
            batch: int = session.one("adopt_batch", batch_size=settings.batch_size, width=settings.partition_width)[
                "moved"
            ]
        if not batch:
            break
        moved += batch
        if progress is not None:
            progress(batch)
    with database.transaction("owner") as session:
        session.rows("drop_adopted")
    return moved


def rows_left(session: Session) -> int | None:
    """Return about how many rows wait to be moved; None if no table was set aside, 0 if it is empty."""
    rows: int | None = session.one("rows_to_adopt")["rows"]
    return rows
