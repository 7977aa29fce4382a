"""What this Airflow lacks: settings that `redaction up` and docker-compose.yml have, and the pools that limit the
strips at work at each placement, which the scheduler creates when it starts.
"""

from __future__ import annotations

import logging

from airflow import __version__
from airflow.configuration import conf
from sqlalchemy.exc import SQLAlchemyError

from redaction.airflow.dags.common import name_at
from redaction.airflow.dags.step import POOL
from redaction.settings import Settings, load_settings

TRIED = "3.3"
"""The minor version of Airflow that this was tried with."""
CELERY_CONFIG = "redaction.airflow.celery.CELERY_CONFIG"


def list_advice(settings: Settings) -> list[str]:
    """Return what to set or create, a line each; it reads the configuration and database of this shell's Airflow."""
    executors = conf.get("core", "executor")
    found = [describe_version(), *_describe_pools(settings)]
    if "Celery" in executors and conf.get("celery", "celery_config_options", fallback="") != CELERY_CONFIG:
        found.append(
            "each task imports for seconds what a worker of Celery can load once: set "
            f"AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS={CELERY_CONFIG} for the workers"
        )
    if "LocalExecutor" not in executors and settings.ledger_url is None:
        found.append(
            "each machine keeps a ledger of its own below REDACTION_HOME: set REDACTION_LEDGER_URL to a place that all "
            "of them reach"
        )
    if "LocalExecutor" not in executors and settings.shared_url is None:
        found.append(
            "each machine keeps its validations below REDACTION_HOME, where pages of another do not find them: set "
            "REDACTION_SHARED_URL to a place that all of them reach"
        )
    return [line for line in found if line is not None]


def describe_version() -> str | None:
    """Return a warning if this package was not tried with this minor version of Airflow."""
    if __version__.startswith(f"{TRIED}."):
        return None
    return f"redaction was tried with Airflow {TRIED}, and this is {__version__}: run an account by hand first"


def _describe_pools(settings: Settings) -> list[str]:
    try:
        missing = list_missing_pools(settings)
    except SQLAlchemyError:
        return ["Airflow's database does not answer, so its pools were not checked: see `airflow db check`"]
    slots = settings.placement_slots
    return [
        f"Airflow has no pool {name}, so its tasks `strip` wait: airflow pools set {name} {slots} 'Strips at work' "
        "(a scheduler that starts makes it too)"
        for name in missing
    ]


log = logging.getLogger(__name__)


def make_pools() -> None:
    """Create the pool of each placement that has none; an existing one keeps its slots."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    settings = load_settings()
    missing = list_missing_pools(settings)
    with create_session() as session:
        for name in missing:
            Pool.create_or_update_pool(
                name, settings.placement_slots, "Strips at work", include_deferred=False, session=session
            )
            log.info("pool %s made, with %s slots", name, settings.placement_slots)


def list_missing_pools(settings: Settings) -> list[str]:
    """Return the pools of placements that Airflow does not have; a task that needs one waits for ever."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    names = [name_at(POOL, placement) for placement in settings.all_placements]
    with create_session() as session:
        return [name for name in names if Pool.get_pool(name, session=session) is None]
