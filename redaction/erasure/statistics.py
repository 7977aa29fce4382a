"""The planner's statistics: samples of personal columns are removed, and so are the dead rows that held them.

pg_statistic keeps a sample, removed or not, until it is rewritten, which drops what nobody can see any more. So its
rewrite counts only if no personal column is sampled and nobody could see an older row.
"""

from __future__ import annotations

from contextlib import suppress

from redaction.db.database import Database
from redaction.db.login import Role
from redaction.db.patience import patiently_for
from redaction.deployment import Deployment
from redaction.erasure.rewrite import name_holder
from redaction.errors import DatabaseBusy, NotAllowed, TryLater

_FORBIDDEN = (
    "the login may not rewrite pg_statistic, whose dead rows may hold samples: on PostgreSQL 17 or newer a superuser "
    "grants it (`redaction init`); before, run `redaction erase-residue` with REDACTION_OWNER_URL set"
)


def rewrite_statistics(deployment: Deployment) -> str | None:
    """Free the planner's statistics of what was stripped until now, and record that; return why not, or None.

    First it refreshes them for partitions without any. It needs the right MAINTAIN, which `redaction init` grants from
    PostgreSQL 17 on, or the login of the owner of the database, if this process has it (PostgreSQL manual, VACUUM).
    pg_statistic is locked for milliseconds, after a wait of at most `rewrite_lock_ms`; while somebody blocks it, or
    could still see an older row, it is tried again for `rewrite_patience_s`.
    """
    try:
        _analyze(deployment.database)
        samples = deployment.one("forget_samples")["samples"]
        if samples:
            return _kept(samples)
        return patiently_for(deployment.settings.rewrite_patience_s, first=0.05, longest=5)(_rewrite, deployment)
    except NotAllowed:
        return _FORBIDDEN
    except TryLater as error:
        return str(error)


def _analyze(database: Database) -> None:
    names = [row["partition_name"] for row in database.rows("unanalyzed_partitions")]
    for name in names:
        # A failure here loses nothing: autovacuum does it later.
        with suppress(TryLater), database.transaction("redaction_worker") as session:
            session.rows("analyze_partition", partition_name=name)


def _rewrite(deployment: Deployment) -> str | None:
    with deployment.transaction("redaction_worker") as session:
        role: Role = "redaction_worker"
        if not session.one("may_rewrite_statistics")["allowed"]:
            if deployment.database.owner_url is None:
                return _FORBIDDEN
            role = "owner"
        before = session.one("statistics_files")
        older = session.rows("older_snapshots", since=before["at"])
    if older:
        raise DatabaseBusy(
            f"pg_statistic is not rewritten: {name_holder(older[0]['pid'])} still reads by a snapshot of "
            f"{older[0]['seconds']:.0f} s ago; end it, or wait"
        )
    deployment.database.run_alone(role, "rewrite_statistics", lock_timeout=f"{deployment.settings.rewrite_lock_ms}ms")
    with deployment.transaction("redaction_worker") as session:
        after = session.one("judge_statistics", files=before["files"], horizon=before["horizon"])
        if not after["rewritten"]:
            return _FORBIDDEN
        if after["samples"]:
            return _kept(after["samples"])
        if not after["unpinned"]:
            raise DatabaseBusy(
                "pg_statistic was rewritten with its dead rows: a snapshot, a prepared transaction or a slot keeps "
                "them; end it, or wait"
            )
        session.run("record_statistics_rewrite", lsn=before["lsn"])
    return None


def _kept(samples: int) -> str:
    return (
        f"the planner keeps {samples} samples of personal columns, which the owner of the tables may not clear: on "
        "PostgreSQL 18 it may; before, a superuser has to own them, or to run `redaction erase-residue`"
    )
