"""The reports against a brute-force count of the same rows, before and after a redaction."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import TryLater
from redaction.gate.holds import place_hold
from redaction.pipeline import reports, select
from redaction.pipeline.reports import (
    TABLES,
    _rebuild,
    rebuild_account,
    rebuild_reports,
    refresh_accounts,
    refresh_after_load,
)
from redaction.pipeline.run import complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from tests.conftest import PERSONAL_VALUES

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
NOTHING = dict.fromkeys(PERSONAL_VALUES)


def _fill(insert: Insert, sql: Sql, zone: str, start: datetime, days: int, rows: int, seed: int) -> None:
    chosen = random.Random(seed)
    sql("UPDATE tracking.accounts SET timezone = :zone WHERE id = 7", zone=zone)
    for number in range(rows):
        key = chosen.choice([None, *(f"+1212555{line:04d}" for line in range(12))])
        path = chosen.choice(
            [
                None,
                "[]",
                '[{"route_name": "A", "route_type": "q"}, {"route_name": "A", "route_type": "q"}]',
                '[{"route_name": "A", "route_type": "q"}, {"route_name": null}, {"route_type": "q"}]',
            ]
        )
        visitor = chosen.choice([None, '{"visitor_sid": "V1"}', '{"visitor_sid": "V2"}', '{"visitor_ip": "x"}'])
        insert(
            number,
            called_at=start + timedelta(seconds=chosen.randrange(days * 86400)),
            **{
                **NOTHING,
                "kind": chosen.choice(["call", "text"]),
                "status": chosen.choice([None, "answered", "busy"]),
                "source": chosen.choice([None, "Google", "Bing"]),
                "source_id": chosen.choice([None, 1]),
                "tracking_number": chosen.choice([None, "+18005550100"]),
                "tracking_label": chosen.choice([None, "Main"]),
                "call_path": path,
                "visitor": visitor,
                "tags": chosen.choice([None, [], ["x"], ["x", "y", "x"]]),
                "contact_key": key,
                "caller_number": key,
            },
        )


def _rows(database: Database, zone: str) -> pd.DataFrame:
    with database.engine("owner").connect() as connection:
        frame = pd.read_sql(sa.text("SELECT * FROM tracking.activities WHERE account_id = 7"), connection)
    local = frame["called_at"].dt.tz_convert(zone)
    frame["day"], frame["hour"] = local.dt.date, local.dt.hour
    frame["redacted"] = frame["redacted_at"].notna()
    return frame.astype(object).where(frame.notna(), None)


def _count(pairs: list[tuple[Any, bool]]) -> dict[Any, tuple[int, int]]:
    found: dict[Any, tuple[int, int]] = {}
    for key, redacted in pairs:
        all_of, gone = found.get(key, (0, 0))
        found[key] = (all_of + 1, gone + int(redacted))
    return found


def _expected(frame: pd.DataFrame) -> dict[str, dict[Any, tuple[int, ...]]]:
    rows = [dict(zip(frame.columns, values, strict=True)) for values in frame.itertuples(index=False)]
    for row in rows:
        row["source_id"] = None if row["source_id"] is None else int(row["source_id"])

    def by(*names: str) -> dict[Any, tuple[int, ...]]:
        return dict(_count([((row["day"], *(row[name] for name in names)), row["redacted"]) for row in rows]))

    hops = [
        ((row["day"], *hop), row["redacted"])
        for row in rows
        for hop in {(step.get("route_name"), step.get("route_type")) for step in row["call_path"] or []}
    ]
    sessions: dict[Any, tuple[int, ...]] = {}
    contacts: dict[Any, tuple[int, ...]] = {}
    tags: dict[Any, tuple[int, ...]] = {}
    living = [row for row in rows if not row["redacted"]]
    first: dict[str, Any] = {}
    for row in living:
        if row["contact_key"]:
            first[row["contact_key"]] = min(first.get(row["contact_key"], row["day"]), row["day"])
    for day in {row["day"] for row in rows}:
        here = [row for row in living if row["day"] == day]
        missing = sum(row["redacted"] for row in rows if row["day"] == day)
        seen = {row["visitor"].get("visitor_sid") for row in here if row["visitor"]} - {None}
        visits = sum(row["visitor"] is not None for row in here)
        if visits or missing:
            sessions[day,] = (len(seen), visits, missing)
        keys = {row["contact_key"] for row in here} - {None}
        if keys or missing:
            new = sum(first[key] == day for key in keys)
            contacts[day,] = (len(keys), new, len(keys) - new, missing)
        untagged = sum(not row["tags"] for row in here)
        if untagged or missing:
            tags[day, None] = (untagged, missing)
        for name in {tag for row in here for tag in row["tags"] or []}:
            tags[day, name] = (sum(name in (row["tags"] or []) for row in here), 0)
    return {
        "activity_by_source": by("source_id", "source"),
        "activity_by_number": by("tracking_number", "tracking_label"),
        "activity_by_status": by("kind", "status"),
        "activity_by_hour": by("hour"),
        "call_flow": dict(_count(hops)),
        "sessions": sessions,
        "tags": tags,
        "contacts": contacts,
    }


_NUMBERS = {"sessions": 3, "contacts": 4}


def _actual(sql: Sql, report: str) -> dict[Any, tuple[int, ...]]:
    rows = [tuple(row.values())[1:] for row in sql(f"SELECT * FROM reporting.{report} WHERE account_id = 7")]
    cut = -_NUMBERS.get(report, 2)
    found = {row[:cut]: row[cut:] for row in rows}
    assert len(found) == len(rows), f"{report} has a group twice"
    return found


def _check(database: Database, sql: Sql, zone: str) -> None:
    expected = _expected(_rows(database, zone))
    for report in TABLES:
        assert _actual(sql, report) == expected[report], report


@pytest.mark.parametrize(
    ("zone", "start", "seed"),
    [
        ("America/New_York", datetime(2026, 2, 27, tzinfo=UTC), 1),
        ("Asia/Kathmandu", datetime(2026, 2, 27, tzinfo=UTC), 2),
        ("America/Sao_Paulo", datetime(2018, 10, 28, tzinfo=UTC), 3),
        ("America/Havana", datetime(2023, 10, 30, tzinfo=UTC), 4),
        ("Pacific/Apia", datetime(2011, 12, 24, tzinfo=UTC), 5),
    ],
)
def test_reports_equal_a_brute_force_count_before_and_after(
    database: Database,
    deployment: Deployment,
    account: int,
    insert: Insert,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    start: datetime,
    seed: int,
) -> None:
    # In every other zone another connection counts half of the days, and each contact is looked up.
    monkeypatch.setattr(reports, "_SHARED_FROM", seed % 2 * 1000)
    monkeypatch.setattr(select, "_LITTLE", seed % 2 * 5)
    _fill(insert, sql, zone, start, 12, 150, seed)
    assert rebuild_account(database, 7).days > 10
    _check(database, sql, zone)
    run = select_aged(deployment, 7, start + timedelta(days=6, hours=3), Request("test"))
    assert run.due_count > 30
    strip_run(deployment, run)
    rebuild_reports(database, run.id)
    _check(database, sql, zone)
    insert(1000, called_at=start + timedelta(days=1), contact_key="+12125550001")
    sql(
        "UPDATE tracking.activities SET called_at = called_at - interval '5 days'"
        " WHERE id = (SELECT max(id) FROM tracking.activities WHERE id < 1000 AND redacted_at IS NULL)"
    )
    late = select_aged(deployment, 7, start, Request("test"))
    rebuild_reports(database, late.id)
    assert sql("SELECT * FROM reporting.stale_days") == []
    for report in TABLES[:-1]:
        assert _actual(sql, report) == _expected(_rows(database, zone))[report], report


def test_only_touched_days_are_written(
    database: Database, deployment: Deployment, account: int, insert: Insert, sql: Sql
) -> None:
    for day in range(1, 6):
        insert(day, called_at=datetime(2026, 3, day, 15, tzinfo=UTC), contact_key=f"+1212555010{day}")
    rebuild_account(database, 7)
    versions = {report: sql(f"SELECT xmin::text AS v, * FROM reporting.{report}") for report in TABLES}
    run = select_aged(deployment, 7, datetime(2026, 3, 2, 5, tzinfo=UTC), Request("test"))
    strip_run(deployment, run)
    assert rebuild_reports(database, run.id).days == 1
    for report in TABLES:
        now = sql(f"SELECT xmin::text AS v, * FROM reporting.{report}")
        untouched = [row for row in versions[report] if row["day"].day > 1]
        assert untouched
        assert all(row in now for row in untouched), report
        assert all(row not in now for row in versions[report] if row["day"].day == 1), report


def test_a_run_right_after_a_load_says_that_what_was_before_it_is_not_known(
    database: Database, deployment: Deployment, account: int, insert: Insert, sql: Sql
) -> None:
    changes = "SELECT counted_before, counted_after, missing_before, missing_after FROM redaction.run_reports"
    of = f"{changes} WHERE run_id = :run_id AND report = 'sessions'"
    for number in range(3):
        insert(number, called_at=datetime(2026, 3, 1, 15, tzinfo=UTC))
    insert(9, called_at=datetime(2026, 3, 5, 15, tzinfo=UTC), contact_key="+12125550199")
    refresh_accounts(database)
    insert(4, called_at=datetime(2026, 3, 2, 15, tzinfo=UTC), contact_key="+12125550188")
    known = select_aged(deployment, 7, datetime(2026, 3, 2, 5, tzinfo=UTC), Request("test"))
    # Only days of the run itself are checked.
    complete_run(deployment, known.id)
    [said] = sql(of, run_id=known.id)
    assert (said["counted_before"], said["counted_after"]) == (1, 0)
    assert (said["missing_before"], said["missing_after"]) == (0, 3)
    insert(5, called_at=datetime(2026, 3, 2, 16, tzinfo=UTC))
    unknown = select_aged(deployment, 7, datetime(2026, 3, 3, 5, tzinfo=UTC), Request("test"))
    complete_run(deployment, unknown.id)
    [said] = sql(of, run_id=unknown.id)
    assert list(said.values()) == [None, 0, None, 2]
    # Once more: what is known by then is not what was before it.
    rebuild_reports(database, unknown.id)
    assert [list(row.values()) for row in sql(of, run_id=unknown.id)] == [[None, 0, None, 2]]
    _check(database, sql, "America/New_York")


def test_what_loads_have_changed_is_counted_anew_account_by_account(
    database: Database, deployment: Deployment, account: int, insert: Insert, sql: Sql
) -> None:
    assert refresh_accounts(database) == {}
    insert(1)
    insert(2)
    assert refresh_accounts(database, [8]) == {}
    assert refresh_accounts(database)[7].days == 1
    assert sql("SELECT sum(activities) AS n FROM reporting.activity_by_status") == [{"n": 2}]
    assert refresh_accounts(database) == {}


def test_an_account_that_cannot_be_counted_keeps_no_other_from_it(
    database: Database, account: int, insert: Insert, sql: Sql
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id) VALUES (8, 1)")
    for number in (7, 8):
        insert(number, account_id=number)
    sql(
        "CREATE FUNCTION choke() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF NEW.account_id = 7 THEN RAISE EXCEPTION 'no' USING ERRCODE = '55P03'; END IF; RETURN NEW; END $$"
    )
    sql("CREATE TRIGGER choke BEFORE INSERT ON reporting.tags FOR EACH ROW EXECUTE FUNCTION choke()")
    with pytest.raises(TryLater):
        refresh_accounts(database)
    assert sql("SELECT DISTINCT account_id FROM reporting.stale_days") == [{"account_id": 7}]
    said: list[str] = []
    refresh_after_load(database, said.append)
    assert len(said) == 1
    assert said[0].startswith("the reports were not counted again: ")


def test_an_open_query_never_sees_a_half(database: Database, account: int, insert: Insert, sql: Sql) -> None:
    insert(1)
    rebuild_account(database, 7)
    before = {report: sql(f"SELECT * FROM reporting.{report}") for report in TABLES}
    insert(2)
    with database.transaction("redaction_worker") as session:
        account_id = 7
        session.run("create_report_days")
        session.run("collect_all_days", account_id=account_id)
        session.run("create_report_rows", account_id=account_id, **session.one("find_span_of_days"))
        session.run("create_report_contacts")
        for report in TABLES:
            name = "contacts_of_few" if report == "contacts" else report
            session.run(f"rebuild_{name}", account_id=account_id)
            # An analyst sees no tags, and so not all of that report.
            with database.transaction("redaction_worker") as reader:
                for seen in TABLES:
                    rows = reader.connection.execute(sa.text(f"SELECT * FROM reporting.{seen}"))
                    assert [dict(row._mapping) for row in rows] == before[seen]
    assert any(sql(f"SELECT * FROM reporting.{report}") != before[report] for report in TABLES)


def test_a_day_that_a_loader_holds_stays_marked(database: Database, account: int, insert: Insert, sql: Sql) -> None:
    insert(1)
    with database.engine("owner").begin() as loader:
        loader.execute(
            sa.text(
                "INSERT INTO tracking.activities (id, account_id, kind, called_at)"
                " SELECT 2, 7, 'call', called_at FROM tracking.activities WHERE id = 1"
            )
        )
        rebuild_account(database, 7)
    assert len(sql("SELECT day FROM reporting.stale_days")) == 1
    rebuild_account(database, 7)
    assert sql("SELECT day FROM reporting.stale_days") == []
    assert sql("SELECT sum(activities)::int AS n FROM reporting.activity_by_source") == [{"n": 2}]


def test_two_rebuilds_of_an_account_take_turns(database: Database, account: int, insert: Insert, sql: Sql) -> None:
    for number in range(5):
        insert(number)
    waiting = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with ThreadPoolExecutor(1) as pool:
        with database.transaction("redaction_worker") as first:
            first.rows("lock_reports", account_id=7)
            first.run("create_report_days")
            first.run("collect_all_days", account_id=7)
            second = pool.submit(rebuild_account, database, 7)
            while not second.done() and not sql(waiting)[0]["n"]:
                pass
            assert not second.done()
            _rebuild(first, 7)
        assert second.result().rows > 0
    assert sql("SELECT sum(activities)::int AS n FROM reporting.activity_by_source") == [{"n": 5}]


@pytest.mark.parametrize("contacts", [30, 2100])
def test_a_contact_met_earlier_is_returning_on_his_next_day(
    database: Database, deployment: Deployment, account: int, sql: Sql, contacts: int
) -> None:
    def load(first_id: int, day: int) -> None:
        sql(
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key)"
            " SELECT :first_id + n, 7, 'call', :at, '+1212' || n FROM generate_series(1, :contacts) n",
            first_id=first_id,
            at=datetime(2026, 3, day, 15, tzinfo=UTC),
            contacts=contacts,
        )

    new = "SELECT sum(new_contacts)::int AS n FROM reporting.contacts WHERE day = '2026-03-04'"
    load(10_000, 4)
    load(20_000, 9)
    rebuild_account(database, 7)
    assert sql(new) == [{"n": contacts}]
    load(30_000, 1)
    run = select_aged(deployment, 7, datetime(2026, 2, 1, tzinfo=UTC), Request("test"))
    assert rebuild_reports(database, run.id).days == 1
    assert sql(new) == [{"n": 0}]
    _check(database, sql, "America/New_York")


@pytest.mark.parametrize("contacts", [30, 10_001])
def test_who_is_held_is_new_on_his_held_day_once_the_day_before_is_redacted(
    database: Database, deployment: Deployment, account: int, sql: Sql, contacts: int
) -> None:
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, contact_key)"
        " SELECT n, 7, 'call', timestamptz '2026-03-01 15:00Z', '+1212' || n FROM generate_series(10, 9 + :contacts) n"
        " UNION ALL SELECT n, 7, 'call', timestamptz '2026-03-03 15:00Z', '+1212' || n + 9"
        " FROM generate_series(1, 3) n",
        contacts=contacts,
    )
    rebuild_account(database, 7)
    place_hold(deployment, 7, "case 4", "eve", [1, 2, 3])
    new = "SELECT sum(new_contacts)::int AS n FROM reporting.contacts WHERE day = '2026-03-03'"
    assert sql(new) == [{"n": 0}]
    run = select_aged(deployment, 7, datetime(2026, 3, 5, tzinfo=UTC), Request("test"))
    assert run.due_count == contacts
    strip_run(deployment, run)
    rebuild_reports(database, run.id)
    assert sql(new) == [{"n": 3}]
    _check(database, sql, "America/New_York")
