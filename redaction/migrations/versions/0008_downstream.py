"""What systems outside had received of what is redacted, until somebody says that it is gone there."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the deliveries and the list of those that concern redacted activities."""
    run_scripts(op.get_bind(), "downstream")
