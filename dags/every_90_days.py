"""The Airflow DAGs of all accounts that redact every 90 days, made from the snapshot of the accounts."""

from redaction.dagfactory import build_dags

globals().update(build_dags("90"))
