"""Charts of the reports: Altair's specifications, drawn to SVG here, so that a page loads no library and no data."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from redaction.db.session import Row
from redaction.errors import ExtraMissing
from redaction.extras import needs

_COLOURS = ["#2a78d6", "#b3541e", "#3a7d44"]
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""The days of a week as a report counts them, from 1."""
_MOST = 15
"""Bars of a chart; what is beyond is in the table."""


def warm_up() -> None:
    """Draw once: the engine behind it takes half a second to start."""
    # Whole before the drawing looks at it: another thread may be importing it for Great Expectations.
    with suppress(ExtraMissing):
        with needs("pages", "a chart"):
            import pandas  # noqa: F401
        draw([{"by": "", "n": 0}], "bars", "by", ["n"])


def _add_up(rows: Sequence[Row], by: str, measures: Sequence[str]) -> list[tuple[str, dict[str, int]]]:
    """Return the labels of some rows, in their order, each with the sums of its measures: labels repeat."""
    totals: dict[str, dict[str, int]] = {}
    for row in rows:
        total = totals.setdefault("(none)" if row[by] is None else str(row[by]), dict.fromkeys(measures, 0))
        for name in measures:
            total[name] += row[name] or 0
    return list(totals.items())


def draw(rows: Sequence[Row], mark: str, by: str, measures: Sequence[str]) -> str:
    """Return the chart of a report as SVG text, "" for no rows. Text takes the colour of the page.

    `mark` is bars (the first rows, a bar each), line (by day), or grid (hour by weekday). Raises ExtraMissing.
    """
    with needs("pages", "a chart"):
        import altair as alt
        import vl_convert

    if not rows:
        return ""
    if mark == "grid":
        values = [{"weekday": WEEKDAYS[row["weekday"] - 1], "hour": row["hour"], "n": row[measures[0]]} for row in rows]
        chart = (
            alt.Chart(alt.InlineData(values=values))
            .mark_rect()
            .encode(
                x=alt.X("hour:O", title="local hour"),
                y=alt.Y("weekday:O", sort=list(WEEKDAYS), title=None),
                color=alt.Color(
                    "n:Q",
                    title=measures[0],
                    scale=alt.Scale(scheme="blues"),
                    legend=alt.Legend(orient="top", direction="horizontal"),
                ),
            )
            .properties(width=640, height=180)
        )
    else:
        totals = _add_up(rows, by, measures)
        shown = totals[:_MOST] if mark == "bars" else totals
        values = [
            {"by": label, "measure": name.replace("_", " "), "n": total[name]}
            for label, total in shown
            for name in measures
        ]
        colour = alt.Color(
            "measure:N", title=None, scale=alt.Scale(range=_COLOURS), legend=alt.Legend(orient="top", columnPadding=24)
        )
        data = alt.Chart(alt.InlineData(values=values))
        if mark == "bars":
            chart = data.mark_bar().encode(
                x=alt.X("n:Q", title=None, stack=None),
                y=alt.Y("by:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
                # Beside each other: one bar drawn over another says nothing of what is below.
                yOffset=alt.YOffset("measure:N", sort=None),
                color=colour,
            )
            chart = chart.properties(width=560, height=max(60, 13 * len(shown) * (len(measures) + 1)))
        else:
            chart = data.mark_line().encode(x=alt.X("by:T", title=None), y=alt.Y("n:Q", title=None), color=colour)
            chart = chart.properties(width=640, height=220)
    specification = chart.to_dict()
    text = {"labelColor": "currentColor", "titleColor": "currentColor"}
    lines = {"gridOpacity": 0.2, "domainColor": "currentColor", "tickColor": "currentColor"}
    specification["config"] = {
        "background": "transparent",
        # Room for labels that another font makes wider than was reckoned.
        "padding": {"left": 30, "top": 5, "right": 5, "bottom": 5},
        "view": {"stroke": None},
        "axis": text | lines,
        "legend": text,
    }
    return str(vl_convert.vegalite_to_svg(specification, vl_version="6.4"))
