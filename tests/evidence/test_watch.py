"""The watch: each thing that should be gone or decided by now is seen late, and no job's state hides it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pendulum
import pytest
from airflow.sdk._shared.observability.metrics import stats
from airflow.sdk.observability.metrics import stats_utils
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction

from redaction.airflow.dags import build_retention_watch
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import DatabaseBehind, PersonalDataRemains
from redaction.evidence.figures import Figure
from redaction.evidence.watch import list_late, watch
from redaction.gate.holds import place_hold
from redaction.pipeline.run import begin_run, run_account, run_step
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import ReadyMade
from tests.evidence.conftest import Restore

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
NOW = datetime.now(UTC)


def _late(deployment: Deployment, now: datetime = NOW) -> dict[str, Figure]:
    return {figure.what: figure for figure in list_late(watch(deployment, now))}


def _all(deployment: Deployment, what: str, now: datetime = NOW) -> list[Figure]:
    return [figure for figure in watch(deployment, now) if figure.what == what]


@pytest.fixture
def quiet(database: Database, deployment: Deployment, insert: Insert, ready_made: ReadyMade) -> Database:
    """An account with three redacted activities; nothing is late."""

    def build() -> None:
        for number in range(1, 4):
            insert(number)
        run_account(deployment, 7, NOW)

    ready_made("quiet", build)
    assert _late(deployment) == {}
    return database


def test_what_nobody_redacted_is_late_whatever_the_jobs_say(
    quiet: Database, settings: Settings, insert: Insert, sql: Sql
) -> None:
    assert [figure.count for figure in _all(deploy(quiet, settings), "overdue activities")] == [0]
    insert(9, called_at=NOW - timedelta(days=3))
    late = _late(deploy(quiet, settings))["overdue activities"]
    assert (late.account_id, late.count, 70 < late.age_hours < 74) == (7, 1, True)
    assert sql("SELECT DISTINCT state FROM redaction.runs") == [{"state": "succeeded"}]
    # Activities that arrived within the tolerance are not late yet.
    sql("DELETE FROM tracking.activities WHERE id = 9")
    insert(10, called_at=NOW - timedelta(hours=3))
    assert _late(deploy(quiet, settings)) == {}


def test_what_is_held_is_not_late(quiet: Database, settings: Settings, insert: Insert) -> None:
    insert(9, called_at=NOW - timedelta(days=3))
    hold = place_hold(deploy(quiet, settings), 7, "ticket 1", "eve", activity_ids=[9])
    assert _late(deploy(quiet, settings)) == {}
    [figure] = _all(deploy(quiet, settings), "holds")
    assert (figure.count, figure.late) == (1, False)
    later = NOW + timedelta(days=366)
    assert _all(deploy(quiet, settings), "holds", later)[0].late
    assert hold.id == 1


def test_an_account_without_automatic_redaction_is_not_watched(
    quiet: Database, settings: Settings, insert: Insert, sql: Sql
) -> None:
    insert(9, called_at=NOW - timedelta(days=3))
    sql("UPDATE tracking.accounts SET auto_redaction = NULL")
    assert _late(deploy(quiet, settings)) == {}


@pytest.mark.parametrize(
    ("outcome", "what", "hours"), [("remains", "objects", 25), ("elsewhere", "objects elsewhere", 721)]
)
def test_an_object_that_stays_is_late(
    quiet: Database, settings: Settings, sql: Sql, outcome: str, what: str, hours: int
) -> None:
    sql(
        "INSERT INTO tracking.objects (account_id, activity_id, address, due_since, outcome)"
        " VALUES (7, 1, 'file:///nowhere', :at, :outcome)",
        at=NOW,
        outcome=outcome,
    )
    assert _late(deploy(quiet, settings)) == {}
    assert _late(deploy(quiet, settings), NOW + timedelta(hours=hours)).keys() >= {what}


def test_a_run_that_never_ended_is_late(quiet: Database, settings: Settings, insert: Insert) -> None:
    insert(9, called_at=NOW - timedelta(days=1))
    run = begin_run(deploy(quiet, settings), 7, None, "cli")
    run_step(deploy(quiet, settings), run.id, "strip")
    assert _late(deploy(quiet, settings)) == {}
    assert "unfinished runs" in _late(deploy(quiet, settings), NOW + timedelta(hours=25))


def test_a_run_that_has_redacted_all_and_is_not_clean_is_late(
    quiet: Database, settings: Settings, insert: Insert, sql: Sql
) -> None:
    insert(9, called_at=NOW - timedelta(days=1))
    deployment = deploy(quiet, settings)
    run = begin_run(deployment, 7, None, "cli")
    run_step(deployment, run.id, "strip")
    sql("INSERT INTO redaction.run_findings (run_id, activity_id) VALUES (:run, 9)", run=run.id)
    run_step(deployment, run.id, "objects")
    with pytest.raises(PersonalDataRemains):
        run_step(deployment, run.id, "validate")
    assert [figure.count for figure in _all(deployment, "unfinished runs")] == [1]
    assert "unfinished runs" in _late(deployment, NOW + timedelta(hours=25))


def test_a_run_that_waits_for_a_person_is_late(quiet: Database, settings: Settings, insert: Insert) -> None:
    insert(9, called_at=NOW - timedelta(hours=25))
    insert(10, called_at=NOW - timedelta(hours=25))
    narrow = settings.model_copy(update={"guard_least": 1, "guard_factor": 0.1})
    begin_run(deploy(quiet, narrow), 7, None, "cli")
    assert [figure.count for figure in _all(deploy(quiet, settings), "runs that wait for a person")] == [1]
    late = _late(deploy(quiet, settings), NOW + timedelta(hours=25))
    assert "runs that wait for a person" in late
    assert "unfinished runs" not in late


def test_what_others_still_have_is_late(deployment: Deployment, account: int, insert: Insert, sql: Sql) -> None:
    sql("INSERT INTO tracking.integrations (account_id, name, fields) VALUES (7, 'HubSpot', '{caller name}')")
    insert(1)
    run_account(deployment, 7, NOW)
    assert [figure.count for figure in _all(deployment, "records elsewhere")] == [1]
    assert "records elsewhere" in _late(deployment, NOW + timedelta(days=31))


def test_residue_is_late(quiet: Database, settings: Settings, sql: Sql) -> None:
    assert [figure.count for figure in _all(deploy(quiet, settings), "copies on disk")] == [1]
    sql("UPDATE redaction.residue SET since = since - interval '25 hours'")
    assert "copies on disk" in _late(deploy(quiet, settings))


@pytest.mark.parametrize("how", ["altered", "gone outside", "unreachable"])
def test_a_ledger_that_is_broken_or_out_of_reach_is_late(
    quiet: Database, settings: Settings, sql: Sql, how: str
) -> None:
    [path] = (settings.home / "ledger").rglob("entries/*/*.json")
    if how == "altered":
        sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
        sql("UPDATE redaction.ledger SET actor = 'mallory'")
    elif how == "gone outside":
        path.write_text("{}")
    else:
        (settings.home / "ledger").rename(settings.home / "aside")
        (settings.home / "ledger").write_text("no folder")
    assert "breaks of the ledger" in _late(deploy(quiet, settings))


def test_the_command_says_it_by_its_exit_code(cli: Cli, quiet: Database, insert: Insert) -> None:
    code, said, _ = cli("status", "--json")
    assert (code, json.loads(said)["late"]) == (0, False)
    assert "nothing is late" in cli("status")[1]
    insert(9, called_at=NOW - timedelta(days=3))
    code, said, _ = cli("status", "--json")
    told = json.loads(said)
    assert (code, told["late"]) == (1, True)
    assert [figure["what"] for figure in told["figures"] if figure["late"]] == ["overdue activities"]
    assert cli("status")[0] == 1


def test_the_watch_begins_with_its_next_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the scheduler: a deployment of two minutes has had no time to redact anything."""
    data = DagSerialization.to_dict(build_retention_watch())
    timetable = DagSerialization.from_dict(data).timetable
    monkeypatch.setattr("airflow.timetables.trigger.utcnow", lambda: pendulum.datetime(2026, 11, 25, 23, 17))
    info = timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(None, None, catchup=False)
    )
    assert info is not None
    assert info.run_after == pendulum.datetime(2026, 11, 26, 0, 15)


