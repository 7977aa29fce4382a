"""Since when somebody administers an account and who has made them, and what a proposal asks."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0027_seconds")
