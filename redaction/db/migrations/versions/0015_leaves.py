"""Rows of up to half a page are not compressed, in the leaves that are there too."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0015_leaves")
