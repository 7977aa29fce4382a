"""What people were told, which late things they know of, what a failed run has said."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0022_alerts")
