"""The proof by sample around the rewrites of a run and of residue: recorded, and reported by `verify`."""

from __future__ import annotations

import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.levels import reach_level
from redaction.erasure.proof.sampling import Sampling
from redaction.erasure.proof.structure import verify
from redaction.erasure.residue import erase_partition, erase_residue, list_residue
from redaction.pipeline.run import complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.erasure.conftest import PART, PART_NAME, TAGS, Sql

REWRITING = {"rewrite_share": 0.01, "rewrite_min_rows": 1}


def _recorded(sql: Sql) -> list[tuple[int | None, str | None, int, int]]:
    rows = sql(
        "SELECT run_id, partition_name, sum(looked_for) AS looked_for, sum(found) AS found FROM redaction.proofs"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return [(row["run_id"], row["partition_name"], int(row["looked_for"]), int(row["found"])) for row in rows]


def _files(database: Database, run_id: int | None = None) -> dict[str, str]:
    return {proof.partition_name: proof.files for proof in verify(database, run_id=run_id)}


def test_a_run_proves_the_rewrite_of_some_of_its_partitions(
    database: Database, settings: Settings, sql: Sql, run_id: int
) -> None:
    complete_run(deploy(database, settings.model_copy(update=REWRITING)), run_id)
    [(run, partition_name, looked_for, found)] = _recorded(sql)
    assert (run, partition_name, found) == (run_id, PART_NAME, 0)
    assert looked_for >= 200
    assert _files(database, run_id) == {PART_NAME: "clean", TAGS: "residue"}


def test_a_run_without_the_proof_records_none(database: Database, settings: Settings, sql: Sql, run_id: int) -> None:
    complete_run(deploy(database, settings.model_copy(update={**REWRITING, "proof_partitions": 0})), run_id)
    assert _recorded(sql) == []


def test_residue_is_erased_with_a_proof_that_looks_everywhere(deployment: Deployment, sql: Sql, run_id: int) -> None:
    complete_run(deployment, run_id)
    assert _recorded(sql) == []
    assert erase_residue(deployment).rewritten == (TAGS, PART_NAME)
    (_, partition, looked_for, found), (_, tags, of_tags, left), (_, server, elsewhere, _) = _recorded(sql)
    assert (tags, of_tags > 0, left) == (TAGS, True, 0)
    assert (partition, server, found) == (PART_NAME, None, 0)
    assert looked_for >= 200
    assert elsewhere >= 200


@pytest.mark.usefixtures("filled")
def test_a_value_that_is_found_makes_the_partition_residue_until_a_look_finds_none(
    database: Database, settings: Settings, deployment: Deployment, sql: Sql, run_id: int
) -> None:
    complete_run(deploy(database, settings.model_copy(update={**REWRITING, "proof_partitions": 0})), run_id)
    erase_partition(deployment, TAGS)
    assert _files(database) == {PART_NAME: "clean", TAGS: "clean"}
    sql("DROP TRIGGER keep_redacted ON tracking.activities")
    sql(f"UPDATE {PART} SET source = 'a value that is gone from the row, not from the file', redacted_at = NULL")
    sampling = Sampling(deployment)
    sql(f"UPDATE {PART} SET notes = 'left in the file by a rewrite that was skipped'")
    sql(f"UPDATE {PART} SET notes = NULL, redacted_at = now()")
    sample = sampling.draw(PART_NAME)
    assert sampling.search(PART_NAME, sample) > 0
    assert [residue.partition_name for residue in list_residue(deployment)] == [PART_NAME]
    proof = next(proof for proof in verify(database) if proof.partition_name == PART_NAME)
    assert proof.files == "residue"
    assert any("1 value of a sample was found" in reason for reason in proof.reasons)
    assert reach_level(deployment, run_id).level == "L1"
    erase_residue(deployment)
    assert _files(database) == {PART_NAME: "clean", TAGS: "clean"}
