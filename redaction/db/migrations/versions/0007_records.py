"""The record of a run stays."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0007_records")
