"""What Airflow must know of us: the timetable, the pages, and the libraries that are loaded before the workers fork."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import entry_points
from typing import Any

from airflow.configuration import conf
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from redaction.airflow.timetable import TIMETABLES
from redaction.web.address import PAGES, base_path

log = logging.getLogger(__name__)

_ICONS = {
    "icon": f"{base_path()}{PAGES}/static/icon.svg",
    "icon_dark_mode": f"{base_path()}{PAGES}/static/icon-dark.svg",
}


def is_installed() -> bool:
    """Say whether Airflow finds this plugin by the entry point of an installed package."""
    return any(found.value.startswith(f"{__name__}:") for found in entry_points(group="airflow.plugins"))


@hookimpl
def on_starting(component: Any) -> None:
    """Import what the steps need (seconds of CPU) once in a scheduler whose forked tasks then share it; create the
    pools that the tasks need. Celery workers import it themselves (`redaction.airflow.celery`).

    Does nothing in a task, which has no access to Airflow's database.
    """
    if type(component).__name__ != "Job":
        return
    from redaction.airflow.advice import describe_version

    if (warning := describe_version()) is not None:
        log.warning("%s", warning)
    # A job does not know its type yet at this point; the command line does, and a task forked from it has the same.
    if "scheduler" in sys.argv[1:2]:
        if "LocalExecutor" in conf.get("core", "executor"):
            from redaction.airflow import preloaded  # noqa: F401
        from redaction.airflow.advice import make_pools

        make_pools()


def _write_note(dag_run: Any) -> None:
    if dag_run.dag_id.startswith(("redact_", "answer_request")):
        from redaction.airflow.dags.note import write_note

        write_note(dag_run)


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Remove a name that nobody has authenticated from a run of ours, before any of its tasks gets it."""
    if dag_run.dag_id.startswith("redact_"):
        from redaction.airflow.dags.requester import forget_unauthenticated

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
    """The app of the pages, imported when the API server needs it: other components should not pay for it."""

    def __get__(self, plugin: object, owner: type) -> list[dict[str, Any]]:
        from redaction.web.app import app

        return [{"app": app, "url_prefix": PAGES, "name": "Redaction"}]


class _Checks:
    """The check before Airflow's API, imported with the pages."""

    def __get__(self, plugin: object, owner: type) -> list[dict[str, Any]]:
        from redaction.web.conf import CheckConf

        return [{"middleware": CheckConf, "name": "Redaction: what a run may be given"}]


class RedactionPlugin(AirflowPlugin):
    """Everything that Airflow loads of us."""

    name = "redaction"
    fastapi_apps = _Pages()
    fastapi_root_middlewares = _Checks()
    external_views = [  # noqa: RUF012 - Airflow reads the class attributes
        {
            "name": "Redaction",
            "href": f"{base_path()}{PAGES}/",
            "destination": "nav",
            "nav_top_level": True,
            "url_route": "redaction-pages",
            **_ICONS,
        },
        {
            "name": "Redaction",
            "href": f"{base_path()}{PAGES}/dags/{{DAG_ID}}",
            "destination": "dag",
            "url_route": "redaction-account",
            **_ICONS,
        },
        {
            "name": "Redaction",
            "href": f"{base_path()}{PAGES}/dag-runs/{{DAG_ID}}/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "redaction-run",
            **_ICONS,
        },
    ]
    timetables = TIMETABLES
    listeners = [sys.modules[__name__]]  # noqa: RUF012
