"""Who has looked at personal data."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0023_view_log")
