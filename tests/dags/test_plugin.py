"""The plugin: a scheduler that forks its tasks, and nothing else, loads the heavy libraries before."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from redaction.settings import ROOT

_SCRIPT = """
import sys
sys.argv = ["airflow", sys.argv[1]]
sys.path.insert(0, "plugins")
import redaction_plugin
assert redaction_plugin.RedactionPlugin.timetables
redaction_plugin.on_starting(None)
print("great_expectations" in sys.modules)
"""


@pytest.mark.usefixtures("airflow_database")  # The scheduler makes its pools there.
@pytest.mark.parametrize(
    ("command", "executor", "loaded"),
    [
        ("scheduler", "LocalExecutor", "True"),
        ("scheduler", "CeleryExecutor", "False"),
        ("dag-processor", "LocalExecutor", "False"),
    ],
)
def test_only_a_scheduler_that_forks_its_tasks_loads_what_they_need(command: str, executor: str, loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"AIRFLOW__CORE__EXECUTOR": executor},
        check=True,
    )
    assert done.stdout.strip().splitlines()[-1] == loaded
