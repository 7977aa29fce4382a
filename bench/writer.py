"""Another writes while a backlog is redacted: 95 % new activities, 5 % late changes to old ones."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from statistics import median

import sqlalchemy as sa

from bench.ratios import keep_ratio
from bench.tables import CUTOFF, Bench, Filling, owner_url
from bench.ways import Way, plain_update, strip
from redaction.db.database import Database
from redaction.placements.resolve import deploy


@dataclass(frozen=True)
class Seen:
    """What the writer saw in a round, in seconds: of a new activity (median, p99, longest), of the longest late change,
    of what went on meanwhile; and writes a second.
    """

    median: float
    p99: float
    longest: float
    late: float
    writes: float
    seconds: float


def writer(bench: Bench, rows: int, rounds: int) -> None:
    """Latency and throughput of a writer alone, during the plain UPDATE, and during ours with and without throttle, in
    alternating rounds; then the speed of ours during a session that runs a query once a second.
    """
    rows = rows * 2 // 5
    print(f"\n### Concurrent writer while {rows:,} rows are redacted, {rounds} rounds\n")
    bench.fill("writer", [Filling(1, rows), Filling(2, 20_000)])
    ways: dict[str, Way] = {
        "nothing": lambda deployment: time.sleep(4),
        "plain UPDATE": plain_update,
        "ours: select + strip": strip(),
        "ours, not throttled": strip(throttle_when_busy=False),
    }
    seen: dict[str, list[Seen]] = {what: [] for what in ways}
    for _ in range(rounds):
        for what, way in ways.items():
            with bench.copy("writer") as database:
                seen[what].append(_write_meanwhile(bench, database, way))
    print("| meanwhile | s | new: p50 ms | new: p99 ms, min / median / max | new: max ms | late: max ms | writes/s |")
    print("|---|---|---|---|---|---|---|")
    for what, each in seen.items():
        p99 = sorted(one.p99 * 1000 for one in each)
        print(
            f"| {what} | {median(one.seconds for one in each):.2f} | {median(one.median for one in each) * 1000:.1f} |"
            f" {p99[0]:.1f} / {median(p99):.1f} / {p99[-1]:.1f} | {max(one.longest for one in each) * 1000:.0f} |"
            f" {max(one.late for one in each) * 1000:.0f} | {median(one.writes for one in each):,.0f} |"
        )

    print("\n| meanwhile | select + strip, s min / median / max | of the rate alone |\n|---|---|---|")
    took: dict[str, list[float]] = {"nobody": [], "a session that asks once a second": []}
    for _ in range(rounds):
        for what, times in took.items():
            with bench.copy("writer") as database, _asking(None if what == "nobody" else database):
                started = time.perf_counter()
                strip()(deploy(database, bench.settings))
                times.append(time.perf_counter() - started)
    nobody, asker = took.values()
    idle, ours = ([one.p99 for one in seen[what]] for what in ("nothing", "ours: select + strip"))
    keep_ratio(
        "writer: its p99 during a redaction, to idle", [a / b for a, b in zip(ours, idle, strict=True)], at_most=2
    )
    rates = [alone / beside for alone, beside in zip(nobody, asker, strict=True)]
    keep_ratio("writer: rate during a session that asks once a second, to that alone", rates, at_least=0.9)
    for what, times in took.items():
        rate = median(nobody) / median(times)
        print(f"| {what} | {min(times):.2f} / {median(times):.2f} / {max(times):.2f} | {rate:.2f}x |")


@contextmanager
def _asking(database: Database | None) -> Iterator[None]:
    """Let a session ask something once a second meanwhile, unless there is no database."""
    stop = threading.Event()

    def ask() -> None:
        assert database is not None
        engine = sa.create_engine(owner_url(database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            while not stop.wait(1):
                connection.exec_driver_sql("SELECT count(*) FROM tracking.accounts")
        engine.dispose()

    thread = threading.Thread(target=ask)
    if database is not None:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if database is not None:
            thread.join()


def _write_meanwhile(bench: Bench, database: Database, way: Way) -> Seen:
    # A separate process: within the redaction's process it would wait for the interpreter, not for the server.
    apart = multiprocessing.get_context("spawn")
    ready, stop = apart.Event(), apart.Event()
    receiver, sender = apart.Pipe(duplex=False)
    url = owner_url(database).render_as_string(hide_password=False)
    process = apart.Process(target=_write, args=(url, ready, stop, sender))
    process.start()
    # Ours is not needed: only its own then tells of its end.
    sender.close()
    ready.wait(60)
    time.sleep(0.5)
    started = time.perf_counter()
    way(deploy(database, bench.settings))
    seconds = time.perf_counter() - started
    stop.set()
    new, late = receiver.recv()
    process.join()
    new.sort()
    return Seen(
        median=new[len(new) // 2],
        p99=new[int(len(new) * 0.99)],
        longest=new[-1],
        late=max(late),
        writes=(len(new) + len(late)) / (seconds + 0.5),
        seconds=seconds,
    )


def _write(url: str, ready: Event, stop: Event, sender: Connection) -> None:
    """Insert and change activities one by one until told to stop; send the seconds of the new ones and late changes."""
    engine = sa.create_engine(url)
    insert = sa.text(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, status, notes)"
        " VALUES (:id, 2, 'call', :at, 'answered', 'a note')"
    )
    change = sa.text(
        "UPDATE tracking.activities SET status = 'corrected' WHERE account_id = 2 AND called_at = :at AND id = :id"
    )
    every = sa.text("SELECT id, called_at AS at FROM tracking.activities WHERE account_id = 2 ORDER BY id")
    new: list[float] = []
    late: list[float] = []
    with engine.connect() as connection:
        old = connection.execute(every).mappings().all()
        connection.rollback()
        ready.set()
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
    engine.dispose()
    sender.send((new, late))
