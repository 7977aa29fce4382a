"""The record of a run: who asked for it, under which key, what it is about, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from redaction.db.database import Database
from redaction.db.session import Session
from redaction.errors import BadInput, NotAllowed
from redaction.policy import Policy

ENDED = ("refused", "abandoned")
"""The states of a run that does nothing any more, whoever repeats its tasks; besides `succeeded`."""


@dataclass(frozen=True)
class Request:
    """Who or what asks for a run: a policy in words, or a person with a reason.

    `trigger` is what started it (cli, scheduled, manual, ...), `run_key` the name under which it is begun once only,
    `asked` what is asked under it (JSON-safe): the same key with another request is refused. `schedule` is the policy
    that an automatic run begins with. A run that is redone after a restore is of kind `replay` and brings its id and
    beginning.
    """

    trigger: str
    run_key: str | None = None
    policy: str | None = None
    requested_by: str | None = None
    reason: str | None = None
    kind: Literal["automatic", "manual", "replay"] = "automatic"
    run_id: int | None = None
    started_at: datetime | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    schedule: Policy | None = None


@dataclass(frozen=True)
class RunRef:
    """The record of a run as far as its steps need it: ids, an instant, a count."""

    id: int
    account_id: int
    kind: str
    cutoff: datetime
    state: str
    due_count: int


def find_begun(session: Session, account_id: int, request: Request) -> RunRef | None:
    """Return the run that was begun under the key of a request; None if there is none, or the request has no key.

    Raises NotAllowed if that key belongs to another request, or if what was asked under it was refused or abandoned.
    """
    rows = session.rows("find_run", run_key=request.run_key) if request.run_key else []
    if not rows:
        return None
    row = rows[0]
    run = RunRef(**{name: row[name] for name in RunRef.__dataclass_fields__})
    asked = (account_id, request.kind, request.requested_by, dict(request.asked))
    kind = request.kind if run.kind == "replay" else run.kind
    if (run.account_id, kind, row["requested_by"], row["request"]) != asked:
        raise NotAllowed(
            f"account {account_id}: the run key belongs to run {run.id}, which was asked for something else; "
            "nothing was changed: ask under a key of its own"
        )
    if run.state in ENDED:
        raise NotAllowed(
            f"run {run.id} of account {run.account_id} was {run.state}{_why(row['failure'])} and stays so; "
            "nothing was changed: ask anew"
        )
    return run


def _why(failure: str | None) -> str:
    return f" ({failure})" if failure else ""


def get_run(database: Database, run_id: int) -> RunRef:
    """Return a recorded run; raises BadInput if there is none of that id."""
    rows = database.rows("get_run", run_id=run_id)
    if not rows:
        raise BadInput(f"there is no run {run_id}")
    return RunRef(**{name: rows[0][name] for name in RunRef.__dataclass_fields__})
