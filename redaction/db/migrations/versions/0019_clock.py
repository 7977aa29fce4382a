"""The clock for recordings: which objects are recordings, and what stays taken."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0019_clock")
