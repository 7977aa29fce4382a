"""What Airflow has to know of us: the timetable, and the libraries that are loaded before the workers fork."""

from __future__ import annotations

import sys
from typing import Any

from airflow.configuration import conf
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from redaction.timetable import RedactionTimetable


@hookimpl
def on_starting(component: Any) -> None:
    """Import what the steps need (seconds of CPU) once in a scheduler whose forked tasks then share it; make the pools
    that the tasks ask for. Workers of Celery import it themselves (`redaction.dagfactory.celery`).
    """
    # A job does not know its type yet at this point; the command line does.
    if "scheduler" in sys.argv[1:2]:
        if "LocalExecutor" in conf.get("core", "executor"):
            from redaction.pipeline.run import preload

            preload()
        from redaction.dagfactory.pools import make_pools

        make_pools()


def _write_note(dag_run: Any) -> None:
    if dag_run.dag_id.startswith("redact_"):
        from redaction.dagfactory.note import write_note

        write_note(dag_run)


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Take a name that nobody has authenticated off a run of ours, before any of its tasks is given it."""
    if dag_run.dag_id.startswith("redact_"):
        from redaction.dagfactory.requester import forget_unauthenticated

        forget_unauthenticated(dag_run)


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Write the note of a run of ours: what was redacted, the seconds of each step."""
    _write_note(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """Write the note of a failed run of ours: which step, the name of the error."""
    _write_note(dag_run)


class _Pages:
    """The app of the pages, imported when the API server asks for it: no other component has the time."""

    def __get__(self, plugin: object, owner: type) -> list[dict[str, Any]]:
        from redaction.web.app import app

        return [{"app": app, "url_prefix": "/redaction", "name": "Redaction"}]


class _Checks:
    """What stands before Airflow's API, imported with the pages."""

    def __get__(self, plugin: object, owner: type) -> list[dict[str, Any]]:
        from redaction.web.conf import CheckConf

        return [{"middleware": CheckConf, "name": "Redaction: what a run may be given"}]


class RedactionPlugin(AirflowPlugin):
    """The plugin of the house."""

    name = "redaction"
    fastapi_apps = _Pages()
    fastapi_root_middlewares = _Checks()
    external_views = [  # noqa: RUF012 - Airflow reads the class attributes
        {
            "name": "Redaction",
            "href": "/redaction/",
            "destination": "nav",
            "category": "browse",
            "url_route": "redaction-pages",
        },
        {
            "name": "Redaction",
            "href": "/redaction/dags/{DAG_ID}",
            "destination": "dag",
            "url_route": "redaction-account",
        },
    ]
    timetables = [RedactionTimetable]  # noqa: RUF012
    listeners = [sys.modules[__name__]]  # noqa: RUF012
