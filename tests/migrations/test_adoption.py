"""An older, unpartitioned table: adopted through every kill, with equal rows, or refused untouched."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.db.migrations.adoption import adopt_rows, count_aside, set_aside
from redaction.db.migrations.scripts import upgrade
from redaction.db.schema import check_schema, migrate, schema_version
from redaction.db.session import Session
from redaction.errors import BadInput, DatabaseBusy, PersonalDataRemains, RedactionError, UnclassifiedColumn
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from redaction.source.load import load_files
from tests.conftest import open_both

Sql = Callable[..., list[dict[str, Any]]]
_numbers = itertools.count(1)

COLUMNS = (
    "id, account_id, kind, called_at, status, tracking_number, source, call_path, redacted_at, redaction_run_id,"
    " caller_name, caller_number, contact_key, message, notes, emails, visitor, tags, unlisted"
)
TABLES = """
CREATE SCHEMA tracking;
CREATE TABLE tracking.agencies (id integer PRIMARY KEY, name text, plan text DEFAULT 'agency', allow_redaction bool);
CREATE TABLE tracking.accounts (
    id bigint PRIMARY KEY, agency_id integer REFERENCES tracking.agencies (id), name varchar(80), timezone text
);
CREATE INDEX accounts_agency ON tracking.accounts (agency_id);
INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'North', true);
INSERT INTO tracking.accounts VALUES (7, 1, 'Dental', 'America/New_York'), (8, 1, 'Law', 'UTC')
"""
TABLE = """
CREATE TABLE tracking.activities (
    id integer, account_id bigint NOT NULL, kind varchar NOT NULL, called_at timestamptz NOT NULL, status text,
    tracking_number text, source text, call_path json, gone text, redacted_at timestamptz, redaction_run_id bigint,
    caller_name text, caller_number text, contact_key text, message jsonb, notes text, emails text[], visitor jsonb,
    tags text[], unlisted jsonb, PRIMARY KEY (account_id, id)
);
ALTER TABLE tracking.activities DROP COLUMN gone;
CREATE INDEX activities_contact ON tracking.activities (contact_key);
CREATE FUNCTION tracking.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE DELETE ON tracking.activities FOR EACH ROW EXECUTE FUNCTION tracking.keep()
"""
ROWS = """
INSERT INTO tracking.activities
SELECT n, 7 + n % 2, 'call', timestamptz '2026-01-05 12:00Z' + n * interval '13 hours', 'answered', '+18005550100', 'A',
       '[{"route_name": "Desk"}]', CASE WHEN n % 5 = 0 THEN now() END, CASE WHEN n % 5 = 0 THEN 3 END,
       v.name, v.name, v.name, to_jsonb(v.name), repeat(v.name, 400), ARRAY[v.name, NULL], to_jsonb(v.name),
       ARRAY[v.name], jsonb_build_object('n', v.name)
