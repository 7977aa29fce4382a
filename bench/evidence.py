"""What the ledger and holds cost a backlog, and how fast a replay redoes what a restore has brought back."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from bench.measure import HEAD, line
from bench.tables import Bench, Filling
from bench.ways import whole_run
from redaction.db.database import Database
from redaction.gate.holds import place_hold
from redaction.pipeline import run, select, strip
from redaction.pipeline.run import complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_listed
from redaction.placements.resolve import deploy
from redaction.recovery.replay import replay_ledger

_BY_HAND = 100_000
_CALLED = (
    (select, "check_ledger"),
    (strip, "announce_strip"),
    (run, "record_run"),
    (run, "publish"),
)


def evidence(bench: Bench, rows: int, rounds: int) -> None:
    """A backlog with and without holds, and what of it the ledger takes; replays of 1,000,000 ids."""
    print(f"\n### Ledger and holds: a backlog of {rows:,} rows, the whole run\n")
    bench.fill("backlog", [Filling(1, rows)])
    plain, held, ours = [], [], []
    for _ in range(rounds):
        with bench.copy("backlog") as database, _timed() as spent:
            started = time.perf_counter()
            whole_run(deploy(database, bench.settings))
            plain.append(time.perf_counter() - started)
            ours.append(sum(spent))
        with bench.copy("backlog") as database:
            place_hold(deploy(database, bench.settings), 1, "bench", "bench", activity_ids=range(1, 1001))
            place_hold(deploy(database, bench.settings), 1, "bench", "bench", contact="+12120001500")
            started = time.perf_counter()
            whole_run(deploy(database, bench.settings))
            held.append(time.perf_counter() - started)
    print(HEAD)
    print(line("without a hold", plain, rows))
    print(line("1,000 activities and a contact held", held, rows))
    print(line("of the first, in the ledger", ours, rows))
    more = statistics.median(held) - statistics.median(plain) + statistics.median(ours)
    print(f"\ntogether {100 * more / (statistics.median(plain) - statistics.median(ours)):.1f} % of the time without")
    bench.drop("backlog")
    _replays(bench)


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Note the seconds that the run spends in calls of the ledger."""
    spent: list[float] = []

    def timed(function: object) -> object:
        def call(*given: object, **named: object) -> object:
            started = time.perf_counter()
            try:
                return function(*given, **named)  # type: ignore[operator]
            finally:
                spent.append(time.perf_counter() - started)

        return call

    patches = [patch.object(module, name, timed(getattr(module, name))) for module, name in _CALLED]
    for one in patches:
        one.start()
    try:
        yield spent
    finally:
        for one in patches:
            one.stop()


def _replays(bench: Bench) -> None:
    rows = 1_000_000
    print(f"\n### Replay of {rows:,} ids after a restore\n\n{HEAD}")
    bench.fill("restored", [Filling(1, rows)])
    for what in ("one automatic run", f"runs by hand of {_BY_HAND:,}"):
        with bench.copy("restored") as database:
            if what == "one automatic run":
                whole_run(deploy(database, bench.settings))
            else:
                for first in range(1, rows, _BY_HAND):
                    _by_hand(bench, database, range(first, first + _BY_HAND))
        with bench.copy("restored", restored=True) as database:
            started = time.perf_counter()
            done = replay_ledger(deploy(database, bench.settings), "bench")
            # One row lies at the cutoff.
            assert done.stripped >= rows - 1
            print(line(f"{what}, {done.rows} rows of the ledger", [time.perf_counter() - started], rows))
    bench.drop("restored")


def _by_hand(bench: Bench, database: Database, ids: range) -> None:
    request = Request("bench", requested_by="bench", reason="bench", kind="manual")
    complete_run(
        deploy(database, bench.settings),
        select_listed(deploy(database, bench.settings), 1, lambda session: ids, request).id,
    )
