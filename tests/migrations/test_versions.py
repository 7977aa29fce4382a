"""The versions of the schema are frozen: literal, unchanged once released. Whichever version a database has, the
upgrade makes it equal to a fresh one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.db.migrations.scripts import VERSIONS, list_versions, upgrade
from redaction.db.schema import check_schema, migrate, schema_version
from redaction.db.session import Session
from redaction.errors import DatabaseBusy, ProgramOlder
from redaction.resources import FOLDERS
from redaction.settings import Settings
from tests.checkout import ROOT
from tests.conftest import as_owner, open_both
from tests.migrations.shape import describe, differences

Sql = Callable[..., list[dict[str, Any]]]
Make = Callable[[str], Database]
REVISIONS = list_versions()
RELEASED = Path(__file__).with_name("released.sha256")

# A partition as the program has always created them, and a row of everything that an upgrade could stumble over.
MADE_BEFORE = """
CREATE TABLE tracking.activities_20260302 (
    LIKE tracking.activities INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION
) PARTITION BY RANGE (called_at);
CREATE TABLE tracking.activities_20260302_rows PARTITION OF tracking.activities_20260302 DEFAULT;
ALTER TABLE tracking.activities ATTACH PARTITION tracking.activities_20260302
    FOR VALUES FROM ('2026-03-02 00:00:00+00') TO ('2026-03-09 00:00:00+00');
ALTER TABLE tracking.activities_elsewhen_rows SET (fillfactor = 100);
INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'North', true);
INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)
VALUES (7, 1, 'Dental', 'daily', '2026-01-01');
INSERT INTO tracking.integrations (id, account_id, name) VALUES (5, 7, 'CRM');
INSERT INTO redaction.runs (id, account_id, cutoff, state, stripped_count, finished_at, erasure_level)
VALUES (100, 7, '2026-04-01', 'succeeded', 1, now(), 'L1');
INSERT INTO tracking.activities (id, account_id, kind, called_at, redacted_at, redaction_run_id)
VALUES (1, 7, 'call', '2026-03-02 15:00+00', now(), 100);
INSERT INTO tracking.activities (id, account_id, kind, called_at, caller_number, notes, tags, recording_url)
VALUES (2, 7, 'call', '2026-03-03 15:00+00', '+12125550143', 'note', '{vip}', 'file:///x'),
       (3, 7, 'text', '1900-01-01', NULL, 'old', NULL, NULL);
