"""A database knows whose functions it has, and `redaction init` replaces those of another program."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from redaction.db import statements
from redaction.db.database import Database
from redaction.db.migrations import scripts
from redaction.db.schema import check_schema, migrate, schema_version
from redaction.errors import DatabaseBusy
from tests.migrations.shape import describe, differences

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
Release = Callable[[], AbstractContextManager[None]]

NEW = "CREATE OR REPLACE FUNCTION redaction.release() RETURNS text LANGUAGE sql RETURN 'next';\n"
FOUND = "SELECT proname AS name FROM pg_proc WHERE oid = to_regprocedure('redaction.release()')"
MADE = "SELECT xmin::text, oid FROM pg_proc WHERE pronamespace = 'redaction'::regnamespace ORDER BY oid"
SAYS = "the functions of the database are those of another program of this version"


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Release:
    """This very program with one more function, and the same version of the schema."""
    ours = statements.read_code

    @contextmanager
    def released() -> Any:
        with monkeypatch.context() as patched:
            for module in (statements, scripts):
                patched.setattr(module, "read_code", lambda name: ours(name) + NEW * (name == "proofs"))
            yield

    return released


def test_a_release_that_changes_a_function_alone_replaces_it(database: Database, sql: Sql, release: Release) -> None:
    version, before = schema_version(database), describe(database)
    with release():
        # A program works with the functions of another one of its version.
        check_schema(database)
        assert sql(FOUND) == []
        assert migrate(database) == (version, version)
        assert sql(FOUND) == [{"name": "release"}]
        made = sql(MADE)
        assert migrate(database) == (version, version)
        assert sql(MADE) == made, "twice changes nothing"
    assert migrate(database) == (version, version)
    sql("DROP FUNCTION redaction.release()")
    assert differences(before, describe(database)) == []


def test_a_database_that_does_not_know_whose_functions_it_has_gets_them_again(database: Database, sql: Sql) -> None:
    before = describe(database)
    sql("CREATE OR REPLACE FUNCTION redaction.data_directory() RETURNS text LANGUAGE sql RETURN 'of before'")
    migrate(database)
    assert differences(before, describe(database)) != [], "nobody reads all functions"
    sql("COMMENT ON TABLE redaction.catalog IS NULL")
    migrate(database)
    assert differences(before, describe(database)) == []


def test_of_two_that_replace_the_functions_the_second_waits(database: Database, sql: Sql, release: Release) -> None:
    with release():
        with database.transaction("owner") as session:
            session.connection.exec_driver_sql("UPDATE redaction.catalog SET applied_at = clock_timestamp()")
            with pytest.raises(DatabaseBusy):
                migrate(database)
        assert sql(FOUND) == []
        migrate(database)
    assert sql(FOUND) == [{"name": "release"}]


def test_status_and_init_say_whose_functions_there_are(cli: Cli, account: int, release: Release) -> None:
    assert SAYS not in cli("status")[2]
    with release():
        code, out, err = cli("status")
        assert code == 0
        assert "nothing is late" in out
        assert err.count(SAYS) == 1
        assert "placement default: " in err
        assert "run `redaction init`" in err
        code, out, _ = cli("init", "--check")
        assert (code, out.count("\n")) == (1, 1)
        assert "the functions of the schema (" in out
        assert "would be replaced by `redaction init`" in out
        code, out, _ = cli("init", "--check", "--json")
        assert (code, json.loads(out)) == (1, {"default": {"older": False, "other_functions": True}})
        code, out, _ = cli("init")
        assert (code, out.count("its functions are those of this program now")) == (0, 1)
        assert "its functions" not in cli("init")[1]
        assert cli("init", "--check")[0] == 0
        assert SAYS not in cli("status")[2]
    # The older program says so too, and works.
    assert "else install the newer one here" in cli("status")[2]
    assert cli("due", "7")[0] == 0


def test_nothing_is_said_of_functions_where_version_or_catalog_differ(
    cli: Cli, account: int, sql: Sql, release: Release
) -> None:
    """The program refuses to work there, and says what to do."""
    with release():
        assert SAYS in cli("status")[2]
        sql("UPDATE redaction.catalog SET digest = repeat('0', 64), columns = columns || '{\"x.y.z\": \"record\"}'")
        assert SAYS not in cli("status")[2]
        sql("UPDATE redaction.alembic_version SET version_num = '0001'")
        assert SAYS not in cli("status")[2]
        assert json.loads(cli("init", "--check", "--json")[1]) == {"default": {"older": True, "other_functions": False}}


def test_a_function_that_is_missing_is_one_line_that_says_what_to_do(cli: Cli, account: int, sql: Sql) -> None:
    sql("DROP FUNCTION redaction.has_aged(bigint, timestamptz) CASCADE")
    code, _, err = cli("run", "7")
    assert (code, err.count("\n")) == (2, 1)
    assert "run `redaction init`" in err
