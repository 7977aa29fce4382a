"""The scripts of `sql/schema/`: tables by version; functions, views, triggers (`code/`) made anew by every upgrade."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from redaction.statements import list_code, read_schema


def run_scripts(connection: Connection, *names: str) -> None:
    """Run scripts of `sql/schema/` by their names, in this order."""
    for name in names:
        # The driver takes a lone percent sign for a parameter.
        connection.exec_driver_sql(read_schema(name).replace("%", "%%"))


def replace_code(connection: Connection) -> None:
    """Make every function, view and trigger as this version has it, whichever version was there."""
    run_scripts(connection, *list_code())
