"""Activities that are known and whose row is gone with its partition, and those that the source has redacted: how the
rows of a block that are not updated come in.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from redaction.db.session import Session
from redaction.source.copyformat import HEADER, TRAILER, drop_values
from redaction.source.recorded import Key

Rows = Mapping[Key, bytes]


def copied(rows: Iterable[bytes]) -> io.BytesIO:
    """Return rows as one COPY."""
    return io.BytesIO(b"".join((HEADER, *rows, TRAILER)))


def insert_lost(session: Session, there: Rows) -> tuple[set[Key], set[Key]]:
    """Insert those of some known activities whose row is gone with its partition; return them, and which of them a
    run had redacted: these come in redacted.
    """
    accounts, ids = zip(*there, strict=True)
    found = session.rows("forget_lost_identities", accounts=list(accounts), ids=list(ids))
    lost = {(row["account_id"], row["id"]): row["run_id"] for row in found}
    if not lost:
        return set(), set()
    redacted = {key: run_id for key, run_id in lost.items() if run_id is not None}
    rows = [drop_values(there[key]) if key in redacted else there[key] for key in there if key in lost]
    session.copy_in("copy_activities", copied(rows))
    session.run("take_again", **listed(sorted(lost)))
    if redacted:
        session.run("come_in_redacted", **listed(list(redacted)), runs=list(redacted.values()))
    return set(lost), set(redacted)


def come_in_redacted(session: Session, keys: Sequence[Key], contacts: Mapping[Key, Iterable[str]]) -> None:
    """Mark inserted activities as redacted that the source has redacted; holds on their contacts keep their objects."""
    session.run("come_in_redacted", **listed(keys), runs=[None] * len(keys))
    named = [(key, contact) for key in keys for contact in contacts.get(key, ())]
    if named:
        session.run("hold_redacted", **listed([key for key, _ in named]), contacts=[contact for _, contact in named])


def listed(keys: Sequence[Key]) -> dict[str, list[int]]:
    """Return the parameters of a statement about some activities."""
    accounts, ids = zip(*keys, strict=True)
    return {"accounts": list(accounts), "ids": list(ids)}
