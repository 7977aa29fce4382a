"""Ours compared with the plain UPDATE of an ordinary table: same columns and rows, a key and one index, no trigger."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import sqlalchemy as sa

from bench.ratios import describe_server, keep_ratio
from bench.tables import CUTOFF, FIRST, Bench, Filling
from bench.ways import NULLS, Way, plain_update, strip, whole_run
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.pipeline.reports import rebuild_account
from redaction.placements.resolve import deploy

_ORDINARY = """
CREATE TABLE public.ordinary (LIKE tracking.activities);
INSERT INTO public.ordinary SELECT * FROM tracking.activities;
ALTER TABLE public.ordinary ADD PRIMARY KEY (account_id, id);
CREATE INDEX ON public.ordinary (account_id, called_at);
ANALYZE public.ordinary;
"""
_LOADED = "INSERT INTO reporting.stale_days SELECT DISTINCT account_id, called_at::date FROM tracking.activities"
_WEEK = timedelta(days=7)


def ordinary(bench: Bench, rows: int, rounds: int) -> None:
    """Whole partitions of two sizes, half of each, a tenth of each, a small run; whole runs with reports."""
    some, tenth = rows * 4 // 5, rows // 10
    strips: dict[str, Way] = {"select and strip": strip()}
    runs: dict[str, Way] = {"whole run": whole_run}
    _compare(bench, rounds, f"{rows:,} rows in 30 partitions, all due", [Filling(1, rows)], strips, 3)
    short = [Filling(1, rows, FIRST, FIRST + 5 * _WEEK)]
    _compare(bench, rounds, f"{rows:,} rows in 5 partitions, all due", short, strips, 3)
    half = [Filling(1, rows // 2), Filling(2, rows // 2)]
    _compare(bench, rounds, f"half of {rows:,} rows in 30 partitions due", half, strips, 2)
    few = [Filling(1, tenth), Filling(2, rows - tenth)]
    _compare(bench, rounds, f"{tenth:,} of {rows:,} rows in 30 partitions due", few, strips, 1.2)
    small = [Filling(1, 5_000), Filling(2, 2 * rows - 5_000)]
    _compare(bench, rounds, f"5,000 of {2 * rows:,} rows due", small, strips, 1 / 1.5)
    _compare(bench, rounds, f"{some:,} rows, just loaded", [Filling(1, some)], runs, 1, loaded=True)
    _compare(bench, rounds, f"{some:,} rows, reports fresh", [Filling(1, some)], runs, 1.7, fresh=True)


def _compare(
    bench: Bench,
    rounds: int,
    what: str,
    fillings: list[Filling],
    ways: dict[str, Way],
    at_least: float,
    loaded: bool = False,
    fresh: bool = False,
) -> None:
    """Run each method and both UPDATEs alternately on fresh copies; keep the ratios of the rates."""
    bench.fill("ordinary", fillings)
    with bench.opened("ordinary") as database:
        server = describe_server(database.engine("owner"))
        with database.engine("owner").begin() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(_ORDINARY)
            if loaded:
                connection.exec_driver_sql(_LOADED)
        if fresh:
            rebuild_account(database, 1)
        _vacuum(database)
    all_ways = {"UPDATE of an ordinary table": update_ordinary, "UPDATE of our table": plain_update, **ways}
    times: dict[str, list[float]] = {name: [] for name in all_ways}
    for _ in range(rounds):
        for name, way in all_ways.items():
            with bench.copy("ordinary") as database:
                deployment = deploy(database, bench.settings)
                started = time.perf_counter()
                way(deployment)
                times[name].append(time.perf_counter() - started)
    for name, found in times.items():
        print(f"{what}, {name}: {min(found):.2f} / {statistics.median(found):.2f} / {max(found):.2f} s", flush=True)
    for name in ways:
        for baseline, bound in (("UPDATE of an ordinary table", at_least), ("UPDATE of our table", None)):
            pairs = zip(times[baseline], times[name], strict=True)
            rates = [theirs / ours for theirs, ours in pairs]
            keep_ratio(f"{what}: {name}, rate to the {baseline}", rates, server, at_least=bound and round(bound, 2))
    bench.drop("ordinary")


def _vacuum(database: Database) -> None:
    with database.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")


def update_ordinary(deployment: Deployment) -> None:
    """Type the UPDATE that a DBA would, of the ordinary table."""
    update = f"UPDATE public.ordinary SET {NULLS}, redacted_at = now() WHERE account_id = 1 AND called_at < :cutoff"
    with deployment.database.engine("owner").begin() as connection:
        connection.execute(sa.text(update), {"cutoff": CUTOFF})
