"""The planner's statistics: samples of values, which the dead rows of `pg_statistic` keep until it is rewritten."""

from __future__ import annotations

from redaction.database import Database
from redaction.errors import DatabaseBusy, NotAllowed


def refresh_statistics(database: Database, partition_name: str) -> None:
    """Let the planner learn a rewritten partition anew; personal columns are never sampled."""
    with database.transaction("redaction_worker") as session:
        session.rows("refresh_statistics", partition_name=partition_name)


def rewrite_statistics(database: Database) -> str | None:
    """Write the tables of statistics anew, without their dead rows; return why that was not done, or None.

    Needs the owner of the database, a superuser or pg_maintain (PostgreSQL manual, VACUUM). The server passes over a
    table that the login may not vacuum with no more than a warning, so the files are compared.
    """
    try:
        with database.autocommit("owner") as session:
            before = session.one("statistics_files")["files"]
            session.run("rewrite_statistics")
            after = session.one("statistics_files")["files"]
    except NotAllowed:
        return "the login may not rewrite pg_statistic: let the owner of the database run this"
    except DatabaseBusy:
        return "pg_statistic is in use: try again"
    if set(before) & set(after):
        return "the login may not rewrite pg_statistic: let the owner of the database run this"
    return None
