"""The plugin: the scheduler, and nothing else, loads the heavy libraries before its workers fork."""

from __future__ import annotations

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
@pytest.mark.parametrize(("command", "loaded"), [("scheduler", "True"), ("dag-processor", "False")])
def test_only_the_scheduler_loads_what_its_tasks_need(command: str, loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, command], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == loaded
