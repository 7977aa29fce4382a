"""The sample: drawn from living and dead rows, held only in memory, and never shown."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.proof.findings import record_findings
from redaction.erasure.proof.sample import Sample, draw, merge
from redaction.erasure.proof.search import search, search_outside
from redaction.erasure.rewrite import rewrite_partition
from redaction.errors import BadInput, RedactionError
from tests.erasure.conftest import PART, PART_NAME, STRIP, Insert, Sql, patterns

Administer = Callable[[str], None]


def _draw(database: Database, run_id: int | None, size: int = 200) -> Sample:
    with database.transaction("redaction_worker") as session:
        return draw(session, PART, run_id, size)


_READS = (
    "page_extension",
    "read_pages",
    "read_server_file",
    "sizes_of_files",
    "list_temporary_files",
    "list_log",
    "switch_log",
    "write_checkpoint",
    "data_directory",
    "forget_samples",
)
"""The functions for which the owner must be a superuser, or have the right to do the same."""


@contextmanager
def weak_owner(deployment: Deployment, administer: Administer, *grants: str) -> Iterator[Database]:
    """The database, as if an owner who may no more than these grants say had made it; opened without its URL."""
    name = deployment.database.url.database
    administer("DROP ROLE IF EXISTS weak_owner")
    administer("CREATE ROLE weak_owner")
    with deployment.database.engine("owner").begin() as connection:
        ask = connection.exec_driver_sql
        for grant in (
            "USAGE ON SCHEMA tracking, redaction, reporting",
            "SELECT ON ALL TABLES IN SCHEMA tracking, redaction",
            "EXECUTE ON ALL FUNCTIONS IN SCHEMA redaction",
            *grants,
        ):
            ask(f"GRANT {grant} TO weak_owner")
        for (function,) in ask(
            "SELECT CAST(CAST(oid AS regprocedure) AS text) FROM pg_proc"
            f" WHERE pronamespace = to_regnamespace('redaction') AND proname IN {_READS}"
        ).all():
            ask(f"ALTER FUNCTION {function} OWNER TO weak_owner")
        if connection.exec_driver_sql("SELECT current_setting('server_version_num')::int >= 170000").scalar_one():
            ask("REVOKE MAINTAIN ON pg_statistic, pg_statistic_ext_data FROM redaction_worker")
    other = Database(deployment.database.url.render_as_string(hide_password=False), deployment.settings)
    try:
        yield other
    finally:
        other.close()
        with deployment.database.engine("owner").begin() as connection:
            connection.exec_driver_sql("REASSIGN OWNED BY weak_owner TO CURRENT_USER; DROP OWNED BY weak_owner")
        administer(f"REVOKE ALL ON DATABASE {name} FROM weak_owner")
        administer("DROP ROLE weak_owner")


def test_what_a_run_is_about_to_strip_is_drawn_from_the_living_rows(
    database: Database, run_id: int, filled: set[bytes], insert: Insert
) -> None:
    insert(99, notes="not in the set of the run")
    sample = _draw(database, run_id)
    assert patterns(sample) == filled
    assert {value.category for value in sample.values} == {
        "caller name",
        "caller number",
        "message",
        "notes",
        "email",
        "tags",
    }
    assert len(sample.files) >= 5
    assert not sample.not_drawn


def test_up_to_so_many_values_a_category_are_drawn_and_none_if_it_is_off(database: Database, run_id: int) -> None:
    small = _draw(database, run_id, 3)
    assert len(small.values) == 3 * 6
    assert _draw(database, run_id, 0).values == ()
    assert len(merge([small, _draw(database, run_id, 5)], 4).values) == 4 * 6


@pytest.mark.parametrize("vacuumed", [False, True])
def test_dead_rows_and_free_space_are_drawn_from(
    database: Database, sql: Sql, filled: set[bytes], vacuumed: bool
) -> None:
    assert _draw(database, None).values == ()
    sql(STRIP)
    if vacuumed:
        with database.engine("owner").execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql(f"VACUUM {PART}")
    found = patterns(_draw(database, None))
    assert found <= filled
    assert len(found) > len(filled) / 2


def test_dead_toasted_values_are_drawn(
    database: Database, sql: Sql, filled: set[bytes], word: Callable[[], str]
) -> None:
    long = [" ".join(word() for _ in range(600)), f"{word()} " * 2_000]
    for number, text in enumerate(long):
        sql(f"UPDATE {PART} SET transcription = :text WHERE id = :id", text=text, id=number)
    sql(f"UPDATE {PART} SET transcription = NULL")
    drawn = {value for value in _draw(database, None).values if value.category == "transcription"}
    assert len(drawn) == 2
    for text in long:
        assert any(all(pattern.decode() in text for pattern in value.patterns) for value in drawn)


def test_a_dropped_column_is_drawn_from_the_living_rows_too(
    database: Database, sql: Sql, filled: set[bytes], word: Callable[[], str]
) -> None:
    gone = word()
    sql("ALTER TABLE tracking.activities ADD COLUMN gone text")
    sql("UPDATE tracking.activities SET gone = :gone", gone=gone)
    sql("ALTER TABLE tracking.activities DROP COLUMN gone")
    [value] = [value for value in _draw(database, None).values if gone.encode() in value.patterns]
    assert value.category is None


@pytest.mark.parametrize(
    "notes",
    ["12", "short", "2026 1", "Google Ads", "Front desk", "Main line", "+18005550100", '"\\"\\"', "\n \t \n\n\n\n"],
)
def test_what_would_prove_nothing_is_not_drawn(
    database: Database, run_id: int, filled: set[bytes], sql: Sql, notes: str
) -> None:
    sql("UPDATE tracking.activities SET notes = :notes", notes=notes)
    sql("UPDATE tracking.activities SET notes = :notes WHERE id = 3", notes="distinct enough")
    with database.engine("owner").execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM FULL tracking.activities")
    assert [value.patterns for value in _draw(database, run_id).values if value.category == "notes"] == [
        (b"distinct enough",)
    ]


def test_where_pages_may_not_be_read_the_living_rows_are_drawn_and_the_sample_says_so(
    deployment: Deployment, administer: Administer, run_id: int, filled: set[bytes]
) -> None:
    with weak_owner(deployment, administer) as other:
        sample = _draw(other, run_id)
        assert patterns(sample) == filled
        assert sample.not_drawn == {"dead rows": "forbidden"}
        with other.transaction("redaction_worker") as session:
            findings = search(session, sample, PART)
    assert [(finding.place, finding.reason) for finding in findings if finding.category is None] == [
        ("dead rows", "forbidden")
    ]


def test_a_table_without_a_file_is_refused(database: Database) -> None:
    with database.transaction("redaction_worker") as session, pytest.raises(BadInput, match="no partition"):
        draw(session, "tracking.activities")


def test_no_value_is_ever_written_down(
    database: Database,
    deployment: Deployment,
    sql: Sql,
    run_id: int,
    filled: set[bytes],
    caplog: pytest.LogCaptureFixture,
    administer: Administer,
    server: tuple[str, Path | None],
) -> None:
    name = database.url.database
    administer(f"ALTER DATABASE {name} SET log_statement = 'all'")
    administer(f"ALTER DATABASE {name} SET log_min_duration_statement = 0")
    database.close()
    for logger in (None, "sqlalchemy", "sqlalchemy.engine"):
        caplog.set_level(logging.DEBUG, logger)
    sample = _draw(database, run_id)
    shown = [repr(sample), str(sample), f"{sample}", f"{sample.values[0]!r}", repr([sample.values])]
    for kept in (sample, sample.values[0], [sample]):
        for write in (pickle.dumps, copy.copy, copy.deepcopy):
            if write is copy.copy and isinstance(kept, list):
                continue
            with pytest.raises(RedactionError, match="stays in the memory") as caught:
                write(kept)
            shown.append(str(caught.value))
    rewrite_partition(deployment, PART_NAME, run_id)
    with database.transaction("redaction_worker") as session:
        findings = search(session, sample, PART) + search_outside(session, sample)
    with database.transaction("redaction_worker") as session:
        record_findings(session, findings, run_id, PART_NAME)
    with database.transaction("redaction_worker") as session:
        gone = search(session, sample, "tracking.no_such_partition")
    assert {finding.reason for finding in gone} == {"gone"}
    with pytest.raises(BadInput) as refused, database.transaction("redaction_worker") as session:
        draw(session, "tracking.no_such_partition", run_id)
    shown += [str(refused.value), repr(findings), repr(gone), caplog.text]
    shown += [str(row) for row in sql("SELECT p::text FROM redaction.proofs p")]
    if server[1] is not None:
        logged = server[1].read_text(encoding="utf-8", errors="replace")
        assert "read_pages" in logged
        shown.append(logged)
    assert len(sql("SELECT FROM redaction.proofs")) == len(findings) > 0
    text = "\n".join(shown)
    assert "INSERT INTO redaction.proofs" in caplog.text
    assert not [value for value in filled if value.decode() in text]
