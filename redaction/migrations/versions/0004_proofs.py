"""The record of the proof by sample."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the record, and the extension that shows pages where the login may."""
    run_scripts(op.get_bind(), "proofs")
