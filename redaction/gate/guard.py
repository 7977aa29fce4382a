"""The guard: an automatic run that would strip far more than its account's history explains waits for approval.

The approver is an administrator of the account who has not requested the run, whom the requester has not appointed, and
who has been one for a while. The database refuses any other answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from redaction.accounts.proposals import say_refusal
from redaction.accounts.snapshot import renew_snapshot
from redaction.db.database import Database
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, ApproverRefused, BadInput
from redaction.ledger.act import Act
from redaction.settings import Settings
from redaction.words import say_activities, say_utc


@dataclass(frozen=True)
class Approval:
    """The question whether a run may strip `due_count` activities where history explains `explained`, and its
    answer, if any. `recordings_due` are further activities of which only the recording is due. `posed_at` is when
    Airflow last asked people; None if it has not. `on_day` are those that runs which follow the source have redacted
    unasked within a day before this one, which is of their kind.
    """

    run_id: int
    account_id: int
    state: str
    cutoff: datetime
    due_count: int
    recordings_due: int
    requested_by: str | None
    explained: int
    asked_at: datetime
    posed_at: datetime | None
    approved: bool | None
    decided_by: str | None
    decided_at: datetime | None
    ground: Literal["guard", "two people"] = "guard"
    kind: str = "automatic"
    first_run: bool = False
    run_key: str | None = None
    on_day: int = 0

    @property
    def within_day(self) -> int:
        """Return how many activities count for a run that follows the source: its own, and `on_day`."""
        return self.due_count + self.on_day

    def describe(self) -> str:
        """Return the question in words: ids and counts."""
        if self.kind == "closing":
            return (
                f"run {self.run_id}, requested by {self.requested_by}, would close account {self.account_id}: redact "
                f"{say_activities(self.due_count)}, all that no hold keeps"
            )
        if self.ground == "two people":
            return (
                f"run {self.run_id} of account {self.account_id}, requested by {self.requested_by}, would redact "
                f"{say_activities(self.due_count)}; the account needs two people"
            )
        if self.kind == "source":
            with_others = f", {self.within_day:,} with those of the day before" if self.on_day else ""
            asked = "" if self.within_day > self.explained else "; an earlier run was not approved"
            return (
                f"run {self.run_id} of account {self.account_id} would redact {say_activities(self.due_count)}"
                f"{with_others}; its history and settings explain {self.explained:,} a day{asked}"
            )
        rest = "; with what is due later, is newly held or was redacted at the same cutoff it is more"
        part = rest if max(self.due_count, self.recordings_due) <= self.explained else ""
        clock = f" and take the recordings of {self.recordings_due:,} more" if self.recordings_due else ""
        return (
            f"run {self.run_id} of account {self.account_id} would redact {say_activities(self.due_count)} before "
            f"{say_utc(self.cutoff)}{clock}; its history and settings explain {self.explained:,}{part}"
        )


@dataclass(frozen=True)
class RunSet:
    """The set of a run that waits, fixed when it started: by kind; objects; report rows that change.

    `held` are the activities before the cutoff that a hold keeps; they are not in the set.
    """

    run_id: int
    account_id: int
    requested_by: str | None
    cutoff: datetime
    activities: int
    by_kind: Mapping[str, int]
    held: int
    objects: int
    report_rows: Mapping[str, int]


def ask_approval(session: Session, settings: Settings, run_id: int, latest: datetime | None) -> None:
    """Make a run that was just selected wait for approval, if it is automatic and far larger than earlier ones.

    Far larger means more than `guard_factor` times the median of the last `guard_runs`, and more than `guard_least`;
    for the first run of an account, more than `guard_first`. This process's limits can only tighten the recorded ones
    (`record_limits`). `latest` is the cutoff of the latest run due (None: unknown). A run with an earlier cutoff counts
    all that is due at the latest, since it would be a part of that.
    """
    session.rows("ask_approval", run_id=run_id, latest=latest, **_limits(settings))


def ask_about_recordings(session: Session, settings: Settings, run_id: int, latest: datetime) -> None:
    """Make a run wait for approval if its clock would take far more recordings than earlier runs.

    The limits are those of `ask_approval`; `latest` is the latest cutoff of the clock.
    """
    session.rows("ask_about_recordings", run_id=run_id, latest=latest, **_limits(settings))


def ask_about_source(session: Session, settings: Settings, run_id: int) -> None:
    """Make a run that follows the source wait for approval if it is far larger than such runs are on a day.

    With those of the last day, it is larger than `guard_factor` times the median of the last `guard_runs` days, and
    than `guard_least`; that holds for the first run too, because only the source decides how many these are.
    """
    limits = {name: limit for name, limit in _limits(settings).items() if name != "first"}
    session.rows("ask_about_source", run_id=run_id, **limits)


def record_limits(database: Database, settings: Settings) -> None:
    """Record the limits of this process for the deployment, as the owner: those of the guard, and how long a new
    administrator does not count as a second person.
    """
    with database.transaction("owner") as session:
        kept = {**_limits(settings), "second_wait_h": settings.second_wait_h}
        session.run("record_limits", limits=f"limits: {json.dumps(kept)}")


def _limits(settings: Settings) -> dict[str, float]:
    return {
        "factor": settings.guard_factor,
        "runs": settings.guard_runs,
        "first": settings.guard_first,
        "least": settings.guard_least,
    }


def find_approval(database: Database, run_id: int) -> Approval | None:
    """Return the question about a run; None if there was none."""
    rows = database.rows("find_approval", run_id=run_id)
    return Approval(**rows[0]) if rows else None


def list_waiting(database: Database) -> list[Approval]:
    """Return the runs that wait for approval, longest first."""
    return [Approval(**row) for row in database.rows("list_waiting")]


def describe_set(database: Database, asked: Approval) -> RunSet:
    """Return the counts of a waiting run, of its own set and not of a new preview."""
    with database.transaction("redaction_worker") as session:
        kinds = session.rows("describe_set", run_id=asked.run_id, account_id=asked.account_id)
        reports = session.rows("count_rows_of_run", run_id=asked.run_id, account_id=asked.account_id)
        held = session.one("count_due", account_id=asked.account_id, cutoff=asked.cutoff)["held"]
    return RunSet(
        run_id=asked.run_id,
        account_id=asked.account_id,
        requested_by=asked.requested_by,
        cutoff=asked.cutoff,
        activities=asked.due_count,
        by_kind={row["kind"]: row["activities"] for row in kinds},
        held=held,
        objects=sum(row["objects"] for row in kinds),
        report_rows={row["report"]: row["rows"] for row in reports},
    )


def check_approval(database: Database, run_id: int) -> None:
    """Raise ApprovalNeeded, with the counts, if a run needs an approval that nobody has given."""
    asked = find_approval(database, run_id)
    if asked is None or asked.approved:
        return
    if asked.approved is False:
        raise ApprovalNeeded(f"{asked.describe()}; {asked.decided_by} has said no: nothing was changed", run_id)
    raise ApprovalNeeded(
        f"{asked.describe()}; nobody has approved that yet: nothing was changed; "
        f"an administrator of the account who has not requested it runs `redaction approve {run_id}`",
        run_id,
    )


def decide_approval(deployment: Deployment, run_id: int, approved: bool, decided_by: str | None) -> Approval:
    """Record a person's answer, also in the ledger; a refused run ends as refused.

    Raises ApproverRefused, and the question stays open, if nobody is known to have answered, or the answer is from the
    requester or no administrator of the account. Raises BadInput if there is no open question, or the run has ended.
    """
    with Act(deployment) as act:
        _decide(act, run_id, approved, decided_by)
    found = find_approval(deployment.database, run_id)
    assert found is not None
    if found.kind == "closing":
        renew_snapshot(deployment)
    return found


def check_approver(database: Database, asked: Approval, name: str | None) -> None:
    """Raise ApproverRefused if a person's answer to a question would not count."""
    with database.transaction("redaction_worker") as session:
        _check_approver(session, asked, name)