@pytest.mark.parametrize("late", [False, True])
def test_the_dag_fails_when_something_is_late(
    quiet: Database,
    insert: Insert,
    sql: Sql,
    deployed: None,
    airflow_database: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    late: bool,
) -> None:
    sent: dict[str, float] = {}
    monkeypatch.setattr(
        "airflow.sdk.observability.stats.gauge", lambda name, value, tags=None: sent.__setitem__(name, value)
    )
    if late:
        insert(9, called_at=NOW - timedelta(days=3))
    sql(
        "INSERT INTO redaction.view_log (account_id, viewed_by, page, activities, viewed_at)"
        " VALUES (7, 'ada', 'calls', 1, now() - interval '366 days'), (7, 'bob', 'calls', 1, now())"
    )
    run = build_retention_watch().test()
    assert run.state == ("failed" if late else "success")
    assert sent["redaction.late"] == int(late)
    assert sent["redaction.overdue_activities"] == int(late)
    assert sent["redaction.breaks_of_the_ledger"] == 0
    # It records the day's state, whether or not it fails, and drops what is old.
    assert [(row["late_accounts"], row["overdue"]) for row in sql("SELECT * FROM redaction.daily_state")] == [
        (int(late), int(late))
    ]
    assert [row["viewed_by"] for row in sql("SELECT viewed_by FROM redaction.view_log")] == ["bob"]


