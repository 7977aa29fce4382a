"""The loader does not say that an address is spelled already."""

from __future__ import annotations

from alembic import op

from redaction.db.migrations.scripts import run_version

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the literal SQL of this version."""
    run_version(op.get_bind(), "0012_loader")
