"""The DAG `retention_watch`: fails, and so alerts, when something that should be gone or decided by now is not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import DAG, CronTriggerTimetable, task

from redaction.airflow.config import load_settings
from redaction.airflow.dags.common import link_page, open_deployment, placement_dag
from redaction.settings import DEFAULT

if TYPE_CHECKING:
    from redaction.deployment import Deployment
    from redaction.errors import RedactionError
    from redaction.evidence.figures import Figure

log = logging.getLogger(__name__)

METRIC = "redaction"
"""The prefix of the names of the metrics."""


@task(task_display_name="Look for what is late")
def watch_retention(placement: str) -> None:
    """Measure, send each figure as a gauge, notify people of changes, and fail if something is late."""
    from airflow.sdk.observability.stats import gauge

    from redaction.airflow.alerts import tell_change, tell_week
    from redaction.errors import RedactionError, RetentionLate
    from redaction.evidence.days import keep_day
    from redaction.evidence.views import drop_views
    from redaction.evidence.watch import list_late, watch
    from redaction.gate.expiry import end_expired_holds
    from redaction.requests.exports import end_exports

    with open_deployment(placement, allow_restored=True) as deployment:
        try:
            end_expired_holds(deployment)
            end_exports(deployment)
            drop_views(deployment)
        except RedactionError as error:
            # The figures show what was not done, and a hold keeps what it holds until it has ended.
            log.warning("holds, answers and records of views whose time is over were not ended: %s", error)
        figures = watch(deployment)
        undone = [error for act in (keep_day, tell_change, tell_week) for error in _try(act, deployment, figures)]
    where = {} if placement == DEFAULT else {"placement": placement}
    for figure in figures:
        name = f"{METRIC}.{figure.what.replace(' ', '_')}"
        tags = where | ({} if figure.account_id is None else {"account_id": str(figure.account_id)})
        gauge(name, figure.count, tags=tags)
        gauge(f"{name}.age_hours", figure.age_hours, tags=tags)
    for figure in figures:
        if figure.what == "holds that end":
            log.warning("account %s: %s", figure.account_id, figure.hint)
    late = list_late(figures)
    gauge(f"{METRIC}.late", len(late), tags=where)
    log.info("%s figures, %s late", len(figures), len(late))
    for figure in late:
        log.error(
            "late: %s %s of %s, %s h: %s",
            figure.count,
            figure.what,
            "all accounts" if figure.account_id is None else f"account {figure.account_id}",
            figure.age_hours,
            figure.hint,
        )
    if late:
        raise RetentionLate(
            f"{len(late)} things are late: {', '.join(sorted({figure.what for figure in late}))}; the log of this task "
            "says of which accounts and what to do, so does `redaction status`"
        )
    if undone:
        raise undone[0]


def _try(
    act: Callable[[Deployment, Sequence[Figure]], None], deployment: Deployment, figures: Sequence[Figure]
) -> list[RedactionError]:
    """Call it with the figures; return its failure, which must not keep the watch from reporting what is late."""
    from redaction.errors import RedactionError

    try:
        act(deployment, figures)
    except RedactionError as error:
        log.error("%s", error)
        return [error]
    return []


def build_retention_watch(placement: str = DEFAULT) -> DAG:
    """Return the DAG that watches a placement; it depends on no other DAG and on no state of a job."""
    settings = load_settings()
    with placement_dag(
        "retention_watch",
        "Look for what is late",
        placement,
        description="Says when something that should be gone or decided by now is not",
        # Not at once, as with a start: a new deployment is late until its DAGs have run once. A duration, since Airflow
        # takes False for "if the last one was not long ago".
        schedule=CronTriggerTimetable(settings.watch_schedule, timezone="UTC", run_immediately=timedelta(seconds=1)),
        dagrun_timeout=timedelta(hours=1),
        doc_md=(
            "### Look for what is late\n\nLooks at the data and the ledger, not at the states of jobs: activities that "
            "should be gone, objects, residue in files, holds, runs that did not end or wait for a person, records "
            "in systems outside, breaks of the ledger. **It failed?** The log names what is late, of which account, "
            "and what to do; `redaction status` shows the same. "
            f"{link_page('/alerts', 'Alerts')} shows the messages that were sent.\n"
        ),
        default_args={"owner": "redaction", "retries": 0},
    ) as dag:
        watch_retention(placement)
    return dag
