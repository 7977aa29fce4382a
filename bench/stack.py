"""An Airflow on this machine with one DAG file, and the seconds of CPU that each of its parts takes."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psutil

from redaction.demo.airflow import AirflowStack
from redaction.demo.processes import Processes

PARTS = {
    "tasks": "task processes",
    "LocalExecutor": "workers of the executor",
    "api-server": "API server",
    "scheduler": "scheduler",
    "postgres": "PostgreSQL",
    "dag-processor": "DAG processor",
    "triggerer": "triggerer",
}
"""The parts, in the order in which they are shown."""


@dataclass(frozen=True)
class OneFileStack(AirflowStack):
    """An Airflow whose DAGs are those of one file, which comes when everything else is measured to be quiet."""

    @property
    def folder(self) -> Path:
        """Return the folder of the file."""
        return self.home / "one"

    def environment(self) -> dict[str, str]:
        """Return the environment of an Airflow process."""
        folder = self.folder
        folder.mkdir(parents=True, exist_ok=True)
        local = {"classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {"path": str(folder)}}
        return super().environment() | {
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([{"name": "one", **local}]),
            "PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")]),
        }


def measure_cpu(processes: Processes, data: Path) -> dict[str, float]:
    """Return the seconds of CPU that a stack, and the server of a data folder, have used so far, by part.

    Those of ended processes belong to the process that waited for them: tasks with the workers, sessions with the
    server.
    """
    server = int((data / "postmaster.pid").read_text().split()[0])
    found: defaultdict[str, float] = defaultdict(float)
    for pid in [*processes.pids(), server, *(child.pid for child in psutil.Process(server).children())]:
        try:
            process = psutil.Process(pid)
            words = " ".join(process.cmdline()).replace("_", "-")
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        ended = times.children_user + times.children_system
        part = next((part for part in PARTS if part in words), "tasks")
        part = "postgres" if process.name() == "postgres" else part
        found[part] += times.user + times.system
        found["tasks" if part == "LocalExecutor" else part] += ended
    return found
