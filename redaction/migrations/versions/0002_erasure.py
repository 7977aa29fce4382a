"""The erasure engine: partitions are rewritten, residue is kept account of, personal columns are never sampled."""

from __future__ import annotations

from alembic import op

from redaction.statements import read_schema

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the erasure part and the views that validation reads."""
    for name in ("erasure", "validation"):
        op.get_bind().exec_driver_sql(read_schema(name).replace("%", "%%"))
