"""The Airflow DAG that rewrites the partitions whose files still hold stripped values."""

from redaction.dagfactory import build_erase_residue

dag = build_erase_residue()