INSERT INTO tracking.activity_identity SELECT account_id, id, called_at FROM tracking.activities;
INSERT INTO tracking.deliveries VALUES (7, 2, 5, 'lead');
INSERT INTO redaction.holds (id, account_id, scope, reason, placed_by) VALUES (1, 7, 'contact', 'case 4', 'eve');
INSERT INTO tracking.held_contacts VALUES (7, '+12125550143', 1);
INSERT INTO redaction.pauses VALUES (7, 'audit', 'eve');
INSERT INTO redaction.run_partitions (run_id, partition_name, mode, rows)
VALUES (100, 'activities_20260302', 'update', 1);
INSERT INTO redaction.residue (partition_name, rows) VALUES ('activities_20260302', 1);
INSERT INTO redaction.downstream (run_id, account_id, integration_id, integration) VALUES (100, 7, 5, 'CRM');
INSERT INTO reporting.tags VALUES (7, '2026-03-03', 'vip', 1, 0)
"""
LEAF_SINCE_0015 = "ALTER TABLE tracking.activities_20260302_rows SET (toast_tuple_target = 4080)"
RECORDING_BEFORE = "INSERT INTO redaction.recordings_due (account_id, activity_id, url) VALUES (7, 1, 'file:///x')"
OBJECT_BEFORE = "INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, 1, 'file:///x')"
LEDGER_BEFORE = """
INSERT INTO redaction.ledger (position, kind, actor, facts, written_at, previous_hash, hash)
VALUES (1, 'setting', 'eve', '{}', now(), '', 'x')
"""
ROWS_BEFORE = """
SELECT count(*) AS n FROM (
    SELECT id FROM tracking.activities UNION ALL SELECT id FROM redaction.runs UNION ALL SELECT id FROM redaction.holds
    UNION ALL SELECT activities FROM reporting.tags UNION ALL SELECT activity_id FROM tracking.deliveries
    UNION ALL SELECT position FROM redaction.ledger
) AS r
"""


@pytest.fixture
def make(server: tuple[str, Path | None], administer: Callable[[str], None], settings: Settings) -> Iterator[Make]:
    """Create an empty database, opened as both logins; both are dropped with the test."""
    made: list[Database] = []

    def run(name: str) -> Database:
        name = f"redaction_versions_{os.getpid()}_{name}"
        administer(f"DROP DATABASE IF EXISTS {name}")
        administer(f"CREATE DATABASE {name}")
        made.append(open_both(server[0], name, settings))
        return made[-1]

    yield run
    for database in made:
        database.close()
        administer(f"DROP DATABASE {database.url.database} WITH (FORCE)")


def _run(database: Database, script: str) -> None:
    with database.engine("owner").begin() as connection:
        connection.exec_driver_sql(script.replace("%", "%%"))


def _partition(database: Database) -> None:
    """Create the partition that `MADE_BEFORE` has without the program."""
    _run(database, "SELECT tracking.ensure_partition('2026-03-02 15:00+00'::timestamptz)")


def test_a_fresh_database_is_what_the_catalog_says(make: Make) -> None:
    fresh = make("fresh")
    assert migrate(fresh) == (None, REVISIONS[-1])
    _partition(fresh)
    catalog = load_catalog()
    check_schema(fresh)
    shape = describe(fresh)
    tables = ["activities", "activities_elsewhen", "activities_elsewhen_rows", "activities_20260302"]
    for table in (f"tracking.{name}" for name in (*tables, "activities_20260302_rows")):
        check = shape[f"constraint {table}.activities_redacted_is_stripped"]["definition"]
        columns = {
            name.rpartition(".")[2]: facts for name, facts in shape.items() if name.startswith(f"column {table}.")
        }
        assert list(columns) == [column for column in columns if column in catalog.columns]
        assert {*columns} == {*catalog.columns}
        for name in catalog.personal:
            assert f"({name} IS NULL)" in check, f"{table}: the constraint leaves {name} out"
            assert columns[name]["statistics"] == 0, f"{table}: the planner samples {name}"
        assert not re.findall(rf"\((?:{'|'.join((*catalog.keys, *catalog.retained))}) IS NULL\)", check)
    for table, declared in catalog.places.items():
        for name in declared.personal:
            assert shape[f"column {table}.{name}"]["statistics"] == 0, f"the planner samples {table}.{name}"
            # The loader may add an address of an object, and cannot read any.
            loaders = [grant for grant in shape[f"column {table}.{name}"]["acl"] if "redaction_loader" in grant]
            assert all(grant.startswith("redaction_loader=a/") for grant in loaders), f"{table}.{name}"


@pytest.mark.parametrize(
    ("role", "privilege", "allowed"),
    [
        ("redaction_loader", "INSERT", lambda catalog: catalog.copied),
        ("redaction_loader", "UPDATE", lambda catalog: set(catalog.copied) - {"id", "account_id"}),
        ("redaction_loader", "SELECT", lambda catalog: (*catalog.keys, *catalog.state, *catalog.retained)),
        ("redaction_analyst", "SELECT", lambda catalog: ()),
        ("redaction_analyst", "INSERT", lambda catalog: ()),
    ],
)
def test_the_grants_of_the_activities_are_those_of_the_catalog(
    sql: Sql, role: str, privilege: str, allowed: Callable[..., Any]
) -> None:
    for relation in ("activities", "activities_elsewhen", "activities_elsewhen_rows"):
        found = sql(
            "SELECT CAST(attname AS text) AS name FROM pg_attribute WHERE attrelid = CAST(:relation AS regclass)"
            " AND attnum > 0 AND has_column_privilege(:role, attrelid, attnum, :privilege)",
            relation=f"tracking.{relation}",
            role=role,
            privilege=privilege,
        )
        # A grant on the table is for users of the table: partitions have none of their own.
        wanted = set(allowed(load_catalog())) if relation == "activities" else set()
        assert {row["name"] for row in found} == wanted, relation


def test_no_role_but_the_worker_reads_a_personal_column_beside_the_activities(sql: Sql) -> None:
    for table, declared in load_catalog().places.items():
        for column in declared.personal:
            [row] = sql(
                "SELECT has_column_privilege('redaction_worker', CAST(:table AS regclass), :column, 'SELECT')"
                " AS worker,"
                " has_column_privilege('redaction_loader', CAST(:table AS regclass), :column, 'SELECT') AS loader,"
                " has_column_privilege('redaction_analyst', CAST(:table AS regclass), :column, 'SELECT') AS analyst",
                table=table,
                column=column,
            )
            assert row == {"worker": True, "loader": False, "analyst": False}, f"{table}.{column}"


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_what_an_earlier_version_made_and_is_upgraded_equals_a_fresh_one(
    make: Make, database: Database, revision: str
) -> None:
    before = make(f"from_{revision}")
    _partition(database)
    with before.engine("owner").begin() as connection:
        upgrade(Session(connection), None, revision)
    _run(before, MADE_BEFORE)
    if revision >= "0015":
        _run(before, LEAF_SINCE_0015)
    _run(before, RECORDING_BEFORE if revision == REVISIONS[0] else OBJECT_BEFORE)
    _run(before, LEDGER_BEFORE)
    assert schema_version(before, "owner") == revision
    assert migrate(before) == (revision, REVISIONS[-1])
    check_schema(before)
    assert differences(describe(database), describe(before)) == []
    with before.engine("owner").connect() as connection:
        assert connection.exec_driver_sql(ROWS_BEFORE).scalar_one() == 8
    # Running it twice changes nothing.
    shape = describe(before)
    assert migrate(before) == (REVISIONS[-1], REVISIONS[-1])
    assert describe(before) == shape


def test_the_runs_of_before_have_their_steps_under_the_names_of_today(make: Make) -> None:
    before = make("steps")
    with before.engine("owner").begin() as connection:
        upgrade(Session(connection), None, "0009")
    _run(
        before,
        """
        INSERT INTO tracking.agencies (id, name) VALUES (1, 'North');
        INSERT INTO tracking.accounts (id, agency_id, name) VALUES (7, 1, 'Dental');
        INSERT INTO redaction.runs (account_id, cutoff, state, finished_at, failed_step, seconds) VALUES
            (7, '2026-04-01', 'failed', now(), 'rebuild_reports',
             '{"select_aged": 1, "strip": 2, "delete_objects": 3, "validate": 4, "rebuild_reports": 5}'),
            (7, '2026-04-02', 'failed', now(), 'strip', '{}')
        """,
    )
    migrate(before)
    with before.engine("owner").connect() as connection:
        runs = connection.exec_driver_sql("SELECT failed_step, seconds FROM redaction.runs ORDER BY id").fetchall()
    assert [tuple(run) for run in runs] == [
        ("reports", {"select": 1, "strip": 2, "objects": 3, "validate": 4, "reports": 5}),
        ("strip", {}),
    ]


def test_decisions_on_texts_of_before_hold_under_their_keyed_digests(make: Make) -> None:
    database = make("texts_of_before")
    with database.engine("owner").begin() as connection:
        upgrade(Session(connection), None, "0028")
    _run(database, MADE_BEFORE)
    kept = "INSERT INTO redaction.{} SELECT 7, sha256(convert_to('212 555 0199', 'UTF8')){}"
    _run(database, kept.format("text_decisions (account_id, digest, decision, decided_by)", ", 'cut', 'ada'"))
    _run(database, kept.format("undecided_texts", ""))
    migrate(database)
    for table in ("text_decisions", "undecided_texts"):
        asked = f"SELECT digest = redaction.digest_text('212 555 0199', redaction.text_key(7)) FROM redaction.{table}"
        with database.transaction("owner") as session:
            assert session.connection.exec_driver_sql(asked).scalars().all() == [True]


def test_a_version_of_tomorrow_is_refused_in_one_line(make: Make) -> None:
    newer = make("newer")
    migrate(newer)
    _run(newer, "UPDATE redaction.alembic_version SET version_num = '0099'")
    shape = describe(newer)
    for use in (migrate, lambda database: check_schema(database)):
        with pytest.raises(ProgramOlder, match=f"of version 0099, which this program does not know.* {REVISIONS[-1]}"):
            use(newer)
    assert describe(newer) == shape


def test_an_upgrade_waits_for_another_and_changes_nothing(make: Make) -> None:
    database = make("twice")
    with database.engine("owner").begin() as connection:
        upgrade(Session(connection), None, REVISIONS[-2])
    shape = describe(database)
    with database.transaction("owner") as session:
        session.run("set_schema_version", version=REVISIONS[-1])
        with pytest.raises(DatabaseBusy):
            migrate(database)
        session.run("set_schema_version", version=REVISIONS[-2])
    assert describe(database) == shape


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE reporting.tags ALTER COLUMN tag SET STATISTICS 10",
        "ALTER TABLE redaction.runs ALTER COLUMN trigger SET DEFAULT 'x'",
        "ALTER TABLE redaction.runs ALTER COLUMN trigger DROP NOT NULL",
        "ALTER TABLE redaction.run_batches ALTER COLUMN activity_ids SET STORAGE EXTENDED",
        "DROP INDEX reporting.tags_day",
        "GRANT SELECT (tag) ON reporting.tags TO redaction_analyst",
        "GRANT EXECUTE ON FUNCTION redaction.rewrite_place(text) TO PUBLIC",
        "ALTER TABLE tracking.activities DISABLE TRIGGER register_activities",
        "CREATE OR REPLACE VIEW redaction.run_activities AS SELECT 1::bigint AS run_id, 1 AS x",
        "ALTER FUNCTION redaction.rewrite_place(text) RESET ALL",
        "ALTER TABLE redaction.holds DROP CONSTRAINT holds_released_by_someone",
        "ALTER TABLE tracking.activities_elsewhen_rows SET (fillfactor = 40)",
        "ALTER SEQUENCE redaction.runs_id_seq CACHE 5",
        "ALTER TABLE tracking.agencies ENABLE ROW LEVEL SECURITY",
    ],
)
def test_the_description_sees_every_kind_of_difference(database: Database, sql: Sql, change: str) -> None:
    before = describe(database)
    if "VIEW" in change:
        sql("DROP VIEW redaction.run_activities CASCADE")
    sql(change)
    assert differences(before, describe(database))


def test_a_released_version_does_not_change() -> None:
    released = dict(reversed(line.split()) for line in RELEASED.read_text(encoding="utf-8").splitlines())
    assert "0001_baseline.sql" in released
    for name, digest in released.items():
        now = hashlib.sha256((VERSIONS / name).read_bytes()).hexdigest()
        assert now == digest, (
            f"sql/schema/versions/{name} is released, so databases were made by it: undo the change, and write what is "
            "needed as a version of its own"
        )
    numbers = tuple(sorted(name[:4] for name in released))
    assert numbers == REVISIONS[: len(numbers)], "versions are released in their order: released.sha256 has a gap"


def test_the_versions_are_literal() -> None:
    for path in VERSIONS.glob("*.sql"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\{\{|\{%|\{#", text), f"{path.name} is a template: write what it rendered"
        assert text.startswith(f"-- name: {path.stem}()\n-- "), path.name


def test_the_versions_are_one_line() -> None:
    """Two branches that both add a version are found here."""
    assert len(set(REVISIONS)) == len(REVISIONS)


def test_the_table_of_the_version_is_the_one_that_alembic_has_made_before(make: Make) -> None:
    now, before = make("now"), make("alembic")
    migrate(now)
    _run(before, "CREATE SCHEMA redaction")
    with before.engine("owner").begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": "redaction"})
        context._ensure_version_table()
    # A later version grants the table to the worker.
    _run(before, "GRANT SELECT ON redaction.alembic_version TO redaction_worker")
    made, wanted = (
        {name: facts for name, facts in describe(database).items() if ".alembic_version" in name}
        for database in (now, before)
    )
    assert len(wanted) > 2
    assert differences(made, wanted) == []


TOMORROW_SQL = """-- name: 0099_tomorrow()
-- A personal column of tomorrow.
ALTER TABLE tracking.activities ADD COLUMN shoe_size text;
ALTER TABLE tracking.activities DROP CONSTRAINT activities_redacted_is_stripped;
ALTER TABLE tracking.activities ADD CONSTRAINT activities_redacted_is_stripped CHECK (
    redacted_at IS NULL OR ({checks})
);
GRANT INSERT (shoe_size), UPDATE (shoe_size) ON tracking.activities TO redaction_loader;
CREATE TABLE tracking.shoes (account_id bigint NOT NULL, size text NOT NULL, PRIMARY KEY (account_id, size));
GRANT SELECT, INSERT, DELETE ON tracking.shoes TO redaction_worker
"""
TOMORROW_USE = """
from datetime import UTC, datetime
from redaction.catalog import load_catalog
from redaction.db.database import open_database
from redaction.db.schema import check_schema
from redaction.erasure.residue import list_residue
from redaction.pipeline.run import begin_run, complete_run
from redaction.pipeline.suites import EXPECTATIONS, write_suites
from redaction.placements.resolve import deploy
from redaction.settings import load_settings
from redaction.db.statements import load_statements

