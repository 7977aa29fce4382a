"""Access to the database: migrations twice, roles as narrow as they should be, errors without values."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.db.refusals import raise_mapped
from redaction.db.schema import check_schema, migrate, schema_version
from redaction.db.urls import parse_url
from redaction.errors import BadInput, DatabaseBusy, LoginRefused, NotAllowed, PersonalDataRemains, RedactionError
from redaction.settings import Settings, load_settings
from tests.conftest import PERSONAL_VALUES, database_url, login_url, open_both


def test_migrating_twice_changes_nothing(database: Database, sql: Callable[..., Any]) -> None:
    columns = "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns ORDER BY 1, 2, 3"
    version, before = schema_version(database), sql(columns)
    assert migrate(database) == (version, version)
    assert sql(columns) == before


def test_an_empty_database_is_refused(server: tuple[str, Path | None], settings: Settings) -> None:
    for url in (database_url(server[0], "postgres"), login_url(server[0], "postgres")):
        database = Database(url, settings)
        with pytest.raises((BadInput, LoginRefused), match="redaction init"):
            check_schema(database)
        database.close()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding_is_refused(
    server: tuple[str, Path | None], administer: Callable[[str], None], settings: Settings, encoding: str
) -> None:
    name = f"redaction_encoding_{os.getpid()}"
    administer(f"DROP DATABASE IF EXISTS {name}")
    administer(f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    database = open_both(server[0], name, settings)
    try:
        with pytest.raises(BadInput, match=f"{encoding}, and UTF8 is needed.*nothing was changed"):
            migrate(database)
    finally:
        database.close()
        administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(
    "url",
    [
        "not a url",
        "mysql://u@h/d",
        "postgresql://u:secretword@h:port/d",
        "postgresql://u:secretword@h/d?async=1",
        "postgresql://u:secretword@h/d?host=h&port=none",
    ],
)
def test_a_bad_url_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_url(url)
    assert "secretword" not in str(caught.value)


def test_an_unreachable_database_is_one_line() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none", Settings())
    with pytest.raises(DatabaseBusy) as caught:
        schema_version(database)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "error", "state", "says"),
    [
        ({"username": "nobody_of_the_tests"}, LoginRefused, "28000", "check that `redaction init` has created it"),
        ({"database": "nothing_of_the_tests"}, BadInput, "3D000", "create it, then run `redaction init`"),
        ({"query": {"sslmode": "perhaps"}}, BadInput, None, "sslmode has a value that it cannot have"),
    ],
)
def test_a_url_that_names_what_is_not_there_is_not_tried_again(
    settings: Settings, changes: dict[str, Any], error: type[RedactionError], state: str | None, says: str
) -> None:
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value())
    changed = url.set(**changes | {"query": {**url.query, **changes.get("query", {})}})
    database = Database(changed.render_as_string(hide_password=False), settings)
    with pytest.raises(error, match=says) as caught:
        schema_version(database)
    assert (caught.value.retryable, caught.value.sqlstate) == (False, state)
    assert not {"\n", "_of_the_tests", "perhaps"} & {word for word in str(caught.value).split(" ")}
    database.close()


@pytest.mark.parametrize(
    ("told", "state", "again"),
    [
        ('FATAL:  password authentication failed for user "u"', "28P01", False),
        ("fe_sendauth: no password supplied", "28P01", False),
        ('FATAL:  no pg_hba.conf entry for host "::1", user "u", database "d", SSL off', "28000", False),
        ('FATAL:  Peer authentication failed for user "u"', "28000", False),
        ('FATAL:  role "u" is not permitted to log in', "28000", False),
        ('FATAL:  database "d" does not exist', "3D000", False),
        ("FATAL:  the database system is starting up", None, True),
        ("FATAL:  sorry, too many clients already", None, True),
        ('invalid integer value "x" for connection option "keepalives_idle"', None, False),
    ],
)
def test_what_is_said_of_a_refused_connection_stands_for_its_sqlstate(
    told: str, state: str | None, again: bool
) -> None:
    """A library whose connection was refused has only the text."""
    refused = sa.exc.OperationalError(None, None, psycopg2.OperationalError(f"connection to server failed: {told}"))
    with pytest.raises(RedactionError) as caught:
        raise_mapped(refused)
    assert (caught.value.sqlstate, caught.value.retryable) == (state, again)


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDACTION_BATCH_SIZE", "many")
    with pytest.raises(BadInput, match="REDACTION_BATCH_SIZE"):
        load_settings()


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("redaction_loader", "SELECT caller_name FROM tracking.activities"),
        ("redaction_loader", "SELECT * FROM redaction.runs"),
        ("redaction_loader", "DELETE FROM tracking.activities"),
        ("redaction_worker", "DELETE FROM tracking.activities"),
        ("redaction_worker", "ALTER TABLE tracking.activities ADD COLUMN x int"),
        ("redaction_worker", "CREATE TABLE tracking.x ()"),
        ("redaction_worker", "UPDATE tracking.accounts SET auto_redaction = NULL"),
        ("redaction_analyst", "SELECT id FROM tracking.activities"),
        ("redaction_analyst", "SELECT * FROM redaction.runs"),
        ("redaction_analyst", "DELETE FROM reporting.tags"),
        ("redaction_manager", "SELECT caller_name FROM tracking.activities"),
        ("redaction_manager", "UPDATE tracking.activities SET redacted_at = now()"),
        ("redaction_manager", "DELETE FROM tracking.accounts"),
        ("redaction_manager", "UPDATE tracking.accounts SET whereabouts = 'left', other_placement = 'x'"),
        ("redaction_manager", "SELECT * FROM redaction.runs"),
        ("redaction_manager", "INSERT INTO redaction.holds DEFAULT VALUES"),
    ],
)
def test_no_role_may_more_than_it_needs(database: Database, role: Any, statement: str) -> None:
    with pytest.raises(NotAllowed), database.transaction(role) as session:
        session.connection.execute(sa.text(statement))


def test_a_redacted_row_cannot_regain_any_personal_value(
    database: Database, sql: Callable[..., Any], account: int, insert: Callable[..., None]
) -> None:
    insert(1)
    sql(f"UPDATE tracking.activities SET redacted_at = now(), {', '.join(f'{name} = NULL' for name in PERSONAL)}")
    for name in PERSONAL:
        with pytest.raises(PersonalDataRemains) as caught, database.transaction("owner") as session:
            session.connection.execute(
                sa.text(f"UPDATE tracking.activities SET {name} = :value"), {"value": ALL_VALUES[name]}
            )
        assert "canary" not in repr(caught.value).lower()
        assert caught.value.__cause__ is None


PERSONAL = load_catalog().personal
ALL_VALUES = {**PERSONAL_VALUES, "recording_url": "file:///canary.wav"}


def test_an_error_carries_no_value(database: Database, account: int, insert: Callable[..., None]) -> None:
    insert(1, caller_name="Canary Value")
    with pytest.raises(RedactionError) as caught, database.transaction("owner") as session:
        session.connection.execute(
            sa.text("INSERT INTO tracking.activities (id, account_id, kind, called_at) VALUES (2, 7, :kind, now())"),
            {"kind": "canary kind"},
        )
    assert "canary" not in str(caught.value)
    assert "kind" in str(caught.value)


def test_the_identity_of_an_activity_is_unique_whatever_its_time(
    sql: Callable[..., Any], account: int, insert: Callable[..., None]
) -> None:
    insert(1)
    with pytest.raises(sa.exc.IntegrityError, match="activity_identity"):
        insert(1, called_at=sql("SELECT timestamptz '2026-05-02 10:00Z' AS at")[0]["at"])
    assert sql("SELECT count(*) AS n FROM tracking.activities")[0]["n"] == 1


def test_an_activity_of_an_unknown_account_is_refused(account: int, insert: Callable[..., None]) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        insert(1, account_id=99)


def test_an_account_with_activities_cannot_be_deleted(
    sql: Callable[..., Any], account: int, insert: Callable[..., None]
) -> None:
    insert(1)
    with pytest.raises(sa.exc.IntegrityError, match="account 7 still has activities"):
        sql("DELETE FROM tracking.accounts WHERE id = 7")
    sql("DELETE FROM tracking.activities")
    sql("DELETE FROM tracking.accounts WHERE id = 7")


def test_deleting_or_moving_a_row_takes_its_identity_along(
    sql: Callable[..., Any], account: int, insert: Callable[..., None]
) -> None:
    insert(1)
    insert(2)
    sql("UPDATE tracking.activities SET called_at = called_at + interval '30 days' WHERE id = 1")
    assert sql("SELECT count(*) AS n FROM tracking.activities NATURAL JOIN tracking.activity_identity") == [{"n": 2}]
    sql("DELETE FROM tracking.activities WHERE id = 1")
    assert sql("SELECT id FROM tracking.activity_identity") == [{"id": 2}]
    with pytest.raises(sa.exc.DBAPIError, match="cannot change its id"):
        sql("UPDATE tracking.activities SET id = 3")
    sql("TRUNCATE tracking.activities")
    assert sql("SELECT id FROM tracking.activity_identity") == []


def test_no_row_falls_on_the_floor(sql: Callable[..., Any], account: int) -> None:
    for number, year in enumerate((1900, 1999, 2026, 2100, 9999)):
        sql(
            "INSERT INTO tracking.activities (id, account_id, kind, called_at)"
            " VALUES (:id, 7, 'call', make_timestamptz(:year, 1, 1, 0, 0, 0, 'UTC'))",
            id=number,
            year=year,
        )
        sql("SELECT tracking.ensure_partition(make_timestamptz(:year, 1, 1, 0, 0, 0, 'UTC'))", year=year)
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 5}]


def test_a_row_moves_into_a_partition_that_another_session_has_made(
    database: Database, sql: Callable[..., Any], account: int
) -> None:
    sql(
        "INSERT INTO tracking.activities (id, account_id, kind, called_at) VALUES (1, 7, 'call', '1998-07-09'),"
        " (2, 7, 'call', '2026-03-04')"
    )
    with database.engine("owner").connect() as knowing:
        knowing.exec_driver_sql("UPDATE tracking.activities SET called_at = '1999-01-01' WHERE id = 1")
        knowing.commit()
        # Row 2 keeps the partition of its week from being created; the week after is free.
        sql("SELECT tracking.ensure_partition('2026-03-10')")
        knowing.exec_driver_sql("UPDATE tracking.activities SET called_at = '2026-03-10' WHERE id = 1")
        knowing.commit()
    found = sql("SELECT id, tableoid::regclass::text AS leaf FROM tracking.activities ORDER BY id")
    assert found == [
        {"id": 1, "leaf": "tracking.activities_20260309_rows"},
        {"id": 2, "leaf": "tracking.activities_elsewhen_rows"},
    ]
    assert sql("SELECT id FROM tracking.activities WHERE called_at = '2026-03-10'") == [{"id": 1}]


def test_a_setting_is_read_by_its_name_of_version_0_1_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().throttle_when_busy
    monkeypatch.setenv("REDACTION_REWRITE_GENTLY", "false")
    assert not load_settings().throttle_when_busy
    monkeypatch.setenv("REDACTION_THROTTLE_WHEN_BUSY", "true")
    assert load_settings().throttle_when_busy
    monkeypatch.setenv("REDACTION_THROTTLE_WHEN_BUSY", "perhaps")
    with pytest.raises(BadInput, match=r"^environment: REDACTION_THROTTLE_WHEN_BUSY: "):
        load_settings()


def test_a_session_is_lent_with_settings_and_comes_back_without(database: Database) -> None:
    asked = "SELECT pg_backend_pid() AS pid, current_setting('redaction.run_id', true) AS run"

    def ask() -> tuple[Any, ...]:
        with database.engine("redaction_worker").connect() as connection:
            return tuple(connection.exec_driver_sql(asked).one())

    pid, before = ask()
    assert not before
    with database.lent("redaction_worker", {"redaction.run_id": "5"}) as engine:
        for _ in range(2):
            with engine.begin() as connection:
                assert tuple(connection.exec_driver_sql(asked).one()) == (pid, "5")
            # As Great Expectations does, at any later time.
            engine.dispose()
    assert ask() == (pid, "")
    # What may still have them is used for nothing else.
    with pytest.raises(BadInput), database.lent("redaction_worker", {"redaction.run_id": "6"}):
        raise BadInput("stopped")
    other, after = ask()
    assert other != pid
    assert not after


def test_the_disposal_of_a_lent_engine_logs_nothing(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    # Great Expectations disposes it when a process ends. Airflow's logging would print the line after the output.
    caplog.set_level("INFO")
    with database.lent("redaction_worker", {}) as engine:
        engine.dispose()
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT 1")) == 1
    assert [record.message for record in caplog.records if "_LentPool" in record.name] == []
