"""The Airflow pools that limit the strips at work at each placement, made by the scheduler when it starts."""

from __future__ import annotations

import logging

from redaction.airflow.dags.common import name_at
from redaction.airflow.dags.step import POOL
from redaction.settings import Settings, load_settings

log = logging.getLogger(__name__)


def make_pools() -> None:
    """Make the pool of each placement that has none; one that is there keeps the slots that somebody gave it."""
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
    """Return the pools of placements that Airflow does not have; a task that asks for one waits for ever."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    names = [name_at(POOL, placement) for placement in settings.all_placements]
    with create_session() as session:
        return [name for name in names if Pool.get_pool(name, session=session) is None]
