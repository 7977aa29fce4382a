"""Create databases and logins on a server, as its superuser: for the demo, benchmarks and tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from redaction.db.refusals import mapped_errors
from redaction.db.statements import get_statement

_Ddl: Any = sa.DDL


@contextmanager
def _connected(url: str | URL) -> Iterator[Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with mapped_errors(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _execute(connection: Connection, ddl: str, **names: str) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    connection.execute(_Ddl(ddl, context={key: quote(name) for key, name in names.items()}))


def ensure_database(server_url: str, name: str, login: str | None = None, owner: str | None = None) -> str:
    """Create a database of that name on a server if it is missing; return its URL.

    With `login`, a login of that name without rights is created too; `owner` is the login that owns a new database.
    """
    with _connected(server_url) as connection:
        found = connection.execute(sa.text(get_statement("database_exists").sql), {"name": name, "login": login}).one()
        if login is not None and not found.login:
            _execute(connection, "CREATE ROLE %(login)s LOGIN NOINHERIT", login=login)
        if not found.database:
            made = "CREATE DATABASE %(name)s" if owner is None else "CREATE DATABASE %(name)s OWNER %(owner)s"
            _execute(connection, made, name=name, owner=owner or name)
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    if owner is not None and not found.database:
        with _connected(url) as connection:
            # On PostgreSQL 15 the owner of a database inherits no right to create tables in it.
            _execute(connection, "ALTER SCHEMA public OWNER TO %(owner)s", owner=owner)
    return url


def recreate_database(server_url: str, name: str, owner: str | None = None) -> str:
    """Drop a database, even with open connections, and create it empty for its owner; return its URL."""
    maintenance = make_url(server_url).set(database="postgres")
    with _connected(maintenance) as connection:
        _execute(connection, "DROP DATABASE IF EXISTS %(name)s WITH (FORCE)", name=name)
    return ensure_database(maintenance.render_as_string(hide_password=False), name, owner=owner)
