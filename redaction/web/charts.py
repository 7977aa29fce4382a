"""Charts of the reports: Altair's specifications, drawn to SVG here, so that a page loads no library and no data."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from redaction.db.session import Row
from redaction.errors import ExtraMissing
from redaction.extras import needs

_COLOURS = ["#2a78d6", "#b3541e", "#3a7d44"]
_MOST = 15
"""Bars of a chart; what is beyond is in the table."""


def warm_up() -> None:
    """Draw once: the engine behind it takes half a second to start."""
    # Whole before the drawing looks at it: another thread may be importing it for Great Expectations.
    with suppress(ExtraMissing):
        with needs("pages", "a chart"):
            import pandas  # noqa: F401
        draw([{"by": "", "n": 0}], "bars", "by", ["n"])


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
        names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        values = [{"weekday": names[row["weekday"] - 1], "hour": row["hour"], "n": row[measures[0]]} for row in rows]
        chart = (
            alt.Chart(alt.InlineData(values=values))
            .mark_rect()
            .encode(
                x=alt.X("hour:O", title="local hour"),
                y=alt.Y("weekday:O", sort=names, title=None),
                color=alt.Color("n:Q", title=measures[0], scale=alt.Scale(scheme="blues")),
            )
            .properties(width=640, height=180)
        )
    else:
        shown = rows[:_MOST] if mark == "bars" else rows
        values = [
            {"by": str("(none)" if row[by] is None else row[by]), "measure": name.replace("_", " "), "n": row[name]}
            for row in shown
            for name in measures
        ]
        colour = alt.Color("measure:N", title=None, scale=alt.Scale(range=_COLOURS), legend=alt.Legend(orient="top"))
        data = alt.Chart(alt.InlineData(values=values))
        if mark == "bars":
            chart = data.mark_bar().encode(
                x=alt.X("n:Q", title=None, stack=None),
                y=alt.Y("by:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
                color=colour,
                opacity=alt.value(0.85),
            )
            chart = chart.properties(width=560, height=max(60, 22 * len(shown)))
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
