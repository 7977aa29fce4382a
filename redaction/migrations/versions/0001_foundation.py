"""The foundation: roles, tenants, activities, runs and reports."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0001"
down_revision = None

FILES = (
    "roles",
    "tenants",
    "activities",
    "runs",
    "reporting",
    "grants",
)


def upgrade() -> None:
    """Create everything in the order of FILES."""
    run_scripts(op.get_bind(), *FILES)
