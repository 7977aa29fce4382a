"""The pages of reports: totals, the previous period, what is not counted, tables that sort, forms that keep the
days.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.pipeline.reports import refresh_reports
from redaction.pipeline.run import begin_run, complete_run
from redaction.reporting.kinds import REPORTS
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 2, 4, 0, tzinfo=UTC)
PAGES = "/redaction/accounts/7/reports"
MARCH = "first=2026-03-01&last=2026-03-31"


@pytest.fixture
def redacted(house_of_two: int, deployment: Deployment, insert: Insert) -> int:
    """Three activities of March, redacted. Returns the run."""
    for number in (1, 2, 3):
        insert(number, called_at=AT + timedelta(hours=number))
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    return run.id


@pytest.fixture
def half(house_of_two: int, sql: Sql) -> None:
    """100 activities of February; 150 of March, the first half of the days redacted, and contacts of the others."""
    sql("INSERT INTO reporting.activity_by_hour SELECT 7, date '2026-02-01' + n, 9, 4, 4 FROM generate_series(0, 24) n")
    sql(
        "INSERT INTO reporting.activity_by_hour SELECT 7, date '2026-03-01' + n, 9 + n % 3, 5, CASE WHEN n < 15 THEN 5"
        " ELSE 0 END FROM generate_series(0, 29) n"
    )
    sql(
        "INSERT INTO reporting.contacts SELECT 7, date '2026-03-01' + n, c, c, 0, 5 - c FROM generate_series(0, 29) n,"
        " LATERAL (SELECT CASE WHEN n < 15 THEN 0 ELSE 5 END) AS x (c)"
    )


def _cells(page: str, part: str = "tbody") -> list[list[str]]:
    """The rows of the table of a page, in words."""
    found = re.search(rf"<{part}>(.*?)</{part}>", page, re.S)
    assert found is not None
    rows = re.findall(r"<tr>(.*?)</tr>", found[1], re.S)
    return [[html.unescape(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)] for row in rows]


def _figures(page: str) -> list[str]:
    tiles = re.findall(r'<div class="tile">(.*?)</div>', page, re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", tile).split()) for tile in tiles]


def test_every_report_is_a_page_and_says_what_it_leaves_out(as_: As, redacted: int) -> None:
    client = as_("vera")
    for name, report in REPORTS.items():
        page = client.get(f"{PAGES}/{name}?{MARCH}")
        assert page.status_code == 200
        assert ("<svg" in page.text, "CSV" in page.text) == (True, True), name
        left_out = "Not counted: 3 redacted activities of this period." in page.text
        assert left_out == report.leaves_out, name
        assert "anary" not in page.text
        assert ">tracking label<" not in page.text
    table = pd.read_csv(io.BytesIO(client.get(f"{PAGES}/sources.csv?{MARCH}").content))
    assert table.to_dict("records") == [{"source": "Google Ads", "activities": 3, "redacted": 3}]
    parquet = client.get(f"{PAGES}/sources.parquet?{MARCH}")
    assert pd.read_parquet(io.BytesIO(parquet.content)).to_dict("records") == table.to_dict("records")
    assert parquet.headers["content-disposition"].endswith('7-sources-2026-03-01-2026-03-31.parquet"')
    assert client.get(f"{PAGES}/sources.parquet?first=2020-01-01&last=2020-01-02").status_code == 200
    assert client.get(f"{PAGES}/none").status_code == 404
    assert client.get("/redaction/accounts/99/reports/days").status_code == 404


def test_a_report_by_day_has_totals_the_share_and_the_period_before(as_: As, half: None) -> None:
    page = as_("vera").get(f"{PAGES}/days?first=2026-03-01&last=2026-03-30").text
    assert _figures(page) == [
        "150 activities +50 % · 100 in the period before",
        "75 redacted 50 % of them · 100 % in the period before",
        "75 still personal",
    ]
    rows = _cells(page)
    assert len(rows) == 30
    assert rows[0] == ["Mon, 30 Mar", "5", "0", "0 %", "0"]
    assert rows[-1] == ["Sun, 1 Mar", "5", "5", "100 %", "0"]
    assert (rows[-2][4], rows[-3][4]) == ("0", "4")
    assert _cells(page, "tfoot") == [["Total", "150", "75", "50 %", "100"]]
    assert "from 1 Mar until 15 Mar all are redacted" in page


def test_days_of_which_nothing_is_redacted_yet_lead_to_the_last_ones_that_are(as_: As, half: None, sql: Sql) -> None:
    client, said = as_("vera"), "Nothing of these days is redacted yet."
    days = "first=2026-03-16&last=2026-03-30"
    for base in (PAGES, "/redaction/agencies/1/reports"):
        page = client.get(f"{base}/days?{days}").text
        assert f"{said} The last day with redacted activities is 15 Mar" in page, base
        link = re.search(r'href="([^"]*)">show the 30 days until then', page)
        assert link is not None
        assert "123 redacted" in " ".join(_figures(client.get(html.unescape(link[1])).text)), base
    # Days with a redacted activity need no help; nor does a report that does not count them.
    assert said not in client.get(f"{PAGES}/days?first=2026-03-15&last=2026-03-30").text
    assert said not in client.get(f"{PAGES}/contacts?{days}").text
    sql("UPDATE reporting.activity_by_hour SET redacted = 0")
    assert f"{said} No other day is, either" in client.get(f"{PAGES}/days?{days}").text


def test_what_is_not_known_is_said_and_never_compared_or_drawn_as_zero(as_: As, half: None) -> None:
    page = as_("vera").get(f"{PAGES}/contacts?first=2026-03-01&last=2026-03-30").text
    assert _figures(page)[0] == (
        "75 contacts, each day counted, as far as known not comparable with the period before: redacted"
    )
    assert "15 days are not known" in page
    assert _cells(page)[-1] == ["Sun, 1 Mar", "not known", "not known", "not known", "5"]
    assert _cells(page)[0][1:] == ["5", "5", "0", "0"]
    assert "not known: redacted</text>" in page
    page = as_("vera").get(f"{PAGES}/contacts?first=2026-03-01&last=2026-03-09").text
    assert _figures(page) == [
        "not known contacts, each day counted all redacted",
        "45 redacted activities, not counted",
    ]


def test_what_is_not_counted_yet_is_said_and_not_drawn_as_zero(as_: As, half: None, insert: Insert, sql: Sql) -> None:
    sql("DELETE FROM reporting.stale_days")
    sql("DELETE FROM reporting.activity_by_hour WHERE day = '2026-03-20'")
    sql("DELETE FROM reporting.contacts WHERE day = '2026-03-20'")
    insert(1, called_at=datetime(2026, 3, 20, 15, tzinfo=UTC))
    page = as_("vera").get(f"{PAGES}/days?first=2026-03-01&last=2026-03-30").text
    assert "1 day of this period, which is not counted yet: 2026-03-20" in page
    assert (
        _figures(page)[0] == "145 activities, as far as counted not comparable with the period before: not counted yet"
    )
    assert ["Fri, 20 Mar", "not known", "not known", "–", "4"] in _cells(page)
    assert _cells(page, "tfoot")[0][:3] == ["Total", "145 known", "75 known"]
    assert "not counted yet</text>" in page
    assert "1 day is not counted yet" in page
    page = as_("vera").get(f"{PAGES}/contacts?first=2026-03-01&last=2026-03-30").text
    assert (page.count("not counted yet</text>"), page.count("not known: redacted</text>")) == (1, 1)
    assert "15 days are not known, since all of them is redacted; 1 day is not counted yet" in page
    # Before 2 March all of it is redacted, or it would be known.
    sql("UPDATE reporting.activity_by_hour SET redacted = activities WHERE day > '2026-03-15'")
    page = as_("vera").get(f"{PAGES}/days?first=2026-03-01&last=2026-03-30").text
    assert "from 1 Mar until 19 Mar all are redacted" in page


def test_nothing_is_said_of_days_before_the_period(as_: As, house_of_two: int, sql: Sql) -> None:
    sql(
        "INSERT INTO reporting.activity_by_hour VALUES (7, '2026-02-27', 9, 50, 0), (7, '2026-03-01', 9, 1, 1),"
        " (7, '2026-03-02', 9, 9, 0)"
    )
    page = as_("vera").get(f"{PAGES}/days?{MARCH}").text
    assert ("redacted until" in page, "all redacted from 1 Mar until 1 Mar 2026" in page) == (False, True)


def test_rows_that_count_nothing_are_nothing(as_: As, house_of_two: int, sql: Sql) -> None:
    sql("INSERT INTO reporting.tags VALUES (7, '2026-03-02', 'vip', 0, 0)")
    page = as_("ada").get(f"{PAGES}/tags?{MARCH}")
    assert (page.status_code, "There is nothing in this period" in page.text) == (200, True)


def test_days_at_the_edge_of_the_calendar_are_answered(as_: As, half: None) -> None:
    for asked in ("last=0001-01-05", "first=0001-01-01&last=9999-12-31", "first=9999-12-31&last=9999-12-31"):
        for where in (
            f"{PAGES}/days?",
            f"{PAGES}/contacts?",
            f"{PAGES}/days.csv?",
            "/redaction/agencies/1/reports/days?",
        ):
            assert as_("vera").get(f"{where}{asked}").status_code == 200, where + asked


def test_the_today_of_an_agency_is_the_latest_of_its_accounts(as_: As, house_of_two: int, sql: Sql) -> None:
    sql("UPDATE tracking.accounts SET timezone = 'Etc/GMT-14' WHERE id = 8")
    today = datetime.now(ZoneInfo("Etc/GMT-14")).date()
    sql("INSERT INTO reporting.activity_by_hour VALUES (8, :day, 0, 5, 0)", day=today)
    assert _figures(as_("vera").get("/redaction/agencies/1/reports/days").text)[0].startswith("5 activities")
    assert f"{today},5,0" in as_("vera").get("/redaction/agencies/1/reports/days.csv").text


def test_hours_are_a_matrix_with_the_names_of_the_days(as_: As, half: None) -> None:
    rows = _cells(as_("vera").get(f"{PAGES}/hours?first=2026-03-01&last=2026-03-30").text)
    assert [row[0] for row in rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert {len(row) for row in rows} == {26}
    assert rows[6][10:14] == ["10", "10", "5", "–"]
    assert sum(int(row[-1]) for row in rows) == 150


def test_a_tag_that_is_not_known_is_a_row_of_its_own(as_: As, house_of_two: int, sql: Sql) -> None:
    sql("INSERT INTO reporting.tags VALUES (7, '2026-03-02', 'vip', 2, 0), (7, '2026-03-02', NULL, 4, 1910)")
    page = as_("ada").get(f"{PAGES}/tags?{MARCH}").text
    assert _cells(page) == [["not known: redacted", "1,910"], ["(none)", "4"], ["vip", "2"]]
    assert "<tfoot>" not in page
    sql("DELETE FROM reporting.tags WHERE tag IS NOT NULL")
    sql("UPDATE reporting.tags SET activities = 0")
    assert _cells(as_("ada").get(f"{PAGES}/tags?{MARCH}").text) == [["not known: redacted", "1,910"]]


def test_a_table_is_sorted_by_its_heads_and_has_fifty_rows_a_page(as_: As, house_of_two: int, sql: Sql) -> None:
    sql(
        "INSERT INTO reporting.activity_by_source SELECT 7, '2026-03-02', n, 'Source ' || chr(65 + n % 26) || n, n,"
        " n / 2 FROM generate_series(1, 120) n"
    )
    sql("INSERT INTO reporting.activity_by_source VALUES (7, '2026-03-02', NULL, NULL, 60, 0)")
    client = as_("vera")
    page = client.get(f"{PAGES}/sources?{MARCH}").text
    assert [row[1] for row in _cells(page)] == [f"{n}" for n in sorted([*range(1, 121), 60], reverse=True)[:50]]
    assert "1–50 of 121" in page
    assert 'aria-sort="descending"' in page

    def follow(text: str, page: str) -> str:
        found = re.search(rf'<a href="(\?[^"]*)"[^>]*>{text}', page)
        assert found is not None
        answer = client.get(f"{PAGES}/sources{html.unescape(found[1])}")
        assert answer.status_code == 200
        return answer.text

    page = follow("Next 50", page)
    assert ("51–100 of 121" in page, "Previous 50" in page) == (True, True)
    last = follow("Next 50", page)
    assert ("101–121 of 121" in last, "Next 50" in last) == (True, False)
    by_name = follow("Tracking source", page)
    assert "1–50 of 121" in by_name
    names = [row[0] for row in _cells(by_name)]
    assert names == sorted(names)
    assert 'aria-sort="ascending"' in by_name
    # Descending; missing values are last in both orders.
    assert _cells(follow("Next 50", follow("Next 50", by_name)))[-1][0] == "(none)"
    falling = follow("Tracking source", by_name)
    assert _cells(falling)[0][0] == max(names + [row[0] for row in _cells(falling)])
    share = follow("Share redacted", page)
    assert _cells(share)[0][3] == "50 %"
    assert client.get(f"{PAGES}/sources?{MARCH}&sort=nonsense&page=9").status_code == 200


@pytest.mark.parametrize(
    ("asked", "fields", "says"),
    [
        ("first=2026-03-09&last=2026-03-01", ["last"], "The last day is before the first"),
        ("first=2036-01-01&last=", ["first"], "This day is after today"),
        ("first=x&last=2026-03-01", ["first"], "Write a day as 2026-01-31."),
        ("first=2026-02-30&last=<b>", ["first", "last"], "Write a day as 2026-01-31."),
    ],
)
def test_days_that_are_refused_stay_in_the_form(as_: As, half: None, asked: str, fields: list[str], says: str) -> None:
    for where in (PAGES, "/redaction/agencies/1/reports"):
        page = as_("vera").get(f"{where}/days?{asked}")
        assert page.status_code == 400
        assert says in page.text
        assert "<svg" not in page.text
        for name, value in (pair.split("=") for pair in asked.split("&")):
            [tag] = re.findall(rf'<input [^>]*name="{name}"[^>]*>', page.text)
            assert f'value="{html.escape(value)}"' in tag
            assert ('aria-invalid="true"' in tag, f'aria-describedby="{name}-problem"' in tag) == (
                (True, True) if name in fields else (False, False)
            )
        refused = as_("vera").get(f"{where}/days.csv?{asked}")
        assert (refused.status_code, "<b>" in refused.text) == (400, False)


def test_an_empty_period_says_when_the_last_activity_was(as_: As, half: None) -> None:
    page = as_("vera").get(f"{PAGES}/days?first=2020-01-01&last=2020-01-02").text
    assert "There is nothing in this period. The last activity is of 30 Mar" in page
    assert "first=2026-03-01&amp;last=2026-03-30" in page
    assert "No activity has been counted yet" in as_("vera").get("/redaction/accounts/8/reports/days").text


def test_presets_and_the_grouped_choice_of_reports(as_: As, half: None) -> None:
    client = as_("vera")
    page = client.get(f"{PAGES}/days").text
    assert [f">{title}</a>" in page for title in ("7 days", "30 days", "90 days", "This month", "Last month")] == [
        True
    ] * 5
    assert re.search(r'aria-current="true">30 days<', page)
    groups = re.findall(r'<optgroup label="(\w+)">', page)
    assert groups == ["Volume", "Routing", "People"]
    for where in ("accounts/7", "agencies/1"):
        answer = client.get(f"/redaction/{where}/reports/days?{MARCH}&report=sources")
        assert answer.status_code == 303
        assert answer.headers["location"].endswith(f"/redaction/{where}/reports/sources?{MARCH}")
    # A missing report leads nowhere else.
    answer = client.get(f"{PAGES}/days?report=//evil.example")
    assert answer.headers["location"].startswith("/redaction/accounts/7/reports/%2F%2Fevil")


def test_another_account_of_a_report_is_led_to_by_the_form(house_of_two: int, as_: As) -> None:
    client = as_("ada")
    page = client.get("/redaction/accounts/7/reports/hours?first=2026-03-01&last=2026-03-02")
    assert '<select name="account">' in page.text
    answer = client.get("/redaction/accounts/7/reports/hours?first=2026-03-01&last=2026-03-02&account=8")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/redaction/accounts/8/reports/hours?first=2026-03-01&last=2026-03-02")


def test_a_placement_that_is_down_is_said_on_the_page(
    as_: As, half: None, west: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redaction.web import context

    context.get_placements.cache_clear()
    monkeypatch.setenv("AIRFLOW_CONN_WEST", "postgresql://nobody:secret@127.0.0.1:1/none")
    page = as_("vera").get("/redaction/agencies/1/reports/days?first=2026-03-01&last=2026-03-30").text
    assert "Not counted: placement west, which does not answer." in page
    assert "secret" not in page


def test_who_administers_what_does_not_answer_is_not_known(
    as_: As, half: None, west: Database, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redaction.web import context

    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (8, 'ada')")
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql("INSERT INTO tracking.account_users (account_id, username) VALUES (9, 'ada')")
    for url, status in ((None, 200), ("postgresql://nobody:secret@127.0.0.1:1/none", 403)):
        if url:
            monkeypatch.setenv("AIRFLOW_CONN_WEST", url)
        context.get_placements().close()
        context.get_placements.cache_clear()
        assert as_("ada").get("/redaction/agencies/1/reports/tags").status_code == status


@pytest.mark.parametrize(
    ("source", "cell"),
    [
        ('=HYPERLINK("http://x.example","a")', '\'=HYPERLINK("http://x.example","a")'),
        *((f"{sign}cmd|' /C calc'!A0", f"'{sign}cmd|' /C calc'!A0") for sign in ("+", "-", "@", "\t", "\uff1d")),
        ("+17203584118", "+17203584118"),
        ("Google = Ads", "Google = Ads"),
        # A spreadsheet that separates by semicolons or tabs, or ignores quotes, finds cells in the middle of one.
        ("ads;=1+1", "ads;'=1+1"),
        ('ads; "=1+1;\t-1', "ads; \"'=1+1;\t'-1"),
        ("ads\n@x", "ads\n'@x"),
        ("Ads; up +5", "Ads; up +5"),
    ],
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_text(
    as_: As, house_of_two: int, insert: Insert, database: Database, source: str, cell: str
) -> None:
    insert(1, called_at=AT, source=source)
    refresh_reports(database, 7)
    text = as_("vera").get(f"{PAGES}/sources.csv?{MARCH}").text
    assert [line["source"] for line in csv.DictReader(io.StringIO(text, newline=""))] == [cell]
    cells = [cell for mark in ";\t" for row in csv.reader(io.StringIO(text), delimiter=mark) for cell in row]
    assert [cell for cell in cells if cell.strip(' "').startswith(tuple("=+-@")) and not cell[1:2].isdigit()] == []
    assert source in html.unescape(as_("vera").get(f"{PAGES}/sources?{MARCH}").text)


def test_the_days_of_the_account_are_those_of_its_zone(
    as_: As, house_of_two: int, insert: Insert, database: Database
) -> None:
    insert(1, called_at=datetime(2026, 3, 3, 3, 0, tzinfo=UTC))
    refresh_reports(database, 7)
    rows = _cells(as_("vera").get(f"{PAGES}/days?{MARCH}").text)
    assert [row[:2] for row in rows if row[1] != "0"] == [["Mon, 2 Mar", "1"]]
    assert date(2026, 3, 2).weekday() == 0
