"""The DAG `erase_residue`: rewrites, in its window, the files that still hold removed values."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import DAG, get_current_context, task

from redaction.airflow.config import load_settings
from redaction.airflow.dags.common import link_page, open_deployment, placement_dag
from redaction.settings import DEFAULT
from redaction.words import say_files

if TYPE_CHECKING:
    from redaction.control.close import Closing

log = logging.getLogger(__name__)


@task(task_display_name="Find copies on disk")
def list_residue(placement: str) -> list[str]:
    """Return the tables (with their schema) and partitions whose files still hold removed values."""
    from redaction.erasure.residue import list_residue as find

    with open_deployment(placement) as deployment:
        return [residue.partition_name for residue in find(deployment)]


@task(task_display_name="Rewrite a partition", max_active_tis_per_dag=1, map_index_template="{{ partition }}")
def erase_partition(placement: str, partition: str) -> None:
    """Rewrite one partition or table without the removed values, if it has any: its name came by an XCom, which
    others may write.
    """
    from redaction.erasure.residue import erase_partition as erase
    from redaction.erasure.residue import list_residue as find

    with open_deployment(placement) as deployment:
        if partition not in [residue.partition_name for residue in find(deployment)]:
            log.info("what was named holds no removed values: nothing was done")
            return
        get_current_context()["partition"] = say_files(partition)
        erase(deployment, partition)
    log.info("the files of %s were rewritten", say_files(partition))


@task(task_display_name="Try recordings and files again")
def retry_objects(placement: str) -> None:
    """Try the objects again that runs have left in stores, and continue closings; what remains fails nothing here."""
    from redaction.control.close import finish_closings
    from redaction.objects.settle import retry_objects as retry

    with open_deployment(placement) as deployment:
        retried = retry(deployment)
        closed = finish_closings(deployment, log.warning)
    for closing in closed:
        log.info("account %s: %s activities and %s objects are left of what is closed", *_left(closing))
    log.info("objects: %s", retried.outcomes or "none was due")
    for name, why in sorted({**retried.failed, **retried.left}.items()):
        log.warning("%s: %s", name, why)


def _left(closing: Closing) -> tuple[int, int, int]:
    return closing.account_id, closing.activities_left, closing.objects_left


@task(task_display_name="Grade the runs", trigger_rule="all_done")
def finish_erasure(placement: str) -> None:
    """Rewrite the statistics, rotate the write-ahead log, grade the runs; fails if residue is beyond its deadline."""
    from redaction.erasure.residue import finish_erasure as finish
    from redaction.erasure.residue import list_residue as find
    from redaction.errors import ResidueLate

    with open_deployment(placement) as deployment:
        done = finish(deployment)
        late = [say_files(residue.partition_name) for residue in find(deployment) if residue.late]
        hours = deployment.settings.erasure_deadline_h
    log.info("statistics rewritten: %s; log rotated: %s", done.statistics or "yes", done.wal or "yes")
    log.info("runs by level: %s", done.levels)
    if late:
        raise ResidueLate(
            f"{len(late)} tables hold removed values for more than {hours} h: {', '.join(late)}; "
            "see why `redaction erase-residue` leaves them"
        )


def build_erase_residue(placement: str = DEFAULT) -> DAG:
    """Return the DAG that rewrites, in its window, the partitions of a placement whose files hold removed values."""
    settings = load_settings()
    with placement_dag(
        "erase_residue",
        "Erase copies on disk",
        placement,
        description="Rewrites the partitions whose files still hold removed values",
        schedule=settings.erasure_schedule,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        dagrun_timeout=timedelta(minutes=settings.erasure_window_min),
        doc_md=(
            "### Erase copies on disk\n\nPostgreSQL keeps old versions of redacted rows in its files. This DAG "
            "rewrites these partitions and tables without them, rewrites the statistics, rotates the log and grades "
            "the runs. It tries recordings and files again that stores did not delete. "
            f"{link_page('/copies', 'Copies on disk')} shows what is left.\n\n"
            "- **`erase_partition` failed?** The message names the process that holds the partition. Nothing was "
            "changed.\n"
            "- **`finish_erasure` failed?** Copies are older than their deadline: `redaction verify --all`.\n"
        ),
        default_args={"owner": "redaction", "retries": 2, "retry_delay": timedelta(minutes=2)},
    ) as dag:
        found = list_residue(placement)
        erased = erase_partition.partial(placement=placement).expand(partition=found)
        [erased, retry_objects(placement)] >> finish_erasure(placement)
    return dag
