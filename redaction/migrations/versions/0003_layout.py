"""Partitions with a leaf, which is what a rewrite swaps; the set of a run as batches of ids."""

from __future__ import annotations

from alembic import op

from redaction.migrations.scripts import run_scripts

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the new tables, then bring over what is there with the functions that know the new layout."""
    run_scripts(op.get_bind(), "layout", "code/partitions", "layout_rows")
