"""Airflow connections by their ids: where a database is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redaction.errors import BadInput, DatabaseBusy, RedactionError

CONNECTION = "redaction_default"
"""The connection that names the database if `REDACTION_DATABASE_URL` does not."""
_NAMES_AIRFLOW = ("AIRFLOW_HOME", "AIRFLOW_CONFIG", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")


def has_airflow() -> bool:
    """Say whether this process belongs to Airflow, or its environment names one."""
    return "airflow" in sys.modules or names_airflow()


def names_airflow() -> bool:
    """Say whether the environment names an Airflow whose configuration and database this process may read."""
    return any(os.environ.get(name) for name in _NAMES_AIRFLOW)


@contextmanager
def loading_airflow(unknown: str) -> Iterator[None]:
    """Import Airflow within; raises BadInput, with what is therefore `unknown`, if the import fails.

    Airflow reads its configuration and the user's modules on import, which may raise anything.
    """
    try:
        yield
    except RedactionError:
        raise
    except Exception as error:
        raise BadInput(
            f"Airflow cannot be loaded ({type(error).__name__}), so {unknown}: `airflow info` says why; see its "
            "configuration in AIRFLOW_HOME"
        ) from None


def find_connection(name: str) -> str | None:
    """Return a connection as a URI or JSON; None if Airflow has none of that id.

    Raises DatabaseBusy if Airflow's database does not answer, BadInput if Airflow cannot be loaded or the connection
    cannot be read: another database must never be used by mistake. A connection of the environment (`AIRFLOW_CONN_...`)
    is read without importing Airflow, which takes seconds.
    """
    given = os.environ.get(f"AIRFLOW_CONN_{name.upper()}")
    if given is not None:
        return given
    with loading_airflow(f"its connection {name} is not known and nothing was done (or set REDACTION_DATABASE_URL)"):
        from airflow.models.connection import Connection as StoredConnection
        from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return _ask_airflow(StoredConnection, name)
    except AirflowNotFoundException:
        return None


def _ask_airflow(stored: Any, name: str) -> str:
    # Tasks and parses have no access to Airflow's database and ask their supervisor. Other processes would get the
    # environment alone, so commands and pages read where Airflow keeps its connections.
    if hasattr(sys.modules.get("airflow.sdk.execution_time.task_runner"), "SUPERVISOR_COMMS"):
        from airflow.sdk import Connection

        return str(Connection.get(name).get_uri())
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return str(stored.get_connection_from_secrets(name).get_uri())
    except AirflowNotFoundException:
        _check_unknown(name)
        raise


def _check_unknown(name: str) -> None:
    """Ask Airflow's database whether it has a connection: Airflow reports every failed lookup as "none"."""
    from airflow.models.connection import Connection as StoredConnection
    from airflow.utils.session import create_session
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with create_session() as session:
            # A database that Airflow has never prepared has no connection.
            if not inspect(session.connection()).has_table(StoredConnection.__tablename__):
                return
            stored = session.query(StoredConnection.id).filter(StoredConnection.conn_id == name).first()
    except SQLAlchemyError as error:
        raise DatabaseBusy(
            f"Airflow's database could not be asked for the connection {name} ({type(error).__name__}); nothing was "
            "done: see AIRFLOW__DATABASE__SQL_ALCHEMY_CONN, or set REDACTION_DATABASE_URL"
        ) from None
    if stored is not None:
        raise BadInput(
            f"Airflow has the connection {name} and cannot read it; nothing was done: see that "
            "AIRFLOW__CORE__FERNET_KEY is the key that it was kept with"
        )
