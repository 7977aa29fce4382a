"""Configuration of a Celery worker: the imports of the steps (seconds of CPU) are loaded before it forks.

If `CELERY_HEARTBEAT_FILE` names a file, the worker touches it while it lives. Celery's own `inspect ping` starts an
Airflow for each question, which takes 4.6 s of CPU.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import heartbeat_sent

CELERY_CONFIG: dict[str, Any] = {**DEFAULT_CELERY_CONFIG, "imports": ("redaction.airflow.preloaded",)}
"""Airflow's own configuration of Celery, for `AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS`."""
HEARTBEAT_FILE = "CELERY_HEARTBEAT_FILE"
"""The variable that names the file of a worker's health check."""


@heartbeat_sent.connect
def touch_heartbeat(**_: object) -> None:
    """Touch the file: a worker reports to its broker every two seconds, and stops when it has lost it."""
    if path := os.environ.get(HEARTBEAT_FILE):
        Path(path).touch()
