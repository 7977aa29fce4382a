"""What is asked by hand and what stops a strip: requests, legal holds, the pause; every key of a contact."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables, and the column and index by which all activities of a contact are found."""
    run_scripts(op.get_bind(), "code/partitions", "control")
