"""The DAGs `collect_activities_<agency>` and `collect_inbox`: built only from settings."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, task

from redaction.airflow.config import load_settings
from redaction.airflow.dags.accounts import find_roles
from redaction.airflow.dags.common import RETRY_POLICY, link_page
from redaction.airflow.dags.sources import check_source

log = logging.getLogger(__name__)

COLLECT_PREFIX = "collect_activities_"
INBOX = "collect_inbox"
_TASK: dict[str, Any] = {
    "owner": "redaction",
    "retries": 4,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "retry_policy": RETRY_POLICY,
}


def _warn(line: str) -> None:
    log.warning("%s", line)


@task(task_display_name="Fetch activities", do_xcom_push=False)
def collect_activities(agency_id: int) -> None:
    """Fetch the activities of every account of an agency, and record which accounts of the source are missing here.

    Everything fetched before a failure is stored, and a retry continues there.
    """
    from redaction.control.follow import follow_accounts
    from redaction.deployment import Deployment
    from redaction.pipeline.reports import refresh_after_load
    from redaction.placements.resolve import Placements
    from redaction.source.collect.accounts import Collected, collect_agency

    def tell(deployment: Deployment, done: Collected) -> None:
        loaded = done.loaded
        log.info(
            "account %s, %s to %s: %s records; %s new, %s changed, %s rejected, %s redacted already",
            *(done.account_id, done.since, done.until, done.records),
            *(loaded.inserted, loaded.updated, loaded.rejected, loaded.already_redacted),
        )
        if loaded.not_kept:
            log.warning("account %s: %s", done.account_id, loaded.not_kept)
        refresh_after_load(deployment.database, _warn, [done.account_id])
        follow_accounts(deployment, None, _warn, done.account_id)

    with Placements(load_settings()) as placements:
        found = collect_agency(placements, agency_id, ended=tell)
    if found.offered:
        log.warning("%s accounts of the source are new and not here: `redaction account offers`", len(found.offered))
    found.check()


@task(task_display_name="Load and delete raw files", do_xcom_push=False)
def collect_files() -> None:
    """Load every file of the inbox, then delete it; fails if one is left."""
    from redaction.control.follow import follow_accounts
    from redaction.pipeline.reports import refresh_after_load
    from redaction.placements.resolve import Placements
    from redaction.source.collect.inbox import collect_inbox

    with Placements(load_settings()) as placements:
        done = collect_inbox(placements)
        if done.files:
            for deployment in placements.each():
                refresh_after_load(deployment.database, _warn)
                follow_accounts(deployment, None, _warn)
    loaded = done.loaded
    log.info(
        "%s raw files, %s deleted, %s more wait; %s new, %s changed, %s rejected",
        *(done.files, done.deleted, done.waiting, loaded.inserted, loaded.updated, loaded.rejected),
    )
    for note in done.notes:
        log.warning("%s", note)
    for file, why in done.left.items():
        log.error("inbox file %s: %s", file, why)
    done.check()


def build_collect() -> dict[str, DAG]:
    """Return the DAG of each agency that has a collector, and that of the inbox if there is one, by their ids.

    Raises BadInput if another bundle has them already.
    """
    check_source("build_collect")
    settings = load_settings()
    found = {}
    for agency_id, collector in sorted(settings.collectors.items()):
        with DAG(
            dag_id=f"{COLLECT_PREFIX}{agency_id}",
            dag_display_name=f"Activities of agency {agency_id}",
            description="Fetches the activities of the agency's accounts from the API of the source",
            schedule=collector.schedule,
            start_date=datetime(2026, 1, 1, tzinfo=UTC),
            catchup=False,
            max_active_runs=1,
            is_paused_upon_creation=False,
            access_control=find_roles(settings, agency_id),
            tags=["redaction"],
            doc_md=(
                f"### Activities of agency {agency_id}\n\nFetches the activities of every account of the agency that "
                "is here, from some days before the last time. Accounts that are missing here are offered, never "
                "switched on: `redaction account offers`. **It failed?** The message names the account and why; what "
                "was stored stays, and the next run leaves no day out. "
                f"{link_page('/accounts', 'The accounts on the pages of Redaction')}\n"
            ),
            default_args=_TASK,
        ) as dag:
            collect_activities(agency_id)
        found[dag.dag_id] = dag
    if settings.inbox_url is not None:
        with DAG(
            dag_id=INBOX,
            dag_display_name="Inbox of raw files",
            description="Loads the raw files of the inbox, then deletes them",
            schedule=settings.inbox_schedule,
            start_date=datetime(2026, 1, 1, tzinfo=UTC),
            catchup=False,
            max_active_runs=1,
            is_paused_upon_creation=False,
            tags=["redaction"],
            doc_md=(
                "### Inbox of raw files\n\nLoads each file, keeps rejected records in the quarantine, then deletes the "
                "file, every version of it. **It failed?** Its log names each file that is left by an id, and why; "
                "`redaction inbox list` has the names. Nothing is lost: what is left is loaded again.\n"
            ),
            default_args=_TASK,
        ) as inbox:
            collect_files()
        found[INBOX] = inbox
    return found
