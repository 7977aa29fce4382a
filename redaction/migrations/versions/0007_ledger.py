"""The ledger: what was redacted, by whom and why, row by chained row."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the ledger, and what a replay of it has to remember."""
    run_scripts(op.get_bind(), "ledger")
