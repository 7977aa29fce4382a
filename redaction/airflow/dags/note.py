"""The note of a DAG run: what was redacted and how long each step took; counts, seconds and ids, never a value.

A task cannot write it: the interface that tasks have to Airflow's metadata has no such call (Task SDK 1.3). So the task
that knows leaves the text as an XCom, and the scheduler's listener makes it the note when the run has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import get_current_context

from redaction.objects.counts import describe_counts

NOTE = "redaction_note"
"""The key of the XCom."""
_MOST = 1_000


def leave_note(record: Mapping[str, Any]) -> None:
    """Leave the record of a run, as `describe_run` gives it, for the note of the DAG run of the current task."""
    get_current_context()["ti"].xcom_push(key=NOTE, value=compose_note(record))


def compose_note(record: Mapping[str, Any]) -> str:
    """Return the text of the note, at most 1,000 characters."""
    seconds = ", ".join(f"{step} {took:.2f}" for step, took in record["seconds"].items())
    parts = [
        f"run {record['id']} of account {record['account_id']}: {record['state']}",
        f"{record['stripped_count']} of {record['due_count']} activities redacted",
        f"objects: {describe_counts(record['objects'], short=True)}",
        f"erasure level {record['erasure_level']}",
        f"seconds: {seconds or 'none yet'}",
    ]
    if record["recordings_taken"]:
        parts.insert(2, f"recordings of {record['recordings_taken']} more taken")
    if record["failure"]:
        parts.insert(1, f"{record['failed_step']} failed with {record['failure']}")
    return "; ".join(parts)[:_MOST]


def write_note(dag_run: Any) -> None:
    """Make what a task of a run has left its note; called where the run's state is changed, in that transaction."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is not None:
        _write(session, dag_run)
        return
    # `dag.test()` hands over a run that belongs to no session any more.
    with create_session() as own:
        found = own.get(DagRun, dag_run.id)
        if found is not None:
            _write(own, found)


def _write(session: Any, dag_run: Any) -> None:
    from airflow.models.xcom import XComModel

    left = XComModel.get_many(run_id=dag_run.run_id, key=NOTE, dag_ids=dag_run.dag_id, limit=1)
    for row in session.scalars(left):
        dag_run.note = str(XComModel.deserialize_value(row))
