"""The proof by sample: what drawing before a rewrite and looking afterwards cost, for one partition, all of it due.

`python -m bench.proof`: prints minimum, median and maximum in milliseconds.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bench.tables import CUTOFF, FIRST, Bench, Filling
from redaction.erasure.proof.sample import Sample, draw
from redaction.erasure.proof.search import search, search_outside
from redaction.erasure.rewrite import rewrite_partition
from redaction.erasure.wal import rotate_wal
from redaction.pipeline.run import begin_run
from redaction.placements.resolve import deploy

ROWS = 16_000
ROUNDS = 5
PART = f"activities_{FIRST:%Y%m%d}"


def main() -> None:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory(prefix="redaction-bench-") as folder:
        bench = Bench(Path(folder))
        bench.fill("filled", [Filling(1, ROWS, FIRST, FIRST + timedelta(days=7))])
        with bench.copy("filled") as database:
            run_id = begin_run(deploy(database, bench.settings), 1, CUTOFF, "cli").id
            sample = Sample()

            def draw_all() -> None:
                nonlocal sample
                with database.transaction("redaction_worker") as session:
                    sample = draw(session, f"tracking.{PART}_rows", run_id)

            def search_all() -> None:
                with database.transaction("redaction_worker") as session:
                    assert not any(finding.found for finding in search(session, sample, f"tracking.{PART}_rows"))

            def search_around() -> None:
                with database.transaction("redaction_worker") as session:
                    search_outside(session, sample)

            _measure(f"draw, of {ROWS:,} rows", draw_all)
            started = time.perf_counter()
            rewrite_partition(deploy(database, bench.settings), PART, run_id)
            print(f"{'(the rewrite itself)':<32}{(time.perf_counter() - started) * 1_000:>9.1f}")
            _measure(f"search, {len(sample.values):,} values", search_all)
            rotate_wal(database)
            _measure("search elsewhere, log rotated", search_around)


def _measure(name: str, run: Callable[[], None]) -> None:
    run()  # once for the imports, which a process pays once
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1_000)
    print(f"{name:<32}{min(times):>9.1f}{statistics.median(times):>9.1f}{max(times):>9.1f}")


if __name__ == "__main__":
    main()
