"""The DAG `refresh_reports`: counts the days again that loads have changed, so that neither a run nor a reader waits
for it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from redaction.airflow.config import load_settings
from redaction.airflow.dags.common import RETRY_POLICY, link_page, open_deployment, placement_dag
from redaction.settings import DEFAULT

log = logging.getLogger(__name__)

_SHARES = 4
"""Tasks that share the accounts: one a core of a small server, instead of a task an account."""


@task(task_display_name="Find changed accounts")
def find_changed(placement: str) -> list[list[int]]:
    """Return the accounts whose reports have days to count, in shares; none if there is nothing to do."""
    from redaction.pipeline.reports import list_changed

    with open_deployment(placement) as deployment:
        changed = list_changed(deployment.database)
    return [share for first in range(_SHARES) if (share := changed[first::_SHARES])]


@task(task_display_name="Count reports again", do_xcom_push=False)
def count_again(placement: str, accounts: list[int]) -> None:
    """Count the changed days of some accounts again: only if they still have some, since others may write an XCom."""
    from redaction.pipeline.reports import refresh_accounts

    with open_deployment(placement) as deployment:
        done = refresh_accounts(deployment.database, accounts)
    log.info("%s days of %s accounts were counted again", sum(each.days for each in done.values()), len(done))


def build_refresh_reports(placement: str = DEFAULT) -> DAG:
    """Return the DAG that keeps the reports of a placement fresh."""
    settings = load_settings()
    with placement_dag(
        "refresh_reports",
        "Refresh reports",
        placement,
        description="Counts changed days again after loads",
        schedule=settings.reports_schedule,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        dagrun_timeout=timedelta(hours=6),
        doc_md=(
            "### Refresh reports\n\nCounts changed days again: those whose activities changed since the last count. "
            "A run does so for its account too, so nothing is lost if this is paused: the reports are older, and a run "
            f"cannot say what they said before it. {link_page('/accounts', 'The accounts')}\n\n"
            "- **It failed?** Counted days stay, and the next run continues.\n"
        ),
        default_args={
            "owner": "redaction",
            "retries": 2,
            "retry_delay": timedelta(minutes=2),
            "retry_policy": RETRY_POLICY,
        },
    ) as dag:
        count_again.partial(placement=placement).expand(accounts=find_changed(placement))
    return dag
