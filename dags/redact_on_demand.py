"""The Airflow DAG for manual redaction, with its form."""

from redaction.airflow.dags import build_redact_on_demand

dag = build_redact_on_demand()