write_suites(EXPECTATIONS, load_catalog())
settings = load_settings()
database = open_database(settings)
check_schema(database)
load_statements()
with database.engine("owner").begin() as connection:
    connection.exec_driver_sql("INSERT INTO tracking.shoes VALUES (7, 'forty'); DELETE FROM tracking.shoes")
    connection.exec_driver_sql("DELETE FROM tracking.held_contacts; DELETE FROM redaction.pauses")
    connection.exec_driver_sql("UPDATE tracking.activities SET shoe_size = 'forty' WHERE id = 2")
deployment = deploy(database, settings)
run = begin_run(deployment, 7, datetime(2026, 4, 1, tzinfo=UTC), "cli")
print("stripped", complete_run(deployment, run.id)["stripped_count"])
print([one.partition_name for one in list_residue(deployment)])
"""


def test_a_personal_column_of_tomorrow_gives_a_fresh_database_and_an_upgrade_equal_to_it(
    make: Make, tmp_path: Path
) -> None:
    """The whole program is copied, as it is installed, and given a version and a catalog of tomorrow."""
    program = tmp_path / "program"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "redaction", program / "redaction", ignore=ignore)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, program / "redaction" / folder, ignore=ignore, dirs_exist_ok=True)
    catalog_file = program / "redaction" / "catalog.yml"
    catalog_file.write_text(
        catalog_file.read_text(encoding="utf-8").replace(
            "  unlisted: {", "  shoe_size: {class: personal, category: other}\n  unlisted: {", 1
        )
        + "  tracking.shoes: {record: [account_id], personal: {size: {category: other}}}\n",
        encoding="utf-8",
    )
    checks = " AND ".join(f"{name} IS NULL" for name in (*load_catalog().personal, "shoe_size"))
    (program / "redaction" / "sql" / "schema" / "versions" / "0099_tomorrow.sql").write_text(
        TOMORROW_SQL.format(checks=checks)
    )

    def tomorrow(database: Database, *words: str) -> str:
        urls = {"DATABASE": database.url, "OWNER": as_owner(database)}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("REDACTION_")},
            "PYTHONPATH": str(program),
            **{f"REDACTION_{name}_URL": url.render_as_string(hide_password=False) for name, url in urls.items()},
            "REDACTION_HOME": str(tmp_path / str(database.url.database)),
        }
        done = subprocess.run(
            [sys.executable, *words], env=environment, cwd=program, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    fresh, upgraded = make("fresh"), make("upgraded")
    with upgraded.engine("owner").begin() as connection:
        upgrade(Session(connection), None, REVISIONS[0])
    _run(upgraded, MADE_BEFORE)
    _run(upgraded, RECORDING_BEFORE)
    migrate(upgraded)
    for database in (fresh, upgraded):
        tomorrow(database, "-c", "from redaction.cli.main import main; main()", "init")
    _partition(fresh)
    assert schema_version(fresh) == "0099"
    shape = describe(fresh)
    assert differences(shape, describe(upgraded)) == []
    assert (
        "(shoe_size IS NULL)" in shape["constraint tracking.activities.activities_redacted_is_stripped"]["definition"]
    )
    assert shape["column tracking.activities_20260302_rows.shoe_size"]["statistics"] == 0
    assert shape["column tracking.shoes.size"]["statistics"] == 0
    said = tomorrow(upgraded, "-c", TOMORROW_USE)
    assert "stripped 2\n" in said
    assert "'tracking.shoes'" in said


def test_a_common_name_is_kept_by_a_keyed_digest_from_then_on(make: Make) -> None:
    before = make("named")
    with before.engine("owner").begin() as connection:
        upgrade(Session(connection), None, "0032")
    _run(before, MADE_BEFORE)
    # Keys are made by a trigger of the program's code.
    _run(before, "INSERT INTO redaction.text_keys (account_id, key) VALUES (7, decode(repeat('ab', 128), 'hex'))")
    _run(before, "INSERT INTO redaction.common_names (account_id, digest, contacts) VALUES (7, sha256('x'), 20)")
    migrate(before)
    with before.engine("owner").connect() as connection:
        kept = "SELECT digest = redaction.key_digest(sha256('x'), redaction.text_key(7)) FROM redaction.common_names"
        assert connection.exec_driver_sql(kept).scalar_one()
