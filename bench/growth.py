"""What a run costs as the table, the due rows or the accounts at once grow."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bench.measure import HEAD, line, measure
from bench.tables import CUTOFF, Bench, Filling
from bench.ways import plain_update, strip
from redaction.control.manual import find_contact_activities
from redaction.db.database import Database
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings

_DUE = 10_000
_ONE_CONTACT = """
INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key, contact_keys, emails)
SELECT 10000000000 + n, :account_id, 'call', timestamptz '2026-02-03' + n * interval '9 hours',
       CASE n % 5 WHEN 0 THEN '+12125550143' ELSE '+1646555' || lpad(n::text, 4, '0') END,
       CASE n % 5 WHEN 0 THEN ARRAY['+12125550143', 'zoe@example.com'] WHEN 1 THEN ARRAY['+12125550143', 'x' || n] END,
       CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN NULL ELSE ARRAY['zoe@example.com'] END
FROM generate_series(1, 500) n
"""


def small(bench: Bench, rows: int, rounds: int) -> None:
    """5,000 rows of one account are due in a table of others."""
    size = 2 * rows
    print(f"\n### Small run: 5,000 due rows of {size:,}\n")
    bench.fill("small", [Filling(2, size - 5_000), Filling(1, 5_000)])
    measure(bench, "small", {"plain UPDATE": (plain_update, 5_000), "ours: select + strip": (strip(), 5_000)}, rounds)
    bench.drop("small")


def growth(bench: Bench, rows: int, rounds: int) -> None:
    """10,000 due rows, in tables of a fifth, twice and twenty times the rows; each round is another account's."""
    print("\n### Growth of the table: 10,000 due rows\n")
    print(HEAD)
    for size in (rows // 5, 2 * rows, 20 * rows):
        due = [Filling(account, _DUE) for account in range(2, rounds + 3)]
        bench.fill("growth", [*due, *others(size - len(due) * _DUE)])
        times = []
        with bench.opened("growth") as database:
            for filling in due:
                started = time.perf_counter()
                run = select_aged(deploy(database, bench.settings), filling.account_id, CUTOFF, Request("bench"))
                strip_run(deploy(database, bench.settings), run)
                times.append(time.perf_counter() - started)
            # The first one opens the connections and finds nothing in memory.
            print(line(f"table of {size:,} rows", times[1:], _DUE))
            found = _resolve_contact(bench, database, 100 if size > rows else 2, rounds)
            print(line(f"contact of 500 activities in {size:,}: found", found, 500))
        bench.drop("growth")


def _resolve_contact(bench: Bench, database: Database, account_id: int, rounds: int) -> list[float]:
    """Give 500 activities of an account one contact, in three ways, and find them from one of them."""
    with database.engine("owner").begin() as connection:
        connection.execute(sa.text(_ONE_CONTACT), {"account_id": account_id})
        last = connection.execute(
            sa.text(
                "SELECT id FROM tracking.activities WHERE account_id = :account_id AND contact_key = :key"
                " ORDER BY called_at DESC LIMIT 1"
            ),
            {"account_id": account_id, "key": "+12125550143"},
        ).scalar_one()
    times = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        with database.transaction("redaction_worker") as session:
            found = find_contact_activities(session, account_id, [last])
        times.append(time.perf_counter() - started)
        assert len(found) == 500, len(found)
    return times[1:]


def others(rows: int) -> list[Filling]:
    """Return the fillings of accounts that nothing is due of, at most half a million rows each."""
    steps = max(1, -(-rows // 500_000))
    return [Filling(100 + number, rows // steps) for number in range(steps) if rows > 0]


def due(bench: Bench, rows: int, rounds: int) -> None:
    """A fifth of the rows to four times as many are due; the memory of the process that strips them."""
    print("\n### Growth of the due rows\n")
    print("| due rows | seconds | rows/s | memory of the client at its peak, over start, MB |\n|---|---|---|---|")
    for count in (rows // 5, rows, 4 * rows):
        bench.fill("due", [Filling(1, count)])
        with bench.opened("due") as database:
            url = database.url.render_as_string(hide_password=False)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, grown = pool.apply(_strip_alone, (url, bench.settings))
        print(f"| {count:,} | {seconds:.2f} | {count / seconds:,.0f} | {grown:.0f} |")
        bench.drop("due")


def _strip_alone(url: str, settings: Settings) -> tuple[float, float]:
    database = Database(url, settings)
    with database.transaction("redaction_worker") as session:
        session.rows("get_account", account_id=1)
    start = _memory("VmRSS")
    started = time.perf_counter()
    strip()(deploy(database, settings))
    seconds = time.perf_counter() - started
    database.close()
    return seconds, (_memory("VmHWM") - start) / 1024


def _memory(what: str) -> int:
    """Return a figure of this process in kB; unlike getrusage's its peak is not that of the parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{what}:")[2].split()[0])


def accounts(bench: Bench, rows: int, rounds: int) -> None:
    """One to eight accounts are redacted at once, all in the same partitions."""
    each = rows // 10
    print(f"\n### Accounts at once, {each:,} due rows each\n")
    print(HEAD)
    bench.fill("accounts", [Filling(number, each) for number in range(1, 9)])
    for count in (1, 2, 4, 8):
        times = []
        for _ in range(min(rounds, 3)):
            with bench.copy("accounts") as database:
                url = database.url.render_as_string(hide_password=False)
                started = time.perf_counter()
                with ThreadPoolExecutor(count) as pool:
                    list(pool.map(lambda number, url=url: _redact(url, bench.settings, number), range(1, count + 1)))
                times.append(time.perf_counter() - started)
        print(line(f"{count} at once", times, count * each))
    bench.drop("accounts")


def _redact(url: str, settings: Settings, account_id: int) -> datetime:
    database = Database(url, settings)
    strip_run(deploy(database, settings), select_aged(deploy(database, settings), account_id, CUTOFF, Request("bench")))
    database.close()
    return datetime.now(UTC)
