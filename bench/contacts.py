"""What it takes to find a contact: `python -m bench.contacts [ROWS] [ROUNDS]`; the bound is 0.1 s.

A contact has 500 activities among ROWS of its account, by its number and by one of several numbers. It prints how long
a hold's count, the search of the log and the preview of a manual redaction take, the first time and then, and by which
nodes the server finds them.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from bench.tables import Bench, Filling
from redaction.control.manual import ManualRequest, preview_manual
from redaction.db.database import Database
from redaction.db.statements import get_statement
from redaction.gate.holds import count_activities_of

_ACCOUNT = 1
_CONTACT = "+12125550143"
_FOUND = 500
_LAST = 10_000_000_000 + _FOUND
_BOUND_S = 0.1
_ADD = """
INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key, contact_keys, emails)
SELECT 10000000000 + n, :account_id, 'call', timestamptz '2026-02-03' + n * interval '9 hours',
       CASE n % 2 WHEN 0 THEN :contact ELSE '+1646555' || lpad(n::text, 4, '0') END,
       CASE n % 2 WHEN 1 THEN ARRAY[:contact, '+1646555' || lpad(n::text, 4, '0')] END,
       ARRAY['zoe@example.com']
FROM generate_series(1, :found) n
"""
_NODE = re.compile(r"(Seq Scan|Bitmap Heap Scan|Index (?:Only )?Scan(?: Backward)? using \w+|Bitmap Index Scan)[^(]*")


def main() -> None:
    """Fill one account, ask in some rounds."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 9
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        try:
            bench.fill("contacts", [Filling(_ACCOUNT, rows)])
            with bench.opened("contacts") as database:
                with database.engine("owner").begin() as connection:
                    given = {"account_id": _ACCOUNT, "contact": _CONTACT, "found": _FOUND}
                    connection.execute(sa.text(_ADD), given)
                    connection.exec_driver_sql("UPDATE tracking.accounts SET manual_redaction = true")
                    connection.exec_driver_sql("UPDATE tracking.agencies SET plan = 'agency'")
                print(f"### A contact of {_FOUND} activities among {rows:,}; bound {_BOUND_S} s\n")
                print("| asked | first s | then, median s | slowest s |\n|---|---|---|---|")
                for what, ask in _questions(database).items():
                    print(_measure(what, ask, rounds), flush=True)
                print(f"\nPlan of the count, nodes of all partitions: {_plan(database)}")
        finally:
            bench.close()


def _questions(database: Database) -> dict[str, Callable[[], int]]:
    def count() -> int:
        with database.transaction("redaction_worker") as session:
            return count_activities_of(session, _ACCOUNT, _CONTACT)

    def search() -> int:
        asked = {"account_id": _ACCOUNT, "kinds": ["call", "form"], "contact": _CONTACT, "most": _FOUND}
        return len(database.rows("list_log_of_contact", **asked))

    def preview() -> int:
        request = ManualRequest(_ACCOUNT, (_LAST,), "bench", "bench", True, True)
        return len(preview_manual(database, request).activities)

    return {"count of a hold": count, "search of the log": search, "preview": preview}


def _measure(what: str, ask: Callable[[], int], rounds: int) -> str:
    times = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        found = ask()
        times.append(time.perf_counter() - started)
    first, *then = times
    over = "" if statistics.median(then) <= _BOUND_S else ", over the bound"
    return f"| {what}: {found:,} | {first:.3f} | {statistics.median(then):.3f}{over} | {max(then):.3f} |"


def _plan(database: Database) -> str:
    statement = get_statement("count_contact_activities")
    with database.transaction("redaction_worker") as session:
        lines = session.connection.execute(
            sa.text(f"EXPLAIN (COSTS OFF) {statement.sql}"), {"account_id": _ACCOUNT, "contact": _CONTACT}
        ).scalars()
        text = "\n".join(lines)
    nodes = Counter(re.sub(r"activities_\d{8}_rows_", "", match[1]) for match in _NODE.finditer(text))
    return ", ".join(f"{count} x {node}" for node, count in nodes.most_common())


if __name__ == "__main__":
    main()
