"""Late accounts and redacted activities, day by day, on the overview: drawn, in a sentence, and as a table."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from redaction.deployment import Deployment
from redaction.evidence.days import Day, keep_day
from redaction.evidence.figures import Figure
from redaction.web.trend import draw_trend, say_trend
from tests.web.conftest import As

Sql = Callable[..., list[dict[str, Any]]]
FIRST = date(2026, 3, 2)
_COLUMN = re.compile(
    r'<path aria-label="(?:[^"]*; )?(accounts late|redacted): ([0-9]+)[^"]*"[^>]*'
    r' d="M[0-9.]+,[0-9.]+h[0-9.]+v([0-9.]+)h[^"]*" fill="var\(([a-z-]+)\)"'
)


def _days(*late: int | None) -> tuple[Day, ...]:
    return tuple(
        Day(FIRST + timedelta(days=n), 10 * n, count, None if count is None else 3 * count)
        for n, count in enumerate(late)
    )


def _figure(account_id: int, count: int) -> Figure:
    return Figure("overdue activities", account_id, count, None, 0, count > 0, "")


def test_a_day_that_nobody_looked_at_is_shaded_and_has_no_column() -> None:
    drawn = draw_trend(_days(None, None, 0, 2, None, 1))
    found = _COLUMN.findall(drawn)
    assert [(what, count, colour) for what, count, _, colour in found] == [
        ("accounts late", "2", "--late"),
        ("accounts late", "1", "--late"),
        *(("redacted", str(10 * n), "--chart-redacted") for n in range(1, 6)),
    ]
    # As tall as their number.
    assert float(found[0][2]) == 2 * float(found[1][2]) > 10
    assert drawn.count(">not recorded<") == 1
    assert "not recorded" not in draw_trend(_days(0, 1))
    assert draw_trend(()) == ""
    # A picture of nothing has no name.
    assert not re.search(r'<g class="mark-rect[^>]*role="graphics-symbol"[^>]*></g>', draw_trend(_days(0)))


def test_what_is_drawn_is_told_in_a_sentence() -> None:
    assert say_trend(_days(None, 0, 2, 1)) == (
        "Accounts were late on 2 of the 3 days that are recorded, at most 2 accounts a day. "
        "60 activities were redacted in 4 days, today included"
    )
    assert say_trend(_days(None, 1)).startswith(
        "Accounts were late on the only day that is recorded, at most 1 account a"
    )
    assert say_trend(_days(0, 0)).startswith("No account was late on the 2 days that are recorded.")
    assert say_trend(_days(None, None)).startswith("It is not recorded whether accounts were late:")
    # On the first day there is nothing to show yet.
    assert say_trend(_days(None)) == ""


def test_the_overview_shows_it_and_a_table_that_says_the_same(
    as_: As, house_of_two: int, deployment: Deployment, sql: Sql
) -> None:
    now, yesterday = datetime.now(UTC), datetime.now(UTC) - timedelta(days=1)
    assert "today included" not in as_("vera").get("/redaction/").text
    sql(
        "INSERT INTO redaction.runs (account_id, run_key, cutoff, state, stripped_count, finished_at)"
        " VALUES (7, 'test/1', now(), 'succeeded', 1234, now() - interval '1 day'),"
        " (7, 'test/2', now(), 'succeeded', 6, now()), (8, 'test/3', now(), 'succeeded', 9, now() - interval '60 days')"
    )
    keep_day(deployment, [_figure(7, 5), _figure(8, 0)], yesterday)
    keep_day(deployment, [_figure(7, 5), _figure(8, 1)], now)
    page = as_("vera").get("/redaction/").text
    found = re.search(r'aria-labelledby="trend">(.*?)</section>', page, re.S)
    assert found is not None
    section = found[1]
    assert "Accounts were late on 2 of the 2 days that are recorded" in section
    assert re.search(r'<figure[^>]* aria-label="Accounts were late on 2', section)
    rows = [
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip()
        for row in re.findall(r"<tr>(.*?)</tr>", html.unescape(section), re.S)
    ]
    assert rows[0] == "Day Accounts late Activities late Redacted"
    assert rows[1].endswith("so far 2 6 6")
    assert rows[2].endswith("1 5 1,234")
    assert rows[3].endswith("not recorded not recorded 0")
    assert len(rows) == 91
    # The sentence, the tile and the list of what was redacted lately agree.
    assert "1,249 activities were redacted in 90 days, today included" in section
    assert re.search(r"<b>1,240</b><span>redacted in 30 days", page)
