"""One midnight of many accounts in a real Airflow on this machine: `python -m bench.midnight [ACCOUNTS] [ROWS]`.

Each account has a week of activities, in a table of a year of weeks. All are due when the DAGs are first seen: the
worst midnight, without the stagger. Reports whether one was left or failed, how late the runs were, and seconds of CPU
a run, those of the database, the scheduler and the API server apart from the tasks'.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bench.tables import CUTOFF, Bench, Filling, airflow_url
from redaction.accounts.snapshot import renew_snapshot
from redaction.demo.airflow import AirflowApi, AirflowStack, free_port
from redaction.placements.resolve import deploy

_WEEK = timedelta(days=7)
_LATE = """
SELECT array_agg(round(extract(epoch FROM late)) ORDER BY share) FROM (
    SELECT share, percentile_disc(share) WITHIN GROUP (ORDER BY r.finished_at - %(due)s) AS late
    FROM redaction.runs r CROSS JOIN unnest(ARRAY[0, 0.5, 0.99, 1]) AS s (share)
    GROUP BY share
) l
"""
_PARTS = ("LocalExecutor", "api-server", "api_server", "scheduler", "dag-processor", "triggerer", "postgres")


def main() -> None:
    """Fill the accounts, start Airflow, wait until every account has a run that has ended."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with tempfile.TemporaryDirectory(prefix="redaction-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        bench.fill("midnight", [Filling(number, rows, CUTOFF - _WEEK) for number in range(1, count + 1)])
        with bench.opened("midnight") as database:
            renew_snapshot(deploy(database, bench.settings))
            stack = AirflowStack(
                Path(folder) / "airflow",
                airflow_url(database),
                database.url.render_as_string(hide_password=False),
                bench.settings.home,
                free_port(),
                parse_every_s=600,
                parallelism=8,
            )
            stack.migrate()
            with stack.running() as processes:
                api = AirflowApi(stack)
                api.wait_healthy(processes, 180)
                due, begun, cpu = datetime.now(UTC), time.monotonic(), _cpu()
                while True:
                    with database.engine("owner").begin() as connection:
                        states = dict(
                            connection.exec_driver_sql("SELECT state, count(*) FROM redaction.runs GROUP BY 1").all()
                        )
                        left = connection.exec_driver_sql(
                            "SELECT count(*) FROM tracking.activities WHERE redacted_at IS NULL"
                        ).scalar_one()
                    took, ended = time.monotonic() - begun, states.get("succeeded", 0)
                    print(f"{took:.0f} s: {states}, {left} activities left", file=sys.stderr)
                    if ended >= count or states.get("failed"):
                        break
                    time.sleep(10)
                used = _cpu() - cpu
                with database.engine("owner").begin() as connection:
                    late = connection.exec_driver_sql(_LATE, {"due": due}).scalar_one()
                print(f"{ended} of {count} accounts of {rows} activities")
                print("seconds from due to done: the first {}, median {}, 99 of 100 {}, the last {}".format(*late))
                print(f"{left} activities left unredacted; states {states}")
                for part, seconds in sorted(used.items()):
                    print(f"{part}: {seconds:.0f} s of CPU, {seconds / count:.2f} a run")
        bench.close()


def _cpu() -> Counter[str]:
    """Return the seconds of CPU that the processes of this stack have used, those that have ended included, by part."""
    found: Counter[str] = Counter()
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            part = next((name for name in _PARTS if name in words), "")
            if not part or ("airflow" not in words and part != "postgres"):
                continue
            times = process.cpu_times()
            # Of what it has waited for, the tasks of the scheduler's workers among them.
            found[part] += times.user + times.system
            found[f"{part}, ended children"] += times.children_user + times.children_system
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


if __name__ == "__main__":
    main()
