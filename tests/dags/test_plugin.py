"""The plugin: found by its entry point, once; which processes load the heavy libraries; silent in tasks; below
Airflow's path.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse
from airflow.models.pool import Pool
from airflow.utils.session import create_session
from sqlalchemy import delete

from redaction.airflow.advice import CELERY_CONFIG, make_pools
from redaction.airflow.dags.step import POOL
from redaction.airflow.plugin import RedactionPlugin
from tests.checkout import ROOT

Cli = Callable[..., tuple[int, str, str]]

_STARTS = """
import os, sys
from airflow.jobs.job import Job
from redaction.airflow import advice
ours = advice.__version__
for line in sys.argv[1:]:
    command, os.environ["AIRFLOW__CORE__EXECUTOR"], version = line.split(",")
    sys.argv = ["airflow", command]
    advice.__version__ = version or ours
    Job()
    print(">", "great_expectations" in sys.modules, flush=True)
"""
_TASK = """
import sys
sys.argv = ["airflow", "scheduler"]
from airflow.sdk.execution_time.task_runner import TaskRunnerMarker
from airflow.sdk.listener import get_listener_manager
get_listener_manager().hook.on_starting(component=TaskRunnerMarker())
print(">", "great_expectations" in sys.modules, "redaction.airflow.advice" in sys.modules)
"""
_WORKER = """
import gc, importlib, sys
from redaction.airflow.celery import CELERY_CONFIG
for name in CELERY_CONFIG["imports"]:
    importlib.import_module(name)
