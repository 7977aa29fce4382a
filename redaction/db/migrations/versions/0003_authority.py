"""Who asked for a run, by which policy it began, who approved it, who abandoned it."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0003_authority")
