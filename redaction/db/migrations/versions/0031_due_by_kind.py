"""The index of what is not redacted has the kind."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0031_due_by_kind")
