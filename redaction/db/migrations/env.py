"""Alembic's entry: runs the versions on the connection that `redaction.db.schema.migrate` hands over."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="redaction", transaction_per_migration=False)
connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS redaction")
with context.begin_transaction():
    context.run_migrations()
