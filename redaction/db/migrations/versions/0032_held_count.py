"""A run that found nothing due says what a hold keeps."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0032_held_count")
