"""What the database refuses: changes of redacted and held rows, roles that are not meant."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0004_protection")
