"""Proof by sample: residue that is planted on purpose is found, and a clean rewrite is found clean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.proof.findings import Finding, record_findings
from redaction.erasure.proof.sample import Sample, draw
from redaction.erasure.proof.search import search, search_outside
from redaction.erasure.rewrite import rewrite_partition
from redaction.erasure.statistics import rewrite_statistics
from redaction.erasure.wal import rotate_wal
from redaction.pipeline.run import begin_run
from redaction.settings import Settings
from tests.conftest import as_owner
from tests.erasure.conftest import CUTOFF, PART, PART_NAME, STRIP, Insert, Sql
from tests.erasure.test_sample import Administer, weak_owner

Word = Callable[[], str]
# A redacted row takes no value back: values are planted in it without the triggers.
PAST_GUARDS = "SET LOCAL session_replication_role = replica"


@pytest.fixture
def sample(database: Database, run_id: int) -> Sample:
    """What the run is about to strip."""
    with database.transaction("redaction_worker") as session:
        return draw(session, PART, run_id)


def _search(database: Database, sample: Sample) -> dict[str, Finding]:
    with database.transaction("redaction_worker") as session:
        return _sums(search(session, sample, PART))


def _search_outside(database: Database, sample: Sample, **most: int) -> dict[str, Finding]:
    with database.transaction("redaction_worker") as session:
        return _sums(search_outside(session, sample, **most))


def _sums(findings: Sequence[Finding]) -> dict[str, Finding]:
    """Return the findings by place, all categories together."""
    sums: dict[str, Finding] = {}
    for finding in findings:
        had = sums.get(finding.place, Finding(finding.place, None))
        sums[finding.place] = Finding(
            finding.place,
            None,
            had.looked_for + finding.looked_for,
            had.found + finding.found,
            had.in_use + finding.in_use,
            had.not_looked + finding.not_looked,
            had.reason or finding.reason,
        )
    return sums


def _outside(database: Database, *statements: str) -> None:
    engine = database.engine("owner").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("through_buffers", [True, False])
def test_a_clean_rewrite_is_found_clean(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample, through_buffers: bool
) -> None:
    if not through_buffers:
        sql("DROP EXTENSION pageinspect")
    assert rewrite_partition(deployment, PART_NAME, run_id).stripped == 40
    found = _search(database, sample)
    assert set(found) == {"heap", "toast", "index"}
    assert {(part.looked_for, part.found, part.in_use, part.not_looked) for part in found.values()} == {(240, 0, 0, 0)}


@pytest.mark.parametrize("through_buffers", [True, False])
def test_a_skipped_rewrite_is_found_at_once_and_after_vacuum(
    database: Database, sql: Sql, sample: Sample, through_buffers: bool
) -> None:
    if not through_buffers:
        # Only a checkpoint makes the file show what was just written.
        sql("DROP EXTENSION pageinspect")
    assert sql(STRIP + " RETURNING 1 AS one") == [{"one": 1}] * 40
    found = _search(database, sample)
    assert (found["heap"].found, found["index"].found, found["toast"].found) == (240, 80, 0)
    _outside(database, f"VACUUM {PART}")
    assert _search(database, sample)["heap"].found > 120
    _outside(database, f"VACUUM FULL {PART}")
    assert _search(database, sample)["heap"].found == 0


def test_rows_that_an_old_snapshot_keeps_are_found(database: Database, sql: Sql, sample: Sample) -> None:
    holder = sa.create_engine(as_owner(database), isolation_level="REPEATABLE READ")
    with holder.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM tracking.agencies")
        sql(STRIP)
        _outside(database, f"VACUUM {PART}")
        assert _search(database, sample)["heap"].found == 240
    holder.dispose()


@pytest.mark.parametrize("times", [1, 200])
def test_a_dropped_column_is_found_however_its_values_are_stored(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample, times: int
) -> None:
    sql("CREATE TABLE public.kept AS SELECT id, notes FROM tracking.activities")
    rewrite_partition(deployment, PART_NAME, run_id)
    assert _search(database, sample)["heap"].found == 0
    sql("ALTER TABLE tracking.activities ADD COLUMN gone text")
    value = f"repeat(k.notes || ' ', {times})"
    sql(f"{PAST_GUARDS}; UPDATE {PART} a SET gone = {value} FROM public.kept k WHERE k.id = a.id")
    sql("ALTER TABLE tracking.activities DROP COLUMN gone")
    found = _search(database, sample)
    assert (found["heap"].found, found["heap"].in_use) == (40, 0)


@pytest.mark.parametrize("compressible", [False, True])
def test_toasted_residue_is_found(
    database: Database, sql: Sql, run_id: int, filled: set[bytes], word: Word, compressible: bool
) -> None:
    text = f"{word()} " * 20_000 if compressible else " ".join(word() for _ in range(1_000))
    sql(f"UPDATE {PART} SET transcription = :text WHERE id = 1", text=text)
    with database.transaction("redaction_worker") as session:
        sample = draw(session, PART, run_id)
    sql(STRIP)
    with database.transaction("redaction_worker") as session:
        found = {
            finding.place: finding for finding in search(session, sample, PART) if finding.category == "transcription"
        }
    assert (found["toast"].looked_for, found["toast"].found) == (1, 1)


def test_an_index_that_was_left_out_is_found(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample
) -> None:
    sql("CREATE TABLE public.kept AS SELECT id, notes FROM tracking.activities")
    rewrite_partition(deployment, PART_NAME, run_id)
    sql(f"CREATE INDEX planted ON {PART} (tracking_label)")
    sql(f"{PAST_GUARDS}; UPDATE {PART} a SET tracking_label = k.notes FROM public.kept k WHERE k.id = a.id")
    sql(f"{PAST_GUARDS}; UPDATE {PART} SET tracking_label = NULL")
    found = _search(database, sample)
    assert (found["index"].found, found["index"].in_use) == (40, 0)


def test_what_another_activity_still_holds_is_no_find(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample, insert: Insert
) -> None:
    [row] = sql("SELECT caller_name, contact_key, tags FROM tracking.activities WHERE id = 3")
    insert(99, caller_name="Somebody", contact_key=row["contact_key"], tags=row["tags"], notes=row["caller_name"])
    rewrite_partition(deployment, PART_NAME, run_id)
    found = _search(database, sample)
    assert {place: (part.looked_for, part.found, part.in_use) for place, part in found.items()} == {
        "heap": (237, 0, 3),
        "toast": (240, 0, 0),
        "index": (239, 0, 1),
    }
    # It had them once: now they are residue of its own.
    sql(f"UPDATE {PART} SET caller_name = NULL, contact_key = NULL, tags = NULL, notes = NULL WHERE id = 99")
    assert _search(database, sample)["heap"].found == 3


def test_what_a_living_row_holds_compressed_is_no_find(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample, insert: Insert
) -> None:
    [row] = sql("SELECT notes FROM tracking.activities WHERE id = 3")
    insert(99, notes=f"{row['notes']} " * 300)
    insert(98, notes=f"{row['notes']} " * 20_000)
    rewrite_partition(deployment, PART_NAME, run_id)
    found = _search(database, sample)
    assert sum(part.found + part.not_looked for part in found.values()) == 0
    # Dead, the compressed one is found.
    sql(f"UPDATE {PART} SET notes = NULL")
    assert _search(database, sample)["heap"].found == 1
    assert _search(database, sample)["toast"].found == 1


def test_the_log_that_a_slot_holds_is_found(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample, server: tuple[str, Path | None]
) -> None:
    sql("SELECT pg_create_physical_replication_slot('proof_keeper', true)")
    try:
        rewrite_partition(deployment, PART_NAME, run_id)
        assert rotate_wal(database) is None
        assert _search_outside(database, sample)["write-ahead log"].found == 240
        cut = _search_outside(database, sample, most_log_bytes=1)["write-ahead log"]
        assert (cut.looked_for, cut.not_looked, cut.reason) == (0, 240, "too large")
    finally:
        sql("SELECT pg_drop_replication_slot('proof_keeper')")
    if server[1] is not None:
        # Another server may recycle its segments, with the old bytes in them.
        assert rotate_wal(database) is None
        found = _search_outside(database, sample)["write-ahead log"]
        # Whatever the server logs on its own may be compressed and in parts: then 120 values cannot be ruled out there.
        unread = 120 if found.reason == "compressed" else 0
        assert (found.looked_for, found.found, found.not_looked) == (240 - unread, 0, unread)


def test_compressed_values_in_the_log_are_found_or_said_to_be_unread(
    database: Database, sql: Sql, run_id: int, filled: set[bytes], word: Word
) -> None:
    for number, times in ((1, 300), (2, 20_000)):
        sql(f"UPDATE {PART} SET transcription = :text WHERE id = :id", text=f"{word()} " * times, id=number)
    with database.transaction("redaction_worker") as session:
        sample = draw(session, PART, run_id)

    def look() -> tuple[int, int, str | None]:
        with database.transaction("redaction_worker") as session:
            [found] = [
                finding
                for finding in search_outside(session, sample, most_row_bytes=1 << 20)
                if (finding.place, finding.category) == ("write-ahead log", "transcription")
            ]
        return found.found + found.in_use, found.not_looked, found.reason

    assert look() == (2, 0, None)
    sql(f"ALTER DATABASE {database.url.database} SET wal_compression = on")
    database.close()
    rotate_wal(database)
    seen, unread, reason = look()
    assert (seen + unread, reason if unread else None) == (2, "compressed" if unread else None)


def test_samples_of_the_planner_are_found(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample
) -> None:
    sql(f"ALTER TABLE {PART} ALTER COLUMN notes SET STATISTICS 100")
    sql(f"ANALYZE {PART}")
    rewrite_partition(deployment, PART_NAME, run_id)
    assert _search_outside(database, sample)["statistics"].found == 40
    assert rewrite_statistics(deployment) is None
    found = _search_outside(database, sample)["statistics"]
    assert (found.found, found.looked_for) == (0, 240)


@pytest.mark.parametrize("times", [1, 200])
def test_temporary_files_are_found_however_the_values_are_stored(
    database: Database, deployment: Deployment, run_id: int, sample: Sample, times: int
) -> None:
    reader = sa.create_engine(as_owner(database))
    with reader.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE kept AS SELECT repeat(notes || ' ', {times}) AS notes FROM tracking.activities"
        )
        connection.commit()
        rewrite_partition(deployment, PART_NAME, run_id)
        connection.exec_driver_sql("SET work_mem = '64kB'")
        connection.exec_driver_sql(
            "DECLARE sorted CURSOR FOR SELECT notes, n FROM kept, generate_series(1, 500) n ORDER BY n"
        )
        connection.exec_driver_sql("FETCH 1 FROM sorted")
        assert _search_outside(database, sample)["temporary files"].found == 40
        # While it is unknown whether living rows have them, the answer is neither.
        unknown = _search_outside(database, sample, most_row_bytes=0)["temporary files"]
        assert (unknown.found, unknown.not_looked, unknown.reason) == (0, 240, "too large")
    reader.dispose()
    assert _search_outside(database, sample)["temporary files"].found == 0


def test_the_books_the_reports_and_the_old_files_are_looked_at(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample
) -> None:
    [row] = sql("SELECT notes FROM tracking.activities WHERE id = 3")
    sql(
        "INSERT INTO redaction.downstream (run_id, account_id, integration_id, integration, external_id)"
        " VALUES (:run_id, 7, 1, 'CRM', :value)",
        run_id=run_id,
        value=row["notes"],
    )
    # All of them are allowed in the present partition, and its files are still the old ones.
    before = _search_outside(database, sample)
    assert {place: before[place].in_use for place in ("books", "reports", "old files")} == {
        "books": 1,
        "reports": 40,
        "old files": before["old files"].in_use,
    }
    assert sum(part.found for part in before.values()) == 0
    rewrite_partition(deployment, PART_NAME, run_id)
    after = _search_outside(database, sample)
    # A report only repeats what an activity has; an address that is still due for deletion is in use.
    assert {place: (after[place].found, after[place].in_use) for place in ("books", "reports", "old files")} == {
        "books": (0, 1),
        "reports": (40, 0),
        "old files": (0, 0),
    }


def test_who_may_not_look_never_says_clean(
    deployment: Deployment, administer: Administer, run_id: int, sample: Sample
) -> None:
    rewrite_partition(deployment, PART_NAME, run_id)
    with weak_owner(deployment, administer) as other:
        found = {**_search(other, sample), **_search_outside(other, sample)}
    unread = {place: (part.looked_for, part.not_looked, part.reason) for place, part in found.items()}
    assert unread == {
        **dict.fromkeys(("heap", "toast", "index", "statistics", "books", "reports", "records"), (0, 240, "unflushed")),
        **dict.fromkeys(("temporary files", "write-ahead log", "old files"), (0, 240, "forbidden")),
    }


def test_who_may_checkpoint_and_read_files_can_look(
    database: Database, deployment: Deployment, administer: Administer, sql: Sql, sample: Sample
) -> None:
    sql(STRIP)
    checkpoint = ["pg_checkpoint"] if sql("SELECT FROM pg_roles WHERE rolname = 'pg_checkpoint'") else []
    with weak_owner(deployment, administer, *checkpoint) as other:
        found = _search(other, sample)
        assert found["heap"].reason == found["index"].reason == ("forbidden" if checkpoint else "unflushed")
    allowed = (*checkpoint, "EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean)")
    with weak_owner(deployment, administer, *allowed) as other:
        if not checkpoint:
            _outside(database, f"VACUUM FULL {PART}")
        found = _search(other, sample)
    assert (found["heap"].found, found["index"].found) == ((240, 80) if checkpoint else (0, 0))


def test_the_record_holds_numbers_by_place_and_category(
    database: Database, settings: Settings, sql: Sql, run_id: int, sample: Sample
) -> None:
    sql(STRIP)
    with database.transaction("redaction_worker") as session:
        findings = search(session, sample, PART)
    with database.transaction("redaction_worker") as session:
        record_findings(session, findings, run_id, PART_NAME)
        record_findings(session, [Finding("write-ahead log", "notes", not_looked=3, reason="forbidden")])
    rows = sql(
        "SELECT run_id, partition_name, category, looked_for, found, in_use, not_looked, reason"
        " FROM redaction.proofs WHERE place <> 'heap' AND (found > 0 OR not_looked > 0) ORDER BY 1, 3"
    )
    assert [tuple(row.values()) for row in rows] == [
        (run_id, PART_NAME, "caller number", 40, 40, 0, 0, None),
        (run_id, PART_NAME, "email", 40, 40, 0, 0, None),
        (None, None, "notes", 0, 0, 0, 3, "forbidden"),
    ]


def test_an_activity_of_another_partition_may_hold_what_the_log_shows(
    database: Database, deployment: Deployment, sql: Sql, insert: Insert, filled: set[bytes], word: Word
) -> None:
    later: datetime = CUTOFF + timedelta(days=3)
    [row] = sql("SELECT notes FROM tracking.activities WHERE id = 3")
    insert(99, called_at=later, notes=f"as before: {row['notes']}")
    run = begin_run(deployment, 7, CUTOFF, "cli").id
    with database.transaction("redaction_worker") as session:
        sample = draw(session, PART, run)
    rewrite_partition(deployment, PART_NAME, run)
    rotate_wal(database)
    insert(98, called_at=later, notes=row["notes"])
    found = _search_outside(database, sample)["write-ahead log"]
    assert found.in_use == 1
