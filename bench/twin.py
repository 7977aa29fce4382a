"""The empty twin of the accounts' DAGs: as many, with five tasks each that do nothing. It shows the cost of Airflow
itself.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from airflow.sdk import DAG, BaseOperator

from redaction.accounts.snapshot import current_snapshot
from redaction.airflow.dags.common import TASK
from redaction.airflow.timetable import RedactionTimetable
from redaction.pipeline.steps import STEPS
from redaction.policy import Policy, day_start
from redaction.settings import load_settings

FILE = '''"""The empty twin of the accounts' DAGs, for Airflow."""

from bench.twin import build_twins

globals().update(build_twins())
'''


class DoNothing(BaseOperator):
    """A task that a worker executes and that does nothing; Airflow's own empty one is never executed."""

    template_fields = ()

    def execute(self, context: Any) -> None:
        """Do nothing."""


def build_twins() -> dict[str, DAG]:
    """Return a DAG for each account, due when its own is due."""
    return {
        f"empty_account_{account.id}": _build(account)
        for account in current_snapshot(load_settings(), "default").accounts
    }


def _build(account: Any) -> DAG:
    policy = Policy(
        account.period, account.mode, account.timezone, date.fromisoformat(account.since), account.recordings
    )
    with DAG(
        dag_id=f"empty_account_{account.id}",
        schedule=RedactionTimetable(
            account.period, account.mode, account.timezone, account.since, 0, account.recordings
        ),
        start_date=day_start(policy.runs.since, policy.zone),
        catchup=False,
        max_active_runs=2,
        max_active_tasks=1,
        is_paused_upon_creation=False,
    ) as dag:
        before: BaseOperator | None = None
        for task_id in ("select", *STEPS):
            after = DoNothing(task_id=task_id, do_xcom_push=False, **TASK)
            if before is not None:
                before >> after
            before = after
    return dag
