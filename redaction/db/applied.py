"""The catalog that a database was prepared for, and what the one of this program says otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from redaction.catalog import ACTIVITIES, Catalog
from redaction.errors import OtherCatalog
from redaction.own_fields import OWN

if TYPE_CHECKING:
    from redaction.db.session import Session

PATH_KEY = ".call_path[]."
"""What the name of a key of `call_path` has in it."""
Changes = Mapping[str, tuple[str | None, str | None]]
"""Of each column of which two catalogs say something else, what one and the other say; None: nothing."""


def read_changes(session: Session, catalog: Catalog) -> Changes | None:
    """Return what this catalog says otherwise than that of the database, {} if nothing; None if it knows none."""
    rows = session.rows("read_catalog")
    if not rows:
        return None
    if rows[0]["digest"] == catalog.digest:
        return {}
    before: dict[str, str] = dict(rows[0]["columns"])
    after = catalog.declared
    return {name: (before.get(name), after.get(name)) for name in after | before if before.get(name) != after.get(name)}


def check_catalog(session: Session, catalog: Catalog) -> None:
    """Refuse a database that was prepared for another catalog; raises OtherCatalog, naming the first difference."""
    changes = read_changes(session, catalog)
    if changes:
        name = next(iter([*own_columns(changes), *changes]))
        before, after = changes[name]
        use = "the REDACTION_CATALOG" if name in own_columns(changes) else "the program"
        raise OtherCatalog(
            f"the database was prepared for another catalog: there {name} is {before or 'unknown'}, in this program "
            f"{after or 'unknown'} ({len(changes)} differences); nothing was done: use {use} that prepared it, "
            "or see what `redaction catalog check` says"
        )


def own_columns(changes: Changes) -> list[str]:
    """Return those of some changes that are columns of an operator's file."""
    return [name for name in changes if name.startswith(f"{ACTIVITIES}.{OWN}")]


def is_reclassified(changes: Changes) -> bool:
    """Return whether a column that was there is called otherwise; new ones and those that went come with a version.

    A key of `call_path` is no column: no version brings or drops it, and one that is listed no more stays in the rows.
    Nor does a version bring a column of an operator's.
    """
    return bool(own_columns(changes)) or any(
        (before and after) or PATH_KEY in name for name, (before, after) in changes.items()
    )


def write_catalog(session: Session, catalog: Catalog) -> None:
    """Record the catalog that a database has been prepared for, in the caller's transaction."""
    session.run("write_catalog", digest=catalog.digest, columns=json.dumps(catalog.declared))
