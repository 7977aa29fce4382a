"""All our DAGs, for a file of two lines in the DAG folder of an Airflow that has its own:

    from redaction.airflow.dags import all_dags   # Airflow
    globals().update(all_dags())

Airflow reads only files that have the words "airflow" and "dag" in them, as these have.
"""

from __future__ import annotations

from airflow.sdk import DAG

from redaction.dagfactory import (
    build_all_accounts,
    build_erase_residue,
    build_for_each,
    build_redact_on_demand,
    build_retention_watch,
)


def all_dags() -> dict[str, DAG]:
    """Return every DAG there is, by its id: of each account with automatic redaction, of each placement, and the form
    for manual redaction. When Airflow executes a task of an account, its DAG is the only one of accounts that is built.
    """
    on_demand = build_redact_on_demand()
    return {
        **build_all_accounts(),
        **build_for_each(build_erase_residue),
        **build_for_each(build_retention_watch),
        on_demand.dag_id: on_demand,
    }
