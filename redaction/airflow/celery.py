"""What a Celery worker is told of us: to load, before it forks, what the steps import (seconds of CPU each time)."""

from __future__ import annotations

from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG

CELERY_CONFIG: dict[str, Any] = {**DEFAULT_CELERY_CONFIG, "imports": ("redaction.pipeline.preloaded",)}
"""Airflow's own configuration of Celery, for `AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS`."""
