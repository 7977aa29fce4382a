"""Another writes while a backlog is redacted: 95 % new activities, 5 % late changes to old ones."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import sqlalchemy as sa

from bench.tables import CUTOFF, Bench, Filling
from bench.ways import Way, plain_update, strip
from redaction.database import Database


def writer(bench: Bench, rows: int, rounds: int) -> None:
    """Latency and throughput of a writer: beside nothing, the plain UPDATE, ours with all and with one worker."""
    rows = rows * 2 // 5
    print(f"\n### Concurrent writer while {rows:,} rows are redacted\n")
    bench.fill("writer", [Filling(1, rows), Filling(2, 20_000)])
    print("| meanwhile | new: p50 / p99 / max ms | writes/s | late changes: max ms |\n|---|---|---|---|")
    ways: dict[str, Way] = {
        "nothing": lambda database, settings: time.sleep(4),
        "plain UPDATE": plain_update,
        "ours: select + strip": strip(),
        "ours, one worker": strip(rewrite_workers=1),
    }
    for what, way in ways.items():
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
