"""Ours beside what people do instead: `python -m bench.redact [--rows N] [--rounds N] [PART]...`.

Every round begins with a fresh copy of the same database on the same server. Prints rows/s, minimum, median, maximum.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.tables import CUTOFF, FIRST, Bench, Filling
from redaction.catalog import load_catalog
from redaction.database import Database
from redaction.pipeline.run import begin_run, complete_run, preload
from redaction.pipeline.select import Request, select_aged
from redaction.pipeline.strip import strip_run
from redaction.settings import Settings

_NULLS = ", ".join(f"{name} = NULL" for name in load_catalog().personal)
PLAIN = f"UPDATE tracking.activities SET {_NULLS}, redacted_at = now() WHERE account_id = 1 AND called_at < :cutoff"
Way = Callable[[Database, Settings], Any]


def plain_update(database: Database, settings: Settings) -> None:
    """Type the UPDATE that a DBA would."""
    with database.engine("owner").begin() as connection:
        connection.execute(sa.text(PLAIN), {"cutoff": CUTOFF})


def update_and_vacuum_full(database: Database, settings: Settings) -> None:
    """Type it, then free the files of the values."""
    plain_update(database, settings)
    with database.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM FULL tracking.activities")


def pandas_rows(database: Database, settings: Settings) -> None:
    """Read the keys into a data frame, write the rows back one by one in batches."""
    import pandas as pd

    engine = database.engine("owner")
    keys = pd.read_sql(
        sa.text(
            "SELECT account_id, called_at, id FROM tracking.activities WHERE account_id = 1 AND called_at < :cutoff"
        ),
        engine,
        params={"cutoff": CUTOFF},
    )
    update = sa.text(
        f"UPDATE tracking.activities SET {_NULLS}, redacted_at = now()"
        " WHERE account_id = :account_id AND called_at = :called_at AND id = :id"
    )
    with engine.begin() as connection:
        connection.execute(update, keys.to_dict("records"))


def strip(**changes: Any) -> Way:
    """Return select and strip, recorded as a run."""

    def way(database: Database, settings: Settings) -> None:
        run = select_aged(database, settings, 1, CUTOFF, Request("bench"))
        strip_run(database, settings.model_copy(update=changes), run)

    return way


def whole_run(database: Database, settings: Settings) -> dict[str, Any]:
    """Do the whole job; Great Expectations is imported already."""
    return complete_run(database, settings, begin_run(database, settings, 1, CUTOFF, "bench").id)


def measure(bench: Bench, name: str, ways: dict[str, tuple[Way, int]], rounds: int) -> dict[str, float]:
    """Run each way on fresh copies, in turns; print a table; return the median seconds."""
    times: dict[str, list[float]] = {what: [] for what in ways}
    for _ in range(rounds):
        for what, (way, _) in ways.items():
            with bench.copy(name) as database:
                started = time.perf_counter()
                way(database, bench.settings)
                times[what].append(time.perf_counter() - started)
    first = statistics.median(next(iter(times.values())))
    print("| way | seconds min / median / max | rows/s | to the first |\n|---|---|---|---|")
    for what, (_, rows) in ways.items():
        low, middle, high = min(times[what]), statistics.median(times[what]), max(times[what])
        print(f"| {what} | {low:.2f} / {middle:.2f} / {high:.2f} | {rows / middle:,.0f} | {first / middle:.2f}x |")
    return {what: statistics.median(found) for what, found in times.items()}


def backlog(bench: Bench, rows: int, rounds: int) -> None:
    """Whole partitions are due."""
    print(f"\n### Backlog: {rows:,} rows of one account, all due\n")
    bench.fill("backlog", [Filling(1, rows)])
    ways: dict[str, tuple[Way, int]] = {
        "plain UPDATE": (plain_update, rows),
        "UPDATE + VACUUM FULL": (update_and_vacuum_full, rows),
        "ours: select + strip, rewriting": (strip(), rows),
        "ours: select + strip, in place": (strip(rewrite_min_rows=10**9), rows),
        "ours: the whole run": (whole_run, rows),
    }
    measure(bench, "backlog", ways, rounds)
    few = min(rows, 20_000)
    bench.fill("rowwise", [Filling(1, few)])
    print()
    measure(bench, "rowwise", {"plain UPDATE": (plain_update, few), "pandas, row by row": (pandas_rows, few)}, 1)
    for _ in range(1):
        with bench.copy("backlog") as database:
            print("\nseconds of one whole run:", whole_run(database, bench.settings)["seconds"])
    print(f"memory of the client: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def small(bench: Bench, rows: int, rounds: int) -> None:
    """5,000 rows of one account are due in a table of others."""
    print(f"\n### Small run: 5,000 due rows of {rows:,}\n")
    bench.fill("small", [Filling(2, rows - 5_000), Filling(1, 5_000)])
    measure(bench, "small", {"plain UPDATE": (plain_update, 5_000), "ours: select + strip": (strip(), 5_000)}, rounds)


def growth(bench: Bench, rows: int, rounds: int) -> None:
    """10,000 due rows, in tables of growing size."""
    print("\n### Growth: 10,000 due rows\n")
    for size in (rows // 10, rows):
        name = f"growth_{size}"
        bench.fill(name, [Filling(2, size - 10_000), Filling(1, 10_000)])
        print(f"\ntable of {size:,} rows\n")
        measure(bench, name, {"ours: select + strip": (strip(), 10_000)}, rounds)


def writer(bench: Bench, rows: int, rounds: int) -> None:
    """Another writes while a backlog is redacted: 95 % new activities, 5 % late changes to old ones."""
    print(f"\n### Concurrent writer while {rows:,} rows are redacted\n")
    bench.fill("writer", [Filling(1, rows), Filling(2, 20_000)])
    print("| meanwhile | new: p50 / p99 / max ms | writes/s | late changes: max ms |\n|---|---|---|---|")
    idle: Way = lambda database, settings: time.sleep(4)  # noqa: E731 - a way like the others
    for what, way in (("nothing", idle), ("plain UPDATE", plain_update), ("ours: select + strip", strip())):
        with bench.copy("writer") as database:
            _write_meanwhile(bench, database, what, way)


def _write_meanwhile(bench: Bench, database: Database, what: str, way: Way) -> None:
    stop = threading.Event()
    new: list[float] = []
    late: list[float] = []
    engine = sa.create_engine(database.url)
    insert = sa.text(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, status, notes)"
        " VALUES (:id, 2, 'call', :at, 'answered', 'a note')"
    )
    change = sa.text(
        "UPDATE tracking.activities SET status = 'corrected' WHERE account_id = 2 AND called_at = :at AND id = :id"
    )

    def write() -> None:
        with engine.connect() as connection:
            old = (
                connection.execute(
                    sa.text("SELECT id, called_at AS at FROM tracking.activities WHERE account_id = 2 ORDER BY id")
                )
                .mappings()
                .all()
            )
            connection.rollback()
            number = 0
            while not stop.is_set():
                number += 1
                started = time.perf_counter()
                with connection.begin():
                    if number % 20:
                        connection.execute(insert, {"id": 10**12 + number, "at": CUTOFF + timedelta(seconds=number)})
                    else:
                        connection.execute(change, dict(old[number * 37 % len(old)]))
                (new if number % 20 else late).append(time.perf_counter() - started)

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(0.5)
    started = time.perf_counter()
    way(database, bench.settings)
    seconds = time.perf_counter() - started
    stop.set()
    thread.join()
    engine.dispose()
    new.sort()
    figures = [new[len(new) // 2], new[int(len(new) * 0.99)], new[-1]]
    shown = " / ".join(f"{figure * 1000:.1f}" for figure in figures)
    print(f"| {what} | {shown} | {(len(new) + len(late)) / (seconds + 0.5):,.0f} | {max(late) * 1000:.0f} |")


PARTS = {"backlog": backlog, "small": small, "growth": growth, "writer": writer}


def main() -> None:
    """Run the parts that were named, or all of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    preload()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        print(f"PostgreSQL embedded, rows from {FIRST.date()} to {CUTOFF.date()}, weekly partitions")
        for name in given.parts or PARTS:
            PARTS[name](bench, given.rows, given.rounds)


if __name__ == "__main__":
    main()
