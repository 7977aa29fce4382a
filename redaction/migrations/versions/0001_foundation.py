"""The foundation: roles, tenants, activities, runs and reports, from `sql/schema/`."""

from __future__ import annotations

from alembic import op

from redaction.settings import ROOT

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
        script = (ROOT / "sql" / "schema" / f"{name}.sql").read_text(encoding="utf-8")
        connection.exec_driver_sql(script.replace("%", "%%"))
