"""Charts of the reports: Altair specifications, drawn to SVG on the server: a page loads no library and no data.

One drawing works for both themes: its colours are variables of the style sheet. Unknown values are never drawn as zero.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from redaction.db.session import Row
from redaction.errors import ExtraMissing
from redaction.extras import needs
from redaction.reporting.kinds import COLUMNS, REPORTS, Report

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""The days of a week as a report counts them, from 1."""
REDACTED, PERSONAL, UNKNOWN, NONE = "redacted", "still personal", "not known: redacted", "(none)"
NOT_COUNTED = "not counted yet"
MOST_BARS = 12
"""Most bars of a chart; the rest is one more bar, and in the table."""
MOST_DAYS = 120
"""Longest period with a column a day; longer ones have a column a week."""
WIDTH = 1_020
_KEPT, GREY, _THIRD, _LINE, LATE = "#010203", "#040506", "#070809", "#0a0b0c", "#0d0e0f"
_VARIABLES = {_KEPT: "--chart-kept", GREY: "--chart-redacted", _THIRD: "--chart-3", _LINE: "--line", LATE: "--late"}
"""The placeholder of each colour in a drawing, and its variable."""
_LINES = {"unique_contacts": _KEPT, "new_contacts": _THIRD, "returning_contacts": GREY, "sessions": _KEPT}


def warm_up() -> None:
    """Draw once: the engine takes half a second to start, and to be searched for garbage during a page, which ends."""
    # Import it completely first: another thread may be importing it for Great Expectations.
    with suppress(ExtraMissing), needs("pages", "a chart"):
        import pandas  # noqa: F401

        draw([{"source": "", "activities": 0, "redacted": 0}], REPORTS["sources"])
    gc.freeze()


def say_share(part: int, whole: int) -> str:
    """Return a share in percent, `67 %`; a part that is not all is never 100 %, one above zero never 0 %."""
    if not whole:
        return "–"
    percent = round(100 * part / whole)
    if percent == 0 and part:
        return "< 1 %"
    return "> 99 %" if percent == 100 and part < whole else f"{percent} %"


def draw(rows: Sequence[Row], report: Report) -> str:
    """Return the chart of a report's rows as SVG text, "" if it would be empty; raises ExtraMissing."""
    with needs("pages", "a chart"):
        import altair as alt
        import vl_convert  # noqa: F401

    if not rows or (report.shape == "bars" and not add_up(rows, report)):
        return ""
    if report.shape == "hours":
        return render(_draw_hours(alt, rows), of_days=False)
    if report.shape == "bars":
        return render(_draw_bars(alt, rows, report), of_days=False)
    return render(_draw_lines(alt, rows, report) if report.leaves_out else _draw_days(alt, rows), of_days=True)


def render(chart: Any, of_days: bool) -> str:
    """Return an Altair chart as SVG text, in the colour of the page and at least 12 px high. One `of_days` has scale
    and legend at its right end, the newest days: a narrow screen shows that end first.
    """
    import vl_convert

    specification = chart.to_dict()
    text = {"labelColor": "currentColor", "titleColor": "currentColor", "labelFontSize": 12, "titleFontSize": 12}
    text |= {"titleFontWeight": "normal", "symbolStrokeWidth": 0}
    specification["config"] = {
        "background": "transparent",
        "font": "system-ui, sans-serif",
        # Space for labels that are wider in another font.
        "padding": {"left": 30, "top": 5, "right": 30, "bottom": 5},
        "view": {"stroke": None},
        "axis": {**text, "gridColor": _LINE, "domainColor": _LINE, "tickColor": _LINE},
        "axisY": {"orient": "right"} if of_days else {},
        "legend": {**text, "layout": {"top": {"anchor": "end" if of_days else "start"}}},
        "text": {"fontSize": 12, "fill": "currentColor"},
    }
    drawn = str(vl_convert.vegalite_to_svg(specification, vl_version="6.4"))
    for colour, variable in _VARIABLES.items():
        drawn = drawn.replace(colour, f"var({variable})")
    return drawn


def add_up(rows: Sequence[Row], report: Report) -> list[tuple[str, dict[str, int]]]:
    """Return the bars of a report: the labels in order, each with its sums. Labels repeat.

    In a report without redacted activities, a bar has their number. Bars beyond the limit are summed up in one.
    """
    totals: dict[str, dict[str, int]] = {}
    for row in rows:
        label = row[report.labels[1 if report.labels[0] == "kind" else 0]]
        total = totals.setdefault(NONE if label is None else str(label), {PERSONAL: 0, REDACTED: 0})
        total[REDACTED] += row.get("redacted") or 0
        total[PERSONAL] += (row["activities"] or 0) - (row.get("redacted") or 0)
    ordered = sorted(totals.items(), key=lambda item: -sum(item[1].values()))
    if report.leaves_out:
        ordered = [item for item in ordered if any(item[1].values())]
    shown, others = ordered[:MOST_BARS], ordered[MOST_BARS:]
    if others:
        # A single one is not summed up as "others".
        rest = {name: sum(total[name] for _, total in others) for name in (PERSONAL, REDACTED)}
        shown.append((f"{len(others)} others" if len(others) > 1 else others[0][0], rest))
    missing = sum(row.get("missing") or 0 for row in rows)
    return [*shown, (UNKNOWN, {PERSONAL: 0, REDACTED: missing})] if missing else shown