FROM generate_series(1, 97) AS n
CROSS JOIN LATERAL (SELECT CASE WHEN n % 5 > 0 THEN 'canary-' || n END AS name) v;
UPDATE tracking.activities SET message = NULL, notes = NULL, emails = NULL, visitor = NULL, tags = NULL, unlisted = NULL
WHERE redacted_at IS NOT NULL;
INSERT INTO tracking.activities (id, account_id, kind, called_at)
VALUES (500, 7, 'text', '1950-01-01'), (501, 8, 'chat', '9999-01-01')
"""


@pytest.fixture
def before(
    settings: Settings, server: tuple[str, Path | None], administer: Callable[[str], None]
) -> Iterator[Database]:
    """A database with nothing of this program in it."""
    name = f"redaction_before_{os.getpid()}_{next(_numbers)}"
    administer(f"CREATE DATABASE {name}")
    opened = open_both(server[0], name, settings)
    yield opened
    opened.close()
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def ask(before: Database) -> Sql:
    def run(statement: str, **values: Any) -> list[dict[str, Any]]:
        with before.engine("owner").begin() as connection:
            result = connection.execute(sa.text(statement), values)
            return [dict(row._mapping) for row in result] if result.returns_rows else []

    return run


@pytest.fixture
def old(before: Database) -> Database:
    """Tenants, and an unpartitioned table with redacted rows, distant times, and missing columns and other types."""
    with before.engine("owner").begin() as connection:
        for script in (TABLES, TABLE, ROWS):
            connection.exec_driver_sql(script.replace("%", "%%"))
    return before


def _rows(ask: Sql, table: str = "tracking.activities") -> list[dict[str, Any]]:
    return ask(f"SELECT {COLUMNS} FROM {table} ORDER BY id")


def test_every_row_arrives_as_it_was(old: Database, settings: Settings, ask: Sql) -> None:
    rows = _rows(ask)
    assert len(rows) == 99
    version, _ = migrate(old)
    assert version is None
    steps: list[int] = []
    assert count_aside(old) == 99
    assert adopt_rows(old, settings.model_copy(update={"batch_size": 25}), steps.append) == 99
    assert steps == [25, 25, 25, 24]
    assert _rows(ask) == rows
    check_schema(old)
    assert count_aside(old) is None
    assert ask(
        "SELECT to_regclass('tracking_before.activities') AS t, to_regclass('tracking_before.accounts') AS a"
    ) == [{"t": None, "a": None}]
    known = ask("SELECT account_id, id, called_at FROM tracking.activity_identity ORDER BY id")
    assert known == [{name: row[name] for name in ("account_id", "id", "called_at")} for row in rows]
    assert ask("SELECT count(*) AS n FROM tracking.activities_elsewhen") == [{"n": 2}]
    assert ask("SELECT name FROM tracking.accounts ORDER BY id") == [{"name": "Dental"}, {"name": "Law"}]
    assert ask("SELECT count(*) > 50 AS marked FROM reporting.stale_days") == [{"marked": True}]
    assert migrate(old)[0] == schema_version(old)
    assert adopt_rows(old, settings) == 0


def test_a_kill_loses_nothing_and_the_next_init_goes_on(
    old: Database, settings: Settings, ask: Sql, tmp_path: Path
) -> None:
    rows = _rows(ask)
    migrate(old)
    small = settings.model_copy(update={"batch_size": 30})

    def die(_: int) -> None:
        raise KeyboardInterrupt

    for left in (69, 39, 9):
        with pytest.raises(KeyboardInterrupt):
            adopt_rows(old, small, die)
        aside = f"SELECT {COLUMNS.replace('call_path', 'call_path::jsonb')} FROM tracking_before.activities"
        assert _rows(ask, f"(SELECT {COLUMNS} FROM tracking.activities UNION ALL {aside}) b") == rows
        with pytest.raises(BadInput, match=f"still holds {left} activities: run `redaction init`"):
            check_schema(old)
        with pytest.raises(BadInput, match="still holds"):
            load_files(deploy(old, settings), [tmp_path])
        migrate(old)
    assert adopt_rows(old, small) == 9
    assert _rows(ask) == rows
    check_schema(old)


def test_a_row_that_was_passed_over_is_found_before_the_old_table_goes(
    old: Database, settings: Settings, ask: Sql
) -> None:
    migrate(old)
    ask("UPDATE tracking_before.adoption SET place = '(10000,1)'")
    assert adopt_rows(old, settings) == 99


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ("ALTER TABLE tracking.activities ADD COLUMN shoe_size int", UnclassifiedColumn, "shoe_size"),
        ("UPDATE tracking.activities SET notes = 'canary' WHERE id = 5", PersonalDataRemains, "activities 5 "),
        (
            "INSERT INTO tracking.activities (id, account_id, kind, called_at) VALUES (1, 99, 'call', now())",
            BadInput,
            "not in tracking.accounts: 99",
        ),
        ("UPDATE tracking.activities SET kind = 'canary' WHERE id = 4", BadInput, "activities 4 "),
        ("ALTER TABLE tracking.activities ALTER emails TYPE text USING 'x'", BadInput, "emails of type text"),
        ("ALTER TABLE tracking.accounts ADD COLUMN shoe_size int", BadInput, "shoe_size"),
        ("ALTER TABLE tracking.activities RENAME called_at TO redaction_run", UnclassifiedColumn, "redaction_run"),
        ("ALTER TABLE tracking.activities DROP COLUMN kind", BadInput, "no column kind"),
        ("CREATE VIEW public.seen AS SELECT id FROM tracking.activities", BadInput, "seen"),
        ("CREATE TABLE tracking.more (id int)", BadInput, "table tracking.more"),
        (
            "CREATE FUNCTION public.of_row(tracking.activities) RETURNS int LANGUAGE sql RETURN 1",
            BadInput,
            r"of_row\(tracking.activities\)",
        ),
        ("CREATE RULE keep AS ON DELETE TO tracking.activities DO INSTEAD NOTHING", BadInput, "rule keep"),
        ("CREATE TABLE public.more (id int REFERENCES tracking.agencies (id))", BadInput, "more_id_fkey on table more"),
        (
            "ALTER TABLE tracking.activities ALTER called_at TYPE timestamp",
            BadInput,
            "needed as timestamp with time zone",
        ),
        ("CREATE SCHEMA tracking_before", BadInput, "schema tracking_before"),
        (
            "ALTER TABLE tracking.accounts DROP CONSTRAINT accounts_pkey; INSERT INTO tracking.accounts"
            " VALUES (7, 1, 'twin', 'UTC')",
            RedactionError,
            "accounts_pkey",
        ),
        ("UPDATE tracking.accounts SET timezone = NULL WHERE id = 8", RedactionError, "tracking.accounts.timezone"),
        ("CREATE TABLE public.child () INHERITS (tracking.activities)", BadInput, "child"),
        (
            "ALTER TABLE tracking.activities DROP CONSTRAINT activities_pkey;"
            " INSERT INTO tracking.activities (id, account_id, kind, called_at) VALUES (1, 8, 'call', now())",
            BadInput,
            "activities 1 .*more than once",
        ),
    ],
)
def test_what_cannot_follow_is_named_and_nothing_is_changed(
    old: Database, ask: Sql, change: str, error: type[RedactionError], says: str
) -> None:
    for statement in change.split("; "):
        ask(statement)
    shape = "SELECT nspname, relname, relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace ORDER BY 1, 2"
    was = ask(shape), ask("SELECT CAST(a.* AS text) AS a FROM tracking.activities a ORDER BY 1")
    with pytest.raises(error, match=says) as caught:
        migrate(old)
    assert "canary" not in str(caught.value)
    assert (ask(shape), ask("SELECT CAST(a.* AS text) AS a FROM tracking.activities a ORDER BY 1")) == was
    assert schema_version(old) is None


def test_accounts_that_were_never_there_are_asked_for_before_a_row_moves(
    before: Database, settings: Settings, ask: Sql
) -> None:
    with before.engine("owner").begin() as connection:
        for script in ("CREATE SCHEMA tracking", TABLE, ROWS):
            connection.exec_driver_sql(script.replace("%", "%%"))
    migrate(before)
    with pytest.raises(BadInput, match="not there: 7, 8: create them"):
        adopt_rows(before, settings)
    assert count_aside(before) == 99
    ask("INSERT INTO tracking.agencies (id) VALUES (1)")
    ask("INSERT INTO tracking.accounts (id, agency_id) VALUES (7, 1), (8, 1)")
    assert adopt_rows(before, settings) == 99


def test_what_would_change_a_row_on_its_way_stops_the_batch(old: Database, settings: Settings, ask: Sql) -> None:
    rows = _rows(ask)
    migrate(old)
    ask(
        "CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.source = ''x''; RETURN NEW; END'"
    )
    ask("CREATE TRIGGER spoil BEFORE INSERT ON tracking.activities FOR EACH ROW EXECUTE FUNCTION public.spoil()")
    with pytest.raises(RedactionError, match="did not arrive as they were"):
        adopt_rows(old, settings)
    assert len(_rows(ask, "tracking_before.activities")) == 99
    ask("DROP TRIGGER spoil ON tracking.activities")
    ask("DELETE FROM tracking_before.activities WHERE id = 1")
    with pytest.raises(RedactionError, match="not those that were counted"):
        adopt_rows(old, settings)
    assert _rows(ask) == rows[1:]
    assert count_aside(old) == 0


def test_rows_that_row_security_hides_are_brought_over_too(old: Database, settings: Settings, ask: Sql) -> None:
    """By a login that owns the tables and is no superuser, as on a managed server."""
    ask("ALTER TABLE tracking.activities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    migrate(old)
    ask("ALTER TABLE tracking_before.activities OWNER TO redaction_loader")
    ask("GRANT USAGE ON SCHEMA tracking_before TO redaction_loader")
    with old.transaction("redaction_loader") as session:
        assert session.connection.scalar(sa.text("SELECT count(*) FROM tracking_before.activities")) == 99
    ask("ALTER TABLE tracking_before.activities OWNER TO CURRENT_USER")
    assert adopt_rows(old, settings) == 99


def test_what_an_earlier_version_set_aside_is_counted_by_the_upgrade(
    old: Database, settings: Settings, ask: Sql
) -> None:
    with old.engine("owner").begin() as connection:
        set_aside(Session(connection))
        upgrade(Session(connection), None, "0001")
    rows = _rows(ask, "tracking_before.activities")
    migrate(old)
    assert adopt_rows(old, settings) == 99
    assert [row["id"] for row in _rows(ask)] == [row["id"] for row in rows]


def test_a_table_that_is_being_written_is_left_alone(old: Database, ask: Sql) -> None:
    with old.engine("owner").connect() as writer:
        writer.exec_driver_sql("UPDATE tracking.activities SET status = 'x' WHERE id = 1")
        with pytest.raises(DatabaseBusy):
            migrate(old)
        writer.rollback()
    assert schema_version(old) is None
    assert len(_rows(ask)) == 99
