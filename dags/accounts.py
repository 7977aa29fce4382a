"""The Airflow DAGs of the accounts, from the snapshot: of all of them, or, in a copy `accounts_2.py`, of its share."""

from redaction.airflow.dags import build_accounts

globals().update(build_accounts(__file__))
