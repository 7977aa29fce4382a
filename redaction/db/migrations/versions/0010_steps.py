"""Steps have one name."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0010_steps")
