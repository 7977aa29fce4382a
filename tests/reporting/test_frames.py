"""`read`: a report as a DataFrame that says what it lacks, for an analyst's login too."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from redaction.db.database import Database
from redaction.errors import BadInput, DatabaseBusy, RedactionError
from redaction.placements.resolve import Placements
from redaction.reporting import Agency, list_reports, read
from redaction.reporting.files import as_json, list_rows, write_parquet, write_report_csv
from redaction.reporting.periods import Period, choose_period, list_presets
from redaction.settings import Settings

Sql = Callable[..., list[dict[str, Any]]]
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def counted(account: int, deployed: None, sql: Sql) -> None:
    """Reports of account 7: March 1 is redacted completely, March 4 in part."""
    sql(
        "INSERT INTO reporting.activity_by_hour VALUES (7, '2026-03-01', 9, 5, 5), (7, '2026-03-04', 17, 4, 1),"
        " (7, '2026-04-01', 9, 1, 0)"
    )
    sql(
        "INSERT INTO reporting.activity_by_source VALUES (7, '2026-03-01', 3, 'Google Ads', 5, 5),"
        " (7, '2026-03-04', NULL, 'Call from (617) 555-0196', 2, 0),"
        " (7, '2026-03-04', NULL, 'Call from (617) 555-0197', 1, 0), (7, '2026-03-04', NULL, NULL, 1, 1)"
    )
    sql("INSERT INTO reporting.activity_by_number VALUES (7, '2026-03-01', '+18005550100', 'Main', 5, 5)")
    sql("INSERT INTO reporting.activity_by_status VALUES (7, '2026-03-01', 'call', 'answered', 5, 5)")
    sql("INSERT INTO reporting.call_flow VALUES (7, '2026-03-01', 'Front desk', 'queue', 5, 5)")
    sql("INSERT INTO reporting.sessions VALUES (7, '2026-03-01', 0, 0, 5), (7, '2026-03-04', 2, 3, 1)")
    sql("INSERT INTO reporting.contacts VALUES (7, '2026-03-01', 0, 0, 0, 5), (7, '2026-03-04', 3, 2, 1, 1)")
    sql(
        "INSERT INTO reporting.tags VALUES (7, '2026-03-01', NULL, 0, 5), (7, '2026-03-04', 'oncology', 2, 0),"
        " (7, '2026-03-04', NULL, 1, 1)"
    )


@pytest.mark.parametrize("name", list_reports())
def test_every_report_has_typed_columns_and_says_whose_it_is(counted: None, name: str) -> None:
    frame, report = read(7, name, *MARCH), list_reports()[name]
    assert tuple(frame.columns) == report.columns
    assert len(frame)
    for column in report.columns:
        kind = str(frame[column].dtype)
        if column == "day":
            assert kind == "datetime64[s]"
        elif column in report.measures:
            assert kind == ("Int64" if report.leaves_out or report.shape == "days" else "int64")
        else:
            assert kind == ("int64" if column in ("weekday", "hour") else "str")
    said = json.loads(json.dumps(frame.attrs))
    assert {key: said[key] for key in ("report", "account", "name", "accounts", "time_zone")} == {
        "report": name,
        "account": 7,
        "name": "Dental",
        "accounts": 1,
        "time_zone": "America/New_York",
    }
    assert (said["since"], said["until"], said["last_day"]) == ("2026-03-01", "2026-03-31", "2026-04-01")
    assert said["missing_activities"] == (6 if report.leaves_out else 0)


def test_a_day_without_an_activity_is_nothing_and_one_that_is_redacted_is_not_known(counted: None) -> None:
    days = read(7, "days", *MARCH)
    assert days["day"].dt.date.tolist() == [date(2026, 3, day) for day in range(1, 32)]
    assert days["activities"].sum() == 9
    assert list_rows(days)[:4] == [
        {"day": date(2026, 3, 1), "activities": 5, "redacted": 5},
        {"day": date(2026, 3, 2), "activities": 0, "redacted": 0},
        {"day": date(2026, 3, 3), "activities": 0, "redacted": 0},
        {"day": date(2026, 3, 4), "activities": 4, "redacted": 1},
    ]
    assert [row["sessions"] for row in list_rows(read(7, "sessions", *MARCH))] == [None, 0, 0, 2, *[0] * 27]
    contacts = read(7, "contacts", *MARCH)
    assert [row["new_contacts"] for row in list_rows(contacts)][:5] == [None, 0, 0, 2, 0]
    assert contacts["missing"].tolist()[:5] == [5, 0, 0, 1, 0]
    assert contacts["unique_contacts"].sum() == 3
    # A future day is no day without activities.
    assert read(7, "days", "2026-03-01", "9999-12-31")["day"].max() < pd.Timestamp("2100-01-01")


def test_a_day_that_is_not_counted_yet_is_not_known_and_is_named(
    counted: None, sql: Sql, insert: Callable[..., None], analyst: Settings
) -> None:
    sql("DELETE FROM reporting.stale_days")
    insert(1, called_at=datetime(2026, 3, 3, 15, tzinfo=UTC))
    for name, column in (("days", "activities"), ("contacts", "missing"), ("sessions", "sessions")):
        frame = read(7, name, *MARCH)
        assert [row[column] for row in list_rows(frame)][1:3] == [0, None]
        assert (frame["missing"] if name == "contacts" else frame[column]).isna().sum() == (
            2 if name == "sessions" else 1
        )
        [said] = [one for one in frame.attrs["missing"] if "2026-03-03" in one["what"]]
        assert said["what"] == "1 day of this period, which is not counted yet: 2026-03-03"
        assert "redaction reports" in said["why"]
    # Without anything else, there is at least that day.
    assert list_rows(read(7, "days", "2026-03-03", "2026-03-03")) == [
        {"day": date(2026, 3, 3), "activities": None, "redacted": None}
    ]
    # An analyst does not see which days these are: none without an activity is known.
    with Placements(analyst) as placements:
        frame = read(7, "days", "2026-03-01", "2026-03-04", placements=placements)
    assert [row["activities"] for row in list_rows(frame)] == [5, None, None, 4]
    assert "login does not see which" in json.dumps(frame.attrs["missing"])


def test_what_is_missing_is_said_with_its_reason(counted: None, sql: Sql) -> None:
    assert read(7, "days", *MARCH).attrs["missing"] == []
    sql("INSERT INTO reporting.stale_days VALUES (7, '2026-03-09')")
    redacted, stale, _ = read(7, "contacts", *MARCH).attrs["missing"]
    assert redacted["what"] == "6 redacted activities"
    assert "a redaction removes" in redacted["why"]
    assert (stale["what"], "redaction reports" in stale["why"]) == ("changes of 1 local day of any period", True)


def test_what_looks_like_a_number_is_hidden_unless_it_is_asked_for(counted: None) -> None:
    assert list_rows(read(7, "sources", *MARCH)) == [
        {"source": "Google Ads", "activities": 5, "redacted": 5},
        {"source": "Call from [hidden]", "activities": 3, "redacted": 0},
        {"source": None, "activities": 1, "redacted": 1},
    ]
    shown = read(7, "sources", *MARCH, show_contacts=True)
    assert "Call from (617) 555-0196" in set(shown["source"])
    assert read(7, "numbers", *MARCH)["tracking_number"].tolist() == ["+18005550100"]


def test_without_a_period_it_is_of_the_last_thirty_days_of_the_account(account: int, deployed: None) -> None:
    said = read(7, "days").attrs
    assert date.fromisoformat(said["until"]) - date.fromisoformat(said["since"]) == timedelta(days=29)
    assert abs(datetime.now(UTC).date() - date.fromisoformat(said["until"])) <= timedelta(days=1)
    assert said["last_day"] is None
    assert read(7, "days", until="2026-03-31").attrs["since"] == "2026-03-02"


@pytest.mark.parametrize(
    ("whose", "name", "since", "until", "says"),
    [
        (7, "none", None, None, "choose sources, numbers"),
        (7, "days", "2026-03-09", "2026-03-01", "2026-03-01, is before the first, 2026-03-09"),
        (7, "days", "2036-03-09", None, "the first day, 2036-03-09, is after today"),
        (7, "days", "9 March", None, "since is no day"),
        (7, "days", pd.NaT, None, "since is no day"),
        (7, "days", 20260301, None, "since is no day"),
        ("seven", "days", None, None, "no account is known by that"),
        (99, "days", None, None, "no account 99"),
        (Agency(5), "days", None, None, "no agency 5"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    counted: None, whose: Any, name: str, since: Any, until: Any, says: str
) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        read(whose, name, since, until)
    assert "nothing was read" in str(caught.value)


@pytest.fixture
def analyst(settings: Settings, administer: Callable[[str], None], database: Database) -> Iterator[Settings]:
    """Settings of a login that is only a member of the analyst's role."""
    name = f"redaction_only_analyst_{os.getpid()}"
    administer(f"CREATE ROLE {name} LOGIN PASSWORD 'x' IN ROLE redaction_analyst")
    url = database.url.set(username=name, password="x").render_as_string(hide_password=False)
    yield settings.model_copy(update={"database_url": SecretStr(url), "owner_url": None})
    administer(f"DROP ROLE {name}")


