"""The note of a DAG run: what was redacted and how long each step took; counts, seconds and ids, never a value.

A task cannot write it: the interface of tasks to Airflow's metadata has no such call (Task SDK 1.3). So the task leaves
the text as an XCom, and the scheduler's listener makes it the note when the run has ended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from redaction.failures import explain
from redaction.objects.counts import describe_counts
from redaction.words import LEVELS, RUN_STATES, STEPS, say_count

if TYPE_CHECKING:
    from redaction.errors import RedactionError

log = logging.getLogger(__name__)

NOTE = "redaction_note"
"""The key of the XCom."""
_MOST = 1_000


def leave_note(record: Mapping[str, Any]) -> None:
    """Leave the record of a run, as `describe_run` gives it, for the note of the current DAG run."""
    _push(get_current_context()["ti"], compose_note(record))


@contextmanager
def noting_refusal(context: Any) -> Iterator[None]:
    """Leave the note of a DAG run whose first task fails: there may be no run of ours yet."""
    from redaction.errors import RedactionError

    try:
        yield
    except RedactionError as error:
        _push(context["ti"], compose_refusal(error))
        raise


def _push(ti: Any, note: str) -> None:
    """Leave a note. A failure here must neither hide the result of the task nor cause a retry."""
    try:
        ti.xcom_push(key=NOTE, value=note)
    except Exception as error:
        log.warning("the note of this run could not be left: %s", type(error).__name__)


def compose_note(record: Mapping[str, Any]) -> str:
    """Return the text of the note, at most 1,000 characters."""
    state = RUN_STATES[record["state"]].text
    parts = [f"Run {record['id']} of account {record['account_id']}: {state}."]
    if record["state"] == "nothing_due":
        parts.append(f"No activity before {record['cutoff']} has personal data that may go; nothing was changed.")
        if record["held_count"]:
            parts.append(f"{say_count(record['held_count'], 'activity', 'activities')} kept by a legal hold.")
        return " ".join(parts)
    words = explain(record["failure"], record["failed_step"])
    if words is not None:
        step = STEPS.get(record["failed_step"], "Begin")
        parts = [f"{parts[0][:-1]} at: {step}. {words.sentence} Next: {words.remedy} Who: {words.who}."]
    parts.append(
        f"{record['stripped_count']:,} of {say_count(record['due_count'], 'activity', 'activities')} redacted."
    )
    if record["recordings_taken"]:
        parts.append(f"Recordings of {record['recordings_taken']:,} more deleted.")
    parts.append(f"Recordings and files: {describe_counts(record['objects'], short=True)}.")
    parts.append(f"Erasure: {LEVELS[record['erasure_level']]}.")
    if record["seconds"]:
        seconds = ", ".join(f"{step} {took:.2f}" for step, took in record["seconds"].items())
        parts.append(f"Seconds: {seconds}.")
    return " ".join(parts)[:_MOST]


def compose_refusal(error: RedactionError) -> str:
    """Return the note of a DAG run that was refused before it had a run of ours, at most 1,000 characters."""
    from redaction.ledger.reasons import keep_message

    words = explain(type(error).__name__, "begin")
    assert words is not None
    # A note stays in Airflow for good.
    said = f"{message}." if (message := keep_message(error)) else words.sentence
    return f"Not begun: {said} Next: {words.remedy} Who: {words.who}."[:_MOST]


def write_note(dag_run: Any) -> None:
    """Make the text that a task has left the note of its run; called where the run's state is changed, in that
    transaction.
    """
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is not None:
        _write(session, dag_run)
        return
    # `dag.test()` passes a run that belongs to no session any more.
    with create_session() as own:
        found = own.get(DagRun, dag_run.id)
        if found is not None:
            _write(own, found)


def _write(session: Any, dag_run: Any) -> None:
    from airflow.models.xcom import XComModel

    left = XComModel.get_many(run_id=dag_run.run_id, key=NOTE, dag_ids=dag_run.dag_id, limit=1)
    for row in session.scalars(left):
        dag_run.note = str(XComModel.deserialize_value(row))
