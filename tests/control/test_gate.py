"""The gate of every strip: holds and the pause, however a row is stripped, and whatever happens at the same time."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.db.statements import SQL_ROOT, load_statements, read_code
from redaction.deployment import Deployment
from redaction.erasure.rewrite import rewrite_partition
from redaction.errors import DatabaseBusy, Paused
from redaction.pipeline.preview import preview_due
from redaction.pipeline.run import complete_run, describe_run, run_account
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged, select_listed
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
OLD = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PART = "activities_20260302"
MANUAL = Request("cli", kind="manual", requested_by="ada", reason="ticket 12")
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def six(account: int, insert: Callable[..., None]) -> list[int]:
    """Six aged activities of as many contacts. Returns their ids."""
    for number in range(1, 7):
        insert(
            number,
            called_at=OLD + timedelta(hours=number),
            contact_key=f"+1212555010{number}",
            contact_keys=[f"+1212555010{number}", f"caller{number}@example.com"],
            emails=[f"Caller{number}@example.com"],
        )
    return list(range(1, 7))


@pytest.fixture(params=["update", "rewrite"])
def way(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings by which every partition is stripped in place, or rewritten."""
    rewritten = {"rewrite_min_rows": 1, "rewrite_share": 0.01}
    return settings.model_copy(update=rewritten if request.param == "rewrite" else {"rewrite_min_rows": 10**9})


def hold(sql: Sql, scope: str, *held: Any) -> int:
    """Put a hold into force; returns its id."""
    [row] = sql(
        "INSERT INTO redaction.holds (account_id, scope, reason, placed_by)"
        " VALUES (7, :scope, 'r', 'ada') RETURNING id",
        scope=scope,
    )
    table, column = {
        "activity": ("redaction.held_activities", "activity_id"),
        "contact": ("tracking.held_contacts", "contact_key"),
    }.get(scope, ("", ""))
    for value in held:
        sql(f"INSERT INTO {table} (account_id, {column}, hold_id) VALUES (7, :value, :id)", value=value, id=row["id"])
    return int(row["id"])


def left(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities WHERE redacted_at IS NULL ORDER BY id")]


HOLDS: list[tuple[str, tuple[Any, ...], list[int]]] = [
    ("activity", (2, 5), [2, 5]),
    ("contact", ("+12125550103",), [3]),
    ("contact", ("caller4@example.com",), [4]),
    ("contact", ("Caller6@example.com",), [6]),
    ("account", (), [1, 2, 3, 4, 5, 6]),
]


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize(("scope", "held", "kept"), HOLDS)
def test_what_is_held_is_in_no_set_and_stays(
    database: Database,
    way: Settings,
    six: list[int],
    sql: Sql,
    scope: str,
    held: tuple[Any, ...],
    kept: list[int],
    listed: bool,
) -> None:
    hold(sql, scope, *held)
    assert preview_due(deploy(database, way), 7, CUTOFF + timedelta(days=1)).activities == 6 - len(kept)
    selections = (
        lambda: select_aged(deploy(database, way), 7, CUTOFF, Request("test")),
        lambda: select_listed(deploy(database, way), 7, lambda session: six, MANUAL),
    )
    for select, due in zip(selections if listed else reversed(selections), (6 - len(kept), 0), strict=True):
        run = select()
        assert run.due_count == due
        strip_run(deploy(database, way), run)
        assert left(sql) == kept


@pytest.mark.parametrize(("scope", "held", "kept"), HOLDS)
def test_a_hold_after_the_selection_still_holds(
    database: Database, way: Settings, six: list[int], sql: Sql, scope: str, held: tuple[Any, ...], kept: list[int]
) -> None:
    run = select_aged(deploy(database, way), 7, CUTOFF, Request("test"))
    assert run.due_count == 6
    hold(sql, scope, *held)
    # The whole job passes, and its validation says nothing about what stays.
    assert complete_run(deploy(database, way), run.id)["stripped_count"] == 6 - len(kept)
    assert left(sql) == kept


def test_a_released_hold_makes_due_again(database: Database, way: Settings, six: list[int], sql: Sql) -> None:
    held = hold(sql, "activity", 2)
    record = run_account(deploy(database, way), 7, CUTOFF + timedelta(days=1))
    assert record["stripped_count"] == 5
    assert left(sql) == [2]
    sql("DELETE FROM redaction.held_activities")
    sql("UPDATE redaction.holds SET released_by = 'ada', released_at = now() WHERE id = :id", id=held)
    assert run_account(deploy(database, way), 7, CUTOFF + timedelta(days=1))["stripped_count"] == 1
    assert left(sql) == []


@contextmanager
def at_the_gate(database: Database, statement: str) -> Iterator[Callable[[], None]]:
    """Set a hold or pause in a transaction after `stop_strips`; the returned function commits it."""
    with database.engine("owner").connect() as connection:
        connection.exec_driver_sql("SELECT redaction.stop_strips(7)")
        connection.execute(sa.text(statement))
        yield connection.commit


HOLD_ALL = "INSERT INTO redaction.holds (account_id, scope, reason, placed_by) VALUES (7, 'account', 'r', 'ada')"


def test_a_strip_waits_for_a_hold_that_is_being_placed(
    database: Database, way: Settings, six: list[int], sql: Sql
) -> None:
    patient = Database(
        database.url.render_as_string(hide_password=False), way.model_copy(update={"lock_timeout_ms": 9})
    )
    impatient = way.model_copy(update={"busy_retries": 0, "rewrite_patience_s": 1, "rewrite_lock_ms": 9})
    run = select_aged(deploy(database, way), 7, CUTOFF, Request("test"))
    with at_the_gate(database, HOLD_ALL) as commit:
        with pytest.raises(DatabaseBusy):
            strip_run(deploy(patient, impatient), run)
        assert left(sql) == six
        commit()
    assert strip_run(deploy(database, way), run) == 0
    assert left(sql) == six
    patient.close()


def test_a_hold_waits_for_the_strip_that_is_about_to_commit(database: Database, six: list[int]) -> None:
    with database.transaction("redaction_worker") as session:
        session.rows("enter_strip", account_id=7, run_id=0)
        with database.engine("owner").connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = 50")
            with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
                connection.exec_driver_sql("SELECT redaction.stop_strips(7)")


def test_a_hold_placed_during_a_copy_gives_the_rewrite_up(
    deployment: Deployment, six: list[int], sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    copied = threading.Event()

    def hold_then(*_: Any) -> None:
        hold(sql, "activity", 3)
        copied.set()

    monkeypatch.setattr("redaction.erasure.rewrite._wait_for_snapshots", hold_then)
    with pytest.raises(DatabaseBusy):
        rewrite_partition(deployment, PART, run.id)
    assert copied.is_set()
    assert left(sql) == six
    assert strip_run(deployment, run) == 5
    assert left(sql) == [3]


@pytest.mark.parametrize("account_id", ["7", "NULL"])
def test_a_pause_stops_every_way_between_two_batches(
    database: Database, way: Settings, six: list[int], sql: Sql, account_id: str
) -> None:
    small = way.model_copy(update={"batch_size": 2})
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))

    def pause(rows: int) -> None:
        sql(f"INSERT INTO redaction.pauses (account_id, reason, paused_by) VALUES ({account_id}, 'r', 'ada')")

    if way.rewrite_min_rows == 1:
        pause(0)
    with pytest.raises(Paused):
        strip_run(deploy(database, small), run, pause)
    stripped = 6 - len(left(sql))
    assert stripped == (0 if way.rewrite_min_rows == 1 else 2)
    sql("DELETE FROM redaction.pauses")
    assert strip_run(deploy(database, small), run) == 6


