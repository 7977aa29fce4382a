"""The numbers of a report next to its chart: totals, those of the previous period, and the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from redaction.db.session import Row
from redaction.reporting.kinds import COLUMNS, Report
from redaction.reporting.periods import Period
from redaction.web.charts import NONE, NOT_COUNTED, UNKNOWN, WEEKDAYS, add_up, find_cutoff, say_share
from redaction.words import say_count, say_day

PAGE = 50
"""Rows of a page."""
_MORE = {"share": "Share redacted", "before": "Period before"}
"""Columns that a page adds to those of a report."""
_ADDITIVE = frozenset(("activities", "redacted", "missing", "sessions"))
NOT_COMPARABLE = f"not comparable with the period before: {NOT_COUNTED}"
_MOST_PERCENT = 1_000
"""A larger change is not shown: the previous period was almost empty."""


@dataclass(frozen=True)
class Total:
    """A total: its label, its number in words, and the number of the previous period."""

    what: str
    said: str
    before: str = ""


@dataclass(frozen=True)
class Column:
    """A column: its head, whether it has numbers, the address that sorts by it, and its present order."""

    title: str
    number: bool
    address: str
    sorted: str | None


@dataclass(frozen=True)
class Table:
    """A page of a table: columns, cells in words, the row of totals, which rows these are, the previous and next
    page.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    totals: Sequence[str]
    first: int
    last: int
    count: int
    previous: str | None
    following: str | None


def make_table(
    rows: Sequence[Row],
    before: Sequence[Row],
    report: Report,
    period: Period,
    sort: str,
    page: int,
    asked: Mapping[str, Any],
) -> Table:
    """Return a page of the table of a report. `before` are the rows of the previous period, `asked` the other
    parameters of the address. `sort` is a column, with a minus for descending; an unknown column is ignored.
    """
    columns = find_columns(report)
    if sort.removeprefix("-") not in columns:
        sort = "-day" if report.shape == "days" else "-activities"
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    figures = _tell_rows(rows, before, report, period)
    known = [row for row in figures if row[name] is not None]
    # Missing and unknown values are last in both orders.
    ordered = sorted(known, key=lambda row: row[name], reverse=falling) + [row for row in figures if row[name] is None]
    first = (page - 1) * PAGE
    shown = ordered[first : first + PAGE]

    def address(**more: Any) -> str:
        return "?" + urlencode({**asked, "sort": sort, **more})

    def head(one: str) -> Column:
        number = one in report.measures or one in _MORE
        rising = falling if one == name else not (number or one == "day")
        order = ("descending" if falling else "ascending") if one == name else None
        return Column(_MORE.get(one) or COLUMNS[one], number, address(sort=one if rising else f"-{one}"), order)

    return Table(
        [head(one) for one in columns],
        [[_say(one, row[one], report, period) for one in columns] for row in shown],
        _say_totals(figures, before, report, columns),
        *(first + 1, first + len(shown), len(figures)),
        address(page=page - 1) if page > 1 else None,
        address(page=page + 1) if first + PAGE < len(figures) else None,
    )


def find_columns(report: Report) -> tuple[str, ...]:
    """Return the columns of a report's table: its own, and those that a page adds.

    In a report by labels, a missing label is a row of its own.
    """
    own = tuple(name for name in report.columns if report.shape == "days" or name != "missing")
    share = ("share",) if "redacted" in report.measures else ()
    return (*own, *share, *(("before",) if report.shape == "days" and share else ()))


def _tell_rows(rows: Sequence[Row], before: Sequence[Row], report: Report, period: Period) -> list[dict[str, Any]]:
    found = [dict(row) for row in rows]
    if report.shape == "bars" and report.leaves_out:
        # The tags of redacted activities are unknown: they do not count as activities without a tag.
        missing = sum(row["missing"] or 0 for row in rows)
        found = [row for row in found if row["activities"]]
        if missing:
            found.append({report.labels[0]: UNKNOWN, "activities": missing})
    then = {row["day"]: row["activities"] for row in before if report.shape == "days" and "activities" in row}
    for row in found:
        if "redacted" in row:
            row["share"] = row["redacted"] / row["activities"] if row["activities"] else None
        if report.shape == "days":
            earlier = row["day"] - timedelta(days=period.days) if row["day"].toordinal() > period.days else None
            row["before"] = then.get(earlier, 0 if then else None)
    return found


def _say_totals(rows: Sequence[Row], before: Sequence[Row], report: Report, columns: Sequence[str]) -> list[str]:
    """Return the row of totals; [] if the rows do not add up, because a contact may be in several days."""
    if not report.counts_once:
        return []
    said = ["Total"]
    for name in columns[1:]:
        if name == "share":
            said.append(say_share(_add(rows, "redacted"), _add(rows, "activities")))
        elif name == "before":
            said.append(f"{_add(before, 'activities'):,}")
        elif name in _ADDITIVE:
            whole = all(row[name] is not None for row in rows)
            said.append(f"{_add(rows, name):,}{'' if whole else ' known'}")
        else:
            said.append("")
    return said


