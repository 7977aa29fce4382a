"""Proof by structure: which tables are free of removed values, from their files, at any time.

Each strip records the files of the partitions it touched and the position of the write-ahead log. A trigger records the
same for each other table from which a personal value is removed. A table is clean when none of those files belongs to
it any more. The log and the planner's statistics, which all tables share, have their own answers. If the login may not
look, the answer is "cannot know".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from redaction.db.database import Database
from redaction.db.session import Row
from redaction.erasure.wal import wal_reasons
from redaction.words import say_count

Answer = Literal["clean", "residue", "cannot know"]


@dataclass(frozen=True)
class PartitionProof:
    """The state of a partition, or of another table (its name has a schema): its files, the log, statistics, why it
    is not clean, and since when (UTC).
    """

    partition_name: str
    files: Answer
    wal: Answer
    statistics: Answer
    since: datetime
    reasons: tuple[str, ...]


def verify(database: Database, run_id: int | None = None, account_id: int | None = None) -> list[PartitionProof]:
    """Return the proof for every partition that a run, an account's runs, or all runs have stripped rows of.

    It includes every other table from which personal values were removed: of the account up to the end of the run, of
    the account, or of all.
    """
    with database.transaction("redaction_worker") as session:
        rows = session.rows("verify_partitions", run_id=run_id, account_id=account_id)
        rows += session.rows("verify_places", run_id=run_id, account_id=account_id)
    logs = wal_reasons(database, [row["lsn"] for row in rows])
    return [_judge(row, None if logs is None else logs[row["lsn"]]) for row in rows]


def is_place(name: str) -> bool:
    """Say whether a name is that of another table, and not of a partition."""
    return "." in name


def _judge(row: Row, log: list[str] | None) -> PartitionProof:
    reasons = []
    if row["old_files"]:
        files = say_count(row["old_files"], "file is", "files are")
        reasons.append(f"{files} older than the removal of personal values")
    if row["dropped_columns"]:
        reasons.append(f"rows may still have {say_count(row['dropped_columns'], 'dropped column', 'dropped columns')}")
    if row["unfinished_copy"]:
        reasons.append("a copy that was never swapped in still exists")
    if row["sampled_values"]:
        values = say_count(row["sampled_values"], "value of a sample was", "values of a sample were")
        reasons.append(f"{values} found in the new files")
    unread = ["the write-ahead log, which the login may not list"] if log is None else log
    sampled = []
    if row["sampled_columns"]:
        sampled.append(
            f"the planner keeps {say_count(row['sampled_columns'], 'sample', 'samples')} of personal columns"
        )
    elif not row["statistics_rewritten"]:
        sampled.append("the planner's statistics were not rewritten since, and their dead rows may hold samples")
    return PartitionProof(
        partition_name=row["partition_name"],
        files="residue" if reasons else "clean",
        wal="cannot know" if log is None else "residue" if log else "clean",
        statistics="residue" if row["sampled_columns"] else "cannot know" if sampled else "clean",
        since=row["since"],
        reasons=(*reasons, *sampled, *unread),
    )