# Airflow leaves the socket of a replaced client to be closed with its object.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_the_figures_arrive_at_a_statsd_receiver(
    quiet: Database, insert: Insert, deployed: None, airflow_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a task starts: Airflow creates its client of StatsD by its own settings."""
    insert(9, called_at=NOW - timedelta(days=3))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        for name, value in (("ON", "True"), ("HOST", "127.0.0.1"), ("PORT", str(receiver.getsockname()[1]))):
            monkeypatch.setenv(f"AIRFLOW__METRICS__STATSD_{name}", value)
        stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
        try:
            build_retention_watch().test()
        finally:
            monkeypatch.undo()
            stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
        told = b""
        while b"redaction.late:1|g" not in told:
            told += receiver.recv(65536) + b"\n"
    assert b"airflow.redaction.overdue_activities:1|g" in told
    assert b"airflow.redaction.overdue_activities.age_hours:" in told


def test_a_restored_database_is_late(quiet: Database, settings: Settings, dump: Callable[[], Restore]) -> None:
    restore = dump()
    place_hold(deploy(quiet, settings), 7, "ticket 1", "eve")
    restore()
    with pytest.raises(DatabaseBehind):
        begin_run(deploy(quiet, settings), 7, None, "cli")
    assert "breaks of the ledger" in _late(deploy(quiet, settings))


def test_a_raw_file_that_stays_in_the_inbox_is_late(quiet: Database, settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "Zoe.jsonl").write_text("{}")
    changed = settings.at("default", inbox_url=str(inbox))
    now = datetime.now(UTC)

    def look(at: datetime, where: Settings = changed) -> list[Figure]:
        return [figure for figure in watch(deploy(quiet, where), at) if figure.what == "raw files"]

    [young], [old] = look(now + timedelta(hours=23)), look(now + timedelta(hours=25))
    assert ((young.count, young.late), (old.count, old.late)) == ((1, False), (1, True))
    assert "Zoe" not in repr(old)
    assert look(now, settings) == []
    assert look(now, settings.at("west", inbox_url=str(inbox))) == [], "it is reported once"
    [gone] = look(now, settings.at("default", inbox_url=str(tmp_path / "none")))
    assert (gone.late, gone.hint) == (
        True,
        "REDACTION_INBOX_URL names no folder: make it, or mount it; nothing was loaded",
    )
