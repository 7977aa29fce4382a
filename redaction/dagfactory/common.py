"""What the DAGs share: the deployment a task works on, and what Airflow does about each error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from redaction.settings import Settings, load_settings

if TYPE_CHECKING:
    from redaction.database import Database

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception="redaction.errors.DatabaseBusy", action=RetryAction.RETRY),
        RetryRule(exception="redaction.errors.RecordingRemains", action=RetryAction.RETRY),
        RetryRule(exception="redaction.errors.RedactionError", action=RetryAction.FAIL),
    ]
)
"""The tree of `redaction.errors` on Airflow's decisions: what may pass is tried again with back-off, the rest fails."""

RETRIES: dict[str, Any] = {
    "retries": 4,
    "retry_delay": timedelta(seconds=15),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": RETRY_POLICY,
}
"""What the tasks of a redaction are given."""


@contextmanager
def deployment(behind: bool = False) -> Iterator[tuple[Database, Settings]]:
    """Open the database of this environment for one task; raises DatabaseBehind if it was restored, unless the task may
    work on one that is `behind` its ledger.
    """
    from redaction.database import open_database
    from redaction.evidence.anchor import check_ledger

    settings = load_settings()
    database = open_database(settings)
    try:
        if not behind:
            check_ledger(database, settings)
        yield database, settings
    finally:
        database.close()
