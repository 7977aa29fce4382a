"""What a clock for recordings costs a daily run of which nothing is due by it."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

from bench.ratios import describe_server, keep_ratio
from bench.tables import CUTOFF, Bench, Filling
from redaction.deployment import Deployment
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy

_POLICY = "UPDATE tracking.accounts SET auto_redaction = '90', retention_mode = 'rolling', recordings_period = {clock}"
_CLOCKS = {"without": "NULL", "with": "'30'"}


def clock(bench: Bench, rows: int, rounds: int) -> None:
    """A hundredth of the rows is due, and a tenth is old enough for the clock and has no recording any more."""
    due, between = rows // 100, rows // 10
    print(f"\n### A clock for recordings: {due:,} rows due, {between:,} for the clock to look at\n")
    day = timedelta(days=1)
    fillings = [
        Filling(1, due, CUTOFF - 10 * day, CUTOFF - day),
        Filling(1, between, CUTOFF + 5 * day, CUTOFF + 55 * day),
        Filling(2, rows - due - between),
    ]
    bench.fill("clock", fillings)
    with bench.opened("clock") as database:
        server = describe_server(database.engine("owner"))
    times: dict[str, list[float]] = {name: [] for name in _CLOCKS}
    for _ in range(rounds):
        for name, period in _CLOCKS.items():
            with bench.copy("clock") as database:
                with database.engine("owner").begin() as connection:
                    connection.exec_driver_sql(_POLICY.format(clock=period))
                deployment = deploy(database, bench.settings)
                started = time.perf_counter()
                _run(deployment, due)
                times[name].append(time.perf_counter() - started)
    for name, found in times.items():
        print(f"{name}: {min(found):.2f} / {statistics.median(found):.2f} / {max(found):.2f} s")
    pairs = zip(times["with"], times["without"], strict=True)
    keep_ratio(
        "a daily run with a clock, time to one without", [one / other for one, other in pairs], server, None, 1.1
    )
    bench.drop("clock")


def _run(deployment: Deployment, due: int) -> None:
    run = begin_run(deployment, 1, None, "bench")
    assert run.due_count == due, run.due_count
    complete_run(deployment, run.id)