def _stacked(alt: Any, domain: Sequence[str]) -> Any:
    colours = {REDACTED: GREY, PERSONAL: _KEPT}
    scale = alt.Scale(domain=list(domain), range=[colours[name] for name in domain])
    return alt.Color("what:N", title=None, scale=scale, legend=_legend(alt))


def _legend(alt: Any) -> Any:
    return alt.Legend(orient="top", columnPadding=24, symbolType="square")


def _draw_bars(alt: Any, rows: Sequence[Row], report: Report) -> Any:
    bars = add_up(rows, report)
    values = [
        {"label": label, "what": what, "n": total[what], "at": number}
        for label, total in bars
        for number, what in enumerate((REDACTED, PERSONAL))
        if total[what]
    ]
    said = [{"label": label, "n": sum(total.values()), "said": _say_bar(label, total, report)} for label, total in bars]
    y = alt.Y("label:N", sort=[label for label, _ in bars], title=None, axis=alt.Axis(labelLimit=220, domain=False))
    bar = alt.Chart(alt.InlineData(values=values)).mark_bar(height=16)
    bar = bar.encode(
        x=alt.X("n:Q", title="activities", axis=alt.Axis(tickMinStep=1, tickCount=8, labelOverlap=True)),
        y=y,
        order="at:O",
        color=_stacked(alt, (REDACTED, PERSONAL)),
    )
    text = alt.Chart(alt.InlineData(values=said)).mark_text(align="left", dx=6)
    text = text.encode(x="n:Q", y=y, text="said:N")
    return (bar + text).properties(width=WIDTH - 320, height=26 * len(bars))


def _say_bar(label: str, total: Mapping[str, int], report: Report) -> str:
    whole = sum(total.values())
    if label == UNKNOWN or report.leaves_out:
        return f"{whole:,}"
    return f"{whole:,} · {say_share(total[REDACTED], whole)} redacted"


