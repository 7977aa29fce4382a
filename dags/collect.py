"""The Airflow DAGs that fetch activities: of each agency that has a collector, and of the inbox."""

from redaction.airflow.dags import build_collect

globals().update(build_collect())
