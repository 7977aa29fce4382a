"""The record of a run, or of a refused one: requester, key, purpose, end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from redaction.db.database import Database
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.gate.guard import check_approval
from redaction.ledger.act import Act
from redaction.ledger.reasons import keep_message
from redaction.pipeline.steps import STEPS, Step
from redaction.policy import Policy

NOTHING_DUE = "nothing_due"
"""The state of a run that has found nothing to do: it has ended with its selection, and the ledger has no row of it."""
ENDED = ("refused", "abandoned")
"""The states of a run that does nothing any more, even if its tasks are repeated; besides `succeeded`."""


@dataclass(frozen=True)
class Request:
    """The requester of a run: a policy in words, or a person with a reason.

    `trigger` is what started it (cli, scheduled, manual, ...), `run_key` the unique name under which it is begun,
    `asked` the request under it (JSON-safe): the same key with another request is refused. `schedule` is the policy
    that an automatic run begins with. A run that follows the source is of kind `source`, a run that closes its account
    of kind `closing`; a run that is redone after a restore is of kind `replay` and brings its id and start.
    """

    trigger: str
    run_key: str | None = None
    policy: str | None = None
    requested_by: str | None = None
    reason: str | None = None
    kind: Literal["automatic", "manual", "source", "replay", "closing"] = "automatic"
    run_id: int | None = None
    started_at: datetime | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    schedule: Policy | None = None

    @property
    def recorded(self) -> dict[str, Any]:
        """Return what the record of a run, or of a refusal, stores of it."""
        names = ("kind", "trigger", "run_key", "policy", "requested_by", "reason")
        return {**{name: getattr(self, name) for name in names}, "request": json.dumps(self.asked)}


@dataclass(frozen=True)
class RunRef:
    """The part of a run's record that its steps need: ids, an instant, a count."""

    id: int
    account_id: int
    kind: str
    cutoff: datetime
    state: str
    due_count: int


def find_begun(session: Session, account_id: int, request: Request) -> RunRef | None:
    """Return the run that was begun under the key of a request; None if there is none, or the request has no key.

    Raises NotAllowed if that key belongs to another request, or to a refused or abandoned one.
    """
    rows = session.rows("find_run", run_key=request.run_key) if request.run_key else []
    if not rows:
        return None
    row, run = rows[0], _read(rows[0])
    asked = (account_id, request.kind, request.requested_by, dict(request.asked))
    kind = request.kind if run.kind == "replay" else run.kind
    if (run.account_id, kind, row["requested_by"], row["request"]) != asked:
        raise NotAllowed(
            f"account {account_id}: the run key belongs to run {run.id}, which was asked for something else; "
            "nothing was changed: ask under a key of its own"
        )
    if run.state in ENDED:
        why = f" ({row['failure']})" if row["failure"] else ""
        raise NotAllowed(
            f"run {run.id} of account {run.account_id} was {run.state}{why} and stays so; nothing was changed: "
            "ask again"
        )
    return run


def get_run(database: Database, run_id: int) -> RunRef:
    """Return a recorded run; raises BadInput if there is none of that id."""
    rows = database.rows("get_run", run_id=run_id)
    if not rows:
        raise BadInput(f"there is no run {run_id}")
    return _read(rows[0])


def _read(row: Row) -> RunRef:
    return RunRef(**{name: row[name] for name in RunRef.__dataclass_fields__})


def check_step(database: Database, run: RunRef, step: Step) -> None:
    """Raise NotAllowed for a step of a run that has ended for good, or before which another step is not done: a task
    that somebody marks as done has done nothing. Raises ApprovalNeeded if the run was refused.
    """
    whose = f"run {run.id} of account {run.account_id}"
    if run.state == NOTHING_DUE:
        raise NotAllowed(
            f"{whose} has ended: nothing was due; {step} was not done, nothing was changed; later activities are due "
            "with the next run, or with a run that you trigger"
        )
    if run.state == "refused":
        check_approval(database, run.id)
    if run.state in ENDED:
        raise NotAllowed(
            f"{whose} was {run.state} and stays so: {step} was not done, nothing was changed; what it left is due with "
            "the next run"
        )
    steps = list(STEPS)
    if run.state == "failed":
        failed = database.one("get_run", run_id=run.id)["failed_step"]
        done = steps.index(failed) if failed in STEPS else 0
    else:
        done = ["selected", *STEPS.values()].index(run.state)
    if steps.index(step) > done:
        raise NotAllowed(
            f"{whose}: {steps[done]} is not done, so {step} was not done and nothing was changed: clear the task "
            f"{steps[done]} and those after it"
        )


_MOST = 500


def check_key(run_key: str | None) -> str | None:
    """Return a run key, `DAG/RUN` for a run of Airflow; raises BadInput, without quoting it, for any other form.

    The id of a DAG run comes from its requester. A slash or a control character in it would change the meaning of the
    key, of the folder of its results or of the link to it.
    """
    if run_key is None:
        return None
    parts = run_key.split("/")
    if len(parts) > 2 or not all(parts) or ".." in run_key or not run_key.isprintable() or len(run_key) > _MOST:
        raise BadInput(
            "the id of the DAG run may have neither a slash, `..` nor a control character, and no more than "
            f"{_MOST} characters: nothing was done; trigger a run with another id"
        )
    return run_key


def refuse(
    deployment: Deployment,
    asked: Request,
    account_id: int,
    error: NotAllowed,
    cutoff: datetime | None = None,
) -> None:
    """Record a refused request, with the name of the error. The record keeps the run key, so that nobody gets it by
    repeating the request.
    """
    failure = type(error).__name__
    with Act(deployment) as act, act.transaction() as session:
        rows = session.rows(
            "refuse_run",
            account_id=account_id,
            cutoff=cutoff,
            failure=failure,
            said=keep_message(error),
            **asked.recorded,
        )
        if not rows:
            return
        facts = {"failure": failure, "kind": asked.kind, "cutoff": cutoff}
        actor = asked.requested_by or asked.policy or asked.trigger
        act.record("refusal", account_id, actor, facts, asked.reason, rows[0]["id"])
