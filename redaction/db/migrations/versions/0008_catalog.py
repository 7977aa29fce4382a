"""The catalog that a database was prepared for."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0008_catalog")
