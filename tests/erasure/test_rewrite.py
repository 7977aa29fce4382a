"""Rewriting: the same as an update for a query, not for the files; nothing that is written meanwhile is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.db.session import Transaction
from redaction.deployment import Deployment
from redaction.erasure.plan import choose_mode, plan_due, plan_run
from redaction.erasure.residue import erase_residue, list_residue
from redaction.erasure.rewrite import rewrite_partition
from redaction.errors import DatabaseBusy, NotAllowed
from redaction.pipeline.run import begin_run, complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import EMPTY, PERSONAL_VALUES, as_owner
from tests.objects_of import World

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
PART = "activities_20260302"
ALWAYS = {"rewrite_share": 0.01, "rewrite_min_rows": 1, "rewrite_patience_s": 2}
NEVER = {"rewrite_min_rows": 1_000_000}


def _everything(sql: Sql) -> list[dict[str, Any]]:
    columns = ", ".join(name for name in load_catalog().columns if name != "redaction_run_id")
    rows = sql(f"SELECT {columns}, tableoid::regclass::text AS part FROM tracking.activities ORDER BY account_id, id")
    return [{**row, "redacted_at": row["redacted_at"] is not None} for row in rows]


@pytest.fixture
def other(sql: Sql, account: int) -> int:
    """A second account, whose rows share the partitions."""
    sql("INSERT INTO tracking.accounts (id, agency_id, name, timezone) VALUES (8, 1, 'Law', 'UTC')")
    return 8


rows = st.lists(
    st.tuples(
        st.sampled_from([7, 8]),
        st.integers(-10, 50),
        st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=3_000),
        st.sampled_from(["Zoë Canary", " zoË canary ", "Al Bo", "ΣΑΣ ΒΑΣ", "İz Öz", "Line One", "", "One"]),
        st.sampled_from(
            ["Line One", "To ZOË CANARY, home", "al bo", "σας βας", "i̇z öz", "(212) 555-0143", "x@y.z", ""]
        ),
    ),
    max_size=12,
)


# An empty name is none: the next one is used, with both methods.
@example([(7, 0, None, "Zoë Canary", "Line One"), (7, 0, None, "", "To ZOË CANARY, home")])
@given(rows)
@examples(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_give_the_same(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    sql: Sql,
    insert: Insert,
    other: int,
    drawn: list[Any],
) -> None:
    def strip(changes: dict[str, Any]) -> tuple[list[dict[str, Any]], Any]:
        sql(EMPTY)
        for number, (account_id, days, notes, name, label) in enumerate(drawn):
            at = MONDAY + timedelta(days=days)
            insert(number, account_id, at, notes=notes, caller_name=name, tracking_label=label)
        # Repeated texts are not compared row by row.
        columns = ", ".join(name for name in load_catalog().columns if name != "id")
        sql(
            f"INSERT INTO tracking.activities (id, {columns})"
            f" SELECT id + 100 * n, {columns} FROM tracking.activities CROSS JOIN generate_series(1, 3) n"
        )
        run = begin_run(deployment, 7, CUTOFF, "cli")
        strip_run(deploy(database, settings.model_copy(update=changes)), run)
        record = [
            sql("SELECT due_count, stripped_count, stripped_digest FROM redaction.runs WHERE id = :id", id=run.id),
            sql("SELECT activity_id FROM redaction.run_findings WHERE run_id = :id ORDER BY 1", id=run.id),
        ]
        return _everything(sql), record

    assert strip(ALWAYS) == strip(NEVER)


def test_the_plan_follows_the_share_of_what_is_due(
    database: Database, settings: Settings, deployment: Deployment, insert: Insert, other: int
) -> None:
    for number in range(10):
        insert(number, 7 if number < 6 else 8, MONDAY + timedelta(hours=number))
        insert(100 + number, 7 if number == 0 else 8, MONDAY + timedelta(days=7, hours=number))
    some = settings.model_copy(update={"rewrite_share": 0.5, "rewrite_min_rows": 2})
    plan = plan_due(deploy(database, some), 7, CUTOFF)
    assert [(part.partition_name, part.due, part.mode) for part in plan] == [
        (PART, 6, "rewrite"),
        ("activities_20260309", 1, "update"),
    ]
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    assert [part.mode for part in plan_run(deploy(database, some), run.id)] == ["rewrite", "update"]
    assert choose_mode(999, 1_000, settings) == "update"
    assert choose_mode(1_000, 1_000, settings) == "rewrite"
    assert choose_mode(1_000, 1_000_000, settings) == "update"
    assert strip_run(deploy(database, some), run) == 7


def test_the_whole_job_by_rewriting(
    database: Database, settings: Settings, deployment: Deployment, sql: Sql, insert: Insert, account: int, world: World
) -> None:
    url = world.file("one.wav").as_uri()
    world.store(world.root)
    for number in range(20):
        insert(number, called_at=MONDAY + timedelta(days=number), recording_url=url if number == 3 else None)
    changed = settings.model_copy(update=ALWAYS)
    record = complete_run(deploy(database, changed), begin_run(deployment, 7, CUTOFF, "cli").id)
    assert (record["state"], record["stripped_count"], record["objects"]["deleted"]) == ("succeeded", 20, 1)
    assert sql("SELECT count(*) AS n FROM redaction.residue") == [{"n": 0}]
    assert not (world.root / "one.wav").exists()
    again = complete_run(deploy(database, changed), begin_run(deployment, 7, CUTOFF, "cli").id)
    assert again["stripped_count"] == 0


def test_the_indexes_and_guards_of_a_rewritten_partition_are_those_of_the_others(
    deployment: Deployment, sql: Sql, insert: Insert, account: int
) -> None:
    insert(1)
    insert(2, called_at=MONDAY + timedelta(days=7))

    def shape(part: str) -> list[Any]:
        indexes = sql(
            "SELECT substring(pg_get_indexdef(indexrelid) FROM ' USING .*') AS d, indisprimary, indisvalid,"
            " EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid) AS attached"
            " FROM pg_index WHERE indrelid = CAST(:part AS regclass) ORDER BY 1",
            part=part,
        )
        guards = sql(
            "SELECT pg_get_constraintdef(oid) AS d FROM pg_constraint WHERE conrelid = CAST(:part AS regclass)"
            " AND contype = 'c' ORDER BY 1",
            part=part,
        )
        triggers = sql("SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:part AS regclass) ORDER BY 1", part=part)
        sampled = sql(
            "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:part AS regclass) AND attnum > 0"
            " AND coalesce(attstattarget, -1) <> 0 ORDER BY 1",
            part=part,
        )
        return [indexes, guards, triggers, sampled]

    done = rewrite_partition(deployment, PART)
    assert (done.stripped, done.remaining) == (0, 1)
    assert len(shape(f"tracking.{PART}")[0]) == 5
    assert shape(f"tracking.{PART}") == shape("tracking.activities_20260309")
    assert not {row["attname"] for row in shape(f"tracking.{PART}")[3]} & set(load_catalog().personal)
    rewrite_partition(deployment, PART)
    assert len(_everything(sql)) == 2


def test_the_default_partition_is_rewritten_too(
    database: Database, settings: Settings, deployment: Deployment, sql: Sql, insert: Insert, account: int
) -> None:
    insert(1, called_at=datetime(1999, 3, 1, tzinfo=UTC))
    insert(2)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    assert strip_run(deploy(database, settings.model_copy(update=ALWAYS)), run) == 2
    modes = sql("SELECT DISTINCT partition_name, mode FROM redaction.run_partitions ORDER BY 1")
    assert modes == [
        {"partition_name": PART, "mode": "rewrite"},
        {"partition_name": "activities_elsewhen", "mode": "rewrite"},
    ]


def test_what_is_written_while_a_partition_is_copied_is_not_lost(
    database: Database, deployment: Deployment, sql: Sql, insert: Insert, account: int
) -> None:
    for number in range(2_000):
        insert(number, called_at=MONDAY + timedelta(minutes=number)) if number < 50 else None
    stop = threading.Event()
    written: dict[int, str | None] = {}
    failures: list[BaseException] = []
    engine = sa.create_engine(as_owner(database))

    def write() -> None:
        number = 1_000
        try:
            while not stop.is_set():
                number += 1
                with engine.begin() as connection:
                    connection.execute(
                        sa.text(
                            "INSERT INTO tracking.activities (id, account_id, kind, called_at, notes)"
                            " VALUES (:id, 7, 'call', :at, 'new')"
                        ),
                        {"id": number, "at": MONDAY + timedelta(hours=number % 160)},
                    )
                    connection.execute(
                        sa.text("UPDATE tracking.activities SET notes = :notes WHERE account_id = 7 AND id = :id"),
                        {"id": number - 1, "notes": f"late {number}"},
                    )
                    if number % 7 == 0:
                        connection.execute(
                            sa.text("DELETE FROM tracking.activities WHERE account_id = 7 AND id = :id"),
                            {"id": number - 3},
                        )
                written[number] = "new"
                if number - 1 in written:
                    written[number - 1] = f"late {number}"
                if number % 7 == 0:
                    written.pop(number - 3, None)
        except BaseException as error:  # the test fails by it
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    brought = 0
    try:
        for _ in range(200):
            brought += rewrite_partition(deployment, PART).brought_over
            if brought > 20:
                break
    finally:
        stop.set()
        writer.join()
        engine.dispose()
    assert not failures
    assert brought > 20
    found = sql("SELECT id, notes FROM tracking.activities WHERE id >= 1000 ORDER BY id")
    assert {row["id"]: row["notes"] for row in found} == written
    assert sql("SELECT count(*) AS n FROM tracking.activities WHERE id < 50") == [{"n": 50}]
    known = sql("SELECT count(*) AS n FROM tracking.activity_identity")
    assert known == sql("SELECT count(*) AS n FROM tracking.activities")


def _copy(transaction: Transaction, run_id: int | None) -> None:
    with transaction() as session:
        session.rows("begin_rewrite", partition_name=PART, lock_ms=200)
    with transaction() as session:
        session.run("read_repeatably")
        session.one("copy_partition", partition_name=PART, run_id=run_id)


def test_a_partition_is_swapped_only_by_who_has_copied_it(database: Database, insert: Insert, account: int) -> None:
    insert(1)
    with database.connected("redaction_worker") as transaction:
        _copy(transaction, None)
        with pytest.raises(NotAllowed, match="come in their order"), transaction() as session:
            session.one(
                "swap_partition", partition_name="activities_20260309", run_id=None, lock_ms=200, patience_ms=1000
            )
        with transaction() as session:
            session.rows("abandon_rewrite", partition_name=PART, lock_ms=200)
        with transaction() as session:
            session.rows("end_rewrite", partition_name=PART)


def test_a_table_that_the_session_put_in_place_of_ours_is_not_written(
    database: Database, sql: Sql, insert: Insert, account: int
) -> None:
    spied = """
        CREATE FUNCTION pg_temp.spy() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'acts as %', current_user; END $$;
        CREATE TEMPORARY TABLE copied (
            partition_name text, at timestamptz, stripped bigint, digest numeric, by_category jsonb, holds bigint[]
        );
        CREATE TEMPORARY TABLE findings (id bigint);
        CREATE TEMPORARY TABLE changed (account_id bigint, called_at timestamptz, id bigint);
        CREATE TRIGGER spy BEFORE INSERT OR DELETE OR UPDATE ON copied EXECUTE FUNCTION pg_temp.spy();
        CREATE TRIGGER spy BEFORE INSERT OR TRUNCATE ON changed EXECUTE FUNCTION pg_temp.spy();
    """
    swap = {"partition_name": PART, "run_id": None, "lock_ms": 200, "patience_ms": 1000}
    insert(1)
    with database.connected("redaction_worker") as transaction:
        with transaction() as session:
            session.connection.execute(sa.text(spied))
        with pytest.raises(NotAllowed, match="come in their order"), transaction() as session:
            session.one("swap_partition", **swap)
        _copy(transaction, None)
        insert(2)
        with transaction() as session:
            assert session.one("swap_partition", **swap)["brought_over"] == 1
        with transaction() as session:
            session.rows("end_rewrite", partition_name=PART)
    assert len(sql("SELECT id FROM tracking.activities")) == 2


def test_a_row_of_the_set_that_changes_meanwhile_is_stripped_as_it_is_then(
    database: Database, deployment: Deployment, sql: Sql, insert: Insert, account: int
) -> None:
    insert(1)
    run = begin_run(deployment, 7, CUTOFF, "cli")
    with database.connected("redaction_worker") as transaction:
        _copy(transaction, run.id)
        sql("UPDATE tracking.activities SET source = 'Bing', notes = 'canary-late' WHERE id = 1")
        insert(2)
        with transaction() as session:
            done = session.one("swap_partition", partition_name=PART, run_id=run.id, lock_ms=200, patience_ms=1000)
        with transaction() as session:
            session.rows("end_rewrite", partition_name=PART)
    assert (done["stripped"], done["brought_over"]) == (1, 2)
    assert sql("SELECT id, source, notes FROM tracking.activities ORDER BY id") == [
        {"id": 1, "source": "Bing", "notes": None},
        {"id": 2, "source": "Google Ads", "notes": PERSONAL_VALUES["notes"]},
    ]
    assert complete_run(deployment, run.id)["state"] == "succeeded"


@pytest.mark.parametrize("pinned", ["lock", "snapshot"])
def test_a_partition_that_is_held_stays_as_it_was_and_is_updated_in_place(
    database: Database, settings: Settings, deployment: Deployment, sql: Sql, insert: Insert, account: int, pinned: str
) -> None:
    insert(1)
    before = sql("SELECT redaction.filenodes(:part) AS f", part=PART)
    changed = settings.model_copy(update={**ALWAYS, "rewrite_patience_s": 1, "rewrite_lock_ms": 50})
    engine = sa.create_engine(as_owner(database), isolation_level="REPEATABLE READ")
    with engine.connect() as holder:
        if pinned == "lock":
            holder.exec_driver_sql("SELECT count(*) FROM tracking.activities")
        else:
            holder.exec_driver_sql("SELECT count(*) FROM tracking.agencies")
        with pytest.raises(DatabaseBusy):
            rewrite_partition(deploy(database, changed), PART)
        assert sql("SELECT redaction.filenodes(:part) AS f", part=PART) == before
        assert sql(f"SELECT to_regclass('tracking.{PART}_new') AS copy") == [{"copy": None}]
        if pinned == "snapshot":
            assert sql("SELECT tgname FROM pg_trigger WHERE tgname = 'note_change'") == []
        run = begin_run(deployment, 7, CUTOFF, "cli")
        assert strip_run(deploy(database, changed), run) == 1
        # What this session began to read is still there for it.
        assert holder.exec_driver_sql("SELECT count(*) FROM tracking.activities").scalar() == 1
    engine.dispose()
    assert sql("SELECT partition_name FROM redaction.residue") == [{"partition_name": PART}]
    assert rewrite_partition(deploy(database, changed), PART).remaining == 1
    assert sql("SELECT count(*) AS n FROM redaction.residue") == [{"n": 0}]


@pytest.mark.parametrize(
    ("held", "level", "says"),
    [
        ("SELECT count(*) FROM tracking.activities", "READ COMMITTED", "holds it locked"),
        (f"LOCK TABLE tracking.{PART} IN ROW EXCLUSIVE MODE", "READ COMMITTED", "holds it locked"),
        (f"LOCK TABLE tracking.{PART} IN ACCESS EXCLUSIVE MODE", "READ COMMITTED", "holds it locked"),
        ("SELECT count(*) FROM tracking.agencies", "REPEATABLE READ", "still reads by a snapshot"),
    ],
    ids=["read", "written", "locked", "snapshot"],
)
def test_who_is_in_the_way_is_named_and_all_is_left_as_it_was(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    sql: Sql,
    insert: Insert,
    account: int,
    held: str,
    level: Any,
    says: str,
) -> None:
    insert(1)
    sql("INSERT INTO redaction.residue (partition_name, rows) VALUES (:part, 1)", part=PART)
    before = _everything(sql), sql("SELECT redaction.filenodes(:part) AS f", part=PART)
    hasty = Settings(
        database_url=settings.database_url,
        home=settings.home,
        lock_timeout_ms=200,
        rewrite_patience_s=1,
        rewrite_lock_ms=50,
    )
    other = Database(database.url.render_as_string(hide_password=False), hasty)
    engine = sa.create_engine(as_owner(database), isolation_level=level)
    with engine.connect() as holder:
        holder.exec_driver_sql(held)
        pid = holder.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with pytest.raises(DatabaseBusy, match=f"{PART} is not rewritten: process {pid} {says}.*nothing was changed"):
            rewrite_partition(deploy(other, hasty), PART)
    engine.dispose()
    other.close()
    assert (_everything(sql), sql("SELECT redaction.filenodes(:part) AS f", part=PART)) == before
    assert sql(f"SELECT to_regclass('tracking.{PART}_new') AS copy") == [{"copy": None}]
    assert [residue.partition_name for residue in list_residue(deployment)] == [PART]
    assert erase_residue(deployment).rewritten == (PART,)
    assert _everything(sql) == before[0]


def test_a_partition_is_rewritten_by_one_at_a_time(
    database: Database, deployment: Deployment, insert: Insert, account: int
) -> None:
    insert(1)
    with database.connected("redaction_worker") as transaction:
        _copy(transaction, None)
        with pytest.raises(DatabaseBusy, match=f"partition {PART} is not rewritten"):
            rewrite_partition(deployment, PART)
        # The copy of the session at work is not taken away.
        with transaction() as session:
            session.one("swap_partition", partition_name=PART, run_id=None, lock_ms=200, patience_ms=1000)
        with transaction() as session:
            session.rows("end_rewrite", partition_name=PART)
        assert rewrite_partition(deployment, PART).remaining == 1


@pytest.mark.parametrize("rewrites", [True, False])
def test_who_rewrites_another_partition_is_not_waited_for(
    database: Database, settings: Settings, sql: Sql, insert: Insert, account: int, rewrites: bool
) -> None:
    insert(1)
    insert(2, called_at=MONDAY + timedelta(days=7))
    hasty = settings.model_copy(update={"rewrite_patience_s": 1})
    with database.connected("redaction_worker") as transaction:
        with transaction() as session:
            session.rows("begin_rewrite", partition_name="activities_20260309", lock_ms=200)
        if not rewrites:
            with transaction() as session:
                session.rows("end_rewrite", partition_name="activities_20260309")
        with transaction() as session:
            session.run("read_repeatably")
            session.rows("get_account", account_id=account)
            later = datetime.now(UTC) + timedelta(minutes=1)
            with database.transaction("redaction_worker") as looking:
                seen = looking.rows("older_snapshots", since=later)
            assert len(seen) == (0 if rewrites else 1)
            if rewrites:
                assert rewrite_partition(deploy(database, hasty), PART).remaining == 1
            else:
                with pytest.raises(DatabaseBusy, match=f"process {seen[0]['pid']} still reads"):
                    rewrite_partition(deploy(database, hasty), PART)