def test_the_role_of_an_analyst_is_enough(counted: None, analyst: Settings) -> None:
    with Placements(analyst) as placements:
        for name, report in list_reports().items():
            if not report.personal:
                assert len(read(7, name, *MARCH, placements=placements)) > 0
        assert len(read(Agency(1), "days", *MARCH, placements=placements)) == 31
        with pytest.raises(RedactionError) as caught:
            read(7, "tags", *MARCH, placements=placements)
        assert "oncology" not in str(caught.value)


@pytest.fixture
def beside(counted: None, west: Database) -> Database:
    """The placement `west`, with account 9 of the same agency: March 4 is unknown there."""
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO reporting.activity_by_source VALUES (9, '2026-03-04', 4, 'Google Ads', 3, 1);"
            "INSERT INTO reporting.contacts VALUES (9, '2026-03-01', 0, 0, 0, 2), (9, '2026-03-04', 0, 0, 0, 9)"
        )
    return west


def test_an_agency_is_read_over_all_placements(beside: Database) -> None:
    frame = read(Agency(1), "sources", *MARCH)
    assert list_rows(frame)[0] == {"source": "Google Ads", "activities": 8, "redacted": 6}
    assert {key: frame.attrs[key] for key in ("agency", "name", "accounts", "time_zone")} == {
        "agency": 1,
        "name": "North",
        "accounts": 2,
        "time_zone": None,
    }
    contacts = list_rows(read(Agency(1), "contacts", *MARCH))
    assert [(row["unique_contacts"], row["missing"]) for row in contacts][:4] == [(None, 7), (0, 0), (0, 0), (3, 10)]
    assert read(9, "sources", *MARCH).attrs["name"] == "Western"


