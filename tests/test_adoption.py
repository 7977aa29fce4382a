"""A table from before this system: taken over whole, whoever is killed, or refused before anything changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from redaction.adoption import adopt
from redaction.catalog import load_catalog
from redaction.database import Database, check_schema, migrate
from redaction.errors import BadInput, PersonalDataRemains, UnclassifiedColumn
from redaction.pipeline.run import begin_run, complete_run
from redaction.settings import Settings
from tests.conftest import database_url

BEFORE = """
CREATE SCHEMA tracking;
CREATE TABLE tracking.agencies (id bigint PRIMARY KEY, name text, allow_redaction boolean);
CREATE TABLE tracking.accounts (id bigint PRIMARY KEY, agency_id bigint, timezone text, auto_redaction text,
                                auto_redaction_since date);
CREATE TABLE tracking.activities (id bigint PRIMARY KEY, account_id bigint, kind varchar(10), called_at timestamptz,
                                  source text, call_path json, caller_name text, notes text, emails text[],
                                  redacted_at timestamptz);
INSERT INTO tracking.agencies VALUES (1, 'North', true);
INSERT INTO tracking.accounts VALUES (7, 1, 'Europe/Berlin', 'daily', '2026-01-01');
INSERT INTO tracking.activities
SELECT n, 7, 'call', timestamptz '2026-03-02' + n * interval '9 hours', 'Source ' || n % 3, '[{"route_name":  "x"}]',
       CASE WHEN n <> 5 THEN 'Zoë ' || n END, CASE WHEN n <> 5 THEN repeat('note', n) END,
       CASE WHEN n <> 5 THEN ARRAY['a' || n || '@example.com'] END, CASE WHEN n = 5 THEN now() END
FROM generate_series(1, 50) n;
INSERT INTO tracking.activities VALUES (51, 7, 'form', '1900-01-01', NULL, NULL, NULL, NULL, NULL, NULL);
"""
KEPT = (
    "SELECT id, kind::text, called_at, source, call_path::jsonb, caller_name, notes, emails, redacted_at"
    " FROM {} ORDER BY id"
)


@pytest.fixture
def old(settings: Settings, server: tuple[str, Path | None], administer: Callable[[str], None]) -> Iterator[Database]:
    """A database with a plain table of 51 activities, one of them redacted, and nothing of ours."""
    name = f"{settings.home.parent.name}_before".lower()[:60]
    administer(f'DROP DATABASE IF EXISTS "{name}"')
    administer(f'CREATE DATABASE "{name}"')
    opened = Database(database_url(server[0], name), settings)
    _sql(opened, BEFORE)
    yield opened
    opened.close()
    administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def _sql(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.engine("owner").begin() as connection:
        result = connection.exec_driver_sql(statement.replace("%", "%%"))
        return [tuple(row) for row in result] if result.returns_rows else []


class Killed(BaseException):
    """What a kill is to a program."""


def test_every_row_arrives_as_it_was_although_the_move_is_killed(old: Database, settings: Settings) -> None:
    before = _sql(old, KEPT.format("tracking.activities"))
    small = settings.model_copy(update={"batch_size": 7})
    migrate(old)
    with pytest.raises(BadInput, match="wait to be moved: run `redaction init`"):
        check_schema(old, load_catalog())

    def kill(rows: int) -> None:
        raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            adopt(old, small, kill)
    assert _sql(old, "SELECT count(*) FROM tracking.activities") == [(14,)]
    assert _sql(old, "SELECT count(*) FROM tracking_before.activities") == [(37,)]
    assert adopt(old, small) == 37
    assert _sql(old, KEPT.format("tracking.activities")) == before
    assert _sql(old, "SELECT to_regclass('tracking_before.activities')") == [(None,)]
    assert _sql(old, "SELECT count(DISTINCT tableoid) > 2 FROM tracking.activities") == [(True,)]
    check_schema(old, load_catalog())
    assert (migrate(old)[0], adopt(old, small)) == (migrate(old)[1], 0)
    cutoff = _sql(old, "SELECT timestamptz '2026-11-01'")[0][0]
    run = begin_run(old, settings, 7, cutoff, "cli")  # type: ignore[arg-type]
    assert complete_run(old, settings, run.id)["stripped_count"] == 50


def test_a_column_that_nobody_classified_is_refused(old: Database) -> None:
    _sql(old, "ALTER TABLE tracking.activities ADD COLUMN shoe_size text")
    with pytest.raises(UnclassifiedColumn, match="shoe_size"):
        migrate(old)
    assert _sql(old, "SELECT count(*) FROM tracking.activities") == [(51,)]
    assert _sql(old, "SELECT to_regnamespace('tracking_before'), to_regclass('redaction.runs')") == [(None, None)]


def test_a_table_without_its_keys_is_refused(old: Database) -> None:
    _sql(old, "ALTER TABLE tracking.activities DROP COLUMN kind")
    with pytest.raises(BadInput, match="kind"):
        migrate(old)
    assert _sql(old, "SELECT count(*) FROM tracking.activities") == [(51,)]


def test_an_activity_of_an_unknown_account_is_refused_and_not_lost(old: Database, settings: Settings) -> None:
    _sql(old, "INSERT INTO tracking.activities SELECT 99, 98, kind, called_at FROM tracking.activities LIMIT 1")
    migrate(old)
    with pytest.raises(BadInput, match="98"):
        adopt(old, settings)
    _sql(old, "INSERT INTO tracking.accounts (id, agency_id) VALUES (98, 1)")
    assert adopt(old, settings) == 52


def test_a_redacted_row_that_holds_a_value_stays_where_it_is(old: Database, settings: Settings) -> None:
    _sql(old, "UPDATE tracking.activities SET notes = 'canary' WHERE id = 5")
    migrate(old)
    with pytest.raises(PersonalDataRemains) as caught:
        adopt(old, settings)
    assert "canary" not in str(caught.value)
    assert _sql(old, "SELECT count(*) FROM tracking_before.activities") == [(51,)]
