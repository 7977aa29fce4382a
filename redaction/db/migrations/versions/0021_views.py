"""Views of the reports for BI tools and notebooks, with a comment on every column."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0021"
down_revision = "0019"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0021_views")
