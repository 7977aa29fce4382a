"""Four placements' backlogs by one worker and by two: `python -m bench.placements [ROWS]`.

Four databases of a server of this machine; a worker is a process that strips one placement after the other, a partition
at a time. The database's share of the processor is told apart: it is what both workers wait for.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import psutil
import sqlalchemy as sa

from bench.tables import CUTOFF, Bench, Filling, open_at
from redaction.db.database import Database
from redaction.pipeline.run import begin_run, run_step
from redaction.placements.resolve import deploy
from redaction.settings import Settings

_ROUNDS = 3
_PLACES = 4


def main() -> None:
    """Strip the four by one worker and by two, alternately; prints seconds, the ratio, and processor time."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="redaction-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        settings = bench.settings.model_copy(update={"rewrite_workers": 1})
        bench.fill("source", [Filling(1, rows)])
        found: dict[int, list[float]] = {1: [], 2: []}
        shares: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(_ROUNDS):
            for workers in found:
                urls = [_copy(bench, f"place{number}") for number in range(_PLACES)]
                took, share = _strip(urls, settings, workers)
                found[workers].append(took)
                shares[workers].append(share)
        bench.close()
    print("| workers | seconds, min / median / max | cores that the database used |\n|---|---|---|")
    for workers, times in found.items():
        told = f"{min(times):.2f} / {statistics.median(times):.2f} / {max(times):.2f}"
        print(f"| {workers} | {told} | {statistics.median(shares[workers]):.2f} |")
    print(f"two are {statistics.median(found[1]) / statistics.median(found[2]):.2f} times as fast as one")


def _copy(bench: Bench, name: str) -> str:
    engine = sa.create_engine(bench.server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE source STRATEGY file_copy")
        connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()
    login = open_at(bench.server, name, bench.settings).url
    return login.render_as_string(hide_password=False)


def _strip(urls: list[str], settings: Settings, workers: int) -> tuple[float, float]:
    work = [
        (url, settings.at(f"place{n}", ledger_url=f"{settings.home}/ledger{time.time_ns()}"))
        for n, url in enumerate(urls)
    ]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        begun = list(pool.map(_begin, work))
        started, used = time.monotonic(), _database_cpu()
        list(pool.map(_work, [(*one, run) for one, run in zip(work, begun, strict=True)]))
        took = time.monotonic() - started
        return took, (_database_cpu() - used) / took


def _begin(given: tuple[str, Settings]) -> int:
    database = Database(*given)
    run = begin_run(deploy(database, given[1]), 1, CUTOFF, "cli")
    database.close()
    return run.id


def _work(given: tuple[str, Settings, int]) -> None:
    url, settings, run_id = given
    database = Database(url, settings)
    run_step(deploy(database, settings), run_id, "strip")
    database.close()


def _database_cpu() -> float:
    total = 0.0
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "postgres":
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                ended = times.children_user + times.children_system if process.ppid() == 1 else 0
                total += times.user + times.system + ended
    return total


if __name__ == "__main__":
    main()
