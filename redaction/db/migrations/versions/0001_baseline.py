"""The schema of version 0.1.0."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0001_baseline")
