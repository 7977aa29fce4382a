"""The ratios of the benchmarks: the measured values compared with the accepted values.

    python -m bench.ratios          compare what the last benchmarks measured with bench/ratios.json; 1 if worse
    python -m bench.ratios accept   keep it there, and write the table of docs/explanation/benchmarks.md

A ratio is of two figures of one round on one machine, so it means the same on another one. Measured ratios are in
`build/ratios.json` until they are accepted. A ratio is worse if its range does not overlap the accepted range.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "build" / "ratios.json"
KEPT = ROOT / "bench" / "ratios.json"
PAGE = ROOT / "docs" / "explanation" / "benchmarks.md"
_BEGIN, _END = "<!-- ratios, by python -m bench.ratios accept -->", "<!-- end of ratios -->"
_SHOWN = ("server_version", "shared_buffers", "max_wal_size", "fsync", "synchronous_commit", "autovacuum")


@dataclass(frozen=True)
class Ratio:
    """A ratio over some rounds: lowest, median, highest; the bound it is to reach, if it has one."""

    low: float
    middle: float
    high: float
    rounds: int
    at_least: float | None = None
    at_most: float | None = None
    """A ratio with this bound is of costs: less is better."""
    server: str = ""
    """Version and settings of the server."""
    measured: str = ""
    """Day (UTC), cores and Python."""

    @property
    def reaches(self) -> bool | None:
        """Say whether the median reaches its bound; None without one."""
        if self.at_least is not None:
            return self.middle >= self.at_least
        return None if self.at_most is None else self.middle <= self.at_most

    def is_worse_than(self, other: Ratio) -> bool:
        """Say whether it is worse by more than the spread of both."""
        return self.low > other.high if self.at_most is not None else self.high < other.low

    def __str__(self) -> str:
        bound = f"at least {self.at_least}" if self.at_least is not None else f"at most {self.at_most}"
        told = "" if self.reaches is None else f", {bound}: {'reached' if self.reaches else 'MISSED'}"
        return f"{self.middle:.2f}x ({self.low:.2f} to {self.high:.2f}){told}"


def keep_ratio(
    name: str,
    ratios: Sequence[float],
    server: str = "",
    at_least: float | None = None,
    at_most: float | None = None,
) -> Ratio:
    """Keep the ratios of some rounds under a name, and print them."""
    found = Ratio(
        *(round(value, 3) for value in (min(ratios), statistics.median(ratios), max(ratios))),
        len(ratios),
        at_least,
        at_most,
        server,
        f"{datetime.now(UTC).date()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    )
    _write(MEASURED, {**read_ratios(MEASURED), name: found})
    print(f"{name}: {found}", flush=True)
    return found


def describe_server(engine: sa.Engine) -> str:
    """Return the version of a server and the settings of it that a figure depends on."""
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(:names)"),
            {"names": list(_SHOWN)},
        ).all()
    found = {name: value for name, value in rows}
    rest = ", ".join(f"{name} {found[name]}" for name in _SHOWN[1:] if name in found)
    return f"PostgreSQL {found['server_version'].split()[0]}, {rest}"


def read_ratios(path: Path) -> dict[str, Ratio]:
    """Return the ratios that a file has, none if it is not there."""
    if not path.exists():
        return {}
    return {name: Ratio(**kept) for name, kept in json.loads(path.read_text(encoding="utf-8")).items()}


def _write(path: Path, ratios: Mapping[str, Ratio]) -> None:
    path.parent.mkdir(exist_ok=True)
    written = {name: asdict(ratios[name]) for name in sorted(ratios)}
    path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def find_worse(measured: Mapping[str, Ratio], kept: Mapping[str, Ratio]) -> list[str]:
    """Return the names of those that became worse by more than the spread."""
    return [name for name, one in measured.items() if name in kept and one.is_worse_than(kept[name])]


def render_table(ratios: Mapping[str, Ratio]) -> str:
    """Return the ratios as a table of Markdown, and what they were measured with."""
    lines = ["| what | median | lowest to highest | bound | |", "|---|---|---|---|---|"]
    for name, one in sorted(ratios.items()):
        bound = f">= {one.at_least}" if one.at_least is not None else f"<= {one.at_most}" if one.at_most else "-"
        said = {None: "", True: "reached", False: "missed"}[one.reaches]
        lines.append(f"| {name} | {one.middle:.2f} | {one.low:.2f} to {one.high:.2f} | {bound} | {said} |")
    means = sorted({f"{one.measured}; {one.server}" if one.server else one.measured for one in ratios.values()})
    return "\n".join([*lines, "", *(f"- {mean}." for mean in means)])


def main(arguments: Sequence[str]) -> int:
    """Compare or accept; return the exit code."""
    measured, kept = read_ratios(MEASURED), read_ratios(KEPT)
    if not measured:
        print("nothing is measured: run `make bench`, or one of its parts")
        return 1
    if list(arguments) == ["accept"]:
        both = {**kept, **measured}
        _write(KEPT, both)
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
        _, _, after = rest.partition(_END)
        PAGE.write_text(f"{before}{_BEGIN}\n{render_table(both)}\n{_END}{after}", encoding="utf-8")
        MEASURED.unlink()
        return 0
    worse = find_worse(measured, kept)
    for name, one in sorted(measured.items()):
        was = f"; was {kept[name].middle:.2f}x ({kept[name].low:.2f} to {kept[name].high:.2f})" if name in kept else ""
        print(f"{'WORSE ' if name in worse else ''}{name}: {one}{was}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
