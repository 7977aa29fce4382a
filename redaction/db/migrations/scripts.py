"""The schema: literal SQL by version, and the functions, views and triggers (`code/`) that each upgrade creates again.

A version renders no template, because a later catalog must not change what an older version did. `code/` is rendered
with the catalog of this program, after the last version.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy.engine import Connection

from redaction.db.session import Session
from redaction.db.statements import SQL_ROOT, list_code, read_code

VERSIONS = SQL_ROOT / "schema" / "versions"


@cache
def list_versions() -> tuple[str, ...]:
    """Return the versions of the schema that this program knows; it creates the last one."""
    return tuple(sorted(path.name[:4] for path in VERSIONS.glob("*.sql")))


def upgrade(session: Session, before: str | None, to: str) -> None:
    """Run the literal SQL of each version after `before`, to the version `to`; None: there is no schema yet."""
    if before is None:
        session.run("make_schema")
        session.run("make_schema_version")
    # First, since it locks: of two upgrades at once, the second waits here and then fails.
    session.run("set_schema_version", version=to)
    for path in sorted(VERSIONS.glob("*.sql")):
        if (before or "") < path.name[:4] <= to:
            _run(session.connection, path.read_text(encoding="utf-8"))


def replace_code(connection: Connection) -> None:
    """Create every function, view and trigger as this version of the program defines it."""
    for name in list_code():
        run_code(connection, name)


def run_code(connection: Connection, name: str) -> None:
    """Run one of the scripts of `code/`."""
    _run(connection, read_code(name))


def _run(connection: Connection, script: str) -> None:
    # The driver reads a lone percent sign as a parameter, and refuses a script of only comments.
    if any(line.strip() and not line.startswith("--") for line in script.splitlines()):
        connection.exec_driver_sql(script.replace("%", "%%"))
