"""The charts as they are drawn: what the SVG shows is what the rows say."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from redaction.web.charts import draw

_BAR = re.compile(
    r'<path aria-label="n: ([0-9]+); by: ([^;"]*); measure: ([^"]*)"[^>]*'
    r' d="M([0-9.]+),([0-9.]+)h([0-9.]+)v([0-9.]+)h-[0-9.]+Z"'
)
ROWS: list[dict[str, Any]] = [
    {"status": "completed", "kind": "call", "activities": 10, "redacted": 4},
    {"status": "completed", "kind": "chat", "activities": 3, "redacted": 3},
    {"status": "received", "kind": "text", "activities": 9, "redacted": 9},
    {"status": None, "kind": "form", "activities": 1, "redacted": 0},
]


def _bars(rows: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[int, tuple[float, ...]]]:
    drawn = _BAR.findall(draw(rows, "bars", "status", ["activities", "redacted"]))
    return {(label, measure): (int(n), tuple(map(float, place))) for n, label, measure, *place in drawn}


def test_no_bar_is_drawn_over_another() -> None:
    # One of no length is not there.
    places = [place for _, place in _bars(ROWS).values()]
    assert len(places) == 5
    spans = sorted((top, top + height) for _, top, _, height in places)
    assert all(after[0] >= before[1] - 0.01 for before, after in pairwise(spans))


def test_rows_of_one_label_are_one_bar_of_their_sum() -> None:
    found = _bars(ROWS)
    assert {key: n for key, (n, _) in found.items()} == {
        ("completed", "activities"): 13,
        ("completed", "redacted"): 7,
        ("received", "activities"): 9,
        ("received", "redacted"): 9,
        ("(none)", "activities"): 1,
    }
    # As long as what it counts.
    widths = {n: place[2] for n, place in found.values()}
    assert widths[9] / widths[13] == pytest.approx(9 / 13)


def test_an_hour_is_of_a_day_that_has_a_name() -> None:
    svg = draw([{"weekday": 3, "hour": 7, "activities": 2}], "grid", "hour", ["activities"])
    assert ">Wed<" in svg
    assert ">activities<" in svg
