"""Stores and objects: recordings, media of texts, uploads of forms."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0002_objects")
