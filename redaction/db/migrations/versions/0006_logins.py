"""Logins of tasks and pages that are neither the owner nor a superuser."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0006_logins")
