"""The Airflow DAGs of the accounts that redact daily and fall to this file, from the snapshot."""

from redaction.airflow.dags import build_dags

globals().update(build_dags("daily", __file__))
