"""The erasure engine: which files a strip touched, which partitions hold residue."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create what the erasure engine keeps account of."""
    run_scripts(op.get_bind(), "erasure")
