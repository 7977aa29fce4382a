"""Account -> DAG: each account with automatic redaction on gets one, made from the snapshot alone.

The tasks wire the functions that the command line calls too. Between them travels the id of the run, nothing else.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    DAG,
    get_current_context,
    get_parsing_context,
    task,
)

from redaction.dagfactory.common import RETRIES, deployment
from redaction.dagfactory.note import leave_note
from redaction.policy import Policy, day_start, describe
from redaction.settings import load_settings
from redaction.snapshot import SnapshotAccount, current_snapshot
from redaction.timetable import RedactionTimetable

if TYPE_CHECKING:
    from redaction.pipeline.run import Step

log = logging.getLogger(__name__)

DAG_PREFIX = "redact_account_"


@task
def select_aged(account_id: int) -> int:
    """Fix the set of this run: every aged activity of the account. Gives the id of the run to the other tasks."""
    from redaction.accounts import get_account
    from redaction.pipeline.run import begin_run
    from redaction.policy import latest_due

    dag_run = get_current_context()["dag_run"]
    with deployment() as (database, settings):
        # A run triggered through the API may come without an interval; the rule is the same.
        cutoff = (
            dag_run.data_interval_end
            or latest_due(get_account(database, account_id).policy(), dag_run.run_after).cutoff
        )
        key = f"{dag_run.dag_id}/{dag_run.run_id}"
        run = begin_run(database, settings, account_id, cutoff, str(dag_run.run_type.value), key)
    log.info("run %s of account %s: %s activities before %s", run.id, account_id, run.due_count, cutoff.isoformat())
    return run.id


def _do(step: Step, run_id: int) -> int:
    from redaction.errors import RedactionError
    from redaction.pipeline.run import describe_run, run_step

    with deployment() as (database, settings):
        try:
            counts = run_step(database, settings, run_id, step)
        except RedactionError:
            leave_note(describe_run(database, run_id))
            raise
        record = describe_run(database, run_id)
        if record["state"] == "succeeded":
            leave_note(record)
    log.info("run %s: %s: %s", run_id, step, ", ".join(f"{count} {what}" for what, count in counts.items()))
    return run_id


@task
def strip(redaction_run: int) -> int:
    """Set every personal column of the run's activities to NULL, in committed batches."""
    return _do("strip", redaction_run)


@task
def delete_recordings(redaction_run: int) -> int:
    """Delete the recordings of the stripped activities."""
    return _do("delete_recordings", redaction_run)


@task
def validate(redaction_run: int) -> int:
    """Let Great Expectations confirm that only retained fields remain, unchanged."""
    return _do("validate", redaction_run)


@task
def rebuild_reports(redaction_run: int) -> int:
    """Count the days anew whose activities changed."""
    return _do("rebuild_reports", redaction_run)


def _documentation(account: SnapshotAccount, policy: Policy) -> str:
    return (
        f"### Redaction of account {account.id}, {account.name}\n\n"
        f"Agency: {account.agency_name} ({account.agency_id}). Policy: {describe(policy)}.\n\n"
        "Each run redacts every activity before the end of its data interval that is not redacted yet: all personal "
        "columns become NULL and the recordings are deleted. **This cannot be undone.** Tracking number, source, time, "
        "status and call flow stay.\n\n"
        "**A task failed?** `strip`, `delete_recordings`: clear it, it goes on where it stopped. `validate`: a "
        "personal value is left or a retained one has changed; the message names the expectation and how many rows; "
        f"find who writes to them before clearing it. `redaction due {account.id}` shows what a run would do.\n"
    )


def build_dag(account: SnapshotAccount) -> DAG:
    """Return the DAG of one account; the same settings give the same bytes."""
    since = date.fromisoformat(account.since)
    policy = Policy(account.period, account.mode, account.timezone, since)
    with DAG(
        dag_id=f"{DAG_PREFIX}{account.id}",
        description=f"{account.name}: {describe(policy)}",
        schedule=RedactionTimetable(account.period, account.mode, account.timezone, account.since),
        start_date=day_start(since, policy.zone),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=sorted(
            {"redaction", f"agency:{account.agency_name or account.agency_id}"[:100], f"period:{account.period}"}
        ),
        doc_md=_documentation(account, policy),
        default_args={
            "owner": "redaction",
            **RETRIES,
        },
    ) as dag:
        run_id: Any = select_aged(account.id)
        for step in (strip, delete_recordings, validate, rebuild_reports):
            run_id = step(run_id)
    return dag


def build_dags(period: str) -> dict[str, DAG]:
    """Return the DAGs of all accounts of one period by their ids, in the order of the account ids.

    When Airflow executes a task, only the DAG of that task is built.
    """
    wanted = get_parsing_context().dag_id
    accounts = current_snapshot(load_settings()).accounts
    return {
        f"{DAG_PREFIX}{account.id}": build_dag(account)
        for account in accounts
        if account.period == period and (wanted is None or wanted == f"{DAG_PREFIX}{account.id}")
    }
