"""Moves of an account to another placement: where it is meanwhile, and rows of the ledger that tell of them."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Let accounts be on their way."""
    run_scripts(op.get_bind(), "moves")
