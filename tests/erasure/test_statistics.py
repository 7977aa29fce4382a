"""The planner's statistics: samples of personal columns, living and dead, are found and removed; otherwise it is
reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.levels import reach_level
from redaction.erasure.proof.sample import Sample, draw
from redaction.erasure.proof.search import search_outside
from redaction.erasure.proof.structure import PartitionProof, verify
from redaction.erasure.residue import erase_residue, finish_erasure
from redaction.erasure.statistics import rewrite_statistics
from redaction.pipeline.run import complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import as_owner
from tests.erasure.conftest import PART, PART_NAME, TAGS, Sql
from tests.erasure.test_sample import Administer, weak_owner

SAMPLED = f"ALTER TABLE {PART} ALTER COLUMN notes SET STATISTICS 100"


@pytest.fixture
def hasty(settings: Settings) -> Settings:
    """Settings of a process that does not wait for long."""
    return settings.model_copy(update={"rewrite_patience_s": 1, "rewrite_lock_ms": 50})


@pytest.fixture
def sample(database: Database, sql: Sql, run_id: int) -> Sample:
    """What the run is about to strip: some notes are equal, others are not."""
    sql(f"UPDATE {PART} SET notes = (SELECT notes FROM {PART} WHERE id = 0) WHERE id < 20")
    with database.transaction("redaction_worker") as session:
        return draw(session, PART, run_id)


def _found(database: Database, sample: Sample) -> int:
    with database.transaction("redaction_worker") as session:
        findings = search_outside(session, sample)
    looked = [finding for finding in findings if finding.place == "statistics"]
    assert sum(finding.looked_for for finding in looked) > 100
    return sum(finding.found for finding in looked)


def _proof(database: Database) -> PartitionProof:
    [proof] = [proof for proof in verify(database) if proof.partition_name == PART_NAME]
    return proof


@contextmanager
def _held(database: Database, statement: str, level: str = "REPEATABLE READ") -> Iterator[int]:
    """Hold a transaction open in which a statement was run; yields its process."""
    engine = sa.create_engine(as_owner(database), isolation_level=level)
    with engine.connect() as holder:
        holder.exec_driver_sql(statement)
        yield int(holder.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    engine.dispose()


@pytest.mark.parametrize(
    "plant",
    [
        f"{SAMPLED}; ANALYZE {PART}",
        # The leaf is rewritten, the statistics of its parents stay.
        "ALTER TABLE tracking.activities ALTER COLUMN notes SET STATISTICS 100; ANALYZE tracking.activities",
        f"CREATE INDEX ON tracking.activities (lower(notes)); ANALYZE {PART}",
        f"{SAMPLED}; CREATE STATISTICS tracking.pairs (mcv) ON notes, source FROM {PART}; ANALYZE {PART}",
        f"{SAMPLED}; CREATE STATISTICS tracking.upper ON (upper(notes)) FROM {PART}; ANALYZE {PART}",
        "ALTER TABLE reporting.tags ALTER COLUMN tag SET STATISTICS 100; INSERT INTO reporting.tags"
        f" SELECT 7, '2026-03-02', t, 1, 0 FROM {PART}, unnest(tags) t; ANALYZE reporting.tags",
    ],
    ids=["leaf", "parents", "expression index", "extended", "extended expression", "report"],
)
def test_samples_from_before_the_strip_are_found_living_and_dead_until_both_are_gone(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample, plant: str
) -> None:
    for table in (PART, "reporting.tags"):
        # The server analyzes by itself at any time, and then samples stripped rows.
        sql(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    for statement in plant.split("; "):
        sql(statement)
    complete_run(deployment, run_id)
    assert _found(database, sample) > 0
    assert _proof(database).statistics == "residue"
    assert reach_level(deployment, run_id).level == "L0"
    assert any("of personal columns" in reason for reason in _proof(database).reasons)

    # Removed, they are in dead rows.
    with database.transaction("redaction_worker") as session:
        assert session.one("forget_samples")["samples"] == 0
    assert _found(database, sample) > 0
    assert _proof(database).statistics == "cannot know"

    assert rewrite_statistics(deployment) is None
    assert _found(database, sample) == 0
    assert _proof(database).statistics == "clean"
    sql("ANALYZE")
    assert _proof(database).statistics == "clean"


def test_an_erasure_ends_with_statistics_that_are_new(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, sample: Sample
) -> None:
    for statement in (SAMPLED, f"ANALYZE {PART}"):
        sql(statement)
    complete_run(deployment, run_id)
    files = sql("SELECT pg_relation_filenode('pg_statistic') AS f")
    summary = erase_residue(deployment)
    assert (summary.rewritten, summary.statistics) == ((TAGS, PART_NAME), None)
    assert sql("SELECT pg_relation_filenode('pg_statistic') AS f") != files
    assert _found(database, sample) == 0
    recorded = sql(
        "SELECT sum(found) AS found, sum(looked_for) > 0 AS looked FROM redaction.proofs WHERE place = 'statistics'"
    )
    assert recorded == [{"found": 0, "looked": True}]
    assert (_proof(database).files, _proof(database).statistics) == ("clean", "clean")
    # The planner knows the retained columns of the rewritten partition.
    kept = sql(
        "SELECT attname FROM pg_stats WHERE tablename = :leaf AND attname IN ('source', 'notes')",
        leaf=f"{PART_NAME}_rows",
    )
    assert kept == [{"attname": "source"}]


def test_a_strip_after_the_rewrite_asks_for_another(
    database: Database, deployment: Deployment, run_id: int, sample: Sample
) -> None:
    assert rewrite_statistics(deployment) is None
    complete_run(deployment, run_id)
    assert _proof(database).statistics == "cannot know"
    assert any("were not rewritten since" in reason for reason in _proof(database).reasons)


def test_rows_that_somebody_still_sees_are_not_taken_for_gone(
    database: Database, hasty: Settings, sql: Sql, run_id: int, sample: Sample
) -> None:
    for statement in (SAMPLED, f"ANALYZE {PART}"):
        sql(statement)
    complete_run(deploy(database, hasty), run_id)
    with _held(database, "SELECT count(*) FROM tracking.agencies") as pid:
        said = rewrite_statistics(deploy(database, hasty))
        assert said is not None
        assert f"process {pid} still reads" in said
        # A rewrite that kept dead rows, for whomever, is recognised by its file.
        with database.transaction("redaction_worker") as session:
            before = session.one("statistics_files")
        database.run_alone("owner", "rewrite_statistics")
        with database.transaction("redaction_worker") as session:
            after = session.one("judge_statistics", files=before["files"], horizon=before["horizon"])
        assert (after["rewritten"], after["unpinned"]) == (True, False)
        assert _found(database, sample) > 0
        assert _proof(database).statistics == "cannot know"
    assert rewrite_statistics(deploy(database, hasty)) is None
    assert _found(database, sample) == 0


def test_who_holds_pg_statistic_is_not_waited_for_for_ever(
    database: Database, hasty: Settings, sql: Sql, run_id: int
) -> None:
    complete_run(deploy(database, hasty), run_id)
    files = sql("SELECT pg_relation_filenode('pg_statistic') AS f")
    with _held(database, "SELECT count(*) FROM pg_statistic", "READ COMMITTED"):
        said = finish_erasure(deploy(database, hasty)).statistics
    assert said is not None
    assert "busy" in said
    assert sql("SELECT pg_relation_filenode('pg_statistic') AS f") == files
    assert _proof(database).statistics == "cannot know"


@pytest.mark.parametrize(
    ("sampled", "says"), [(False, "may not rewrite pg_statistic"), (True, "may not clear")], ids=["dead", "living"]
)
def test_a_login_without_the_right_says_so_and_never_clean(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    sql: Sql,
    administer: Administer,
    run_id: int,
    sampled: bool,
    says: str,
) -> None:
    if sampled:
        for statement in (
            "ALTER TABLE tracking.activities ALTER COLUMN notes SET STATISTICS 100",
            "ANALYZE tracking.activities",
        ):
            sql(statement)
    complete_run(deployment, run_id)
    with weak_owner(deployment, administer) as other:
        said = rewrite_statistics(deploy(other, settings))
    assert said is not None
    assert says in said
    assert _proof(database).statistics == ("residue" if sampled else "cannot know")


def test_where_the_owner_may_call_nothing_l2_is_reached_and_what_is_missing_is_said(
    deployment: Deployment, settings: Settings, administer: Callable[[str], None], run_id: int
) -> None:
    complete_run(deployment, run_id)
    with weak_owner(deployment, administer) as other:
        summary = erase_residue(deploy(other, settings.model_copy(update={"proof_sample": 0})))
        reached = reach_level(deploy(other, settings), run_id)
    assert summary.rewritten == (TAGS, PART_NAME)
    assert "may not rewrite pg_statistic" in str(summary.statistics)
    assert "may not switch the log" in str(summary.wal)
    assert (reached.level, summary.levels) == ("L2", {"L2": 1})
    assert any("statistics were not rewritten" in reason for reason in reached.outside)
    assert any("may not list" in reason for reason in reached.outside)


def test_only_the_owner_rewrites_the_statistics_where_nobody_else_may(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    sql: Sql,
    administer: Callable[[str], None],
    run_id: int,
) -> None:
    complete_run(deployment, run_id)
    with weak_owner(deployment, administer) as other:
        assert "REDACTION_OWNER_URL" in str(rewrite_statistics(deploy(other, settings)))
        assert _proof(other).statistics == "cannot know"
        # As on PostgreSQL 15 and 16, where the right cannot be granted.
        assert rewrite_statistics(deployment) is None
    assert _proof(database).statistics == "clean"
