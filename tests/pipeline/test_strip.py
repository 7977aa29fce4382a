"""Select and strip: the set is fixed, batches are committed, survivors decide."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import BadInput, DatabaseBusy, PersonalDataRemains, Survivors, UnclassifiedColumn
from redaction.pipeline.runs import Request, get_run
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
OLD = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def small(settings: Settings) -> Settings:
    """Settings with batches of three rows and no retries."""
    return settings.model_copy(update={"batch_size": 3, "busy_retries": 1, "lock_timeout_ms": 100})


@pytest.fixture
def ten(account: int, insert: Callable[..., None]) -> None:
    """Ten aged activities, and one of the day after."""
    for number in range(1, 11):
        insert(number, called_at=OLD + timedelta(hours=number))
    insert(11, called_at=CUTOFF)


def _personal_left(sql: Sql) -> int:
    columns = ", ".join(load_catalog().personal)
    return sql(f"SELECT count(*) AS n FROM tracking.activities WHERE num_nonnulls({columns}) > 0")[0]["n"]


def test_everything_before_the_cutoff_and_nothing_after(
    database: Database, small: Settings, ten: None, sql: Sql
) -> None:
    retained = ", ".join(load_catalog().retained)
    before = sql(f"SELECT id, {retained} FROM tracking.activities ORDER BY id")
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    assert run.due_count == 10
    batches: list[int] = []
    assert strip_run(deploy(database, small), run, batches.append) == 10
    assert batches == [3, 3, 3, 1]
    assert _personal_left(sql) == 1
    assert sql(f"SELECT id, {retained} FROM tracking.activities ORDER BY id") == before
    assert sql("SELECT DISTINCT redaction_run_id AS run FROM tracking.activities WHERE redacted_at IS NOT NULL") == [
        {"run": run.id}
    ]


def test_what_arrives_meanwhile_waits_for_the_next_run(
    database: Database, small: Settings, ten: None, sql: Sql, insert: Callable[..., None]
) -> None:
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    insert(12, called_at=OLD)
    assert strip_run(deploy(database, small), run) == 10
    assert sql("SELECT id FROM tracking.activities WHERE redacted_at IS NULL ORDER BY id") == [{"id": 11}, {"id": 12}]
    assert select_aged(deploy(database, small), 7, CUTOFF, Request("test")).due_count == 1


def test_the_same_key_is_the_same_run(
    database: Database, deployment: Deployment, ten: None, insert: Callable[..., None]
) -> None:
    first = select_aged(deployment, 7, CUTOFF, Request("test", "dag/run"))
    insert(12, called_at=OLD)
    again = select_aged(deployment, 7, CUTOFF, Request("test", "dag/run"))
    assert (again.id, again.due_count) == (first.id, 10)
    assert get_run(database, first.id) == again


def test_a_kill_loses_at_most_one_batch_and_a_retry_goes_on(
    database: Database, small: Settings, ten: None, sql: Sql
) -> None:
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))

    class Killed(BaseException):
        pass

    def kill(done: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        strip_run(deploy(database, small), run, kill)
    assert sql("SELECT stripped_count FROM redaction.runs") == [{"stripped_count": 3}]
    done = "SELECT sum(cardinality(activity_ids)) AS rows FROM redaction.run_batches WHERE stripped"
    assert sql(done) == [{"rows": 3}]
    assert _personal_left(sql) == 8
    batches: list[int] = []
    assert strip_run(deploy(database, small), run, batches.append) == 10
    assert batches == [3, 3, 1]


def test_a_row_that_is_no_longer_aged_is_left_alone(database: Database, small: Settings, ten: None, sql: Sql) -> None:
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    sql("UPDATE tracking.activities SET called_at = :at WHERE id = 4", at=CUTOFF + timedelta(days=3))
    assert strip_run(deploy(database, small), run) == 9
    assert sql("SELECT redacted_at FROM tracking.activities WHERE id = 4") == [{"redacted_at": None}]


def test_a_row_whose_time_was_corrected_is_still_found(
    database: Database, small: Settings, ten: None, sql: Sql
) -> None:
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    sql("UPDATE tracking.activities SET called_at = called_at - interval '40 days' WHERE id = 4")
    assert strip_run(deploy(database, small), run) == 10


def test_a_locked_row_is_waited_for_and_then_named_busy(
    database: Database, small: Settings, ten: None, sql: Sql
) -> None:
    impatient = Database(database.url.render_as_string(hide_password=False), small)
    run = select_aged(deploy(impatient, small), 7, CUTOFF, Request("test"))
    with database.engine("owner").begin() as other:
        other.execute(sa.text("SELECT 1 FROM tracking.activities WHERE id = 5 FOR UPDATE"))
        with pytest.raises(DatabaseBusy, match="55P03"):
            strip_run(deploy(impatient, small), run)
    assert sql("SELECT stripped_count FROM redaction.runs") == [{"stripped_count": 3}]
    assert strip_run(deploy(impatient, small), run) == 10
    impatient.close()


def test_a_lock_that_goes_away_costs_only_a_retry(database: Database, small: Settings, ten: None) -> None:
    patient = small.model_copy(update={"busy_retries": 20})
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with database.engine("owner").begin() as other:
            other.execute(sa.text("SELECT 1 FROM tracking.activities WHERE id = 2 FOR UPDATE"))
            locked.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(30)
    stripping = Database(database.url.render_as_string(hide_password=False), patient)
    timer = threading.Timer(0.3, release.set)
    timer.start()
    assert strip_run(deploy(stripping, patient), run) == 10
    holder.join()
    stripping.close()


def _fill_pages(database: Database, sql: Sql) -> None:
    """Insert rows of two accounts, vacuumed, whose pages all have room for two stripped rows."""
    sql("INSERT INTO tracking.accounts (id, agency_id, name, timezone) VALUES (8, 1, 'Other', 'UTC')")
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at, notes)"
        " SELECT n, CASE WHEN n % 1000 < 100 THEN 7 ELSE 8 END, 'call', :at, repeat('x', 1500)"
        " FROM generate_series(1, 1000) n",
        at=OLD,
    )
    with database.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM tracking.activities")


def _others_pages(sql: Sql) -> int:
    """Return how many pages hold rows of both accounts."""
    both = "SELECT FROM tracking.activities GROUP BY (ctid::text::point)[0] HAVING count(DISTINCT account_id) > 1"
    return sql(f"SELECT count(*)::int AS n FROM ({both}) p")[0]["n"]


@pytest.mark.parametrize("locked", [False, True])
def test_an_update_in_place_leaves_the_pages_of_others_alone_unless_the_partition_is_locked(
    database: Database, deployment: Deployment, account: int, sql: Sql, locked: bool
) -> None:
    _fill_pages(database, sql)
    shared = _others_pages(sql)
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    with database.engine("owner").begin() as other:
        if locked:
            leaf = sql("SELECT DISTINCT tableoid::regclass::text AS leaf FROM tracking.activities")[0]["leaf"]
            other.exec_driver_sql(f"LOCK TABLE {leaf} IN SHARE UPDATE EXCLUSIVE MODE")
        assert strip_run(deployment, run) == 100
    moved_among_others = _others_pages(sql) - shared
    assert (moved_among_others > 5) is locked, moved_among_others


def test_a_trigger_that_restores_is_refused_by_the_database(
    database: Database, small: Settings, ten: None, sql: Sql
) -> None:
    _restore(sql, "NEW.notes := OLD.notes")
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    with pytest.raises(PersonalDataRemains):
        strip_run(deploy(database, small), run)
    assert _personal_left(sql) == 11


def test_survivors_decide_and_not_the_end_of_the_cursor(
    database: Database, small: Settings, ten: None, sql: Sql
) -> None:
    _restore(sql, "IF OLD.id = 5 THEN RETURN OLD; END IF")
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    with pytest.raises(Survivors, match="1 of its 10"):
        strip_run(deploy(database, small), run)


def _restore(sql: Sql, statement: str) -> None:
    sql(
        "CREATE FUNCTION tracking.restore() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {statement}; RETURN NEW; END $$"
    )
    sql(
        "CREATE TRIGGER zz_restore BEFORE UPDATE ON tracking.activities"
        " FOR EACH ROW EXECUTE FUNCTION tracking.restore()"
    )


def test_drift_stops_the_run_before_the_first_change(deployment: Deployment, ten: None, sql: Sql) -> None:
    sql("ALTER TABLE tracking.activities ADD COLUMN shoe_size int")
    with pytest.raises(UnclassifiedColumn, match="shoe_size"):
        select_aged(deployment, 7, CUTOFF, Request("test"))
    assert sql("SELECT * FROM redaction.runs") == []


def test_an_unknown_account_is_named(deployment: Deployment) -> None:
    with pytest.raises(BadInput, match="account 99"):
        select_aged(deployment, 99, CUTOFF, Request("test"))


@pytest.mark.parametrize("changes", [{}, {"rewrite_share": 0.01, "rewrite_min_rows": 1}], ids=["update", "rewrite"])
@pytest.mark.parametrize(
    ("column", "text", "found"),
    [
        ("source", "Call from (212) 555-0143", True),
        ("tracking_label", "ask canary@EXAMPLE.com", True),
        ("status", "zoë canary called", True),
        ("call_path", '[{"route_name": "To 212.555.0143"}]', True),
        ("tracking_label", "Office (800) 555-0100", False),
        ("source", "Google 2125", False),
    ],
)
def test_retained_text_that_names_its_own_caller_is_noted_by_id(
    database: Database,
    small: Settings,
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    column: str,
    text: str,
    found: bool,
    changes: dict[str, Any],
) -> None:
    insert(1, called_at=OLD, **{column: text})
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    strip_run(deploy(database, small.model_copy(update=changes)), run)
    assert sql("SELECT activity_id FROM redaction.run_findings") == ([{"activity_id": 1}] if found else [])


def test_a_connection_that_ends_in_mid_run_costs_a_retry_and_nothing_else(
    database: Database, small: Settings, ten: None, sql: Sql
) -> None:
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    ended: list[int] = []

    def cut(stripped: int) -> None:
        found = sql(
            "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity"
            " WHERE application_name = 'redaction_worker' AND datname = current_database()"
        )
        ended.extend(stripped for row in found if row["ended"])

    assert strip_run(deploy(database, small), run, cut) == 10
    assert len(ended) >= 4
    assert _personal_left(sql) == 1


def test_a_server_that_ends_a_connection_within_a_batch_is_asked_again(
    database: Database, small: Settings, ten: None, sql: Sql
) -> None:
    run = select_aged(deploy(database, small), 7, CUTOFF, Request("test"))
    # The batch itself loses its connection, as at a restart of the server: SQLSTATE 57P01.
    sql("CREATE SEQUENCE tracking.tries")
    sql(
        "CREATE FUNCTION tracking.cut() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
        " IF nextval('tracking.tries') = 5 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;"
        " RETURN NEW; END $$"
    )
    sql("CREATE TRIGGER zz BEFORE UPDATE ON tracking.activities FOR EACH ROW EXECUTE FUNCTION tracking.cut()")
    assert strip_run(deploy(database, small), run) == 10
    assert sql("SELECT last_value > 5 AS cut FROM tracking.tries") == [{"cut": True}]
    assert _personal_left(sql) == 1
