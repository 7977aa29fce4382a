"""Values removed from other tables: tags of reports, deliveries, records in systems outside, held contacts.

Their files are read without the server, as somebody with the disk would.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.levels import reach_level
from redaction.erasure.proof.sampling import Sampling
from redaction.erasure.proof.structure import verify
from redaction.erasure.residue import erase_partition, erase_residue, list_residue
from redaction.erasure.rewrite import rewrite_place
from redaction.errors import BadInput, NotAllowed
from redaction.evidence.downstream import mark_done, record_deliveries
from redaction.gate.holds import place_hold, release_hold
from redaction.pipeline.reports import rebuild_account, refresh_reports
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import as_owner
from tests.erasure.conftest import CUTOFF, PART_NAME, Insert, Sql
from tests.servers import reached

REWRITING = {"rewrite_share": 0.01, "rewrite_min_rows": 1, "proof_partitions": 0}
TAGS, DELIVERIES = "reporting.tags", "tracking.deliveries"
HELD, DOWNSTREAM = "tracking.held_contacts", "redaction.downstream"
OBJECTS = "tracking.objects"
InFiles = Callable[[str, str], bool]


@pytest.fixture
def in_files(sql: Sql, server: tuple[str, Path | None]) -> InFiles:
    """Say whether a value is in a file of a table: heap, TOAST or index."""
    if server[1] is None:
        pytest.skip("the files of another server are out of reach")
    data = server[1].parent

    def look(table: str, value: str) -> bool:
        sql("CHECKPOINT")
        rows = sql(
            "SELECT pg_relation_filepath(c.oid) AS path FROM pg_class c WHERE c.oid = CAST(:table AS regclass)"
            " UNION ALL SELECT pg_relation_filepath(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid = CAST(:table AS regclass)",
            table=table,
        )
        return any(value.encode() in (data / row["path"]).read_bytes() for row in rows)

    return look


@pytest.fixture
def rewriting(settings: Settings) -> Settings:
    """Settings by which every partition is rewritten, so that only the other tables are left."""
    return settings.model_copy(update=REWRITING)


def _run(deployment: Deployment) -> int:
    refresh_reports(deployment.database, 7)
    return int(complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)["id"])


def _left(deployment: Deployment) -> list[str]:
    return [residue.partition_name for residue in list_residue(deployment)]


def test_tags_of_redacted_activities_are_residue_until_their_table_is_rewritten(
    database: Database, rewriting: Settings, sql: Sql, insert: Insert, account: int, in_files: InFiles
) -> None:
    for number in range(3):
        insert(number, tags=["oncology", "regular"])
    insert(9, called_at=CUTOFF + timedelta(days=1), tags=["regular"])
    run_id = _run(deploy(database, rewriting))
    assert sql("SELECT DISTINCT tag FROM reporting.tags WHERE tag IS NOT NULL") == [{"tag": "regular"}]
    assert in_files(TAGS, "oncology")
    # Not the level that the run seemed to have while its reports were still being written.
    assert sql("SELECT erasure_level AS level FROM redaction.runs") == [{"level": "L1"}]
    facts = sql("SELECT CAST(facts AS text) AS facts FROM redaction.ledger WHERE kind = 'redaction'")
    assert '"L1"' in facts[0]["facts"]
    assert reach_level(deploy(database, rewriting), run_id).level == "L1"
    proofs = {proof.partition_name: proof for proof in verify(database, run_id=run_id)}
    assert {name: proof.files for name, proof in proofs.items()} == {PART_NAME: "clean", TAGS: "residue"}
    assert "older than the removal" in proofs[TAGS].reasons[0]
    [residue] = list_residue(deploy(database, rewriting))
    # One value is gone; the other one is in use.
    assert (residue.partition_name, residue.rows, residue.late) == (TAGS, 1, False)

    summary = erase_residue(deploy(database, rewriting))
    assert (summary.rewritten, summary.left, summary.levels) == ((TAGS,), {}, {"L3": 1})
    assert not in_files(TAGS, "oncology")
    assert in_files(TAGS, "regular")
    assert [proof.files for proof in verify(database, run_id=run_id)] == ["clean", "clean"]
    assert reach_level(deploy(database, rewriting), run_id).level == "L3"
    assert sql("SELECT count(*) AS n FROM pg_index WHERE indisclustered") == [{"n": 0}]


def test_what_was_erased_long_ago_and_is_in_no_log_is_forgotten(
    database: Database, rewriting: Settings, sql: Sql, insert: Insert, account: int
) -> None:
    insert(1, tags=["oncology"])
    run_id = _run(deploy(database, rewriting))
    erase_residue(deploy(database, rewriting))
    listed = "SELECT place FROM redaction.place_residue ORDER BY place"
    assert sql(listed) == [{"place": TAGS}]
    # Those that stay: still in the log, in possible samples, not erased yet, or recent.
    sql(
        "INSERT INTO redaction.place_residue (place, rows, filenodes, lsn, erased_at) VALUES"
        " ('in_the_log', 1, '{}', pg_current_wal_insert_lsn() + 1000000000, now() - interval '100 days'),"
        " ('not_erased', 1, '{}', '0/1', NULL), ('young', 1, '{}', '0/1', now() - interval '80 days')"
    )
    sql("INSERT INTO redaction.statistics_rewrites (lsn) SELECT max(lsn) FROM redaction.place_residue")
    sql("UPDATE redaction.place_residue SET erased_at = now() - interval '100 days' WHERE place = :tags", tags=TAGS)
    before = reach_level(deploy(database, rewriting), run_id)
    assert sql("SELECT count(*) AS n FROM redaction.place_residue") == [{"n": 4}]
    erase_residue(deploy(database, rewriting))
    assert [row["place"] for row in sql(listed)] == ["in_the_log", "not_erased", "young"]
    # What is clean for good changes nothing in the run's proof.
    assert reach_level(deploy(database, rewriting), run_id) == before
    sql("UPDATE redaction.place_residue SET erased_at = now() - interval '100 days' WHERE place = 'young'")
    sql("DELETE FROM redaction.statistics_rewrites")
    sql("SELECT redaction.forget_erased_places()")
    assert [row["place"] for row in sql(listed)] == ["in_the_log", "not_erased", "young"]


def test_a_run_that_takes_no_tag_keeps_its_level(
    database: Database, rewriting: Settings, sql: Sql, insert: Insert, account: int
) -> None:
    insert(1, tags=None)
    insert(2, tags=["alive"], called_at=CUTOFF + timedelta(hours=1))
    insert(3, tags=[], called_at=CUTOFF - timedelta(hours=1))
    run_id = _run(deploy(database, rewriting))
    # The days of the reports were still written again.
    assert sql("SELECT count(*) AS n FROM reporting.tags WHERE missing > 0") == [{"n": 2}]
    rebuild_account(database, 7)
    assert _left(deploy(database, rewriting)) == []
    proven = [proof.partition_name for proof in verify(database, run_id=run_id)]
    assert proven == ["activities_20260302", "activities_20260330"]
    assert sql("SELECT erasure_level >= 'L2' AS reached FROM redaction.runs") == [{"reached": True}]


def test_a_tag_that_was_replaced_before_the_run_is_residue_of_it_too(
    database: Database, rewriting: Settings, sql: Sql, insert: Insert, account: int
) -> None:
    insert(1, tags=["mistyped"])
    refresh_reports(database, 7)
    sql("UPDATE tracking.activities SET tags = NULL")
    run_id = _run(deploy(database, rewriting))
    assert _left(deploy(database, rewriting)) == [TAGS]
    assert reach_level(deploy(database, rewriting), run_id).level == "L1"
    erase_residue(deploy(database, rewriting))
    assert reach_level(deploy(database, rewriting), run_id).level == reached(database)


def test_of_another_account_or_after_the_end_it_is_not_the_runs(
    database: Database, rewriting: Settings, sql: Sql, insert: Insert, account: int
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id, timezone) VALUES (8, 1, 'UTC')")
    insert(1, tags=None)
    insert(2, account_id=8, tags=["of eight"])
    refresh_reports(database, 8)
    sql("DELETE FROM reporting.tags WHERE account_id = 8")
    run_id = _run(deploy(database, rewriting))
    assert [proof.partition_name for proof in verify(database, run_id=run_id)] == [PART_NAME]
    sql("INSERT INTO reporting.tags VALUES (7, '2026-03-02', 'afterwards', 1, 0)")
    sql("DELETE FROM reporting.tags WHERE tag = 'afterwards'")
    assert [proof.partition_name for proof in verify(database, run_id=run_id)] == [PART_NAME]
    assert [proof.partition_name for proof in verify(database, account_id=8)] == [TAGS]
    assert {proof.partition_name for proof in verify(database)} == {PART_NAME, TAGS}


def test_deliveries_and_records_outside_are_erased(
    database: Database, rewriting: Settings, sql: Sql, insert: Insert, account: int, in_files: InFiles, tmp_path: Path
) -> None:
    sql("INSERT INTO tracking.integrations (account_id, name, fields) VALUES (7, 'CRM', '{caller number}')")
    insert(1, tags=None)
    insert(2, called_at=CUTOFF + timedelta(days=1), tags=None)
    file = tmp_path / "deliveries.csv"
    file.write_text("account_id,activity_id,integration,external_id\n7,1,CRM,lead-zoe-canary\n7,2,CRM,lead-who-stays\n")
    record_deliveries(deploy(database, rewriting), file)
    run_id = _run(deploy(database, rewriting))
    assert sql("SELECT external_id FROM tracking.deliveries") == [{"external_id": "lead-who-stays"}]
    assert sql("SELECT external_id FROM redaction.downstream") == [{"external_id": "lead-zoe-canary"}]
    assert sql("SELECT erasure_level AS level FROM redaction.runs") == [{"level": "L1"}]
    assert in_files(DELIVERIES, "lead-zoe-canary")
    assert _left(deploy(database, rewriting)) == [DELIVERIES]
    assert erase_residue(deploy(database, rewriting)).levels == {"L3": 1}
    assert not in_files(DELIVERIES, "lead-zoe-canary")
    assert in_files(DELIVERIES, "lead-who-stays")

    mark_done(deploy(database, rewriting), run_id, "ada")
    assert in_files(DOWNSTREAM, "lead-zoe-canary")
    [residue] = list_residue(deploy(database, rewriting))
    assert (residue.partition_name, residue.rows) == (DOWNSTREAM, 1)
    assert [proof.files for proof in verify(database) if proof.partition_name == DOWNSTREAM] == ["residue"]
    erase_residue(deploy(database, rewriting))
    assert not in_files(DOWNSTREAM, "lead-zoe-canary")
    # The same mark, without a value, changes nothing.
    sql("UPDATE redaction.downstream SET done_by = 'eve'")
    assert _left(deploy(database, rewriting)) == []


def test_a_held_contact_is_erased_after_its_last_hold(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    sql: Sql,
    insert: Insert,
    account: int,
    in_files: InFiles,
) -> None:
    insert(1)
    holds = [place_hold(deployment, 7, "case 4", "eve", contact="+12125550143").id for _ in range(2)]
    release_hold(deployment, holds[0], "eve")
    assert _left(deployment) == []
    release_hold(deployment, holds[1], "eve")
    assert sql("SELECT FROM tracking.held_contacts") == []
    assert in_files(HELD, "+12125550143")
    assert _left(deployment) == [HELD]
    late = settings.model_copy(update={"erasure_deadline_h": 0})
    assert [residue.late for residue in list_residue(deploy(database, late))] == [True]
    assert erase_residue(deployment).rewritten == (HELD,)
    assert not in_files(HELD, "+12125550143")


def test_addresses_of_objects_are_erased(deployment: Deployment, sql: Sql, account: int, in_files: InFiles) -> None:
    url = "file:///recordings/zoe-canary.wav"
    sql("INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, 1, :url)", url=url)
    sql("UPDATE tracking.objects SET activity_id = 2")
    assert _left(deployment) == []
    sql("DELETE FROM tracking.objects")
    assert _left(deployment) == [OBJECTS]
    erase_partition(deployment, OBJECTS)
    assert not in_files(OBJECTS, "zoe-canary")


def test_the_proof_by_sample_draws_from_the_table_and_looks_for_it_everywhere(
    database: Database, rewriting: Settings, sql: Sql, insert: Insert, account: int, word: Callable[[], str]
) -> None:
    words = [word() for _ in range(30)]
    for number, tag in enumerate(words):
        insert(number, tags=[tag])
    _run(deploy(database, rewriting))
    sampling = Sampling(deploy(database, rewriting))
    sample = sampling.draw(TAGS)
    assert {pattern.decode() for value in sample.values for pattern in value.patterns} == set(words)
    assert {value.category for value in sample.values} == {"tags"}
    # Not rewritten yet: found, and reported.
    assert sampling.search(TAGS, sample) == 30
    assert sampling.search_outside() >= 30
    proof = next(proof for proof in verify(database) if proof.partition_name == TAGS)
    assert "30 values of a sample were found in the new files" in proof.reasons
    sql("DELETE FROM redaction.proofs")

    assert erase_residue(deploy(database, rewriting)).rewritten == (TAGS,)
    found = sql(
        "SELECT partition_name, place, sum(looked_for) AS looked, sum(found) AS found FROM redaction.proofs"
        " WHERE category = 'tags' AND NOT (place = 'write-ahead log' AND current_setting('wal_recycle')::boolean)"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    looked = {(row["partition_name"], row["place"]): int(row["looked"]) for row in found}
    assert sum(row["found"] for row in found) == 0
    for place in ((TAGS, "heap"), (TAGS, "index"), (None, "reports"), (None, "records"), (None, "books")):
        assert looked[place] == 30, place
    assert [proof.files for proof in verify(database)] == ["clean", "clean"]


@pytest.mark.parametrize("where", [DELIVERIES, HELD, DOWNSTREAM, OBJECTS])
def test_a_value_in_any_of_the_tables_is_found_by_a_look_elsewhere(
    database: Database, rewriting: Settings, sql: Sql, insert: Insert, account: int, word: Callable[[], str], where: str
) -> None:
    tag = word()
    insert(1, tags=[tag])
    run_id = _run(deploy(database, rewriting))
    column = next(iter(load_catalog().places[where].personal))
    sql("INSERT INTO tracking.integrations (id, account_id, name) VALUES (5, 7, 'CRM')")
    sql("INSERT INTO redaction.holds (id, account_id, scope, reason, placed_by) VALUES (6, 7, 'contact', 'r', 'ada')")
    filling = {
        DELIVERIES: ("activity_id, integration_id", "1, 5"),
        HELD: ("hold_id", "6"),
        DOWNSTREAM: ("activity_id, integration_id, run_id, integration", f"1, 5, {run_id}, 'CRM'"),
        OBJECTS: ("activity_id", "1"),
    }[where]
    sampling = Sampling(deploy(database, rewriting))
    rewrite_place(deploy(database, rewriting), TAGS, sampling)
    sql(f"INSERT INTO {where} (account_id, {column}, {filling[0]}) VALUES (7, :tag, {filling[1]})", tag=tag)
    sampling.search_outside()
    # While a row has it, it is in use; a dead row proves that it was left.
    place = "records" if where.startswith("tracking") else "books"
    seen = "SELECT found, in_use FROM redaction.proofs WHERE partition_name IS NULL AND place = :place ORDER BY at"
    assert [(row["found"], row["in_use"]) for row in sql(seen, place=place)] == [(0, 1)]
    sql(f"DELETE FROM {where}")
    sampling.search_outside()
    assert [(row["found"], row["in_use"]) for row in sql(seen, place=place)] == [(0, 1), (1, 0)]


def test_who_is_in_the_way_is_named_and_nothing_is_changed(
    database: Database, settings: Settings, sql: Sql, account: int, in_files: InFiles
) -> None:
    hasty = settings.model_copy(update={"rewrite_patience_s": 1, "rewrite_lock_ms": 50})
    sql("INSERT INTO reporting.tags VALUES (7, '2026-03-02', 'oncology', 1, 0)")
    engine = sa.create_engine(as_owner(database), isolation_level="REPEATABLE READ")
    for statement in ("SELECT FROM tracking.agencies", "LOCK TABLE reporting.tags IN SHARE MODE"):
        with engine.connect() as holder:
            holder.exec_driver_sql("SELECT FROM tracking.agencies")
            pid = holder.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            sql("DELETE FROM reporting.tags")
            holder.exec_driver_sql(statement)
            files = sql("SELECT redaction.place_files('reporting.tags') AS files")
            summary = erase_residue(deploy(database, hasty))
            assert f"process {pid}" in summary.left[TAGS]
            assert files == sql("SELECT redaction.place_files('reporting.tags') AS files")
        assert in_files(TAGS, "oncology")
    engine.dispose()
    assert erase_residue(deploy(database, hasty)).rewritten == (TAGS,)
    assert not in_files(TAGS, "oncology")


def test_only_declared_tables_are_rewritten_and_only_by_the_worker(database: Database, sql: Sql) -> None:
    with pytest.raises(BadInput), database.transaction("redaction_worker") as session:
        session.rows("rewrite_place", place="tracking.accounts")
    for role in ("redaction_loader", "redaction_analyst"):
        with pytest.raises(NotAllowed), database.transaction(role) as session:  # type: ignore[arg-type]
            session.rows("rewrite_place", place=TAGS)


def test_nobody_may_write_the_record_or_put_the_triggers_on_a_table_of_his_own(database: Database, sql: Sql) -> None:
    for attempt in (
        "DELETE FROM redaction.place_residue",
        "UPDATE redaction.place_residue SET erased_at = now()",
        "INSERT INTO redaction.place_residue (place, rows, filenodes) VALUES ('reporting.tags', 1, '{}')",
        "CREATE TEMPORARY TABLE mine (account_id bigint, tag text);"
        " CREATE TRIGGER t AFTER DELETE ON mine REFERENCING OLD TABLE AS removed"
        " FOR EACH STATEMENT EXECUTE FUNCTION redaction.note_gone_reporting_tags()",
    ):
        with (
            database.engine("redaction_worker").connect() as connection,
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        ):
            connection.exec_driver_sql(attempt)
    sql("CREATE TABLE public.mine (account_id bigint, tag text)")
    sql("INSERT INTO public.mine VALUES (7, 'x')")
    sql(
        "CREATE TRIGGER t AFTER DELETE ON public.mine REFERENCING OLD TABLE AS removed"
        " FOR EACH STATEMENT EXECUTE FUNCTION redaction.note_gone_reporting_tags()"
    )
    with pytest.raises(sa.exc.DatabaseError, match="not made for this table"):
        sql("DELETE FROM public.mine")


def test_every_place_can_be_rewritten(deployment: Deployment) -> None:
    places = load_catalog().places
    assert {TAGS, DELIVERIES, HELD, DOWNSTREAM, OBJECTS} <= set(places)
    for place in places:
        erase_partition(deployment, place)


@pytest.mark.parametrize("restored", [False, True])
def test_a_transaction_of_another_server_is_not_waited_for(deployment: Deployment, sql: Sql, restored: bool) -> None:
    deleted_by = "9000000000000" if restored else "3"
    sql(
        "INSERT INTO redaction.place_residue (place, rows, filenodes, deleted_by, since)"
        f" VALUES ('{TAGS}', 1, '{{1}}', '{deleted_by}', :at)",
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert erase_residue(deployment).rewritten == (TAGS,)
