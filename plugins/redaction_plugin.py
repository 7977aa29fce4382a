"""What Airflow has to know of us: the timetable, and Great Expectations loaded before the workers fork."""

from __future__ import annotations

import sys
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from redaction.timetable import RedactionTimetable


@hookimpl
def on_starting(component: Any) -> None:
    """Import Great Expectations (seconds of CPU) once in the scheduler, whose forked tasks then share it."""
    if getattr(component, "job_type", None) == "SchedulerJob":
        from redaction.pipeline.validate import preload

        preload()


class RedactionPlugin(AirflowPlugin):
    """The plugin of the house."""

    name = "redaction"
    timetables = [RedactionTimetable]  # noqa: RUF012 - Airflow reads the class attribute
    listeners = [sys.modules[__name__]]  # noqa: RUF012
