"""The Airflow DAG that says when something that should be gone or decided by now is not."""

from redaction.dagfactory import build_retention_watch

dag = build_retention_watch()
