"""The Airflow DAGs of the accounts that redact every 60 days and fall to this file, from the snapshot."""

from redaction.airflow.dags import build_dags

globals().update(build_dags("60", __file__))
