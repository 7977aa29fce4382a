"""Retained texts that wait for a decision."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0017_texts")