def _decide(act: Act, run_id: int, approved: bool, decided_by: str | None) -> None:
    asked = find_approval(act.deployment.database, run_id)
    if asked is None or asked.approved is not None or asked.state not in ("selected", "failed"):
        raise BadInput(f"run {run_id} does not wait for approval: nothing was decided")
    with act.transaction() as session:
        _check_approver(session, asked, decided_by)
        rows = session.rows("decide_approval", run_id=run_id, approved=approved, decided_by=decided_by)
        if not rows:
            raise BadInput(f"run {run_id} does not wait for approval: nothing was decided")
        if not approved:
            session.run("end_refused", run_id=run_id, failure=ApprovalNeeded.__name__)
        facts = {
            "approved": approved,
            "due_count": asked.due_count,
            "explained": asked.explained,
            "requested_by": asked.requested_by,
        }
        act.record("approval", asked.account_id, str(decided_by), facts, run_id=run_id)
        if approved and asked.kind == "closing":
            closing = dict(session.one("describe_closing", account_id=asked.account_id))
            names = ("requested_by", "approved_by", "since")
            begun = {"stage": "begun", **{name: closing[name] for name in names}}
            act.record("closing", asked.account_id, closing["requested_by"], begun, closing["reason"])


def _check_approver(session: Session, asked: Approval, name: str | None) -> None:
    """Refuse, with what to do, what the database would refuse too."""
    instead = f"nothing was decided, and run {asked.run_id} still waits: ask another administrator of the account"
    if not name:
        raise ApproverRefused(f"nobody is known to have answered about run {asked.run_id}: {instead}")
    if why := say_refusal(session, name, asked.requested_by, asked.account_id):
        raise ApproverRefused(
            f"{name} cannot approve run {asked.run_id} of account {asked.account_id}: {why}; {instead}"
        )
