"""What the Airflow that is there lacks for us: pools, and settings that `redaction up` and docker-compose.yml have."""

from __future__ import annotations

from airflow import __version__
from airflow.configuration import conf
from sqlalchemy.exc import SQLAlchemyError

from redaction.airflow.pools import list_missing_pools
from redaction.settings import Settings

TRIED = "3.3"
"""The minor of Airflow that this was tried with."""
CELERY_CONFIG = "redaction.airflow.celery.CELERY_CONFIG"


def list_advice(settings: Settings) -> list[str]:
    """Return what to set or make, a line each; this shell's Airflow is asked, by its configuration and database."""
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
    """Return a warning if this Airflow is of a minor that we were not tried with."""
    if __version__.startswith(f"{TRIED}."):
        return None
    return f"redaction was tried with Airflow {TRIED}, and this is {__version__}: run an account by hand first"


def _describe_pools(settings: Settings) -> list[str]:
    try:
        missing = list_missing_pools(settings)
    except SQLAlchemyError as error:
        return [f"Airflow's database was not asked for its pools ({type(error).__name__}): see `airflow db check`"]
    slots = settings.placement_slots
    return [
        f"Airflow has no pool {name}, so its tasks `strip` wait: airflow pools set {name} {slots} 'Strips at work' "
        "(a scheduler that starts makes it too)"
        for name in missing
    ]
