"""When the planner's statistics were last free of personal samples, their files too."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the record; functions that are called otherwise now go."""
    run_scripts(op.get_bind(), "statistics")
