"""Country, newer copies, times in the future, redacted at the source, decisions on texts."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0013_source")
