"""The ledger: one row a run, and one for each act that affects what may be redacted; each row has the hash of the
previous row. An `Act` writes a row in the transaction of what it records, so neither exists without the other.

Rows never hold a personal value or a hash of one: ids, counts, instants, names of staff, reasons that name a ticket.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ValidationError

from redaction.db.database import Database
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
    "request",
    "proposal",
    "text",
    "closing",
]
_PAGE = 500


class Entry(BaseModel, frozen=True, extra="forbid"):
    """One row of the ledger. `hash` is the SHA-256 of all else in it, as canonical JSON."""

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
        """Return the row as it is stored outside the database: canonical JSON with its hash."""
        return canonical(self.model_dump())

    @classmethod
    def parse(cls, text: bytes, place: str) -> Entry:
        """Return the row stored at a place outside; raises LedgerBroken if it is invalid or altered."""
        try:
            entry = cls.model_validate_json(text)
        except ValidationError:
            raise LedgerBroken(f"{place} is no row of a ledger: somebody has altered it") from None
        if entry.reckon() != entry.hash:
            raise LedgerBroken(f"{place}: row {entry.position} of the ledger was altered: its hash is another")
        if entry.serialize() != text:
            # A member that is there twice, for example: readers may see different values.
            raise LedgerBroken(
                f"{place} is not byte for byte as a row of the ledger is written: somebody has altered it"
            )
        return entry


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return an object as canonical JSON: keys in order, no spaces, instants in ISO format (UTC, microseconds)."""

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
    """Append a row in the caller's transaction (not REPEATABLE READ: it must see what others append); return its
    position. Other writers wait until that transaction ends, so this must come last in it.
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


def restore_entry(session: Session, entry: Entry) -> None:
    """Append a row unchanged, with its hash; the database refuses a row that does not follow the last one."""
    session.run("append_entry", **(entry.model_dump() | {"facts": canonical(entry.facts).decode()}))


def find_entry(database: Database, run_id: int) -> Entry | None:
    """Return the row that records a run; None if the run has not succeeded."""
    rows = database.rows("find_entry", run_id=run_id)
    return Entry(**rows[0]) if rows else None


def list_entries_of_run(database: Database, run_id: int) -> list[Entry]:
    """Return every row about a run, refusals too."""
    return [Entry(**row) for row in database.rows("entries_of_run", run_id=run_id)]


def read_entries(database: Database, after: int = 0) -> Iterator[Entry]:
    """Yield the rows after a position, in order, in constant memory."""
    while True:
        rows = database.rows("read_ledger", after=after, most=_PAGE)
        yield from (Entry(**row) for row in rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1]["position"]
