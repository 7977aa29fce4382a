"""The Airflow DAGs of the accounts that redact every 30 days and fall to this file, from the snapshot."""

from redaction.airflow.dags import build_dags

globals().update(build_dags("30", __file__))
