"""The Airflow DAG of each placement that counts the days again whose reports loads have changed."""

from redaction.airflow.dags import build_for_each, build_refresh_reports

globals().update(build_for_each(build_refresh_reports))