def test_every_statement_that_marks_rows_redacted_asks_the_one_predicate() -> None:
    """A new method to strip fails here until its statement has the predicate and enters the gate."""
    marks = re.compile(r"redacted_at = now\(\)|retained \+ state|ELSE a\.redacted_at END")
    found = {}
    for path in [*SQL_ROOT.glob("*/*.sql"), *SQL_ROOT.glob("schema/code/*.sql")]:
        text = path.read_text(encoding="utf-8")
        if marks.search(text):
            asked = re.findall(r"\{%( with [^%]*)?[ %}{]*include \"select/_aged.sql\"", text)
            found[path.stem] = any("holds" not in words for words in asked)
    # A copy has no held rows in its own snapshot, before it asks for the rest. An activity that arrives redacted has no
    # value that a hold could keep.
    assert found == {"strip": True, "rewrite_copy": False, "rewrite_swap": True, "redacted_at_source": False}
    code = SQL_ROOT / "schema" / "code"
    rewriting = "".join((code / f"rewrite_{part}.sql").read_text(encoding="utf-8") for part in ("copy", "swap"))
    functions = {part.partition("(")[0]: part for part in rewriting.split("FUNCTION redaction.") if "$body$" in part}
    assert "due_ids := redaction.list_due_of_copy(" in functions["copy_partition"]
    assert "redaction.find_held(" in functions["list_due_of_copy"]
    assert "redaction.enter_strip(" in rewriting
    assert "redaction.enter_strip(" in read_code("strip")
    assert "redaction.held_activities" in read_code("strip")
    asking = {name for name, statement in load_statements().items() if "redaction.held_activities" in statement.sql}
    assert {"select_listed", "count_survivors", "select_survivors", "count_due", "plan_due"} <= asking


def test_categories_are_counted_alike_in_both_ways(
    database: Database, way: Settings, account: int, insert: Callable[..., None]
) -> None:
    for number in range(1, 5):
        insert(number, called_at=OLD + timedelta(hours=number), notes="n" if number % 2 else None, tags=None, form=None)
    insert(9, called_at=CUTOFF)
    run = select_aged(deploy(database, way), 7, CUTOFF, Request("test"))
    strip_run(deploy(database, way), run)
    counts = describe_run(database, run.id)["by_category"]
    assert counts["notes"] == 2
    assert counts["caller number"] == counts["email"] == 4
    assert "tags" not in counts
    assert "form data" not in counts


def test_a_listed_set_has_what_is_there_once(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    six: list[int],
    sql: Sql,
    insert: Callable[..., None],
) -> None:
    insert(9, called_at=datetime.now(UTC) + timedelta(days=30))
    run = select_listed(
        deploy(database, settings.model_copy(update={"batch_size": 2})), 7, lambda _: [3, 3, 1, 9, 77], MANUAL
    )
    assert run.due_count == 3
    assert strip_run(deployment, run) == 3
    assert left(sql) == [2, 4, 5, 6]
    record = describe_run(database, run.id)
    assert (record["kind"], record["requested_by"], record["reason"]) == ("manual", "ada", "ticket 12")
