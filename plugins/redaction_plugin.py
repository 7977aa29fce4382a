"""What Airflow has to know of us: the timetable, and the libraries that are loaded before the workers fork."""

from __future__ import annotations

import sys
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from redaction.timetable import RedactionTimetable


@hookimpl
def on_starting(component: Any) -> None:
    """Import what the steps need (seconds of CPU) once in the scheduler, whose forked tasks then share it."""
    # A job does not know its type yet at this point; the command line does.
    if "scheduler" in sys.argv[1:2]:
        from redaction.pipeline.run import preload

        preload()


class RedactionPlugin(AirflowPlugin):
    """The plugin of the house."""

    name = "redaction"
    timetables = [RedactionTimetable]  # noqa: RUF012 - Airflow reads the class attribute
    listeners = [sys.modules[__name__]]  # noqa: RUF012
