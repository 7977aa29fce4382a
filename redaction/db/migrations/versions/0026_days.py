"""How many accounts were late on each day; searches, recordings and the age of rows in the record of views."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0026_days")
