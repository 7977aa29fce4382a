"""A run with nothing due ends with its selection: one line, no row of the ledger, no second run for the same cutoff."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from redaction.airflow.dags.note import compose_note
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, DatabaseBusy, NotAllowed
from redaction.evidence.certificate import certify_run
from redaction.evidence.watch import watch
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause
from redaction.ledger.entries import read_entries
from redaction.ledger.verify import verify_ledger
from redaction.objects.registry import check_promises
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import begin_run, complete_run, describe_run, run_account, run_step
from redaction.pipeline.runs import RunRef, get_run
from redaction.placements.resolve import deploy
from redaction.policy import day_start
from tests.objects_of import World
from tests.servers import as_owner

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
AT = datetime(2026, 3, 2, 15, tzinfo=UTC)


def _end_of(day: int) -> datetime:
    return day_start(date(2026, 3, 3) + timedelta(days=day), ZoneInfo("America/New_York"))


def _begin(deployment: Deployment, key: str | None = None, day: int = 0) -> RunRef:
    return begin_run(deployment, 7, _end_of(day), "scheduled" if key else "cli", key)


def _runs(sql: Sql) -> list[tuple[str, int]]:
    rows = sql("SELECT state, stripped_count FROM redaction.runs WHERE account_id = 7 ORDER BY id")
    return [(row["state"], row["stripped_count"]) for row in rows]


def _positions(deployment: Deployment) -> int:
    return len(list(read_entries(deployment.database)))


def test_it_is_one_line_that_has_ended(deployment: Deployment, account: int, sql: Sql) -> None:
    before = _positions(deployment)
    run = _begin(deployment, "redact_account_7/one")
    assert (run.state, run.due_count) == ("nothing_due", 0)
    record = describe_run(deployment.database, run.id)
    assert record["finished_at"] is not None
    assert set(record["seconds"]) == {"select"}
    assert (record["erasure_level"], record["failure"], record["held_count"]) == ("none", None, 0)
    assert "hold" not in compose_note(record)
    assert _positions(deployment) == before
    assert verify_ledger(deployment).is_whole
    with pytest.raises(NotAllowed, match="nothing was due"):
        run_step(deployment, run.id, "strip")
    with pytest.raises(BadInput, match="already"):
        abandon_run(deployment, run.id, "ticket 1", "eve")
    with pytest.raises(NotAllowed, match="only a run that succeeded"):
        certify_run(deployment, run.id)
    assert _runs(sql) == [("nothing_due", 0)]
    assert not [figure for figure in watch(deployment) if figure.late]


def test_whoever_asks_again_for_the_same_cutoff_is_told_of_it(deployment: Deployment, account: int, sql: Sql) -> None:
    first = _begin(deployment, "redact_account_7/one")
    assert _begin(deployment, "redact_account_7/one") == first
    assert _begin(deployment, "redact_account_7/two") == first
    assert _begin(deployment) == first
    assert _begin(deployment, day=1).id != first.id
    assert _runs(sql) == [("nothing_due", 0)] * 2


def test_late_rows_go_with_a_second_run_of_the_same_cutoff(
    deployment: Deployment, account: int, sql: Sql, insert: Insert
) -> None:
    _begin(deployment, "redact_account_7/one")
    insert(1, called_at=AT)
    second = _begin(deployment, "redact_account_7/two")
    assert second.state == "selected"
    assert complete_run(deployment, second.id)["stripped_count"] == 1
    assert _begin(deployment, "redact_account_7/two").id == second.id
    assert _begin(deployment).state == "nothing_due"
    assert _runs(sql) == [("nothing_due", 0), ("succeeded", 1)]


def test_late_rows_go_with_the_next_run(deployment: Deployment, account: int, sql: Sql, insert: Insert) -> None:
    _begin(deployment)
    insert(1, called_at=AT)
    assert complete_run(deployment, _begin(deployment, day=1).id)["stripped_count"] == 1
    assert verify_ledger(deployment).is_whole


def test_a_selection_that_is_killed_leaves_no_line(deployment: Deployment, account: int, sql: Sql) -> None:
    held, free = threading.Event(), threading.Event()
    engine = sa.create_engine(as_owner(deployment.database))

    def hold() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("LOCK TABLE redaction.runs IN SHARE MODE")
            held.set()
            free.wait(30)

    def kill() -> None:
        victim = (
            "SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'redaction_worker' AND wait_event_type = 'Lock'"
        )
        while not sql(victim)[0]["ended"]:
            pass

    other, killer = threading.Thread(target=hold), threading.Thread(target=kill)
    other.start()
    assert held.wait(30)
    killer.start()
    with pytest.raises(DatabaseBusy):
        _begin(deployment, "redact_account_7/one")
    free.set()
    for thread in (other, killer):
        thread.join()
    engine.dispose()
    assert _runs(sql) == []
    assert _begin(deployment, "redact_account_7/one").state == "nothing_due"
    assert _runs(sql) == [("nothing_due", 0)]


def test_two_that_find_nothing_at_the_same_time_leave_one_line(deployment: Deployment, account: int, sql: Sql) -> None:
    with pytest.raises(DBAPIError, match="runs_nothing_due_once"):
        sql(
            "INSERT INTO redaction.runs (account_id, cutoff, state, finished_at)"
            " SELECT 7, '2026-03-03', 'nothing_due', now() FROM generate_series(1, 2)"
        )


def test_what_has_ended_with_nothing_does_not_begin(deployment: Deployment, account: int, sql: Sql) -> None:
    run = _begin(deployment)
    with pytest.raises(DBAPIError, match="the run has ended"):
        sql("UPDATE redaction.runs SET state = 'selected', finished_at = NULL WHERE id = :id", id=run.id)
    with pytest.raises(DBAPIError, match="runs_nothing_due_is_empty"):
        sql("UPDATE redaction.runs SET due_count = 1 WHERE id = :id", id=run.id)


def test_what_a_hold_keeps_is_not_due_and_is_due_when_it_is_released(
    deployment: Deployment, account: int, sql: Sql, insert: Insert
) -> None:
    insert(1, called_at=AT)
    insert(2, called_at=AT)
    holds = [
        place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[1, 2]),
        place_hold(deployment, 7, "ticket 2", "eve"),
    ]
    run = _begin(deployment)
    assert run.state == "nothing_due"
    # The ledger has no row of it, so its record says what the hold has kept.
    record = describe_run(deployment.database, run.id)
    assert record["held_count"] == 2
    assert compose_note(record).endswith("2 activities kept by a legal hold.")
    for hold in holds:
        release_hold(deployment, hold.id, "eve")
    assert complete_run(deployment, _begin(deployment).id)["stripped_count"] == 2


def test_a_pause_changes_nothing(deployment: Deployment, account: int, insert: Insert) -> None:
    pause(deployment, 7, "ticket 1", "eve")
    assert _begin(deployment).state == "nothing_due"
    insert(1, called_at=AT)
    assert _begin(deployment).state == "selected"


def test_the_guard_learns_from_it_as_from_a_run_that_redacted_nothing(
    deployment: Deployment, account: int, insert: Insert
) -> None:
    narrow = deploy(
        deployment.database,
        deployment.settings.model_copy(update={"guard_first": 100, "guard_least": 1, "guard_factor": 2}),
    )
    _begin(narrow)
    for number in (1, 2):
        insert(number, called_at=AT + timedelta(days=1))
    run = _begin(narrow, day=1)
    with pytest.raises(ApprovalNeeded, match=r"before \d{4}-\d\d-\d\d \d\d:\d\d UTC; .* explain 1"):
        complete_run(narrow, run.id)


def test_days_that_a_dead_run_has_left_are_something(
    deployment: Deployment, account: int, sql: Sql, insert: Insert
) -> None:
    insert(1, called_at=AT)
    dead = _begin(deployment)
    run_step(deployment, dead.id, "strip")
    run = _begin(deployment, day=1)
    assert run.state == "selected"
    complete_run(deployment, run.id)
    assert sql("SELECT redacted FROM reporting.activity_by_source") == [{"redacted": 1}]


def test_a_run_that_waits_for_a_person_is_something(deployment: Deployment, account: int, insert: Insert) -> None:
    narrow = deploy(deployment.database, deployment.settings.model_copy(update={"guard_first": 0}))
    insert(1, called_at=AT)
    waiting = _begin(narrow)
    place_hold(narrow, 7, "ticket 1", "eve")
    run = _begin(narrow, day=1)
    assert run.state == "selected"
    assert get_run(narrow.database, waiting.id).state == "abandoned"


def test_residue_is_of_the_erasure_and_no_reason_for_a_run(
    deployment: Deployment, account: int, sql: Sql, insert: Insert
) -> None:
    insert(1, called_at=AT)
    complete_run(deployment, _begin(deployment).id)
    residue = sql("SELECT partition_name FROM redaction.residue")
    assert residue
    assert _begin(deployment, day=1).state == "nothing_due"
    assert sql("SELECT partition_name FROM redaction.residue") == residue


@pytest.fixture
def one(world: World) -> World:
    """Account 7 with a recording in a store, its activity redacted and the recording still there."""
    world.account(7)
    wanted = world.file("one/1.wav")
    world.load({"account_id": 7, "id": 1, "unix_time": int(AT.timestamp()), "audio": [wanted.as_uri()]})
    return world


def test_an_object_that_remains_is_something(one: World) -> None:
    store = one.store(one.root / "one")
    check_promises(one.deployment, store.name)
    run = _begin(one.deployment)
    for step in ("strip", "objects"):
        run_step(one.deployment, run.id, step)  # type: ignore[arg-type]
    one.sql("UPDATE tracking.objects SET outcome = NULL")
    assert (_begin(one.deployment, day=1)).state == "selected"


def test_an_object_outside_every_store_is_something_once_the_stores_have_changed(one: World) -> None:
    complete_run(one.deployment, _begin(one.deployment).id)
    assert one.sql("SELECT outcome FROM tracking.objects") == [{"outcome": "elsewhere"}]
    assert _begin(one.deployment, day=1).state == "nothing_due"
    one.store(one.root / "one")
    assert _begin(one.deployment, day=2).state == "selected"


def test_a_recording_that_its_own_clock_takes_is_something(one: World) -> None:
    one.sql(
        "UPDATE tracking.accounts SET auto_redaction = '90', recordings_period = '30',"
        " auto_redaction_since = '2026-02-01'"
    )
    end = day_start(date(2026, 3, 3), ZoneInfo("America/New_York"))
    run = begin_run(one.deployment, 7, end, "cli")
    assert (run.state, run.due_count) == ("selected", 0)
    assert describe_run(one.database, run.id)["recordings_due"] == 1
    complete_run(one.deployment, run.id)
    one.sql("DELETE FROM tracking.objects")
    again = begin_run(one.deployment, 7, day_start(date(2026, 4, 2), ZoneInfo("America/New_York")), "cli")
    assert again.state == "nothing_due"
    assert describe_run(one.database, again.id)["recordings_cutoff"] is not None


def test_the_command_says_so(cli: Cli, deployment: Deployment, account: int, sql: Sql) -> None:
    code, said, _ = cli("run", "7", "--as-of", "2026-03-03T12:00:00Z")
    assert (code, "nothing is due" in said) == (0, True)
    assert "Nothing due" in cli("runs", "--account", "7")[1]
    record = run_account(deployment, 7, datetime(2026, 3, 3, 12, tzinfo=UTC))
    assert record["state"] == "nothing_due"
    assert _runs(sql) == [("nothing_due", 0)]


def test_nothing_of_great_expectations_is_imported_for_it(deployment: Deployment, account: int) -> None:
    code = (
        "import sys\n"
        "from datetime import datetime\n"
        "from redaction.placements.resolve import Placements\n"
        "from redaction.settings import load_settings\n"
        "from redaction.pipeline.run import begin_run\n"
        "with Placements(load_settings()) as placements:\n"
        f"    run = begin_run(placements.at('default'), 7, datetime.fromisoformat({_end_of(0).isoformat()!r}), 'cli')\n"
        "assert run.state == 'nothing_due', run\n"
        "print([name for name in ('great_expectations', 'pandas', 'alembic') if name in sys.modules])\n"
    )
    settings = deployment.settings
    environment = {
        "REDACTION_DATABASE_URL": deployment.database.url.render_as_string(hide_password=False),
        "REDACTION_HOME": str(settings.home),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
