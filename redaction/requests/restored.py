"""Requests of persons, restored from the ledger after a restore of the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from redaction.db.session import Session
from redaction.ledger.entries import Entry, canonical


def restore_request(session: Session, entry: Entry) -> None:
    """Restore a request from a ledger row, after a restore; no ledger has the person's number or address."""
    request_id, change = entry.facts["request_id"], entry.facts["change"]
    if change == "opened":
        asked = canonical(entry.facts["asked"]).decode()
        given = {"opened_by": entry.actor, "opened_at": entry.written_at, "reference": entry.reason}
        session.run("restore_request", request_id=request_id, asked=asked, **given)
    elif change == "answered":
        by = {"answered_by": entry.actor, "answered_at": entry.written_at}
        session.rows("answer_request", request_id=request_id, **by)
    else:
        ended = {"state": change, "ground": entry.reason, "closed_by": entry.actor, "closed_at": entry.written_at}
        session.rows("end_request", request_id=request_id, **ended)
    for account_id, counts in entry.facts.get("accounts", {}).items():
        _restore_outcome(session, request_id, int(account_id), counts, entry.written_at)
    for account_id, why in entry.facts.get("unknown", {}).items():
        _restore_outcome(session, request_id, int(account_id), {}, entry.written_at, why)


def _restore_outcome(
    session: Session, request_id: int, account_id: int, counts: Mapping[str, Any], at: datetime, why: str | None = None
) -> None:
    runs = counts.get("runs") or counts.get("abandoned") or {}
    placement = next(iter(runs), None)
    session.run(
        "restore_outcome",
        request_id=request_id,
        account_id=account_id,
        placement=placement,
        run_id=runs[placement][-1] if placement else None,
        outcome="unknown" if why else "redacted" if counts.get("redacted") else "nothing",
        failure=why,
        found=canonical(counts).decode(),
        changed_at=at,
    )
