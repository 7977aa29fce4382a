"""The Airflow DAG of each placement that counts anew what loads have changed in the reports."""

from redaction.airflow.dags import build_for_each, build_refresh_reports

globals().update(build_for_each(build_refresh_reports))