before = set(sys.modules)
import redaction.airflow.dags, redaction.control.follow, redaction.ledger.entries, redaction.placements.resolve
print(">", "great_expectations" in sys.modules, sorted(set(sys.modules) - before))
# What was imported is not searched for garbage, nor copied by the search in each process that is forked.
print(">", gc.isenabled(), gc.get_freeze_count() > 100_000)
"""
_PAGES = """
import re
from redaction.web.context import PREFIX, show
from redaction.web.overview import link_run
told = {"code": 404, "what": "nothing", "heading": "Not found", "back": "/airflow/redaction/", "again": False}
page = show("error.html", "", 404, **told).body.decode()
print(">", PREFIX)
print(">", link_run("redact_account_7/manual__1"))
links = re.findall(r'(?:href|src)="(/[^"]*)"', page)
print(">", len(links) > 5, [link for link in links if not link.startswith("/airflow/redaction/")])
"""
_PROVIDERS = """
from airflow.providers_manager import ProvidersManager
found = ProvidersManager().providers["redaction"]
print(">", found.data["name"], found.version)
"""
_PLUGINS = """
from airflow import plugins_manager
plugins, errors = plugins_manager._get_plugins()
print(">", [(plugin.name, type(plugin).__module__) for plugin in plugins])
print(">", sorted(view["href"] for view in plugins_manager._get_ui_plugins()[0]))
print(">", errors)
"""


def _run(script: str, *words: str, **environment: str) -> tuple[list[str], str]:
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    said = [line.removeprefix("> ") for line in lines if line.startswith("> ")]
    return said, "\n".join(line for line in lines if not line.startswith("> "))


@pytest.mark.usefixtures("airflow_database")  # The scheduler makes its pools there.
def test_only_a_scheduler_that_forks_its_tasks_loads_what_they_need_and_another_minor_is_told_in_one_line() -> None:
    # One after the other in one process, which takes seconds to load Airflow: the first two load nothing.
    starts = ("dag-processor,LocalExecutor,3.4.1", "scheduler,CeleryExecutor,", "scheduler,LocalExecutor,")
    out, err = _run(_STARTS, *starts)
    assert out == ["False", "False", "True"]
    (told,) = [line for line in err.splitlines() if "redaction was tried with Airflow" in line]
    assert "with Airflow 3.3, and this is 3.4.1" in told


def test_the_listener_does_nothing_and_says_nothing_in_a_task() -> None:
    # A task that a scheduler has forked has its command line, and no access to Airflow's database.
    out, err = _run(_TASK, AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="postgresql+psycopg2://nobody@127.0.0.1:1/none")
    assert out == ["False False"]
    assert "listener" not in err
    assert "Traceback" not in err


def test_a_worker_of_celery_loads_the_dags_and_what_their_steps_need_before_it_forks() -> None:
    out, _ = _run(_WORKER)
    assert out == ["True []", "True True"]


def _list_views(base: str) -> str:
    return str([f"{base}/", f"{base}/dag-runs/{{DAG_ID}}/{{RUN_ID}}", f"{base}/dags/{{DAG_ID}}"])


VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
OURS = "('redaction', 'redaction.airflow.plugin')"


def test_an_airflow_with_plugins_of_its_own_keeps_them_and_lists_us_as_a_provider(tmp_path: Path) -> None:
    (tmp_path / "theirs.py").write_text(
        "from airflow.plugins_manager import AirflowPlugin\nclass Theirs(AirflowPlugin):\n    name = 'theirs'\n"
    )
    out, _ = _run(_PLUGINS + _PROVIDERS, AIRFLOW__CORE__PLUGINS_FOLDER=str(tmp_path))
    plugins = f"[('theirs', 'theirs'), {OURS}]"
    assert out == [
        plugins,
        _list_views("/redaction"),
        "{}",
        f"Redaction {VERSION}",
    ]


def test_pages_are_below_the_path_of_airflow_and_a_folder_that_has_the_plugin_too_is_told(tmp_path: Path) -> None:
    given = {
        "AIRFLOW__API__BASE_URL": "https://example.com/airflow/",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    }
    out, err = _run(_PLUGINS + _PAGES, **given, REDACTION_HOME=str(tmp_path))
    assert out[:3] == [
        f"[{OURS}]",
        _list_views("/airflow/redaction"),
        "{}",
    ]
    assert out[3:] == ["/airflow/redaction", "/airflow/dags/redact_account_7/runs/manual__1", "True []"]
    assert len([line for line in err.splitlines() if "redaction_plugin.py adds nothing" in line]) == 1


@pytest.mark.usefixtures("airflow_database")
def test_status_says_what_airflow_lacks(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redaction.airflow.advice.__version__", "3.4.0")
    with create_session() as session:
        session.execute(delete(Pool).where(Pool.pool == POOL))
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    said = cli("status")[2]
    assert "redaction was tried with Airflow 3.3, and this is 3.4.0" in said
    assert "Airflow has no pool redaction_strips, so its tasks `strip` wait: airflow pools set " in said
    assert "set AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS=redaction.airflow.celery.CELERY_CONFIG" in said
    assert "set REDACTION_LEDGER_URL" in said
    assert "set REDACTION_SHARED_URL" in said


def test_status_says_nothing_of_an_airflow_that_has_all(
    cli: Cli, airflow_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pools()
    assert cli("status") == (0, "Retention: none\nnothing is late\n", "")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS", CELERY_CONFIG)
    monkeypatch.setenv("REDACTION_LEDGER_URL", str(Path(os.environ["REDACTION_HOME"]) / "ledger"))
    monkeypatch.setenv("REDACTION_SHARED_URL", os.environ["REDACTION_HOME"])
    assert cli("status")[2] == ""


def test_airflow_shows_an_entry_of_its_own_and_a_tab_on_dags_and_on_their_runs() -> None:
    views = {view["destination"]: view for view in RedactionPlugin.external_views}
    assert list(views) == ["nav", "dag", "dag_run"]
    assert views["nav"]["nav_top_level"] is True
    for view in views.values():
        assert ExternalViewResponse.model_validate(view).icon == "/redaction/static/icon.svg"
        for name in ("icon", "icon_dark_mode"):
            picture = ROOT / "redaction" / "web" / "static" / view[name].rpartition("/")[2]
            assert picture.read_text().startswith("<svg"), name
