"""Why an account was not fetched from the API of its source."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0028_collect_failures")