def test_a_placement_that_does_not_answer_is_missing(beside: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WEST", "postgresql://nobody:secret@127.0.0.1:1/none")
    frame = read(Agency(1), "sources", *MARCH)
    assert [missing["what"] for missing in frame.attrs["missing"]] == ["placement west, which does not answer"]
    assert "secret" not in json.dumps(frame.attrs)
    # An account that is found lacks nothing; a missing one may be there.
    assert read(7, "sources", *MARCH).attrs["missing"] == []
    with pytest.raises(DatabaseBusy, match="account 9 is at no placement that answers, and west does not"):
        read(9, "sources", *MARCH)


@pytest.mark.parametrize("name", ["contacts", "sources"])
def test_a_file_says_what_the_frame_says(counted: None, name: str) -> None:
    frame = read(7, name, *MARCH)
    parquet = pd.read_parquet(io.BytesIO(write_parquet(frame)))
    assert list_rows(parquet.astype(frame.dtypes.to_dict())) == list_rows(frame)
    table = pd.read_csv(io.BytesIO(write_report_csv(frame)))
    assert table.shape == frame.shape
    assert table.isna().to_numpy().tolist() == frame.isna().to_numpy().tolist()
    said = as_json(frame)
    assert (said["report"], said["rows"]) == (name, list_rows(frame))
    empty = read(7, name, "2020-01-01", "2020-01-02")
    assert write_report_csv(empty).decode().strip() == ",".join(frame.columns)
    assert list(pd.read_parquet(io.BytesIO(write_parquet(empty))).columns) == list(frame.columns)


def test_days_of_very_long_ago_are_not_filled_up(counted: None, sql: Sql) -> None:
    sql("INSERT INTO reporting.activity_by_hour VALUES (7, '1950-01-01', 9, 1, 0), (7, '9999-01-01', 9, 1, 0)")
    assert len(read(7, "days", "1900-01-01", "9999-12-31")) == 5


@pytest.mark.parametrize(
    ("whose", "since", "until"),
    [
        (np.int64(7), "2026-03-01", "2026-03-31"),
        (Agency(np.int64(1)), pd.Timestamp("2026-03-01"), pd.Timestamp("2026-03-31")),  # type: ignore[arg-type]
        (7, datetime(2026, 3, 1, 23, tzinfo=UTC), np.datetime64("2026-03-31")),
    ],
)
def test_what_pandas_gives_can_be_asked_for(counted: None, whose: Any, since: Any, until: Any) -> None:
    said = read(whose, "days", since, until).attrs
    assert (said["since"], said["until"]) == ("2026-03-01", "2026-03-31")


def test_the_today_of_an_agency_is_the_latest_of_its_accounts(counted: None, west: Database) -> None:
    now = datetime.now(UTC)
    at = now.astimezone(ZoneInfo("Etc/GMT-14")).date()
    with west.engine("owner").begin() as connection:
        connection.execute(
            sa.text("UPDATE tracking.accounts SET timezone = :zone WHERE id = 9"), {"zone": "Etc/GMT-14"}
        )
        connection.execute(sa.text("INSERT INTO reporting.activity_by_hour VALUES (9, :day, 0, 5, 0)"), {"day": at})
    frame = read(Agency(1), "days")
    assert (frame.attrs["until"], frame["activities"].iloc[-1]) == (str(at), 5)


def test_periods() -> None:
    march = Period(*MARCH)
    assert (march.days, march.before) == (31, Period(date(2026, 1, 29), date(2026, 2, 28)))
    assert Period(date.min, date.min).before is None
    # There is no day before the first one of the calendar.
    assert choose_period(None, date(1, 1, 5), date(2026, 3, 5)) == Period(date.min, date(1, 1, 5))
    with pytest.raises(BadInput, match="before the first"):
        Period(MARCH[1], MARCH[0])
    today = date(2026, 3, 5)
    assert list_presets(today) == {
        "7 days": Period(date(2026, 2, 27), today),
        "30 days": Period(date(2026, 2, 4), today),
        "90 days": Period(date(2025, 12, 6), today),
        "This month": Period(date(2026, 3, 1), today),
        "Last month": Period(date(2026, 2, 1), date(2026, 2, 28)),
    }
    assert choose_period(None, None, today) == list_presets(today)["30 days"]
    assert choose_period(date(2026, 3, 2), None, today) == Period(date(2026, 3, 2), today)
