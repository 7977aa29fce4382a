"""Names that are words of the business."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0018_names")
