"""Ours compared with common alternatives: `python -m bench.redact [--rows N] [--rounds N] [PART]...`.

Every round begins with a fresh copy of the same database on the same server. Prints rows/s, minimum, median, maximum.
"""

from __future__ import annotations

import argparse
import logging
import resource
import tempfile
from pathlib import Path

from bench.backlog import backlog, widths
from bench.clock import clock
from bench.evidence import evidence
from bench.growth import accounts, due, growth, small
from bench.ordinary import ordinary
from bench.tables import CUTOFF, FIRST, Bench
from bench.writer import writer
from redaction.pipeline.run import preload

PARTS = {
    part.__name__: part for part in (ordinary, backlog, widths, small, growth, due, clock, accounts, writer, evidence)
}


def main() -> None:
    """Run the parts that were named, or all of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    logging.disable(logging.INFO)
    preload()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        print(f"PostgreSQL embedded, rows from {FIRST.date()} to {CUTOFF.date()}, weekly partitions")
        for name in given.parts or PARTS:
            PARTS[name](bench, given.rows, given.rounds)
        bench.close()
    print(f"memory of the client: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
