"""The catalog and the functions that a database was prepared with, and how those of this program differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from redaction.catalog import ACTIVITIES, Catalog
from redaction.db.statements import code_digest
from redaction.errors import OtherCatalog
from redaction.own_fields import OWN

if TYPE_CHECKING:
    from redaction.db.session import Session

PATH_KEY = ".call_path[]."
"""The mark in the name of a key of `call_path`."""
Changes = Mapping[str, tuple[str | None, str | None]]
"""For each column on which two catalogs differ: the old and the new class; None: absent."""


def read_changes(session: Session, catalog: Catalog) -> Changes | None:
    """Return how this catalog differs from that of the database, {} if it does not; None if the database has none."""
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
    """Return the changed columns that belong to an operator's file."""
    return [name for name in changes if name.startswith(f"{ACTIVITIES}.{OWN}")]


def is_reclassified(changes: Changes) -> bool:
    """Return whether an existing column changes its class; a schema version adds and drops columns.

    A key of `call_path` is not a column: no version adds or drops it, and a key that is no longer listed stays in the
    rows. No version adds an operator's own column either.
    """
    return bool(own_columns(changes)) or any(
        (before and after) or PATH_KEY in name for name, (before, after) in changes.items()
    )


def has_other_code(session: Session) -> bool:
    """Return whether the functions, views and triggers of the database are not known to be those of this program."""
    return not session.one("has_code", digest=code_digest())["present"]


def write_catalog(session: Session, catalog: Catalog) -> None:
    """Record the catalog that a database has been prepared for, in the caller's transaction."""
    session.run("write_catalog", digest=catalog.digest, columns=json.dumps(catalog.declared))
