"""The Airflow DAG that answers requests of persons, with its form."""

from redaction.airflow.dags import build_answer_request

dag = build_answer_request()
