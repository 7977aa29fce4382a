"""The Airflow DAG that closes accounts, with its form."""

from redaction.airflow.dags import build_close_account

dag = build_close_account()
