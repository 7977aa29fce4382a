"""The deletion of recordings: real objects behind Airflow's `ObjectStoragePath`, at any address fsspec knows."""

from __future__ import annotations

from collections.abc import Iterator

from redaction.database import Database, Row
from redaction.errors import RecordingRemains
from redaction.pipeline.select import RunRef
from redaction.settings import Settings

_NAMED = 10


def delete_recordings(database: Database, settings: Settings, run: RunRef) -> int:
    """Delete every recording due with the run; return how many are gone, missing ones included.

    Each address is forgotten when its object is gone, so a retry has only the rest to do. Raises RecordingRemains
    naming the activities (ids) whose recording is still there; all others are deleted first.
    """
    deleted = 0
    kept: list[int] = []
    for batch in _batches(database, settings, run):
        gone: list[int] = []
        for recording in batch:
            if _allowed(recording["url"], settings) and _delete(recording["url"]):
                gone.append(recording["id"])
            else:
                kept.append(recording["activity_id"])
        if gone:
            with database.transaction("redaction_worker") as session:
                session.run("forget_recordings", run_id=run.id, ids=gone)
        deleted += len(gone)
    if kept:
        more = f" and {len(kept) - _NAMED} more" if len(kept) > _NAMED else ""
        raise RecordingRemains(
            f"run {run.id} of account {run.account_id}: the recordings of {len(kept)} activities could not be deleted "
            f"({', '.join(str(activity) for activity in sorted(kept)[:_NAMED])}{more}): "
            "see that the store answers and lets this host delete, then run again"
        )
    return deleted


def _batches(database: Database, settings: Settings, run: RunRef) -> Iterator[list[Row]]:
    with database.transaction("redaction_worker") as session:
        more = session.one("has_recordings_due", account_id=run.account_id)["due"]
    after, size = 0, min(settings.batch_size, 1000)
    while more:
        with database.transaction("redaction_worker") as session:
            batch = session.rows("recordings_due", account_id=run.account_id, after_id=after, batch_size=size)
        if batch:
            yield batch
            after = batch[-1]["id"]
        more = len(batch) == size


def _allowed(url: str, settings: Settings) -> bool:
    allowed = settings.recordings_under
    return allowed is None or (url.startswith(allowed.rstrip("/") + "/") and ".." not in url.split("/"))


def _delete(url: str) -> bool:
    """Delete one object, twice if need be; say whether it is gone. A missing one is."""
    from airflow.sdk import ObjectStoragePath

    try:
        path = ObjectStoragePath(url)
        for _ in range(2):
            if not path.exists():
                return True
            if path.is_dir():
                return False
            path.unlink(missing_ok=True)
        return not path.exists()
    except Exception:  # a store may raise anything, with the address in its message
        return False
