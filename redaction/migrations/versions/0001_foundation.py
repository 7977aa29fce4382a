"""The foundation: roles, tenants, activities, runs and reports, from `sql/schema/`."""

from __future__ import annotations

from alembic import op

from redaction.statements import read_schema

revision = "0001"
down_revision = None

FILES = (
    "roles",
    "tenants",
    "activities",
    "partitions",
    "runs",
    "reporting",
    "activity_triggers",
    "grants",
)


def upgrade() -> None:
    """Create everything in the order of FILES."""
    connection = op.get_bind()
    for name in FILES:
        connection.exec_driver_sql(read_schema(name).replace("%", "%%"))
