"""When a question about a run was put to people in Airflow."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0024_posed")
