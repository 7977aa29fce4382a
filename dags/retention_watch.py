"""The Airflow DAG of each placement that says when something that should be gone or decided by now is not."""

from redaction.airflow.dags import build_for_each, build_retention_watch

globals().update(build_for_each(build_retention_watch))
