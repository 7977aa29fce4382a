"""What a report said before a run may be not known."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0025_before_unknown")
