"""The write-ahead log: it holds every written value until its segments are gone."""

from __future__ import annotations

from collections.abc import Collection

from redaction.db.database import Database
from redaction.db.session import Row
from redaction.errors import NotAllowed
from redaction.words import say_count


def rotate_wal(database: Database) -> str | None:
    """Switch to a new segment and checkpoint, so that the old ones can be removed; return why it could not be done, or
    None.

    It needs an owner of the schema that may call pg_switch_wal and CHECKPOINT (PostgreSQL manual, 9.28.1 and
    CHECKPOINT).
    """
    try:
        with database.transaction("redaction_worker") as session:
            session.rows("switch_wal")
            session.run("checkpoint")
    except NotAllowed:
        return "the owner may not switch the log or checkpoint: grant it pg_checkpoint, and EXECUTE on pg_switch_wal"
    return None


def wal_reasons(database: Database, lsns: Collection[str]) -> dict[str, list[str]] | None:
    """Return in words which log from before each of some positions is still on disk, by the given position; None if
    the owner may not look.
    """
    try:
        states = database.rows("wal_state", lsns=sorted(set(lsns)))
    except NotAllowed:
        return None
    return {state["lsn"]: _describe(state) for state in states}


def _describe(state: Row) -> list[str]:
    reasons = []
    if state["holding"]:
        segments = say_count(state["holding"], "segment", "segments")
        reasons.append(f"the write-ahead log has {segments} from before the end of the redaction")
    if state["recycled"] and state["ahead"]:
        recycled = say_count(state["ahead"], "segment was recycled and holds", "segments were recycled and hold")
        reasons.append(f"{recycled} old bytes: set wal_recycle = off")
    if state["holding"] and state["slots"]:
        reasons.append(f"replication slots keep them: {', '.join(state['slots'])}")
    if state["archived"]:
        reasons.append("the log is archived: what the archive keeps is outside")
    return reasons
