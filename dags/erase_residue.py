"""The Airflow DAG of each placement that rewrites the partitions whose files hold stripped values."""

from redaction.airflow.dags import build_erase_residue, build_for_each

globals().update(build_for_each(build_erase_residue))
