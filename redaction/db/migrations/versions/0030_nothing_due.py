"""A run that found nothing due."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0030_nothing_due")
