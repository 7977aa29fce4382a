"""The connection type `redaction` for Airflow's form: a PostgreSQL with our schema, by the login of tasks."""

from __future__ import annotations

from airflow.sdk import BaseHook

from redaction.db.database import Database
from redaction.db.schema import check_schema, schema_version
from redaction.db.urls import parse_connection
from redaction.errors import BadInput, RedactionError
from redaction.placements.connections import CONNECTION, find_connection
from redaction.settings import load_settings


class RedactionHook(BaseHook):
    """The type in Airflow's form, and its button *Test*."""

    conn_name_attr = "redaction_conn_id"
    default_conn_name = CONNECTION
    conn_type = "redaction"
    hook_name = "Redaction (PostgreSQL)"

    def __init__(self, redaction_conn_id: str = CONNECTION) -> None:
        """Take the id of the connection."""
        super().__init__()
        self.redaction_conn_id = redaction_conn_id

    def get_conn(self) -> Database:
        """Return the database of the connection, not connected yet; the caller closes it. Raises BadInput for an
        unknown connection.
        """
        given = find_connection(self.redaction_conn_id)
        if given is None:
            raise BadInput(f"Airflow has no connection {self.redaction_conn_id}: add it, of the type redaction")
        return Database(parse_connection(given, self.redaction_conn_id), load_settings())

    def test_connection(self) -> tuple[bool, str]:
        """Say whether the login can work there, and why not."""
        try:
            database = self.get_conn()
            try:
                check_schema(database)
                return True, f"the schema is {schema_version(database)}"
            finally:
                database.close()
        except RedactionError as error:
            return False, str(error)
