"""Space on the disk: checked before a rewrite starts; without it everything stays unchanged, and the run updates in
place.
"""

from __future__ import annotations

import pytest

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.residue import erase_residue
from redaction.erasure.rewrite import rewrite_partition
from redaction.erasure.space import check_space
from redaction.errors import DiskTooSmall
from redaction.pipeline.run import complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.erasure.conftest import PART_NAME, Sql

TIGHT = {"rewrite_most_bytes": 1, "rewrite_share": 0.01, "rewrite_min_rows": 1}


def test_a_run_without_room_strips_in_place_and_leaves_residue_until_there_is(
    database: Database, settings: Settings, deployment: Deployment, sql: Sql, run_id: int
) -> None:
    tight = settings.model_copy(update=TIGHT)
    files = sql("SELECT redaction.filenodes(:name) AS f", name=PART_NAME)
    with pytest.raises(DiskTooSmall, match="REDACTION_REWRITE_MOST_BYTES"):
        rewrite_partition(deploy(database, tight), PART_NAME, run_id)
    assert complete_run(deploy(database, tight), run_id)["stripped_count"] == 40
    assert sql("SELECT redaction.filenodes(:name) AS f", name=PART_NAME) == files
    left = erase_residue(deploy(database, tight)).left
    assert "is not rewritten" in left[PART_NAME]
    assert erase_residue(deployment).rewritten[-1:] == (PART_NAME,)


@pytest.mark.usefixtures("filled")
def test_what_is_free_is_compared_with_what_it_takes(deployment: Deployment, sql: Sql) -> None:
    [row] = sql("SELECT bytes FROM redaction.partitions WHERE partition_name = :name", name=PART_NAME)
    asked = []

    def free(folder: object) -> int:
        asked.append(folder)
        return int(row["bytes"])

    with pytest.raises(DiskTooSmall, match="MB are free"):
        check_space(deployment, PART_NAME, free)
    check_space(deployment, PART_NAME, lambda folder: 3 * int(row["bytes"]))
    assert [str(folder) for folder in asked] == [sql("SHOW data_directory")[0]["data_directory"]]
