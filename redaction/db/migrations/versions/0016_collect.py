"""How far accounts were fetched from the API of their source, and the accounts that it offers."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0016_collect")
