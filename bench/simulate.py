"""A year of midnights: `python -m bench.simulate [--accounts N] [--seconds S] [--out FOLDER]`.

When the runs of many accounts become due is asked of the timetable itself, account by account; how long they then wait
is computed for some numbers of workers, each of which takes one run after the other, the longest due first.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from airflow.timetables.base import TimeRestriction

from redaction.airflow.timetable import RedactionTimetable
from redaction.policy import MODES, PERIODS, stagger

# fmt: off
ZONES = (
    "Pacific/Auckland", "Australia/Sydney", "Australia/Adelaide", "Asia/Tokyo", "Asia/Shanghai", "Asia/Kathmandu",
    "Asia/Kolkata", "Asia/Dubai", "Europe/Moscow", "Europe/Athens", "Africa/Cairo", "Africa/Johannesburg",
    "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/London", "Atlantic/Azores", "America/Sao_Paulo",
    "America/St_Johns", "America/Halifax", "America/New_York", "America/Toronto", "America/Chicago",
    "America/Mexico_City", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
    "Pacific/Honolulu", "UTC",
)
# fmt: on
# Most customers are where the product is sold.
_WEIGHTS = [40 if zone in ("America/New_York", "America/Chicago") else 4 if "America" in zone else 1 for zone in ZONES]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_SPREAD = 30


@dataclass(frozen=True)
class Waiting:
    """What so many workers make of a year: seconds from due to done of the median, 99 of 100, and the worst run."""

    workers: int
    median: float
    p99: float
    worst: float
    worst_at: datetime
    most_waiting: int


def due_times(accounts: int, stagger_min: int, seed: int = 7) -> Iterator[tuple[datetime, timedelta]]:
    """Yield when each run of a year becomes due, as the timetables say, and what of that is the account's offset."""
    chosen = random.Random(seed)
    for number in range(accounts):
        zone = chosen.choices(ZONES, _WEIGHTS)[0]
        since = date(2025, 9, 1) + timedelta(days=chosen.randrange(120))
        period, mode = chosen.choice(list(PERIODS)), chosen.choice(MODES)
        offset = stagger(1000 + number, stagger_min)
        timetable = RedactionTimetable(period, mode, zone, since, offset.total_seconds())
        restriction = TimeRestriction(None, None, True)
        last = None
        while True:
            info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
            assert info is not None
            if info.run_after >= END:
                break
            if info.run_after >= BEGIN:
                yield datetime.fromtimestamp(info.run_after.timestamp(), UTC), offset
            last = info.data_interval


def queue(due: Sequence[datetime], workers: int, seconds: float) -> Waiting:
    """Return how runs wait that are due at these instants, in order, when each takes a worker so many seconds."""
    free = [BEGIN.timestamp()] * workers
    heapq.heapify(free)
    waits: list[float] = []
    begun: list[float] = []
    most, worst, worst_at = 0, 0.0, BEGIN
    first = 0
    for number, at in enumerate(due):
        stamp = at.timestamp()
        start = max(stamp, heapq.heappop(free))
        heapq.heappush(free, start + seconds)
        begun.append(start)
        waits.append(start + seconds - stamp)
        if waits[-1] > worst:
            worst, worst_at = waits[-1], at
        while begun[first] <= stamp and first < number:
            first += 1
        most = max(most, number - first)
    waits.sort()
    return Waiting(workers, waits[len(waits) // 2], waits[len(waits) * 99 // 100], worst, worst_at, most)


def main() -> None:
    """Print what a year looks like, and write its chart."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument(
        "--seconds", type=float, default=4.1, help="of one worker, for the tasks of a run (bench.account_run)"
    )
    parser.add_argument("--out", type=Path, help="folder for the chart")
    given = parser.parse_args()
    what = "accounts in {} zones, all periods and modes; a run takes a worker {} s"
    print(f"{given.accounts:,}", what.format(len(ZONES), given.seconds))
    hours: dict[int, Counter[datetime]] = {}
    found_due = list(due_times(given.accounts, _SPREAD))
    for spread in (0, _SPREAD):
        due = sorted(at if spread else at - offset for at, offset in found_due)
        hours[spread] = Counter(at.replace(minute=0, second=0, microsecond=0) for at in due)
        hour, runs = max(hours[spread].items(), key=lambda found: found[1])
        minutes = Counter(at.replace(second=0, microsecond=0) for at in due)
        print(f"\n### Staggered over {spread} minutes\n")
        print(f"{len(due):,} runs a year; {runs:,} in the worst hour ({hour:%Y-%m-%d %H:%M} UTC)", end=", ")
        print(f"{max(minutes.values()):,} in the worst minute\n")
        print("| workers | due to done, seconds: median | 99 of 100 | worst | worst at (UTC) | most waiting |")
        print("|---|---|---|---|---|---|")
        for workers in (4, 8, 16, 32, 64):
            found = queue(due, workers, given.seconds)
            print(
                f"| {workers} | {found.median:,.0f} | {found.p99:,.0f} | {found.worst:,.0f} | "
                f"{found.worst_at:%Y-%m-%d %H:%M} | {found.most_waiting:,} |"
            )
    if given.out:
        _draw(hours[_SPREAD], given.out)


def _draw(hours: Counter[datetime], folder: Path) -> None:
    import altair as alt

    from redaction.web.charts import render

    week = {BEGIN + 151 * timedelta(days=1) + number * _HOUR: 0 for number in range(168)}
    values = [{"hour": hour.isoformat(), "runs": hours[hour]} for hour in week]
    chart = alt.Chart(alt.InlineData(values=values)).mark_line().encode(x=alt.X("hour:T", title=None), y="runs:Q")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scale.svg").write_text(render(chart.properties(width=640, height=220)))


if __name__ == "__main__":
    main()
