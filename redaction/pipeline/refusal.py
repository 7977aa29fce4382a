"""What is refused is kept: the request, under its run key, so that nobody gets it by asking the same way again."""

from __future__ import annotations

import json
from datetime import datetime

from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.act import Act
from redaction.pipeline.runs import Request

_MOST = 500


def check_key(run_key: str | None) -> str | None:
    """Return a run key, `DAG/RUN` for a run of Airflow; raises BadInput, without quoting it, for any other form.

    The id of a DAG run comes from whoever triggers it. A slash or a control character in it would make the key, the
    folder of its results or the link to it mean something else.
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
    """Keep a record of a request that was refused, with the name of the error; it keeps the run key."""
    failure = type(error).__name__
    with Act(deployment) as act, act.transaction() as session:
        rows = session.rows(
            "refuse_run",
            account_id=account_id,
            kind=asked.kind,
            trigger=asked.trigger,
            run_key=asked.run_key,
            cutoff=cutoff,
            policy=asked.policy,
            requested_by=asked.requested_by,
            reason=asked.reason,
            request=json.dumps(asked.asked),
            failure=failure,
        )
        if not rows:
            return
        facts = {"failure": failure, "kind": asked.kind, "cutoff": cutoff}
        actor = asked.requested_by or asked.policy or asked.trigger
        act.record("refusal", account_id, actor, facts, asked.reason, rows[0]["id"])
