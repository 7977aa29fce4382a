"""The version of the live schema: read, check, create and upgrade it."""

from __future__ import annotations

from collections.abc import Callable

from redaction.catalog import Catalog, load_catalog
from redaction.db.applied import Changes, check_catalog, has_other_code, is_reclassified, read_changes, write_catalog
from redaction.db.database import Database
from redaction.db.login import Role
from redaction.db.migrations.adoption import begin_adoption, set_aside
from redaction.db.migrations.scripts import list_versions, replace_code, run_code, upgrade
from redaction.db.session import Session
from redaction.errors import BadInput, ProgramOlder
from redaction.words import say_activities


def migrate(database: Database, reclassify: Callable[[Session, Changes], None] | None = None) -> tuple[str | None, str]:
    """Create or upgrade the schema; return the versions before and after. Running it twice changes nothing.

    `reclassify` handles columns whose class differs between program and database, in the same transaction. Without it
    they raise OtherCatalog. An older, unpartitioned table of activities is renamed too; `adopt_rows` then empties it.
    Raises BadInput or PersonalDataRemains if its rows could not follow, UnclassifiedColumn for a column that the
    catalog does not name; nothing is changed then.
    """
    before = schema_version(database, "owner")
    check_program(before)
    head = list_versions()[-1]
    with database.transaction("owner") as session:
        encoding = session.one("server_encoding")["encoding"]
        if encoding != "UTF8":
            # The database recognises names and numbers in Unicode, as this program does.
            raise BadInput(
                f"the database keeps its texts in {encoding}, and UTF8 is needed: make one with "
                "ENCODING 'UTF8' TEMPLATE template0; nothing was changed"
            )
        if before is None:
            set_aside(session)
        if before != head:
            upgrade(session, before, head)
        catalog = load_catalog()
        changes = read_changes(session, catalog)
        if changes is None and catalog.own:
            if before is not None or session.one("lies_aside")["aside"]:
                raise BadInput(
                    "there are activities of a version that knows no fields of your own: run `redaction init` without "
                    "REDACTION_CATALOG, then `redaction catalog apply` with it; nothing was changed"
                )
            make_own_columns(session)
            session.run("renew_constraint")
        if changes is not None and is_reclassified(changes):
            if reclassify is None:
                check_catalog(session, catalog)
            else:
                reclassify(session, changes)
        if before != head or changes or changes is None or has_other_code(session):
            # First, since it locks: of two programs that replace the functions, the second waits here.
            write_catalog(session, catalog)
            replace_code(session.connection)
            begin_adoption(session)
        check_columns(session, catalog)
    return before, head


def make_own_columns(session: Session) -> None:
    """Create the columns of an operator's file, with their grants and their report; existing ones stay."""
    run_code(session.connection, "own_fields")


def schema_version(database: Database, role: Role = "redaction_worker") -> str | None:
    """Return the version of the live schema, None if there is none."""
    with database.transaction(role) as session:
        if not session.one("has_schema_version")["present"]:
            return None
        return str(session.one("schema_version")["version"])


def check_schema(database: Database) -> None:
    """Refuse a database of another schema version, or whose columns differ from this program's catalog.

    Raises BadInput or ProgramOlder (version), UnclassifiedColumn (columns) or OtherCatalog. Reads only.
    """
    with database.transaction("redaction_worker") as session:
        if not session.one("has_ledger")["present"]:
            _refuse_other(None)
        check_version(session)
        if session.one("lies_aside")["aside"]:
            rows = session.one("count_aside")["rows"]
            raise BadInput(f"the old table still holds {say_activities(rows)}: run `redaction init`, which continues")
        catalog = load_catalog()
        check_catalog(session, catalog)
        check_columns(session, catalog)


def check_version(session: Session) -> None:
    """Refuse a schema that is not of this program's version, in a transaction of its database.

    Raises BadInput or ProgramOlder.
    """
    _refuse_other(session.one("schema_version")["version"])


def check_program(version: str | None) -> None:
    """Refuse a schema of a version that this program does not know; raises ProgramOlder."""
    if version is not None and version not in list_versions():
        raise ProgramOlder(
            f"the schema is of version {version}, which this program does not know (the newest it knows is "
            f"{list_versions()[-1]}): nothing was changed; install the program that made it here too"
        )


def _refuse_other(version: str | None) -> None:
    check_program(version)
    head = list_versions()[-1]
    if version != head:
        raise BadInput(f"the schema is of version {version or 'none'}, this program needs {head}: run `redaction init`")


def needs_upgrade(database: Database, role: Role = "redaction_worker") -> bool:
    """Return whether the schema is not of the version that this program needs."""
    return schema_version(database, role) != list_versions()[-1]


def needs_code(database: Database, role: Role = "redaction_worker") -> bool:
    """Return whether a database of this version and catalog has the functions of another program. Both programs work
    with it; `migrate` replaces the functions.
    """
    if needs_upgrade(database, role):
        return False
    with database.transaction(role) as session:
        return not read_changes(session, load_catalog()) and has_other_code(session)


def check_columns(session: Session, catalog: Catalog) -> None:
    """Refuse columns of our three schemas that differ from the catalog; raises UnclassifiedColumn."""
    catalog.check_live({row["table_name"]: row["columns"] for row in session.rows("live_tables")})
