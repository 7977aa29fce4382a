"""Every place outside the activities that holds personal values, and its residue."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0005_places")
