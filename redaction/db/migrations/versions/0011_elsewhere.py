"""Addresses of another host can be found by their path."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0011_elsewhere")
