"""What an answer to a person costs: `python -m bench.answer [ACTIVITIES] [ROUNDS]`; the bound is 10 s for 10,000.

One person has ACTIVITIES activities of 1.2 KB in one account. The memory is what the process of the export takes more
than before, at its peak; it is measured for a tenth of them too, and should be the same.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
import sqlalchemy as sa

from bench.memory import watch_memory
from bench.tables import Bench, Filling
from redaction.placements.resolve import Placements
from redaction.requests.exports import make_export
from redaction.requests.records import open_request
from redaction.settings import load_settings

_BOUND_S = 10.0
_CONTACT = "+12125550143"


def main() -> None:
    """Fill two accounts, export each in some rounds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(prefix="redaction-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        try:
            bench.fill("answer", [Filling(1, count // 10), Filling(2, count)])
            with bench.opened("answer") as opened:
                with opened.engine("owner").begin() as connection:
                    connection.execute(
                        sa.text("UPDATE tracking.activities SET contact_key = :key, caller_number = :key"),
                        {"key": _CONTACT},
                    )
                os.environ["REDACTION_DATABASE_URL"] = opened.url.render_as_string(hide_password=False)
            os.environ["REDACTION_HOME"] = f"{folder}/home"
            print(
                "| activities | first s | then, median s | file MB | memory MB more, at most |\n|---|---|---|---|---|"
            )
            with Placements(load_settings()) as placements:
                for account_id in (1, 2):
                    print(_measure(placements, account_id, rounds), flush=True)
            print(f"\nbound for 10,000: {_BOUND_S} s")
        finally:
            bench.close()


def _measure(placements: Placements, account_id: int, rounds: int) -> str:
    asked = open_request(*(placements, "access", _CONTACT, "bench", "called back", "DSR"), account_ids=[account_id])
    times, peaks = [], []
    for _ in range(rounds + 1):
        before, peak = psutil.Process().memory_full_info().pss / 1024**2, list[float]()
        started = time.perf_counter()
        with watch_memory(peak):
            made = make_export(placements, asked.request.id, "bench")
            times.append(time.perf_counter() - started)
        peaks.append(peak[0] - before)
    first, *then = times
    middle = statistics.median(then)
    return (
        f"| {made.activities:,} | {first:.2f} | {middle:.2f} | {(made.bytes or 0) / 1e6:,.1f} | {max(peaks[1:]):,.0f} |"
    )


if __name__ == "__main__":
    main()
