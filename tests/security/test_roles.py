"""What a role may not do with our functions: run a trigger function on a table of its own, or strip without ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from redaction.db.database import Database
from redaction.db.login import Role
from redaction.db.refusals import mapped_errors
from redaction.deployment import Deployment
from redaction.errors import NotAllowed, RedactionError
from redaction.pipeline.runs import Request, RunRef
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings

Sql = Callable[..., list[dict[str, Any]]]
ROLES: tuple[Role, ...] = ("redaction_loader", "redaction_worker", "redaction_analyst", "redaction_manager")
OURS = "('tracking'::regnamespace, 'redaction'::regnamespace, 'reporting'::regnamespace)"
TRIGGER_FUNCTIONS = (
    "SELECT p.oid::regprocedure::text AS name FROM pg_proc p"
    f" WHERE p.pronamespace IN {OURS} AND p.prorettype = 'trigger'::regtype ORDER BY 1"
)
OLD = datetime(2026, 3, 2, 15, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, tzinfo=UTC)
PART = "activities_20260302"
REFUSED = "42501"
NEW = "(id, account_id, kind, called_at) VALUES (2, 7, 'call', now())"


def state_of(error: DBAPIError) -> str:
    return str(getattr(error.orig, "pgcode", None))


@pytest.fixture
def as_role(database: Database) -> Iterator[Callable[[Role], Connection]]:
    """Open a connection that acts as a role; its work is rolled back."""
    opened: list[Connection] = []

    def run(role: Role) -> Connection:
        opened.append(database.engine(role).connect())
        return opened[-1]

    yield run
    for connection in opened:
        connection.rollback()
        connection.close()


def test_no_function_is_for_everybody(sql: Sql) -> None:
    rows = sql(
        "SELECT p.oid::regprocedure::text AS name, EXISTS ("
        "    SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g WHERE g.grantee = 0"
        f") AS open FROM pg_proc p WHERE p.pronamespace IN {OURS}"
    )
    assert len(rows) > 40
    assert [row["name"] for row in rows if row["open"]] == [], "add REVOKE ALL ... FROM PUBLIC next to the function"


def test_every_definer_function_has_its_path_pinned(sql: Sql) -> None:
    rows = sql(
        "SELECT p.oid::regprocedure::text AS name, p.proconfig FROM pg_proc p"
        f" WHERE p.pronamespace IN {OURS} AND p.prosecdef"
    )
    assert len(rows) > 10
    pinned = "search_path=pg_catalog, pg_temp"
    assert [row["name"] for row in rows if pinned not in (row["proconfig"] or [])] == []


def test_every_trigger_function_refuses_another_table(database: Database, sql: Sql) -> None:
    """Also by the owner, who may put it anywhere: a new one fails until it includes `database/_fired_on.sql`."""
    functions = [row["name"] for row in sql(TRIGGER_FUNCTIONS)]
    assert len(functions) > 12
    passed = []
    for function, timing, level in product(functions, ("BEFORE", "AFTER"), ("ROW", "STATEMENT")):
        for operation in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            if operation == "TRUNCATE" and level == "ROW":
                continue
            with database.engine("owner").connect() as connection:
                run = connection.exec_driver_sql
                run("CREATE TEMP TABLE mine (LIKE tracking.activities)")
                run("INSERT INTO mine (id, account_id, kind, called_at) VALUES (1, 7, 'call', now())")
                run(f"CREATE TRIGGER t {timing} {operation} ON mine FOR EACH {level} EXECUTE FUNCTION {function}")
                try:
                    run(
                        {
                            "INSERT": "INSERT INTO mine (id, account_id, kind, called_at) VALUES (2, 7, 'call', now())",
                            "UPDATE": "UPDATE mine SET notes = 'x'",
                            "DELETE": "DELETE FROM mine",
                            "TRUNCATE": "TRUNCATE mine",
                        }[operation]
                    )
                    passed.append((function, timing, level, operation))
                except DBAPIError as error:
                    if state_of(error) != "RD005":
                        passed.append((function, timing, level, operation))
                connection.rollback()
    assert passed == []


def test_trigger_functions_of_one_table_refuse_the_others_of_ours(database: Database, sql: Sql) -> None:
    """A trigger on no table today is refused there, as it would be fired."""
    found = {
        (row["f"], row["t"])
        for row in sql(
            "SELECT t.tgfoid::regprocedure::text AS f, t.tgrelid::regclass::text AS t FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relkind IN ('r', 'p')"
        )
    }
    with database.engine("owner").connect() as connection:
        for row in sql(TRIGGER_FUNCTIONS):
            if (row["name"], "tracking.agencies") in found:
                continue
            statements = (
                f"CREATE TRIGGER t BEFORE UPDATE ON tracking.agencies FOR EACH ROW EXECUTE FUNCTION {row['name']};"
                "INSERT INTO tracking.agencies (id) VALUES (99); UPDATE tracking.agencies SET name = 'x'"
            )
            with pytest.raises(DBAPIError) as caught, connection.begin_nested():
                connection.exec_driver_sql(statements)
            assert state_of(caught.value) == "RD005"
        connection.rollback()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_puts_no_trigger_function_on_a_table_of_its_own(
    as_role: Callable[[Role], Connection], sql: Sql, role: Role
) -> None:
    connection = as_role(role)
    connection.exec_driver_sql(
        "CREATE TEMP TABLE mine (account_id bigint, id bigint, called_at timestamptz, recording_url text, redacted_at"
        " timestamptz)"
    )
    for row in sql(TRIGGER_FUNCTIONS):
        for way in ("AFTER INSERT ON mine", "BEFORE UPDATE ON mine FOR EACH ROW", "AFTER DELETE ON mine"):
            with pytest.raises(DBAPIError) as caught, connection.begin_nested():
                connection.exec_driver_sql(f"CREATE TRIGGER t {way} EXECUTE FUNCTION {row['name']}")
            assert state_of(caught.value) == REFUSED


@pytest.mark.parametrize("role", ROLES)
def test_a_role_makes_nothing_in_a_schema_of_ours_and_becomes_no_other(
    as_role: Callable[[Role], Connection], role: Role
) -> None:
    connection = as_role(role)
    for schema in ("tracking", "redaction", "reporting", "public"):
        with pytest.raises(DBAPIError) as caught, connection.begin_nested():
            connection.exec_driver_sql(f"CREATE TABLE {schema}.mine ()")
        assert state_of(caught.value) == REFUSED
    members = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_auth_members m WHERE m.member = to_regrole(current_user)"
    )
    assert members.scalar() == 0
    privileges = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_class c WHERE c.relnamespace IN "
        f"{OURS} AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'TRIGGER, TRUNCATE, REFERENCES')"
    )
    assert privileges.scalar() == 0


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("redaction_loader", "DELETE FROM tracking.activities"),
        ("redaction_loader", "DELETE FROM tracking.activity_identity"),
        ("redaction_loader", "UPDATE tracking.activity_identity SET id = 2"),
        ("redaction_loader", "INSERT INTO tracking.activity_identity VALUES (7, 2, now())"),
        ("redaction_loader", "UPDATE tracking.activities SET redacted_at = NULL"),
        ("redaction_loader", "UPDATE tracking.activities SET id = 2"),
        (
            "redaction_loader",
            "INSERT INTO tracking.activities (id, account_id, kind, called_at, redacted_at)"
            " VALUES (2, 7, 'call', now(), now())",
        ),
        ("redaction_loader", f"ALTER TABLE tracking.activities DETACH PARTITION tracking.{PART}"),
        ("redaction_loader", f"UPDATE tracking.{PART}_rows SET notes = 'x'"),
        ("redaction_loader", f"INSERT INTO tracking.{PART}_rows {NEW}"),
        ("redaction_loader", "SET session_replication_role = replica"),
        ("redaction_loader", "SELECT notes FROM tracking.activities"),
        ("redaction_loader", "UPDATE tracking.activities SET status = status RETURNING notes"),
        ("redaction_loader", "SELECT redaction.strip_batch(1, '{1}')"),
        ("redaction_worker", "UPDATE tracking.activities SET redacted_at = now()"),
        ("redaction_worker", "UPDATE tracking.activities SET notes = 'x'"),
        ("redaction_worker", f"INSERT INTO tracking.activities {NEW}"),
        ("redaction_worker", "DELETE FROM tracking.activities"),
        ("redaction_worker", f"DELETE FROM tracking.{PART}_rows"),
        ("redaction_worker", "TRUNCATE tracking.activities"),
        ("redaction_worker", "DELETE FROM tracking.activity_identity"),
        ("redaction_worker", "DELETE FROM redaction.forgotten"),
        ("redaction_worker", "UPDATE redaction.forgotten SET activity_id = 0"),
        ("redaction_worker", "DELETE FROM redaction.rewrite_changes"),
        ("redaction_worker", "SELECT redaction.bring_over('x', 1)"),
        ("redaction_worker", "SELECT redaction.get_raw_page('tracking.activities', 0)"),
        ("redaction_worker", "UPDATE tracking.accounts SET whereabouts = 'left', other_placement = 'x'"),
        ("redaction_analyst", "SELECT count(*) FROM tracking.activities"),
        ("redaction_analyst", "SELECT count(*) FROM redaction.runs"),
        ("redaction_analyst", "SELECT tracking.ensure_partition(now())"),
        ("redaction_analyst", "SELECT redaction.hash_value('x'::text, 0)"),
    ],
)  # fmt: skip
def test_a_role_has_no_other_way(
    as_role: Callable[[Role], Connection], account: int, insert: Callable[..., None], role: Role, statement: str
) -> None:
    insert(1)
    with pytest.raises(DBAPIError) as caught:
        as_role(role).exec_driver_sql(statement)
    assert state_of(caught.value) in {REFUSED, "42883"}


def test_the_loader_sees_no_view_and_the_analyst_those_of_the_reports(sql: Sql) -> None:
    rows = sql(
        "SELECT r.role, c.oid::regclass::text AS name FROM pg_class c CROSS JOIN unnest(ARRAY['redaction_loader',"
        f" 'redaction_analyst']) AS r (role) WHERE c.relnamespace IN {OURS} AND c.relkind IN ('v', 'm')"
        " AND has_table_privilege(r.role, c.oid, 'SELECT')"
    )
    assert {row["role"] for row in rows} == {"redaction_analyst"}
    assert {row["name"].partition(".")[0] for row in rows} == {"reporting"}


@pytest.fixture
def run(deployment: Deployment, account: int, insert: Callable[..., None]) -> RunRef:
    """A run that has selected three activities."""
    for number in (1, 2, 3):
        insert(number, called_at=OLD)
    return select_aged(deployment, 7, CUTOFF, Request("test"))


def _copy(connection: Connection, run_id: int | None) -> None:
    execute = connection.exec_driver_sql
    execute(f"SELECT redaction.begin_rewrite('{PART}', 500)")
    connection.commit()
    execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    execute(f"SELECT redaction.copy_partition('{PART}', {run_id or 'NULL'})")
    connection.commit()


def _swap(connection: Connection, run_id: int | None) -> None:
    connection.exec_driver_sql(f"SELECT * FROM redaction.swap_partition('{PART}', {run_id or 'NULL'}, 500, 500)")


def test_a_copy_made_for_a_run_is_swapped_in_for_that_run_alone(
    as_role: Callable[[Role], Connection], run: RunRef, sql: Sql
) -> None:
    """Swapped in without a run it would pass the gate unasked."""
    worker = as_role("redaction_worker")
    _copy(worker, run.id)
    sql("INSERT INTO redaction.pauses (reason, paused_by) VALUES ('r', 'ada')")
    for other in (None, run.id + 1):
        with pytest.raises(DBAPIError) as caught, worker.begin_nested():
            _swap(worker, other)
        assert state_of(caught.value) == "RD014"
    with pytest.raises(DBAPIError) as caught, worker.begin_nested():
        _swap(worker, run.id)
    assert state_of(caught.value) == "RD001"
    assert sql("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NULL") == [{"n": 3}]


def test_a_copy_is_swapped_in_by_the_session_that_made_it(as_role: Callable[[Role], Connection], run: RunRef) -> None:
    worker, other = as_role("redaction_worker"), as_role("redaction_worker")
    _copy(worker, run.id)
    worker.exec_driver_sql(f"SELECT redaction.end_rewrite('{PART}')")
    worker.commit()
    with pytest.raises(DBAPIError) as caught, worker.begin_nested():
        _swap(worker, run.id)
    assert state_of(caught.value) == "RD014"
    _copy(other, None)
    other.exec_driver_sql(f"SELECT redaction.end_rewrite('{PART}')")
    other.commit()
    worker.exec_driver_sql(f"SELECT pg_advisory_lock(hashtext('redaction.rewrite'), hashtext('{PART}'))")
    with pytest.raises(DBAPIError) as caught, worker.begin_nested():
        _swap(worker, run.id)
    assert state_of(caught.value) == "RD014"


@pytest.mark.parametrize("state", ["refused", "succeeded"])
def test_a_run_that_was_refused_or_has_ended_strips_nothing(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    run: RunRef,
    sql: Sql,
    as_role: Callable[[Role], Connection],
    state: str,
) -> None:
    sql("UPDATE redaction.runs SET state = :state, finished_at = now()", state=state)
    with pytest.raises(NotAllowed, match="run may not"):
        strip_run(deployment, run)
    with pytest.raises(NotAllowed, match="run may not"):
        strip_run(deploy(database, settings.model_copy(update={"rewrite_min_rows": 1})), run)
    worker = as_role("redaction_worker")
    with pytest.raises(DBAPIError) as caught:
        _copy(worker, run.id)
    assert state_of(caught.value) == "RD006"
    assert sql("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NULL") == [{"n": 3}]


def test_a_run_keeps_what_it_was_recorded_with(as_role: Callable[[Role], Connection], run: RunRef, sql: Sql) -> None:
    worker = as_role("redaction_worker")
    sql("INSERT INTO tracking.accounts (id, agency_id) VALUES (8, 1)")
    for change in (
        "cutoff = now()",
        "account_id = 8",
        "id = 99",
        "kind = 'manual', requested_by = 'ada', reason = 'r'",
        "kind = 'move'",
        "reason = 'r'",
        "trigger = 'scheduled'",
        "policy = 'every 90 days'",
        "policy_period = '90', policy_mode = 'every', policy_timezone = 'UTC', policy_since = '2026-01-01'",
        "started_at = now() - interval '1 day'",
    ):
        with pytest.raises(DBAPIError) as caught, worker.begin_nested():
            worker.execute(sa.text(f"UPDATE redaction.runs SET {change}"))
        assert state_of(caught.value) == "RD006"
    sql("UPDATE redaction.runs SET state = 'refused', finished_at = now()")
    with pytest.raises(DBAPIError) as caught, worker.begin_nested():
        worker.execute(sa.text("UPDATE redaction.runs SET state = 'selected', finished_at = NULL"))
    assert state_of(caught.value) == "RD006"


RECORDS = ["runs", "run_batches", "run_days", "run_findings", "run_reports", "run_partitions", "approvals"]


@pytest.mark.parametrize("table", RECORDS)
def test_no_role_removes_the_record_of_a_run(as_role: Callable[[Role], Connection], run: RunRef, table: str) -> None:
    """It would free the key of a refused request."""
    for role in ROLES:
        with pytest.raises(DBAPIError) as caught:
            as_role(role).exec_driver_sql(f"DELETE FROM redaction.{table}")
        assert state_of(caught.value) == "42501"


@pytest.mark.parametrize("table", RECORDS)
def test_nor_does_the_owner(database: Database, run: RunRef, table: str, sql: Sql) -> None:
    kept = f"SELECT count(*) AS n FROM redaction.{table}"
    before = sql(kept)
    for statement in (f"DELETE FROM redaction.{table}", f"TRUNCATE redaction.{table} CASCADE"):
        with (
            pytest.raises(NotAllowed, match="the record of a run stays") as caught,
            mapped_errors(),
            database.engine("owner").begin() as connection,
        ):
            connection.exec_driver_sql(statement)
        assert caught.value.sqlstate == "RD015"
    assert sql(kept) == before


def test_what_a_question_says_does_not_change(as_role: Callable[[Role], Connection], run: RunRef, sql: Sql) -> None:
    sql("INSERT INTO redaction.approvals (run_id, explained) SELECT id, 1 FROM redaction.runs")
    worker = as_role("redaction_worker")
    for change in ("explained = 1000000", "asked_at = now() - interval '1 day'"):
        with pytest.raises(DBAPIError) as caught, worker.begin_nested():
            worker.exec_driver_sql(f"UPDATE redaction.approvals SET {change}")
        assert state_of(caught.value) == "RD013"


def test_a_set_is_selected_once_by_the_cutoff_of_its_run(as_role: Callable[[Role], Connection], run: RunRef) -> None:
    worker = as_role("redaction_worker")
    worker.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    for given in (f"{run.id}, 7, now()", f"{run.id}, 8, '{CUTOFF}'", f"{run.id}, 7, '{CUTOFF}'"):
        with pytest.raises(DBAPIError) as caught, worker.begin_nested():
            worker.exec_driver_sql(f"SELECT redaction.select_aged({given}, 100)")
        assert state_of(caught.value) == "RD006"


def test_a_batch_of_another_account_strips_nothing(
    as_role: Callable[[Role], Connection], run: RunRef, sql: Sql, insert: Callable[..., None]
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id) VALUES (8, 1)")
    insert(1, account_id=8, called_at=OLD)
    insert(9, called_at=CUTOFF)
    worker = as_role("redaction_worker")
    worker.exec_driver_sql("UPDATE redaction.run_batches SET activity_ids = '{9}'")
    assert worker.exec_driver_sql(f"SELECT redaction.strip_batch({run.id}, '{{1}}')").scalar() == 0


def test_a_strip_in_place_goes_through_the_gate(as_role: Callable[[Role], Connection], run: RunRef, sql: Sql) -> None:
    sql("INSERT INTO redaction.pauses (account_id, reason, paused_by) VALUES (7, 'r', 'ada')")
    worker = as_role("redaction_worker")
    with pytest.raises(DBAPIError) as caught:
        worker.exec_driver_sql(f"SELECT redaction.strip_batch({run.id}, '{{1}}')")
    assert state_of(caught.value) == "RD001"


@pytest.mark.parametrize(
    "name", ["activities'; DROP TABLE tracking.accounts; --", "activities", "accounts", "", PART + "_rows"]
)
def test_only_a_partition_is_rewritten(as_role: Callable[[Role], Connection], account: int, name: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        as_role("redaction_worker").execute(sa.text("SELECT redaction.begin_rewrite(:name, 100)"), {"name": name})
    assert state_of(caught.value) == "RD007"


def test_what_was_learnt_of_texts_is_not_told_by_the_session(
    as_role: Callable[[Role], Connection],
    account: int,
    insert: Callable[..., None],
    deployment: Deployment,
    sql: Sql,
) -> None:
    for number in range(20):
        insert(number, called_at=OLD, source="Zoë Canary" if number == 3 else "Google Ads")
    run = select_aged(deployment, 7, CUTOFF, Request("test"))
    worker = as_role("redaction_worker")
    hashes = "SELECT array_agg(redaction.hash_value(to_jsonb(g), 0)) FROM generate_series(1, 2) g"
    worker.exec_driver_sql(
        "SELECT set_config('redaction.text_prefilter', json_build_object('beginnings', '{}'::text[],"
        f" 'spelled', '{{}}'::text[], 'known', ({hashes}))::text, false)"
    )
    worker.exec_driver_sql("CREATE TEMP TABLE text_prefilter (beginnings text[], spelled text[], known bigint[])")
    worker.exec_driver_sql("INSERT INTO text_prefilter VALUES ('{}', '{}', '{}')")
    worker.commit()
    _copy(worker, run.id)
    _swap(worker, run.id)
    worker.commit()
    assert sql("SELECT activity_id FROM redaction.run_findings") == [{"activity_id": 3}]


def test_errors_of_the_database_say_what_to_do(database: Database, run: RunRef) -> None:
    with pytest.raises(RedactionError, match="trigger function"), database.transaction("owner") as session:
        session.connection.exec_driver_sql("DO $$ BEGIN RAISE SQLSTATE 'RD005'; END $$")
