"""The time of an activity, in any form of its source, and which of two copies stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from redaction.deployment import Deployment
from redaction.source.times import BadTime, read_stamp, read_time
from tests.objects_of import World

Sql = Callable[..., list[dict[str, Any]]]
AUCKLAND = ZoneInfo("Pacific/Auckland")


@pytest.fixture
def world(deployment: Deployment, sql: Sql, tmp_path: Path) -> World:
    found = World(deployment, sql, tmp_path / "objects")
    found.account(7)
    return found


def stored(world: World) -> list[dict[str, Any]]:
    return world.sql("SELECT * FROM tracking.activities ORDER BY id")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"called_at": "2026-11-26 09:00:00"}, "2026-11-25T20:00:00+00:00"),
        ({"called_at": "2026-11-26T09:00"}, "2026-11-25T20:00:00+00:00"),
        ({"called_at": "2026-11-26T09:00:00Z"}, "2026-11-26T09:00:00+00:00"),
        ({"called_at": "2026-11-26 09:00 AM -05:00"}, "2026-11-26T14:00:00+00:00"),
        ({"unix_time": 1790812800, "called_at": "2001-01-01"}, "2026-10-01T00:00:00+00:00"),
        ({"unix_time": "1790812800.0"}, "2026-10-01T00:00:00+00:00"),
        ({"unix_time": 4102444800}, "2100-01-01T00:00:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_of_the_account(sent: dict[str, Any], read: str) -> None:
    assert read_time(sent, AUCKLAND) == datetime.fromisoformat(read)


@pytest.mark.parametrize(
    "sent",
    [
        *(
            {"unix_time": 17908128000000},
            {"unix_time": 3 * 10**18},
            {"unix_time": "soon"},
            {"unix_time": -(10**11)},
            {},
        ),
        *({"called_at": "0001-01-01"}, {"called_at": "9999-12-31 23:59"}, {"called_at": "yesterday"}, {"called_at": 7}),
    ],
)
def test_times_that_are_none(world: World, sent: dict[str, Any]) -> None:
    with pytest.raises(BadTime):
        read_time(sent, UTC)
    summary = world.load({"account_id": 7, "id": 1, "unix_time": None} | sent, {"account_id": 7, "id": 2})
    assert (summary.rejected, summary.inserted) == (1, 1)
    assert summary.rejections[0].activity_id == 1


def test_an_account_reads_times_in_its_zone(world: World) -> None:
    world.sql("UPDATE tracking.accounts SET timezone = 'Pacific/Auckland'")
    world.load({"account_id": 7, "id": 1, "unix_time": None, "called_at": "2026-11-26 09:00:00"})
    assert stored(world)[0]["called_at"] == datetime(2026, 11, 25, 20, tzinfo=UTC)


@pytest.mark.parametrize("in_one_file", [True, False])
@pytest.mark.parametrize(
    ("first", "second", "stays"), [(200, 100, 0), (100, 200, 1), (200, 200, 1), (200, None, 1), (None, 1, 1)]
)
def test_the_copy_stays_that_its_source_wrote_later(
    world: World, first: float | None, second: float | None, stays: int, in_one_file: bool
) -> None:
    sent = [
        {"account_id": 7, "id": 1, "indexed_at": first, "status": "completed", "audio": "https://m.example.com/1"},
        {"account_id": 7, "id": 1, "indexed_at": second, "status": "in progress", "audio": "https://m.example.com/2"},
    ]
    for part in [sent] if in_one_file else [[each] for each in sent]:
        world.load(*part)
    [row] = stored(world)
    assert row["status"] == sent[stays]["status"]
    assert row["indexed_at"] == read_stamp(max(value for value in (first, second) if value is not None), UTC)
    found = world.sql("SELECT address FROM tracking.objects ORDER BY address")
    assert [each["address"] for each in found] == ["https://m.example.com/1", "https://m.example.com/2"]


def test_an_older_copy_brings_nothing_back(world: World) -> None:
    world.load({"account_id": 7, "id": 1, "indexed_at": 200, "notes": None})
    summary = world.load({"account_id": 7, "id": 1, "indexed_at": 100, "notes": "canary", "unix_time": 1_700_000_000})
    assert (summary.updated, summary.unchanged) == (0, 1)
    [row] = stored(world)
    assert (row["notes"], row["called_at"].year) == (None, 2026)


def test_what_says_no_time_is_not_retained(world: World) -> None:
    world.load({"account_id": 7, "id": 1, "indexed_at": "+12125550199"})
    [row] = stored(world)
    assert (row["indexed_at"], row["unlisted"]) == (None, {"indexed_at": "+12125550199"})


@pytest.mark.parametrize("text", ["1790812800", "1790812800000", "1790812800000000", "1790812800000000000"])
def test_a_text_of_digits_says_when_the_source_has_written(world: World, text: str) -> None:
    later = str(int(text) + 100 * 1000 ** ((len(text) - 10) // 3))
    world.load({"account_id": 7, "id": 1, "indexed_at": later, "notes": "new"})
    assert world.load({"account_id": 7, "id": 1, "indexed_at": text, "notes": "old"}).updated == 0
    [row] = stored(world)
    assert (row["notes"], row["indexed_at"], row["unlisted"]) == (
        "new",
        datetime.fromtimestamp(1_790_812_900, UTC),
        None,
    )


@pytest.mark.parametrize(
    "text", ["12125550143", "2125550143", "946684800", "20260302", "١٧٩٠٨١٢٨٠٠", "1" * 22, "0790812800"]
)
def test_digits_that_may_be_a_number_are_no_time(text: str) -> None:
    assert read_stamp(text, UTC) is None


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"unix_time": [1790812800, 1790812900]}, "unix_time has several values"),
        ({"called_at": ["2026-03-02", "2026-03-03"]}, "called_at has several values"),
    ],
)
def test_a_time_that_is_there_twice_is_said(record: dict[str, Any], told: str) -> None:
    with pytest.raises(BadTime, match=told):
        read_time(record, UTC)


def test_a_time_in_the_future_is_noted_once(world: World) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=3)).timestamp()
    for _ in range(2):
        world.load(
            {"account_id": 7, "id": 1, "unix_time": 4102444800},
            {"account_id": 7, "id": 2, "unix_time": ahead},
            {"account_id": 7, "id": 3, "unix_time": ahead - 2.5 * 86_400},
        )
    found = world.sql("SELECT * FROM tracking.future_activities ORDER BY activity_id")
    assert [row["activity_id"] for row in found] == [1, 2]
    assert all(row["loaded_at"] <= datetime.now(UTC) for row in found)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-02 15:15:00 UTC", "2026-03-02 15:15 GMT", "2026-03-02T15:15:00 Z", " 2026-03-02T15:15:00Z "),
        *("Mon, 02 Mar 2026 15:15:00 GMT", "Mon, 2 Mar 2026 10:15:00 -0500", "Mon, 02 Mar 2026 10:15:00 EST"),
        "2 Mar 2026 15:15 -0000",
        *("2026-03-02 10:15 am -05:00", "2026-03-02 10:15 a.m. -05:00", "2026-03-02\u202f10:15\u202fAM -05:00"),
        *("2026-03-02 10:15AM -0500", "2026-03-02 10:15 AM -0500", "2026-03-02 15:15:00.000 +0000"),
        *("2026-03-02T10:15:00-05:00[America/New_York]", "2026-03-02T15:15:00Z[UTC]"),
        *("Mon Mar 02 2026 10:15:00 GMT-0500 (Eastern Standard Time)", "Mon Mar 02 2026 15:15:00 GMT+0000"),
        *("2026/03/02 15:15:00Z", "1772464500", "1772464500.0", "２０２６-03-02T15:15:00Z"),
        *("1772464500000", "1772464500000000", "1772464500000000000"),
        # The month in words, in the account's zone (one hour ahead) or another.
        *(
            "Mar 2, 2026 4:15 PM",
            "March 2nd, 2026 at 4:15 p.m.",
            "2 Mar 2026 16:15",
            "2. March 2026, 16:15:00",
            "02-Mar-2026 16:15",
        ),
        *(
            "Mon, 02 Mar 2026 16:15:00",
            "Monday, 2 March 2026 4:15:00 PM",
            "2026-Mar-02 16:15",
            "4:15 PM, Mar 2, 2026",
            "MAR 2 2026 4:15PM",
        ),
        *(
            "Mon Mar  2 15:15:00 2026 UTC",
            "Mon Mar  2 15:15:00 UTC 2026",
            "Mon Mar  2 10:15:00 EST 2026",
            "2nd of March 2026 16:15",
        ),
        *(
            "Mar 2, 2026 10:15 AM EST",
            "Mar 2, 2026, 10:15:00 AM (EST)",
            "2 Mar 2026 10:15 America/New_York",
            "2 Mar 2026 10:15 -0500",
        ),
        "Mar\u00a02,\u00a02026,\u00a010:15\u202fAM\u00a0GMT-5",
        # The zone in words.
        *(
            "2026-03-02 10:15 EST",
            "2026-03-02T10:15:00 America/New_York",
            "2026-03-02 10:15 AM EST",
            "2026-03-02 10:15 (EST)",
        ),
        *(
            "2026-03-02 10:15 -0500 (EST)",
            "2026-03-02 16:15 CET",
            "2026-03-02 17:15 CEST",
            "2026-03-02 20:45 UTC+5:30",
            "2026-03-02 10:15:00 UTC-05",
        ),
        *(
            "2026-03-02 10:15 p.m. Asia/Shanghai".replace("10:15", "11:15"),
            "2026-03-02 10:15 US/Eastern",
            "2026-03-02 17:15 Europe/Kyiv",
        ),
    ],
)
def test_a_time_that_can_be_no_other_is_read_however_it_is_written(text: str) -> None:
    assert read_time({"called_at": text}, ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 2, 15, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "03/02/2026 3:15 PM",
            "02.03.2026 15:15",
            "Mar 2, 2026",
            "Mar 2, 26 4:15 PM",
            "2026-03-02 15:15 IST",
            "2 Mar 2026 15:15 BST",
        ),
        *(
            "2026-03-02 15:15 -0500 PST",
            "2026-03-02 15:15 Nowhere/Atall",
            "31 Feb 2026 15:15",
            "2 Mar 2026 13:15 PM",
            "2 Mar 2026 25:15",
        ),
        *(
            "12125550143",
            "2125550143",
            "12125550143000",
            "2026-03-02T15:15[CET]",
            "UTC",
            "GMT",
            "Z",
            "-",
            "2026/3/2",
            "1e9",
            "\u0661",
        ),
        *("May Day", "call on Mar 2, 2026 4:15 PM from Jane", "Mar 2, 2026 4:15 PM EST PST"),
    ],
)
def test_a_time_that_might_be_another_is_none(text: str) -> None:
    with pytest.raises(BadTime):
        read_time({"called_at": text}, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "zone", "hour"),
    [
        *(("2026-03-02 15:15 CST", "Asia/Shanghai", 7), ("2026-03-02 15:15 CST", "America/Chicago", 21)),
        *(("2026-03-02 15:15 IST", "Asia/Kolkata", 9), ("2026-03-02 15:15 IST", "Asia/Jerusalem", 13)),
        *(("2026-07-02 15:15 BST", "Europe/London", 14), ("2026-07-02 15:15 EST", "America/New_York", 20)),
    ],
)
def test_letters_of_a_zone_are_those_of_the_account(text: str, zone: str, hour: int) -> None:
    assert read_time({"called_at": text}, ZoneInfo(zone)).hour == hour


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("03/02/2026 3:15 PM", "called_at has a date in which nobody knows the day from the month"),
        ("2026-03-02 15:15 IST", "called_at has letters for a zone that may mean several"),
        ("2026-03-02 15:15 EST", "called_at has letters for a zone that may mean several"),
        ("2026-03-02 15:15 -0500 PST", "called_at names two zones"),
    ],
)
def test_a_time_that_may_be_several_is_rejected_with_the_reason(world: World, text: str, says: str) -> None:
    world.sql("UPDATE tracking.accounts SET timezone = 'Australia/Sydney'")
    summary = world.load({"account_id": 7, "id": 1, "unix_time": None, "called_at": text})
    assert summary.rejections[0].reason.startswith(says)


def test_milliseconds_are_no_other_year() -> None:
    for stamp in (1772464500000, 1772464500000.0, 1772464500000000, "1772464500000"):
        assert read_time({"unix_time": stamp}, UTC) == datetime(2026, 3, 2, 15, 15, tzinfo=UTC)
    assert read_time({"called_at": 1772464500000}, UTC) == read_stamp(1772464500000, UTC)


def test_seconds_where_a_text_is_expected_are_seconds() -> None:
    assert read_time({"called_at": 1772464500}, UTC) == datetime(2026, 3, 2, 15, 15, tzinfo=UTC)
