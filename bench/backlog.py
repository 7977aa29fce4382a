"""A backlog: whole partitions are due; and how wide a partition should be."""

from __future__ import annotations

from typing import get_args

from bench.measure import measure
from bench.tables import Bench, Filling
from bench.ways import (
    Pganonymize,
    Way,
    pandas_rows,
    plain_update,
    strip,
    update_and_vacuum_full,
    validated,
    whole_run,
)
from redaction.placements.resolve import deploy
from redaction.settings import Settings

WIDTHS = get_args(Settings.model_fields["partition_width"].annotation)


def backlog(bench: Bench, rows: int, rounds: int) -> None:
    """All ways side by side; those that go row by row on fewer rows."""
    print(f"\n### Backlog: {rows:,} rows of one account, all due\n")
    bench.fill("backlog", [Filling(1, rows)])
    ways: dict[str, tuple[Way, int]] = {
        "plain UPDATE": (plain_update, rows),
        "UPDATE + VACUUM FULL": (update_and_vacuum_full, rows),
        "ours: select + strip, rewriting": (strip(), rows),
        "ours: select + strip, in place": (strip(rewrite_min_rows=10**9), rows),
        "ours: with validation": (validated, rows),
        "ours: the whole run, with reports": (whole_run, rows),
    }
    measure(bench, "backlog", ways, rounds)
    with bench.copy("backlog") as database:
        print("\nseconds of one whole run:", whole_run(deploy(database, bench.settings))["seconds"])
    bench.drop("backlog")
    few = min(rows, 50_000)
    print(f"\n{few:,} rows\n")
    bench.fill("rowwise", [Filling(1, few)])
    slow: dict[str, tuple[Way, int]] = {
        "plain UPDATE": (plain_update, few),
        "pganonymize": (Pganonymize(bench.folder), few),
        "pandas, row by row": (pandas_rows, few),
        "ours: select + strip": (strip(), few),
    }
    measure(bench, "rowwise", slow, min(rounds, 3))
    bench.drop("rowwise")


def widths(bench: Bench, rows: int, rounds: int) -> None:
    """The same backlog in partitions of a day, a week, a month."""
    print(f"\n### Width of a partition: {rows:,} rows, all due\n")
    for width in WIDTHS:
        name = f"width_{width}"
        bench.fill(name, [Filling(1, rows)], width)
        print(f"\n{width}\n")
        measure(bench, name, {"ours: select + strip": (strip(), rows)}, rounds)
        bench.drop(name)
