"""Objects whose address comes after their activity was redacted."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0009_late")
