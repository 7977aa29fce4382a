"""An act: the only way to change what the ledger records. A test checks that no row is appended otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from redaction.catalog import load_catalog
from redaction.db.login import Role
from redaction.db.outflow import list_publications
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import LedgerUnreachable
from redaction.ledger.entries import Entry, Kind, record_event, restore_entry
from redaction.ledger.external import check_ledger, publish


@dataclass
class Act:
    """Checks the ledger at its start, records what is done in the same transaction, publishes at its end.

    The record must come last in a transaction: other writers wait until it ends. A failed transaction may be opened
    again. Raises what `check_ledger` raises. Raises LedgerUnreachable if the act is done and not outside yet; the next
    act publishes it.
    """

    deployment: Deployment
    checked: bool = True
    """False: skip the check at the start, because the caller has made it."""
    _session: Session | None = field(default=None, init=False)
    _recorded: bool = field(default=False, init=False)

    def __enter__(self) -> Act:
        """Refuse a database that was restored."""
        if self.checked:
            check_ledger(self.deployment)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Publish what was recorded."""
        if kind is None and self._recorded:
            try:
                publish(self.deployment)
            except LedgerUnreachable as error:
                raise LedgerUnreachable(f"the act is done and recorded in the database; {error}") from None

    @contextmanager
    def transaction(self, role: Role = "redaction_worker") -> Iterator[Session]:
        """Open the transaction of the act, in which it is recorded."""
        with self.deployment.transaction(role) as session, self.within(session):
            yield session

    @contextmanager
    def within(self, session: Session) -> Iterator[None]:
        """Record the act in a transaction that the caller has opened."""
        self._session = session
        try:
            yield
        finally:
            self._session = None

    @property
    def session(self) -> Session:
        """Return the open transaction."""
        assert self._session is not None, "an act is recorded in its transaction"
        return self._session

    def record(
        self,
        kind: Kind,
        account_id: int | None,
        actor: str,
        facts: Mapping[str, Any] | None = None,
        reason: str | None = None,
        run_id: int | None = None,
    ) -> None:
        """Append a row: what was done, to which account, by whom and why."""
        record_event(self.session, kind, account_id, actor, reason, facts or {}, run_id)
        self._recorded = True

    def record_change(
        self,
        account_id: int | None,
        actor: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        **facts: Any,
    ) -> None:
        """Append a row about changed settings, from which value to which; no row if none changed."""
        changed = sorted(name for name in after if before[name] != after[name])
        if changed:
            values = {
                when: {name: str(had[name]) if isinstance(had[name], date) else had[name] for name in changed}
                for when, had in (("before", before), ("after", after))
            }
            self.record("setting", account_id, actor, {**facts, **values})

    def record_again(self) -> None:
        """Publish an existing row of this act, which may not be outside yet."""
        self._recorded = True

    def restore(self, entry: Entry) -> None:
        """Append a row as it is outside, with its hash."""
        restore_entry(self.session, entry)
        self._recorded = True


def digest_ids(session: Session, run_id: int) -> str:
    """Return the digest of the ids of a run's set, SHA-256 in hexadecimal; it takes a second for three million."""
    return str(session.one("digest_ids", run_id=run_id)["ids_digest"])


def record_run(act: Act, run_id: int, level: str, ids_digest: str) -> None:
    """Append the row of a run that succeeds, in the transaction of an act, unless it has one.

    `level` is the erasure level that the run has reached, `ids_digest` what `digest_ids` returns.
    """
    session = act.session
    if session.rows("find_entry", run_id=run_id):
        act.record_again()
        return
    facts = dict(session.one("run_facts", run_id=run_id))
    account_id, actor, reason = (facts.pop(name) for name in ("account_id", "actor", "reason"))
    names = ("recordings_cutoff", "recordings_due", "recordings_taken")
    if facts["recordings_cutoff"] is None:
        facts = {name: value for name, value in facts.items() if name not in names}
    else:
        facts["recordings_held"] = None if facts["held"] == "all" else []
        if facts["held"] == "some":
            facts["recordings_held"] = session.one("recordings_left_held", run_id=run_id, account_id=account_id)["ids"]
    if facts["held"] == "some":
        facts["held"] = session.one("ids_left_held", run_id=run_id, account_id=account_id)["ids"]
    else:
        facts["held"] = None if facts["held"] == "all" else []
    facts["left_out"] = {}
    if facts["due_count"] != facts["stripped_count"]:
        counts = session.one("count_left_out", run_id=run_id, account_id=account_id)
        facts["left_out"] = {why: count for why, count in counts.items() if count}
    facts |= {"erasure_level": level, "ids_digest": ids_digest, "catalog_version": load_catalog().version}
    sends = list_publications(session)
    if sends:
        facts["sent_elsewhere_by"] = sends
    act.record("redaction", account_id, actor, facts, reason, run_id)
