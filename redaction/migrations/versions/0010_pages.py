"""What the pages in Airflow show: what each run has changed in the reports; changes of settings in the ledger."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table of changes, and let the ledger tell of settings."""
    run_scripts(op.get_bind(), "pages")