def _say(name: str, value: Any, report: Report, period: Period) -> str:
    if value is None:
        return "–" if name in ("share", "before") else "not known" if name in report.measures else NONE
    if name == "share":
        return say_share(round(value * 1_000_000), 1_000_000)
    if isinstance(value, date):
        return f"{WEEKDAYS[value.weekday()]}, {say_day(value, period.until)}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def make_matrix(rows: Sequence[Row]) -> list[tuple[str, list[int]]]:
    """Return the activities of each weekday, by its name, in each of the 24 hours."""
    hours = {name: [0] * 24 for name in WEEKDAYS}
    for row in rows:
        hours[WEEKDAYS[row["weekday"] - 1]][row["hour"]] += row["activities"]
    return list(hours.items())


def sum_up(rows: Sequence[Row], before: Sequence[Row], report: Report) -> list[Total]:
    """Return the totals of a report, with those of the previous period."""
    if not report.leaves_out:
        if not report.counts_once:
            return []
        activities, earlier = _add(rows, "activities"), _add(before, "activities")
        redacted = _add(rows, "redacted")
        change, counted = _say_change(activities, earlier), ""
        then = f" · {say_share(_add(before, 'redacted'), earlier)} in the period before" if earlier else ""
        if not _is_counted(rows, before, "activities"):
            change, counted = NOT_COMPARABLE, ", as far as counted"
        return [
            Total(f"activities{counted}", f"{activities:,}", change),
            Total("redacted", f"{redacted:,}", f"{say_share(redacted, activities)} of them{then}"),
            Total("still personal", f"{activities - redacted:,}"),
        ]
    if report.shape == "bars":
        return []
    missing = Total("redacted activities, not counted", f"{_add(rows, 'missing'):,}")
    name = report.measures[0]
    what = "sessions" if name == "sessions" else "contacts, each day counted"
    return [_known(rows, before, name, what), missing]


def _known(rows: Sequence[Row], before: Sequence[Row], name: str, what: str) -> Total:
    """Return the known part of a measure; there is no comparison if a part of either period is redacted."""
    if rows and all(row[name] is None for row in rows):
        return Total(what, "not known", "all redacted" if _add(rows, "missing") else NOT_COUNTED)
    known = _add(rows, name)
    if not _is_counted(rows, before, "missing"):
        return Total(f"{what}, as far as known", f"{known:,}", NOT_COMPARABLE)
    if _add(rows, "missing") or _add(before, "missing"):
        return Total(f"{what}, as far as known", f"{known:,}", "not comparable with the period before: redacted")
    return Total(what, f"{known:,}", _say_change(known, _add(before, name)))


def _is_counted(rows: Sequence[Row], before: Sequence[Row], name: str) -> bool:
    """Say whether every day of both periods is counted, by a column that is never NULL then."""
    return all(row[name] is not None for row in (*rows, *before))


def _add(rows: Sequence[Row], name: str) -> int:
    return sum(row[name] or 0 for row in rows)


def _say_change(now: int, before: int) -> str:
    if not before:
        return "none in the period before" if now else ""
    change = round(100 * (now - before) / before)
    said = f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change)} % · " if change <= _MOST_PERCENT else ""
    return f"{said}{before:,} in the period before"


def say_result(rows: Sequence[Row], report: Report, period: Period) -> str:
    """Return in a sentence what the chart of a report shows, for readers who do not see it; "" if it is empty."""
    if report.shape == "bars":
        bars = add_up(rows, report)
        if not bars:
            return ""
        label, total = bars[0]
        whole = sum(total.values())
        share = f", {say_share(total['redacted'], whole)} of them redacted" if not report.leaves_out else ""
        said = f"most are {label}, {say_count(whole, 'activity', 'activities')}{share}"
    elif report.shape == "hours":
        most = max(rows, key=lambda row: row["activities"])
        said = (
            f"most begin on {WEEKDAYS[most['weekday'] - 1]} at {most['hour']} o'clock, "
            f"{say_count(most['activities'], 'activity', 'activities')}"
        )
    elif report.leaves_out:
        unknown = sum(row[report.measures[0]] is None and row["missing"] is not None for row in rows)
        said = f"{say_count(unknown, 'day is', 'days are')} not known, since all of them is redacted"
    else:
        cutoff = find_cutoff(rows)
        first = rows[0]["day"]
        said = "stacked by day"
        if cutoff:
            said = f"from {say_day(first, period.until)} until {say_day(cutoff, period.until)} all are redacted"
    if report.shape == "days" and (waiting := sum(row[report.measures[-1]] is None for row in rows)):
        said += f"; {say_count(waiting, 'day is', 'days are')} {NOT_COUNTED}"
    return f"Chart: {report.title}; {said}. The table below says the same."
