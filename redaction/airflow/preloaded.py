"""What a process imports that forks those of the tasks, so that they share it: the DAGs, and what the steps need."""

from __future__ import annotations

import redaction.airflow.dags  # 0.06 s of CPU in each task
import redaction.control.follow
import redaction.placements.resolve  # noqa: F401
from redaction.airflow.config import load_settings
from redaction.pipeline.run import preload

preload()
load_settings()
