"""The Airflow pools that limit the strips at work at each placement, made by the scheduler when it starts."""

from __future__ import annotations

import logging

from redaction.airflow.dags.common import name_at
from redaction.airflow.dags.step import POOL
from redaction.settings import load_settings

log = logging.getLogger(__name__)


def make_pools() -> None:
    """Make the pool of each placement that has none; one that is there keeps the slots that somebody gave it."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    settings = load_settings()
    with create_session() as session:
        for placement in settings.all_placements:
            name = name_at(POOL, placement)
            if Pool.get_pool(name, session=session) is None:
                description = f"Strips at work at the placement {placement}"
                Pool.create_or_update_pool(
                    name, settings.placement_slots, description, include_deferred=False, session=session
                )
                log.info("pool %s made, with %s slots", name, settings.placement_slots)
