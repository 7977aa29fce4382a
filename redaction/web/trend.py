"""Late accounts and redacted activities, day by day: a drawing, a sentence, and the days for the table."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from redaction.errors import ExtraMissing
from redaction.evidence.days import Day
from redaction.extras import needs
from redaction.web.charts import GREY, LATE, WIDTH, render
from redaction.words import say_count

TREND_DAYS = 90
"""Days of the trend, the last of which is today, as far as it is over."""
_UNKNOWN = "not recorded"
_HEIGHT = 64


def show_trend(days: Sequence[Day]) -> str:
    """Return the drawing as SVG; "" if nothing is known of any day, or the library is missing."""
    with suppress(ExtraMissing):
        return draw_trend(tuple(days)) if _is_known(days) else ""
    return ""


def _is_known(days: Sequence[Day]) -> bool:
    return any(day.redacted or day.late_accounts is not None for day in days)


@lru_cache(maxsize=4)
def draw_trend(days: tuple[Day, ...]) -> str:
    """Return late accounts and redacted activities of each day as SVG, "" for no day.

    Cached by its content: only today still changes, and a drawing takes 100 ms.
    """
    with needs("pages", "a chart"):
        import altair as alt
        import vl_convert  # noqa: F401

    if not days:
        return ""
    late = [{**_span(day.day), "low": 0, "n": day.late_accounts} for day in days if day.late_accounts]
    redacted = [{**_span(day.day), "low": 0, "n": day.redacted} for day in days if day.redacted]
    top = _draw_columns(alt, days, late, "accounts late", LATE)
    unknown = _find_unknown(days)
    if unknown:
        data = alt.Chart(alt.InlineData(values=unknown))
        band = data.mark_rect(opacity=0.25).encode(x="from:T", x2="to:T", color=alt.value(GREY))
        label = alt.Chart(alt.InlineData(values=[max(unknown, key=_length)])).mark_text(align="left", dx=6, dy=14)
        top = band + top + label.encode(x="from:T", y=alt.value(0), text=alt.value(_UNKNOWN))
    below = _draw_columns(alt, days, redacted, "redacted", GREY)
    return render(alt.vconcat(top.properties(width=WIDTH, height=_HEIGHT), below), of_days=True)


def say_trend(days: Sequence[Day]) -> str:
    """Return in a sentence or two what the drawing shows; "" if nothing is known of any day."""
    if not _is_known(days):
        return ""
    known = [day.late_accounts for day in days if day.late_accounts is not None]
    late = sum(count > 0 for count in known)
    recorded = f"{say_count(len(known), 'day that is', 'days that are')} recorded"
    if not known:
        said = "It is not recorded whether accounts were late: the DAG retention_watch records it, each hour"
    elif not late:
        said = f"No account was late on the {recorded}"
    else:
        most = say_count(max(known), "account", "accounts")
        share = f"{late:,} of the {recorded}" if len(known) > 1 else "the only day that is recorded"
        said = f"Accounts were late on {share}, at most {most} a day"
    redacted = say_count(sum(day.redacted for day in days), "activity was", "activities were")
    return f"{said}. {redacted} redacted in {say_count(len(days), 'day', 'days')}, today included"


def _draw_columns(alt: Any, days: Sequence[Day], values: Sequence[dict[str, Any]], title: str, colour: str) -> Any:
    axis = alt.Axis(format="%-d %b", grid=False, labelOverlap=True, labelSeparation=12, tickCount=12)
    ends = [days[0].day.isoformat(), _span(days[-1].day)["to"]]
    # A mark without data has no name, and a screen reader would announce a picture without one.
    most = max((value["n"] for value in values), default=1)
    chart = alt.Chart(alt.InlineData(values=values)).mark_bar(x2Offset=-1, color=colour, aria=bool(values))
    return chart.encode(
        x=alt.X("from:T", title=None, axis=axis, scale=alt.Scale(domain=ends)),
        x2="to:T",
        y2="low:Q",
        y=alt.Y(
            "n:Q",
            title=title,
            # Both drawings begin at the same place, and a number of five digits does not touch the title.
            axis=alt.Axis(tickMinStep=1, tickCount=min(3, most), minExtent=52),
            scale=alt.Scale(domainMin=0, domainMax=most),
        ),
    ).properties(width=WIDTH, height=_HEIGHT)


def _span(day: date) -> dict[str, str]:
    return {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}


def _length(span: dict[str, str]) -> timedelta:
    return date.fromisoformat(span["to"]) - date.fromisoformat(span["from"])


def _find_unknown(days: Sequence[Day]) -> list[dict[str, str]]:
    """Return the spans of days on which nobody looked; adjacent ones are joined."""
    found: list[dict[str, str]] = []
    for day in days:
        if day.late_accounts is None:
            span = _span(day.day)
            if found and found[-1]["to"] == span["from"]:
                found[-1]["to"] = span["to"]
            else:
                found.append(span)
    return found
