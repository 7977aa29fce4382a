"""The Airflow DAGs of the accounts that redact every 90 days and fall to this file, from the snapshot."""

from redaction.airflow.dags import build_dags

globals().update(build_dags("90", __file__))
