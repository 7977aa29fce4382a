"""Residue: recorded, erased, and proven gone from the files themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.levels import reach_level
from redaction.erasure.plan import ensure_partitions
from redaction.erasure.proof.structure import verify
from redaction.erasure.residue import erase_residue, list_residue
from redaction.erasure.statistics import rewrite_statistics
from redaction.erasure.wal import wal_reasons
from redaction.errors import BadInput
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import as_owner
from tests.erasure.test_sample import weak_owner

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
PART = "activities_20260302"
CANARY = "canary-note-in-the-file"


@pytest.fixture
def run_id(deployment: Deployment, insert: Insert, sql: Sql, account: int) -> int:
    """A run that stripped three rows in place; a fourth is alive."""
    for number in range(3):
        insert(number, notes=CANARY, tags=None)
    insert(9, called_at=CUTOFF + timedelta(days=1), notes="alive")
    return int(complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)["id"])


def _in_files(sql: Sql, data: Path | None) -> bool:
    """Say whether the canary is in a file of a table of the activities, read without the server."""
    assert data is not None
    sql("CHECKPOINT")
    paths = sql(
        "SELECT pg_relation_filepath(oid) AS path FROM pg_class"
        " WHERE relname LIKE 'activities%' AND pg_relation_filepath(oid) IS NOT NULL"
    )
    files = [path for row in paths if (path := data / row["path"]).exists()]
    assert files
    return any(CANARY.encode() in path.read_bytes() for path in files)


def test_a_strip_in_place_leaves_residue_that_is_known_and_then_erased(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, server: tuple[str, Path | None]
) -> None:
    [residue] = list_residue(deployment)
    assert (residue.partition_name, residue.rows, residue.late) == (PART, 3, False)
    data = server[1].parent if server[1] else None
    if data is not None:
        assert _in_files(sql, data)
    [proof] = verify(database, run_id=run_id)
    assert proof.files == "residue"
    assert "older than the removal" in proof.reasons[0]
    assert reach_level(deployment, run_id).level == "L1"

    summary = erase_residue(deployment)
    assert (summary.rewritten, summary.left, summary.late) == ((PART,), {}, ())
    assert list_residue(deployment) == []
    if data is not None:
        assert not _in_files(sql, data)
    assert [proof.files for proof in verify(database)] == ["clean"]
    assert sql("SELECT notes FROM tracking.activities WHERE notes IS NOT NULL") == [{"notes": "alive"}]


def test_the_levels_are_reached_one_by_one(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    sql: Sql,
    run_id: int,
    server: tuple[str, Path | None],
) -> None:
    assert sql("SELECT erasure_level FROM redaction.runs") == [{"erasure_level": "L1"}]
    summary = erase_residue(deployment)
    if server[1] is None:
        # Another server may recycle or archive its log; then that keeps the run from L3.
        assert set(summary.levels) <= {"L2", "L3"}
        return
    assert summary.wal is None
    assert summary.levels == {"L3": 1}
    assert sql("SELECT erasure_level FROM redaction.runs") == [{"erasure_level": "L3"}]
    assert "not stated" in reach_level(deployment, run_id).outside[0]
    stated = settings.model_copy(update={"backup_retention_days": 30})
    assert reach_level(deploy(database, stated), run_id).level == "L3"
    later = datetime.now(UTC) + timedelta(days=31)
    assert reach_level(deploy(database, stated), run_id, later).level == "L4"


@pytest.mark.parametrize("outcome", [None, "kept", "remains", "elsewhere"])
def test_an_object_that_is_left_keeps_a_run_at_l0(
    deployment: Deployment, sql: Sql, run_id: int, outcome: str | None
) -> None:
    sql(
        "INSERT INTO tracking.objects (account_id, activity_id, address, due_since, run_id, outcome)"
        " VALUES (7, 1, 'file:///x', now(), :run_id, :outcome)",
        run_id=run_id,
        outcome=outcome,
    )
    assert reach_level(deployment, run_id).level == "L0"


def test_an_object_that_no_run_came_to_is_found_by_the_nightly_job(
    deployment: Deployment, sql: Sql, run_id: int
) -> None:
    # Written next to a redacted activity, as nothing of ours does.
    sql(
        "INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, 1, 'file:///x'), (7, 9, 'file:///y')"
    )
    assert erase_residue(deployment).objects == {"elsewhere": 1}
    assert reach_level(deployment, run_id).level == "L0"


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (
            "ALTER TABLE tracking.activities ADD COLUMN gone text; ALTER TABLE tracking.activities DROP COLUMN gone",
            "dropped column",
        ),
        (f"CREATE TABLE tracking.{PART}_new ()", "never swapped in"),
        # As if a rewrite had left it out: the index is in the same file as when rows were stripped.
        (
            "UPDATE redaction.run_partitions SET filenodes[1] = pg_relation_filenode(indexrelid) FROM pg_index"
            f" WHERE indrelid = 'tracking.{PART}_rows'::regclass AND pg_get_indexdef(indexrelid) LIKE '%contact_key,%'",
            "1 file is older",
        ),
    ],
)
def test_what_is_planted_is_found(
    database: Database, deployment: Deployment, sql: Sql, insert: Insert, run_id: int, plant: str, says: str
) -> None:
    erase_residue(deployment)
    assert [proof.files for proof in verify(database)] == ["clean"]
    for number in range(20, 40):
        insert(number, called_at=datetime(2026, 3, 2, 15, tzinfo=UTC), notes="same")
    for statement in plant.split("; "):
        sql(statement)
    [proof] = verify(database)
    assert proof.files == "residue"
    assert any(says in reason for reason in proof.reasons)


def test_a_slot_that_holds_the_log_is_named(
    database: Database, deployment: Deployment, sql: Sql, run_id: int, server: tuple[str, Path | None]
) -> None:
    if server[1] is None:
        assert verify(database)
        return
    sql("SELECT pg_create_physical_replication_slot('keeper', true)")
    try:
        erase_residue(deployment)
        [proof] = verify(database)
        assert (proof.files, proof.wal) == ("clean", "residue")
        assert any("keeper" in reason for reason in proof.reasons)
        assert reach_level(deployment, run_id).level == "L2"
    finally:
        sql("SELECT pg_drop_replication_slot('keeper')")


def test_where_the_owner_may_look_at_nothing_that_is_said(
    deployment: Deployment, settings: Settings, run_id: int, administer: Callable[[str], None]
) -> None:
    erase_residue(deployment)
    with weak_owner(deployment, administer) as other:
        [proof] = verify(other)
        said = rewrite_statistics(deploy(other, settings))
    assert said is not None
    assert "may not rewrite pg_statistic" in said
    assert (proof.files, proof.wal) == ("clean", "cannot know")


def test_what_is_held_is_left_and_named(database: Database, settings: Settings, sql: Sql, run_id: int) -> None:
    hasty = settings.model_copy(update={"rewrite_patience_s": 1, "erasure_deadline_h": 1})
    sql("UPDATE redaction.residue SET since = now() - interval '2 hours'")
    holder = sa.create_engine(as_owner(database), isolation_level="REPEATABLE READ")
    with holder.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid() FROM tracking.agencies").scalar()
        summary = erase_residue(deploy(database, hasty))
        assert [proof.files for proof in verify(database)] == ["residue"]
    holder.dispose()
    assert summary.rewritten == ()
    assert f"process {pid}" in summary.left[PART]
    assert summary.late == (PART,)


def test_partitions_are_made_ahead_in_the_width_of_the_setting(
    database: Database, settings: Settings, deployment: Deployment, sql: Sql
) -> None:
    assert ensure_partitions(deployment, date(2026, 3, 2), date(2026, 3, 15)) == 2
    assert ensure_partitions(deployment, date(2026, 3, 2), date(2026, 3, 15)) == 0
    daily = settings.model_copy(update={"partition_width": "day"})
    assert ensure_partitions(deploy(database, daily), date(2026, 3, 14), date(2026, 3, 17)) == 2
    monthly = settings.model_copy(update={"partition_width": "month"})
    assert ensure_partitions(deploy(database, monthly), date(2026, 5, 1), date(2026, 6, 30)) == 2
    with pytest.raises(BadInput, match="goes forward"):
        ensure_partitions(deployment, date(2026, 3, 2), date(2026, 3, 1))
    found = sql("SELECT count(*) AS n FROM redaction.partitions WHERE NOT is_default")
    assert found == [{"n": 6}]


def test_the_log_is_judged_for_each_position_on_its_own(database: Database, sql: Sql) -> None:
    now = sql("SELECT CAST(pg_current_wal_insert_lsn() AS text) AS lsn")[0]["lsn"]
    # A segment that no server has: its first one comes after.
    before_all = "0/1"
    reasons = wal_reasons(database, [now, before_all, now])
    assert reasons is not None
    # A server with its own settings may have recycled segments too: that applies to every position alike.
    from_before = "from before the end of the redaction"
    assert not any(from_before in reason for reason in reasons[before_all])
    assert any(from_before in reason for reason in reasons[now])
    assert wal_reasons(database, []) == {}
