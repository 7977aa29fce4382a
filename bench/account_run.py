"""The DAG of an account in a real Airflow, in steady state: `python -m bench.account_run [ROUNDS]`; seconds by task."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.tables import Bench, Filling, airflow_url
from redaction.accounts.snapshot import renew_snapshot
from redaction.demo.airflow import AirflowApi, AirflowStack, free_port
from redaction.placements.resolve import deploy

ROWS = 1_000
DAG = "redact_account_1"
TASKS = ("select", "strip", "objects", "validate", "reports")


def main() -> None:
    """Run the DAG over 1,000 activities, some rounds after a first round that is not counted."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="redaction-bench-") as folder:
        bench = Bench(Path(folder))
        bench.fill("source", [Filling(1, ROWS)])
        with bench.copy("source") as database:
            renew_snapshot(deploy(database, bench.settings))
            stack = AirflowStack(
                Path(folder) / "airflow",
                airflow_url(database),
                database.url.render_as_string(hide_password=False),
                bench.settings.home,
                free_port(),
            )
            stack.migrate()
            with stack.running() as processes:
                api = AirflowApi(stack)
                api.wait_healthy(processes, 120)
                _await(api, lambda run: run["run_type"] == "scheduled")
                found = []
                for number in range(rounds + 1):
                    bench.add(database, Filling(1, ROWS), number + 1)
                    begun = api.post(f"dags/{DAG}/dagRuns", {"logical_date": None})["dag_run_id"]
                    run = _await(api, lambda run, begun=begun: run["dag_run_id"] == begun)
                    if number:
                        found.append(_seconds(api, run))
            print("| what | seconds min / median / max |\n|---|---|")
            for name in ("the run", *TASKS):
                times = [seconds[name] for seconds in found]
                print(f"| {name} | {min(times):.2f} / {statistics.median(times):.2f} / {max(times):.2f} |")


def _await(api: AirflowApi, wanted: Any) -> dict[str, Any]:
    while True:
        for run in api.get("dags/~/dagRuns", order_by="-run_after")["dag_runs"]:
            if run["dag_id"] == DAG and wanted(run) and run["state"] in ("success", "failed"):
                assert run["state"] == "success", api.failed_log(DAG, run["dag_run_id"])
                return dict(run)
        time.sleep(0.2)


def _seconds(api: AirflowApi, run: dict[str, Any]) -> dict[str, float]:
    tasks = api.get(f"dags/{DAG}/dagRuns/{run['dag_run_id']}/taskInstances")["task_instances"]
    seconds = {task["task_id"]: float(task["duration"]) for task in tasks}
    return seconds | {"the run": (_instant(run["end_date"]) - _instant(run["start_date"])).total_seconds()}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


if __name__ == "__main__":
    main()
