"""Alternating rounds of several methods on fresh copies of a database, and the table of their times."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence

from bench.tables import Bench
from bench.ways import Way
from redaction.placements.resolve import deploy

HEAD = "| way | seconds min / median / max | rows/s | to the first |\n|---|---|---|---|"


def measure(bench: Bench, name: str, ways: Mapping[str, tuple[Way, int]], rounds: int) -> dict[str, float]:
    """Run each way (and how many rows it is about) on fresh copies; print a table; return the median seconds."""
    times: dict[str, list[float]] = {what: [] for what in ways}
    for _ in range(rounds):
        for what, (way, _) in ways.items():
            with bench.copy(name) as database:
                started = time.perf_counter()
                way(deploy(database, bench.settings))
                times[what].append(time.perf_counter() - started)
    first = statistics.median(next(iter(times.values())))
    print(HEAD)
    for what, (_, rows) in ways.items():
        print(line(what, times[what], rows, f"{first / statistics.median(times[what]):.2f}x"))
    return {what: statistics.median(found) for what, found in times.items()}


def line(what: str, times: Sequence[float], rows: int, ratio: str = "") -> str:
    """Return one row of the table."""
    low, middle, high = min(times), statistics.median(times), max(times)
    return f"| {what} | {low:.2f} / {middle:.2f} / {high:.2f} | {rows / middle:,.0f} | {ratio} |"
