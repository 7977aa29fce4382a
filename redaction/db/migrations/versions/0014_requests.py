"""Requests of a person, holds that end, two pairs of eyes, a clock for recordings, the closing of an account."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0014_requests")
