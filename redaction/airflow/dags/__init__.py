"""All our DAGs, for a file of two lines in the DAG folder of an Airflow that has its own:

    from redaction.airflow.dags import all_dags   # Airflow
    globals().update(all_dags())

Airflow reads only files that have the words "airflow" and "dag" in them, as these have. One module a kind of DAG; the
tasks wire the functions that the command line calls too.
"""

from __future__ import annotations

from airflow.sdk import DAG

from redaction.airflow.dags.accounts import DAG_PREFIX, build_accounts, build_dag
from redaction.airflow.dags.answer import build_answer_request
from redaction.airflow.dags.close import build_close_account
from redaction.airflow.dags.collect import build_collect
from redaction.airflow.dags.common import RETRY_POLICY, build_for_each
from redaction.airflow.dags.manual import build_redact_on_demand
from redaction.airflow.dags.release import build_release_hold
from redaction.airflow.dags.reports import build_refresh_reports
from redaction.airflow.dags.residue import build_erase_residue
from redaction.airflow.dags.watch import build_retention_watch

__all__ = [
    "DAG_PREFIX",
    "RETRY_POLICY",
    "all_dags",
    "build_accounts",
    "build_answer_request",
    "build_close_account",
    "build_collect",
    "build_dag",
    "build_erase_residue",
    "build_for_each",
    "build_redact_on_demand",
    "build_refresh_reports",
    "build_release_hold",
    "build_retention_watch",
]


def all_dags() -> dict[str, DAG]:
    """Return all our DAGs by id: of each account with automatic redaction, of each placement, of each configured source
    of activities, and the forms for manual acts. When Airflow executes a task of an account, only the DAG of that
    account is built.

    Raises BadInput if Airflow has them by another bundle too: each would take the DAGs from the other.
    """
    by_hand = (build_redact_on_demand(), build_answer_request(), build_release_hold(), build_close_account())
    return {
        **build_accounts("accounts.py"),
        **build_collect(),
        **build_for_each(build_erase_residue),
        **build_for_each(build_refresh_reports),
        **build_for_each(build_retention_watch),
        **{dag.dag_id: dag for dag in by_hand},
    }
