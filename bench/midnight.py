"""One midnight of many accounts in a real Airflow on this machine: `python -m bench.midnight [ACCOUNTS] [ROWS]`.

Three midnights, one after another on one server: of DAGs whose five tasks do nothing (the floor), of accounts with
nothing due, of accounts with a week of activities in a table of a year of weeks. All runs are due when the DAGs are
first seen: the worst midnight, without the stagger. Prints seconds of CPU a run by part, the ratio to the floor, and
how late the runs were.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bench.ratios import keep_ratio
from bench.stack import PARTS, OneFileStack, measure_cpu
from bench.tables import CUTOFF, Bench, Filling, airflow_url, owner_url
from bench.twin import FILE as TWIN
from redaction.accounts.snapshot import renew_snapshot
from redaction.db.create import recreate_database
from redaction.demo.airflow import AirflowApi, free_port
from redaction.embedded import LOGIN
from redaction.placements.resolve import deploy
from redaction.resources import find_folder

_WEEK = timedelta(days=7)
_RUNS = "SELECT state, count(*) FROM dag_run GROUP BY state"
_LATE = """
SELECT array_agg(round(extract(epoch FROM late)) ORDER BY share) FROM (
    SELECT share, percentile_disc(share) WITHIN GROUP (ORDER BY r.end_date - %(due)s) AS late
    FROM dag_run r CROSS JOIN unnest(ARRAY[0, 0.5, 0.99, 1]) AS s (share)
    GROUP BY share
) l
"""
_LEFT = "SELECT count(*) FROM tracking.activities WHERE redacted_at IS NULL"


@dataclass(frozen=True)
class Midnight:
    """What one of them took: seconds of CPU by part, seconds from due to done (first, median, p99, last)."""

    cpu: Mapping[str, float]
    late: tuple[float, ...]
    left: int


def main() -> None:
    """Run the three and print what each took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    ours = (find_folder("dags") / "accounts.py").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="redaction-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        kinds = {"five empty tasks": (TWIN, 0), "nothing due": (ours, 0), f"{rows} due": (ours, rows)}
        found = {name: _run(bench, number, count, *kind) for number, (name, kind) in enumerate(kinds.items())}
        bench.close()
    print(f"{count} accounts, {rows} activities each; {platform.machine()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n")
    _print_cpu(found, count)
    for name, midnight in found.items():
        print(
            "\n{}: seconds from due to done: the first {:.0f}, median {:.0f}, 99 of 100 {:.0f}, the last {:.0f}; "
            "{} activities left".format(name, *midnight.late, midnight.left)
        )


def _print_cpu(found: Mapping[str, Midnight], count: int) -> None:
    print(f"| seconds of CPU a run | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
    for part, words in PARTS.items():
        print(f"| {words} | {' | '.join(f'{midnight.cpu[part] / count:.2f}' for midnight in found.values())} |")
    sums = [sum(midnight.cpu.values()) / count for midnight in found.values()]
    print(f"| **all** | {' | '.join(f'{each:.2f}' for each in sums)} |")
    print(f"| to five empty tasks | {' | '.join(f'{each / sums[0]:.2f}x' for each in sums)} |")
    for name, each, most in zip(found, sums, (None, 0.5, 1.3), strict=True):
        if most is not None:
            keep_ratio(f"midnight: CPU of a run with {name}, to five empty tasks", [each / sums[0]], at_most=most)


def _run(bench: Bench, number: int, count: int, file: str, rows: int) -> Midnight:
    name, home = f"midnight_{number}", bench.folder / f"airflow_{number}"
    bench.fill(name, [Filling(account, rows, CUTOFF - _WEEK) for account in range(1, count + 1)])
    with bench.opened(name) as database:
        renew_snapshot(deploy(database, bench.settings))
        stack = OneFileStack(
            home,
            airflow_url(database),
            database.url.render_as_string(hide_password=False),
            bench.settings.home,
            free_port(),
            parse_every_s=15,
            parallelism=8,
        )
        stack.migrate()
        airflow = sa.create_engine(owner_url(database).set(database="airflow"), isolation_level="AUTOCOMMIT")
        with stack.running() as processes, airflow.connect() as connection:
            AirflowApi(stack).wait_healthy(processes, 180)
            data = bench.settings.home / "postgres"
            due, begun, before = datetime.now(UTC), time.monotonic(), measure_cpu(processes, data)
            (stack.folder / "accounts.py").write_text(file, encoding="utf-8")
            while True:
                states: Counter[str] = Counter({state: runs for state, runs in connection.exec_driver_sql(_RUNS)})
                print(f"{time.monotonic() - begun:.0f} s: {dict(states)}", file=sys.stderr)
                if states["failed"]:
                    raise SystemExit(f"{states['failed']} runs have failed: read {home}")
                if states["success"] >= count:
                    break
                time.sleep(3)
            after = measure_cpu(processes, data)
            used = {part: after.get(part, 0.0) - before.get(part, 0.0) for part in PARTS}
            late = connection.exec_driver_sql(_LATE, {"due": due}).scalar_one()
        airflow.dispose()
        with database.engine("owner").begin() as session:
            left = session.exec_driver_sql(_LEFT).scalar_one()
    # Empty again for the next one.
    recreate_database(bench.server, "airflow", owner=LOGIN)
    return Midnight(used, tuple(map(float, late)), left)


if __name__ == "__main__":
    main()
