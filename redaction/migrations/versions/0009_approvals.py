"""Runs that wait for a person, since they would strip far more than their account's history explains."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the questions and their answers."""
    run_scripts(op.get_bind(), "approvals")