def by_week(rows: Sequence[Row], measures: Sequence[str]) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows of a report by day, or beyond 120 days by week, from Monday on; and whether they are weeks. A
    week with an unknown day is unknown.
    """
    if not rows or (rows[-1]["day"] - rows[0]["day"]).days < MOST_DAYS:
        return [dict(row) for row in rows], False
    weeks: dict[date, dict[str, Any]] = {}
    for row in rows:
        monday = row["day"] - timedelta(days=row["day"].weekday())
        week = weeks.setdefault(monday, {"day": monday, **dict.fromkeys(measures, 0)})
        for name in measures:
            week[name] = None if week[name] is None or row[name] is None else week[name] + row[name]
    return list(weeks.values()), True


def _span(alt: Any, weeks: bool) -> Any:
    title = "weeks, from Monday" if weeks else None
    axis = alt.Axis(format="%-d %b", labelOverlap=True, labelSeparation=12, grid=False, tickCount=12)
    return alt.X("from:T", title=title, axis=axis)


def _as_span(row: Row, weeks: bool) -> dict[str, str]:
    # A column of a day or week ends where the next one starts; the year 9999 has no next one.
    length = timedelta(days=7 if weeks else 1)
    until = row["day"] + length if row["day"] < date.max - length else row["day"]
    return {"from": row["day"].isoformat(), "to": until.isoformat()}


def find_cutoff(rows: Sequence[Row]) -> date | None:
    """Return the day up to which every activity of the rows is redacted; None if the first one is not, or none is
    left. An uncounted activity may be personal.
    """
    counted = [row for row in rows if row["activities"] != 0]
    personal = (n for n, row in enumerate(counted) if row["activities"] is None or row["redacted"] < row["activities"])
    first = next(personal, 0)
    return counted[first - 1]["day"] if first else None


def _draw_days(alt: Any, rows: Sequence[Row]) -> Any:
    shown, weeks = by_week(rows, ("activities", "redacted"))
    values = [
        {**_as_span(row, weeks), "what": what, "low": low, "high": high}
        for row in shown
        if row["activities"] is not None
        for what, low, high in ((REDACTED, 0, row["redacted"]), (PERSONAL, row["redacted"], row["activities"]))
        if high > low
    ]
    title = "activities a week" if weeks else "activities a day"
    chart = alt.Chart(alt.InlineData(values=values)).mark_bar(x2Offset=-1)
    chart = chart.encode(x=_span(alt, weeks), x2="to:T", y2="high:Q", color=_stacked(alt, (REDACTED, PERSONAL)))
    chart = chart.encode(y=alt.Y("low:Q", title=title, axis=alt.Axis(tickMinStep=1), scale=alt.Scale(domainMin=0)))
    cutoff = find_cutoff(rows)
    if cutoff is not None:
        # Nothing is known of days before the period.
        said = {
            "from": _as_span({"day": cutoff}, False)["to"],
            "said": f"all redacted from {rows[0]['day']:%-d %b} until {cutoff:%-d %b %Y}",
        }
        data = alt.Chart(alt.InlineData(values=[said]))
        rule = data.mark_rule(strokeDash=[4, 3]).encode(x="from:T", color=alt.value("currentColor"))
        # Without space before the line, the words are after it.
        early = (cutoff - rows[0]["day"]).days < (rows[-1]["day"] - rows[0]["day"]).days // 4
        label = data.mark_text(align="left" if early else "right", dx=6 if early else -6, dy=-8).encode(
            x="from:T", y=alt.value(0), text="said:N"
        )
        chart = chart + rule + label
    bands = _draw_unknown(alt, shown, ("activities",), weeks, dy=-8)
    return alt.layer(*bands[:1], chart, *bands[1:]).properties(width=WIDTH, height=240)


def _draw_lines(alt: Any, rows: Sequence[Row], report: Report) -> Any:
    measures = [name for name in report.measures if name in _LINES]
    shown, weeks = by_week(rows, [*measures, "missing"])
    values = [
        {"from": row["day"].isoformat(), "what": COLUMNS[name].lower(), "n": row[name]}
        for row in shown
        for name in measures
    ]
    scale = alt.Scale(domain=[COLUMNS[name].lower() for name in measures], range=[_LINES[name] for name in measures])
    title = "each day counted, a week" if weeks else "a day"
    lines = alt.Chart(alt.InlineData(values=values)).mark_line(
        invalid="break-paths-show-path-domains", point={"size": 18 if len(shown) < 60 else 6}
    )
    lines = lines.encode(x=_span(alt, weeks), y=alt.Y("n:Q", title=title, axis=alt.Axis(tickMinStep=1)))
    lines = lines.encode(color=alt.Color("what:N", title=None, scale=scale, legend=_legend(alt)))
    bands = _draw_unknown(alt, shown, measures, weeks)
    return alt.layer(*bands[:1], lines, *bands[1:]).properties(width=WIDTH, height=240)


def _draw_unknown(alt: Any, rows: Sequence[Row], measures: Sequence[str], weeks: bool, dy: int = 14) -> list[Any]:
    """Return the bands of unknown days, and a label on the widest of each reason, `dy` below."""
    bands = _find_unknown(rows, measures, weeks)
    if not bands:
        return []
    band = alt.Chart(alt.InlineData(values=bands)).mark_rect(opacity=0.25)
    ordered = sorted(bands, key=lambda one: date.fromisoformat(one["to"]) - date.fromisoformat(one["from"]))
    widest = {one["said"]: one for one in ordered}
    label = alt.Chart(alt.InlineData(values=list(widest.values()))).mark_text(align="left", dx=6, dy=dy)
    return [
        band.encode(x="from:T", x2="to:T", color=alt.value(GREY)),
        label.encode(x="from:T", y=alt.value(0), text="said:N"),
    ]


def _find_unknown(rows: Sequence[Row], measures: Sequence[str], weeks: bool) -> list[dict[str, str]]:
    """Return the spans of unknown days with their reasons; adjacent ones are joined."""
    found: list[dict[str, str]] = []
    for row in rows:
        if all(row[name] is None for name in measures):
            # The number of redacted activities is known for each counted day.
            span = {**_as_span(row, weeks), "said": NOT_COUNTED if row.get("missing") is None else UNKNOWN}
            if found and (found[-1]["to"], found[-1]["said"]) == (span["from"], span["said"]):
                found[-1]["to"] = span["to"]
            else:
                found.append(span)
    return found


def _draw_hours(alt: Any, rows: Sequence[Row]) -> Any:
    values = [
        {"weekday": WEEKDAYS[row["weekday"] - 1], "hour": row["hour"], "n": row["activities"]}
        for row in rows
        if row["activities"]
    ]
    most = max((value["n"] for value in values), default=1)
    # The scale starts at none: a scale from the minimum makes noise look like a pattern.
    steps = sorted({0, most // 2, most})
    legend = alt.Legend(orient="top", direction="horizontal", symbolType="square", symbolSize=200, values=steps)
    shade = alt.Opacity("n:Q", title="activities", scale=alt.Scale(domain=[0, most], range=[0, 1]), legend=legend)
    return (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(color=_KEPT, stroke=_LINE)
        .encode(
            x=alt.X("hour:O", title="local hour", scale=alt.Scale(domain=list(range(24))), axis=alt.Axis(labelAngle=0)),
            y=alt.Y("weekday:O", scale=alt.Scale(domain=list(WEEKDAYS)), title=None),
            opacity=shade,
        )
        .properties(width=24 * 42, height=7 * 26)
    )
