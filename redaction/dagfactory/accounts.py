"""Account -> DAG: each account with automatic redaction on gets one, made from the snapshot alone.

The tasks wire the functions that the command line calls too. Between them travels the id of the run, nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Asset, AssetAlias, Metadata, get_parsing_context, task

from redaction.dagfactory.common import RETRIES, deployment
from redaction.dagfactory.note import leave_note
from redaction.dagfactory.select import SelectAged
from redaction.policy import Policy, day_start, describe, stagger
from redaction.settings import load_settings
from redaction.snapshot import SnapshotAccount, current_snapshot
from redaction.timetable import RedactionTimetable

if TYPE_CHECKING:
    from redaction.pipeline.run import Step

log = logging.getLogger(__name__)

DAG_PREFIX = "redact_account_"
_COUNTS = ("due_count", "stripped_count", "recordings_deleted", "by_kind", "by_category", "erasure_level")


def do_step(step: Step, run_id: int) -> int:
    """Do one step of a run, and leave its note if that is its end; return the id of the run for the next task."""
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
    return do_step("strip", redaction_run)


@task
def delete_recordings(redaction_run: int) -> int:
    """Delete the recordings of the stripped activities."""
    return do_step("delete_recordings", redaction_run)


@task
def validate(redaction_run: int) -> int:
    """Let Great Expectations confirm that only retained fields remain, unchanged."""
    return do_step("validate", redaction_run)


@task
def rebuild_reports(redaction_run: int) -> Iterator[Metadata]:
    """Count the days anew whose activities changed, and tell who follows the account."""
    do_step("rebuild_reports", redaction_run)
    yield tell_run(redaction_run)


def account_asset(account_id: int) -> Asset:
    """Return the asset that every run of an account updates, for other DAGs to follow."""
    return Asset(name=f"redaction_account_{account_id}", uri=f"redaction://account/{account_id}")


def tell_run(run_id: int, alias: AssetAlias | None = None) -> Metadata:
    """Return the event of a run: ids, counts and the position in the ledger, never a value."""
    from redaction.evidence.ledger import find_entry
    from redaction.pipeline.run import describe_run

    with deployment() as (database, _):
        record, entry = describe_run(database, run_id), find_entry(database, run_id)
    told = {name: record[name] for name in ("id", "account_id", "kind", *_COUNTS)}
    told |= {"ledger_position": entry.position if entry else None}
    return Metadata(account_asset(record["account_id"]), told, alias)


def _documentation(account: SnapshotAccount, policy: Policy) -> str:
    return (
        f"### Redaction of account {account.id}, {account.name}\n\n"
        f"Agency: {account.agency_name} ({account.agency_id}). Policy: {describe(policy)}.\n\n"
        "Each run redacts every activity before the end of its data interval that is not redacted yet: all personal "
        "columns become NULL and the recordings are deleted. **This cannot be undone.** Tracking number, source, time, "
        "status and call flow stay.\n\n"
        "**A task failed?** `strip`, `delete_recordings`: clear it, it goes on where it stopped. `validate`: a "
        "personal value is left or a retained one has changed; the message names the expectation and how many rows; "
        f"find who writes to them before clearing it. `select_aged` **waits?** The run would take far more than "
        "those before it: look at the question, and answer it in Airflow. "
        f"`redaction due {account.id}` shows what a run would do.\n"
    )


def build_dag(account: SnapshotAccount, stagger_min: int) -> DAG:
    """Return the DAG of one account; the same settings give the same bytes."""
    since = date.fromisoformat(account.since)
    offset = stagger(account.id, stagger_min).total_seconds()
    policy = Policy(account.period, account.mode, account.timezone, since)
    with DAG(
        dag_id=f"{DAG_PREFIX}{account.id}",
        description=f"{account.name}: {describe(policy)}",
        schedule=RedactionTimetable(account.period, account.mode, account.timezone, account.since, offset),
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
        run_id: Any = SelectAged(task_id="select_aged", account_id=account.id).output
        for step in (strip, delete_recordings, validate):
            run_id = step(run_id)
        rebuild_reports.override(outlets=[account_asset(account.id)])(run_id)
    return dag


def build_dags(period: str) -> dict[str, DAG]:
    """Return the DAGs of all accounts of one period by their ids, in the order of the account ids.

    When Airflow executes a task, only the DAG of that task is built.
    """
    wanted = get_parsing_context().dag_id
    settings = load_settings()
    accounts = current_snapshot(settings).accounts
    return {
        f"{DAG_PREFIX}{account.id}": build_dag(account, settings.stagger_min)
        for account in accounts
        if account.period == period and (wanted is None or wanted == f"{DAG_PREFIX}{account.id}")
    }
