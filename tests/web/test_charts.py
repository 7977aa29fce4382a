"""The charts as they are drawn: the SVG shows what the rows say."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from redaction.reporting.kinds import REPORTS
from redaction.web.charts import MOST_BARS, add_up, by_week, draw, find_cutoff, say_share

_BAR = re.compile(
    r'<path aria-label="activities: ([0-9,]+); label: ([^";]*); what: ([^";]*); at: [01]"[^>]*'
    r' d="M([0-9.]+),([0-9.]+)h([0-9.]+)v([0-9.]+)h-[0-9.]+Z" fill="var\(([a-z0-9-]+)\)"'
)
_COLUMN = re.compile(
    r'<path aria-label="(?:from|weeks, from Monday): ([^";]+); [^";]*; to: [^";]*; high: ([0-9]+); what: ([^";]*)"[^>]*'
    r' d="M([0-9.]+),([0-9.]+)h([0-9.]+)v([0-9.]+)h-[0-9.]+Z"'
)
FIRST = date(2026, 3, 2)
STATUSES: list[dict[str, Any]] = [
    {"kind": "call", "status": "completed", "activities": 10, "redacted": 4},
    {"kind": "chat", "status": "completed", "activities": 3, "redacted": 3},
    {"kind": "text", "status": "received", "activities": 9, "redacted": 9},
    {"kind": "form", "status": None, "activities": 1, "redacted": 0},
]


def _days(count: int, redacted: int) -> list[dict[str, Any]]:
    return [
        {"day": FIRST + timedelta(days=n), "activities": 10, "redacted": 10 if n < redacted else 1}
        for n in range(count)
    ]


def _contacts(count: int, unknown: int) -> list[dict[str, Any]]:
    names = ("unique_contacts", "new_contacts", "returning_contacts")
    return [
        {"day": FIRST + timedelta(days=n), **dict.fromkeys(names, None if n < unknown else 4), "missing": 1}
        for n in range(count)
    ]


def _bars(rows: list[dict[str, Any]], report: str) -> dict[tuple[str, str], tuple[float, ...]]:
    """The place of each part of a bar: left, top, width, height."""
    return {
        (label, what): tuple(map(float, place))
        for _, label, what, *place, _ in _BAR.findall(draw(rows, REPORTS[report]))
    }


def test_labels_repeat_and_are_one_bar_of_their_sum_redacted_below_personal() -> None:
    found = _bars(STATUSES, "statuses")
    # A part without length is missing.
    assert set(found) == {
        ("completed", "redacted"),
        ("completed", "still personal"),
        ("received", "redacted"),
        ("(none)", "still personal"),
    }
    left, top, width, _ = found["completed", "redacted"]
    after, same, further, _ = found["completed", "still personal"]
    assert (left, top) == (0, same)
    assert after == pytest.approx(width)
    # As long as what they count: 7 and 6 of 13.
    assert width / further == pytest.approx(7 / 6)
    assert found["received", "redacted"][2] / (width + further) == pytest.approx(9 / 13)
    svg = draw(STATUSES, REPORTS["statuses"])
    assert "13 · 54 % redacted" in svg
    assert "9 · 100 % redacted" in svg


def test_no_bar_is_drawn_over_another() -> None:
    places = list(_bars(STATUSES, "statuses").values())
    for number, (left, top, width, height) in enumerate(places):
        for other_left, other_top, other_width, other_height in places[number + 1 :]:
            apart = left + width <= other_left + 0.01 or other_left + other_width <= left + 0.01
            assert apart or top + height <= other_top or other_top + other_height <= top


def test_beyond_twelve_the_others_are_one_bar() -> None:
    rows = [{"source": f"Source {n}", "activities": 40 - n, "redacted": n} for n in range(20)]
    bars = add_up(rows, REPORTS["sources"])
    assert len(bars) == MOST_BARS + 1
    assert bars[-1] == (
        "8 others",
        {"redacted": sum(range(12, 20)), "still personal": sum(40 - 2 * n for n in range(12, 20))},
    )
    assert sum(sum(total.values()) for _, total in bars) == sum(row["activities"] for row in rows)
    assert [label for label, _ in add_up(rows[:13], REPORTS["sources"])][-1] == "Source 12"
    assert "8 others" in draw(rows, REPORTS["sources"])


def test_what_has_no_tag_any_more_is_not_known_and_not_untagged() -> None:
    rows = [{"tag": "vip", "activities": 90, "missing": 0}, {"tag": None, "activities": 411, "missing": 1910}]
    assert add_up(rows, REPORTS["tags"]) == [
        ("(none)", {"redacted": 0, "still personal": 411}),
        ("vip", {"redacted": 0, "still personal": 90}),
        ("not known: redacted", {"redacted": 1910, "still personal": 0}),
    ]
    svg = draw(rows, REPORTS["tags"])
    assert [(n, label, colour) for n, label, *_, colour in _BAR.findall(svg)][-1] == (
        ("1910", "not known: redacted", "--chart-redacted")
    )


def test_days_are_stacked_columns_with_a_line_where_the_personal_ones_begin() -> None:
    svg = draw(_days(40, 30), REPORTS["days"])
    columns = _COLUMN.findall(svg)
    assert len(columns) == 30 + 2 * 10
    lengths = {(what, high): float(height) for _, high, what, _, _, _, height in columns}
    assert lengths["redacted", "10"] == pytest.approx(10 * lengths["redacted", "1"])
    assert lengths["still personal", "10"] == pytest.approx(9 * lengths["redacted", "1"])
    assert f"all redacted from {FIRST:%-d %b} until 31 Mar 2026" in svg
    assert find_cutoff(_days(40, 0)) is None
    assert find_cutoff(_days(40, 40)) is None
    assert "all redacted from" not in draw(_days(40, 0), REPORTS["days"])


def test_over_120_days_there_is_a_column_a_week() -> None:
    assert by_week(_days(120, 0), ("activities",))[1] is False
    weeks, is_week = by_week(_days(140, 70), ("activities", "redacted"))
    assert is_week
    assert len(weeks) == 20
    assert {week["day"].weekday() for week in weeks} == {0}
    assert weeks[0] == {"day": FIRST, "activities": 70, "redacted": 70}
    svg = draw(_days(140, 70), REPORTS["days"])
    assert "activities a week" in svg
    assert len(_COLUMN.findall(svg)) == 10 + 2 * 10
    # A week with an unknown day is unknown.
    weeks, _ = by_week(_contacts(140, 73), ("unique_contacts",))
    assert [week["unique_contacts"] for week in weeks[9:12]] == [None, None, 28]


def test_what_is_not_known_is_a_band_and_the_line_begins_after_it() -> None:
    svg = draw(_contacts(40, 30), REPORTS["contacts"])
    assert svg.count("not known: redacted</text>") == 1
    lines = re.findall(r'aria-roledescription="line mark" d="([^"]*)" stroke="var\(([a-z0-9-]+)\)"', svg)
    assert [colour for _, colour in lines] == ["--chart-kept", "--chart-3", "--chart-redacted"]
    starts = {float(path[1:].partition(",")[0]) for path, _ in lines}
    assert min(starts) > 1_020 * 29 / 40
    assert "not known" not in draw(_contacts(40, 0), REPORTS["contacts"])


def test_a_day_that_is_known_between_two_that_are_not_is_drawn() -> None:
    rows = _contacts(9, 9)
    rows[4] |= {"unique_contacts": 3, "new_contacts": 3, "returning_contacts": 0}
    svg = draw(rows, REPORTS["contacts"])
    assert svg.count('aria-roledescription="point"') == 3


def test_hours_are_shaded_from_nothing_on_and_named() -> None:
    svg = draw(
        [{"weekday": 3, "hour": 7, "activities": 20}, {"weekday": 4, "hour": 7, "activities": 10}], REPORTS["hours"]
    )
    assert [f">{name}<" in svg for name in ("Mon", "Wed", "Sun", "activities", "local hour", "23")] == [True] * 6
    cells = re.findall(
        r'aria-label="local hour: 7; weekday: (\w+); activities: \d+"[^>]*fill="[^"]*"[^>]*opacity="([0-9.]+)"', svg
    )
    assert cells == [("Wed", "1"), ("Thu", "0.5")]


@pytest.mark.parametrize("report", ["statuses", "days", "contacts", "hours"])
def test_one_drawing_serves_both_themes_and_its_letters_can_be_read(report: str) -> None:
    rows = {
        "statuses": STATUSES,
        "days": _days(200, 9),
        "contacts": _contacts(200, 9),
        "hours": [{"weekday": 3, "hour": 7, "activities": 20}],
    }
    svg = draw(rows[report], REPORTS[report])
    colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', svg))
    assert all(one in ("none", "transparent", "currentColor") or one.startswith("var(--") for one in colours), colours
    assert {float(size) for size in re.findall(r'font-size="([0-9.]+)', svg)} == {12}
    assert "style=" not in svg


def test_markup_in_a_label_is_text() -> None:
    svg = draw([{"source": "<script>alert(1)</script>", "activities": 1, "redacted": 0}], REPORTS["sources"])
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 0, "–"), (0, 9, "0 %"), (9, 9, "100 %"), (1, 1000, "< 1 %"), (999, 1000, "> 99 %"), (67, 100, "67 %")],
)
def test_a_share_is_neither_nothing_nor_all_unless_it_is(part: int, whole: int, said: str) -> None:
    assert say_share(part, whole) == said
