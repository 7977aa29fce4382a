"""Space on the disk for a rewrite, checked before it starts: the copy is stored next to the old leaf, and in the log
too.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.proof.structure import is_place
from redaction.errors import DiskTooSmall, NotAllowed

_TIMES = 2
_MEGA = 1_000_000


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def check_space(deployment: Deployment, partition_name: str, free_bytes: Callable[[Path], int] = _free_bytes) -> None:
    """Raise DiskTooSmall if a partition, or another table, is too large to be rewritten.

    Nothing was changed then.

    A copy and its log take at most twice the bytes of the partition. The server does not report its free space: its
    data directory is checked if it is on this machine, and `REDACTION_REWRITE_MOST_BYTES` limits a rewrite anywhere.
    """
    rows = deployment.rows("partition_bytes", partition_name=partition_name)
    needed = _TIMES * sum(row["bytes"] for row in rows)
    most = deployment.settings.rewrite_most_bytes
    if most is not None and needed > most:
        raise DiskTooSmall(
            f"{_named(partition_name)} is not rewritten: that takes {needed / _MEGA:,.1f} MB, and "
            f"REDACTION_REWRITE_MOST_BYTES allows {most / _MEGA:,.1f}; nothing was changed",
            partition_name,
        )
    folder = _local_data(deployment.database)
    if folder is not None and needed > (free := free_bytes(folder)):
        raise DiskTooSmall(
            f"{_named(partition_name)} is not rewritten: that takes {needed / _MEGA:,.1f} MB, and "
            f"{free / _MEGA:,.1f} MB are free; make room, then try again; nothing was changed",
            partition_name,
        )


def _named(name: str) -> str:
    return name if is_place(name) else f"partition {name}"


def _local_data(database: Database) -> Path | None:
    """Return the data directory of a server on this machine; None if it is elsewhere or may not be known."""
    host = database.url.query.get("host", database.url.host)
    if host is not None and not str(host).startswith("/"):
        return None
    try:
        folder = Path(database.one("data_directory")["folder"])
        return folder if folder.is_dir() else None
    except (NotAllowed, OSError):
        return None
