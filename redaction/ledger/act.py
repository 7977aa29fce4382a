"""An act: the only way to change what the ledger tells. A test holds that no row is appended otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from redaction.db.roles import Role
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import LedgerUnreachable
from redaction.ledger.entries import Entry, Kind, record_event, restore_entry
from redaction.ledger.external import check_ledger, publish


class Act:
    """Checks the ledger as it begins, records what is done in the transaction that does it, publishes as it ends.

    What is recorded comes last in a transaction: others that append wait until it has ended. A transaction that failed
    may be opened anew. Raises what `check_ledger` raises, and LedgerUnreachable if what was done is not outside yet:
    then it is done, and whatever comes next publishes it.
    """

    def __init__(self, deployment: Deployment, checked: bool = True) -> None:
        """Take what to act on; without `checked` it goes on with what was checked when it began."""
        self.deployment = deployment
        self._checked = checked
        self._session: Session | None = None
        self._recorded = False

    def __enter__(self) -> Act:
        """Refuse a database that was restored."""
        if self._checked:
            check_ledger(self.deployment)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Publish what was recorded."""
        if kind is None and self._recorded:
            try:
                publish(self.deployment)
            except LedgerUnreachable as error:
                raise LedgerUnreachable(f"what was asked is done and recorded in the database; {error}") from None

    @contextmanager
    def transaction(self, role: Role = "redaction_worker") -> Iterator[Session]:
        """Open the transaction of the act, in which it is recorded."""
        with self.deployment.transaction(role) as session, self.within(session):
            yield session

    @contextmanager
    def within(self, session: Session) -> Iterator[None]:
        """Record the act in a transaction that somebody else has opened."""
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
        """Append a row that tells what was done, of whom, by whom and why."""
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
        """Append a row that tells which of some settings were changed, from what to what; none if nothing was."""
        changed = sorted(name for name in after if before[name] != after[name])
        if changed:
            values = {
                when: {name: str(had[name]) if isinstance(had[name], date) else had[name] for name in changed}
                for when, had in (("before", before), ("after", after))
            }
            self.record("setting", account_id, actor, {**facts, **values})

    def record_again(self) -> None:
        """Publish a row that tells of this act already: it may not be outside yet."""
        self._recorded = True

    def restore(self, entry: Entry) -> None:
        """Append a row as it lies outside, its hash with it."""
        restore_entry(self.session, entry)
        self._recorded = True
