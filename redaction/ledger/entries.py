"""The ledger: one row a run, and one for each act that bears on what may be redacted; each row has the hash of the one
before it. A row is written in the transaction of what it records, so neither is there without the other.

Rows never hold a personal value or a hash of one: ids, counts, instants, names of staff, reasons that name a ticket.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from redaction.catalog import load_catalog
from redaction.db.database import Database
from redaction.db.publications import list_publications
from redaction.db.session import Session
from redaction.errors import LedgerBroken

Kind = Literal[
    "redaction",
    "refusal",
    "hold",
    "release",
    "pause",
    "resume",
    "approval",
    "delivery",
    "replay",
    "setting",
    "departure",
    "arrival",
    "abandonment",
    "store",
    "object",
]
_PAGE = 500


class Entry(BaseModel):
    """One row of the ledger. `hash` is the SHA-256 of all else in it, as canonical JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: int
    kind: Kind
    account_id: int | None
    run_id: int | None
    actor: str
    reason: str | None
    facts: Mapping[str, Any]
    written_at: AwareDatetime
    previous_hash: str
    hash: str

    def reckon(self) -> str:
        """Return the hash that this row must have."""
        return reckon_hash(self.model_dump(exclude={"hash"}))

    def serialize(self) -> bytes:
        """Return the row as it lies outside the database: canonical JSON with its hash."""
        return canonical(self.model_dump())

    @classmethod
    def parse(cls, text: bytes, place: str) -> Entry:
        """Return the row that lies at a place outside; raises LedgerBroken if it is none, or not whole."""
        try:
            entry = cls.model_validate_json(text)
        except ValidationError:
            raise LedgerBroken(f"{place} is no row of a ledger: somebody has altered it") from None
        if entry.reckon() != entry.hash:
            raise LedgerBroken(f"{place}: row {entry.position} of the ledger was altered: its hash is another")
        return entry


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return an object as JSON of one form: keys in order, no spaces, instants in ISO format (UTC, microseconds)."""

    def plain(item: object) -> str:
        if isinstance(item, datetime):
            return item.astimezone(UTC).isoformat(timespec="microseconds")
        raise TypeError(type(item).__name__)

    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain)
    return text.encode()


def reckon_hash(value: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of an object's canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def record_event(
    session: Session,
    kind: Kind,
    account_id: int | None,
    actor: str,
    reason: str | None,
    facts: Mapping[str, Any],
    run_id: int | None = None,
) -> int:
    """Append a row in the caller's transaction (not REPEATABLE READ: it goes on after what others append); return its
    position. Others that append wait until that transaction ends, so this comes last in it.
    """
    session.rows("lock_ledger")
    head = session.one("ledger_head")
    row: dict[str, Any] = {
        "position": head["position"] + 1,
        "kind": kind,
        "account_id": account_id,
        "run_id": run_id,
        "actor": actor,
        "reason": reason,
        "facts": json.loads(canonical(facts)),
        "written_at": session.one("ledger_clock")["now"],
        "previous_hash": head["hash"],
    }
    restore_entry(session, Entry(**row, hash=reckon_hash(row)))
    return int(row["position"])


def record_change(
    session: Session,
    account_id: int | None,
    actor: str,
    facts: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Append a row of what was changed of some settings, in the caller's transaction; none if nothing was."""
    changed = sorted(name for name in after if before[name] != after[name])
    if changed:
        values = {
            when: {name: str(had[name]) if isinstance(had[name], date) else had[name] for name in changed}
            for when, had in (("before", before), ("after", after))
        }
        record_event(session, "setting", account_id, actor, None, {**facts, **values})


def digest_ids(session: Session, run_id: int) -> str:
    """Return the digest of the ids of a run's set, SHA-256 in hexadecimal; a second for three million."""
    return str(session.one("digest_ids", run_id=run_id)["ids_digest"])


def record_run(session: Session, run_id: int, level: str, ids_digest: str) -> int:
    """Append the row of a run that succeeds in the caller's transaction, or find the one it has; return its position.

    `level` is the erasure level it has reached, `ids_digest` what `digest_ids` returns.
    """
    found = session.rows("find_entry", run_id=run_id)
    if found:
        return int(found[0]["position"])
    facts = dict(session.one("run_facts", run_id=run_id))
    account_id, actor, reason = (facts.pop(name) for name in ("account_id", "actor", "reason"))
    if facts["held"] == "some":
        facts["held"] = session.one("ids_left_held", run_id=run_id, account_id=account_id)["ids"]
    else:
        facts["held"] = None if facts["held"] == "all" else []
    facts["left_out"] = _count_left_out(session, run_id, account_id, facts["due_count"] - facts["stripped_count"])
    facts |= {"erasure_level": level, "ids_digest": ids_digest, "catalog_version": load_catalog().version}
    sends = list_publications(session)
    if sends:
        facts["sent_elsewhere_by"] = sends
    return record_event(session, "redaction", account_id, actor, reason, facts, run_id)


def _count_left_out(session: Session, run_id: int, account_id: int, missing: int) -> dict[str, int]:
    """Return why a run has stripped fewer than it had selected, by counts; {} if it has not."""
    if not missing:
        return {}
    return {
        why: count
        for why, count in session.one("count_left_out", run_id=run_id, account_id=account_id).items()
        if count
    }


def restore_entry(session: Session, entry: Entry) -> None:
    """Append a row as it is, its hash with it; the database refuses one that does not go on after the last."""
    session.run("append_entry", **(entry.model_dump() | {"facts": canonical(entry.facts).decode()}))


def find_entry(database: Database, run_id: int) -> Entry | None:
    """Return the row by which a run is recorded; None if it has not succeeded."""
    with database.transaction("redaction_worker") as session:
        rows = session.rows("find_entry", run_id=run_id)
    return Entry(**rows[0]) if rows else None


def list_entries_of_run(database: Database, run_id: int) -> list[Entry]:
    """Return every row that tells of a run, a refusal too."""
    with database.transaction("redaction_worker") as session:
        return [Entry(**row) for row in session.rows("entries_of_run", run_id=run_id)]


def read_entries(database: Database, after: int = 0) -> Iterator[Entry]:
    """Yield the rows after a position, in their order, in constant memory."""
    while True:
        with database.transaction("redaction_worker") as session:
            rows = session.rows("read_ledger", after=after, most=_PAGE)
        yield from (Entry(**row) for row in rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1]["position"]
