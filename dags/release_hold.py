"""The Airflow DAG that releases holds, with its form."""

from redaction.airflow.dags import build_release_hold

dag = build_release_hold()
