"""The guard: an automatic run that would strip far more than its account's history explains waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from redaction.database import Database, Session
from redaction.errors import ApprovalNeeded, BadInput
from redaction.evidence.anchor import check_ledger, publish
from redaction.evidence.ledger import record_event
from redaction.settings import Settings


@dataclass(frozen=True)
class Approval:
    """The question whether a run may strip `due_count` activities where `explained` are, and its answer, if any."""

    run_id: int
    account_id: int
    state: str
    cutoff: datetime
    due_count: int
    explained: int
    asked_at: datetime
    approved: bool | None
    decided_by: str | None
    decided_at: datetime | None

    def describe(self) -> str:
        """Return the question in words: ids and counts."""
        return (
            f"run {self.run_id} of account {self.account_id} would redact {self.due_count:,} activities before "
            f"{self.cutoff.isoformat()}; its history and settings explain {self.explained:,}"
        )


def ask_approval(session: Session, settings: Settings, run_id: int) -> None:
    """Have a run that was just selected wait for a person, if it is automatic and far larger than those before it.

    Larger than `guard_factor` times the median of the last `guard_runs`, and than `guard_least` activities; the first
    run of an account: than `guard_first`.
    """
    session.rows(
        "ask_approval",
        run_id=run_id,
        factor=settings.guard_factor,
        runs=settings.guard_runs,
        first=settings.guard_first,
        least=settings.guard_least,
    )


def find_approval(database: Database, run_id: int) -> Approval | None:
    """Return the question that was asked about a run; None if there was none."""
    with database.transaction("redaction_worker") as session:
        rows = session.rows("find_approval", run_id=run_id)
    return Approval(**rows[0]) if rows else None


def list_waiting(database: Database) -> list[Approval]:
    """Return the runs that wait for a person, the longest first."""
    with database.transaction("redaction_worker") as session:
        return [Approval(**row) for row in session.rows("list_waiting")]


def check_approval(database: Database, run_id: int) -> None:
    """Raise ApprovalNeeded, with the counts, if a run was to wait for a person who has not said yes."""
    asked = find_approval(database, run_id)
    if asked is None or asked.approved:
        return
    if asked.approved is False:
        raise ApprovalNeeded(f"{asked.describe()}; {asked.decided_by} has said no: nothing was changed")
    raise ApprovalNeeded(f"{asked.describe()}; nobody has approved that yet: nothing was changed")


def decide_approval(database: Database, settings: Settings, run_id: int, approved: bool, decided_by: str) -> None:
    """Keep a person's answer, and in the ledger whose it is; a run that may not go on ends as refused.

    Raises BadInput if nobody asked, or somebody has answered already.
    """
    check_ledger(database, settings)
    with database.transaction("redaction_worker") as session:
        rows = session.rows("decide_approval", run_id=run_id, approved=approved, decided_by=decided_by)
        if not rows:
            raise BadInput(f"run {run_id} waits for nobody")
        if not approved:
            session.run("end_refused", run_id=run_id, failure=ApprovalNeeded.__name__)
        facts = {"approved": approved, "due_count": rows[0]["due_count"], "explained": rows[0]["explained"]}
        record_event(session, "approval", rows[0]["account_id"], decided_by, None, facts, run_id)
    publish(database, settings)
