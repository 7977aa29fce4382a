"""Activities that the source makes due, whatever their age: redacted at the source, or dated in the future.

If an administrator has switched it on, what the source has redacted is redacted here too.

Such a record changes nothing by itself. It makes its activity due, and a run of its own kind redacts it. Holds, pauses
and the guard apply to that run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from redaction.accounts.accounts import get_account
from redaction.accounts.ahead import has_ahead
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import NotAllowed, RedactionError
from redaction.gate.guard import check_approval
from redaction.pipeline.run import complete_again, complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_listed
from redaction.pipeline.steps import Step
from redaction.policy import latest_due
from redaction.words import AHEAD, say_utc

log = logging.getLogger(__name__)


class _Why(NamedTuple):
    """What starts such a run, and the reason in its record, its ledger row and its certificate."""

    trigger: str
    policy: str


_FOLLOWING = _Why("source", "redacted at the source")


def follow_account(
    deployment: Deployment,
    account_id: int,
    requested_by: str | None = None,
    announce: Callable[[Step], None] | None = None,
) -> Iterator[dict[str, Any]]:
    """Redact what the source has redacted of an account and no hold keeps; yield the record of each finished run.

    Stopped runs of this kind are finished first. A run that waits for approval blocks new runs, which would ask for the
    same; a run that fails again does not. Raises NotAllowed for an account that does not follow its source or whose
    agency does not allow redaction, ApprovalNeeded for a run that waits, otherwise what the steps of a run raise.
    """
    account = get_account(deployment.database, account_id)
    account.check_open()
    account.check_agency()
    if not account.follow_source:
        raise NotAllowed(
            f"account {account_id} does not follow its source, so nothing was changed: an administrator switches it on "
            f"with `redaction account set {account_id} --follow-source`"
        )

    def find(session: Session) -> list[Row]:
        return session.rows("due_at_source", account_id=account_id)

    yield from _redact(deployment, account_id, _FOLLOWING, find, requested_by, announce)


def redact_ahead(
    deployment: Deployment,
    account_id: int,
    requested_by: str | None = None,
    announce: Callable[[Step], None] | None = None,
) -> Iterator[dict[str, Any]]:
    """Redact what was dated in the future when it was loaded and is old enough now; yield the records of the runs.

    Works and raises as `follow_account` does. Does nothing for an account without automatic redaction. A caller cannot
    pass another moment than now.
    """
    account = get_account(deployment.database, account_id)
    if not account.active:
        return
    before = latest_due(account.policy(), datetime.now(UTC)).cutoff

    def find(session: Session) -> list[Row]:
        if not has_ahead(session, account_id):
            return []
        return session.rows("due_ahead", account_id=account_id, before=before)

    why = _Why("ahead", f"{AHEAD}, loaded before {say_utc(before)}")
    yield from _redact(deployment, account_id, why, find, requested_by, announce)


def _redact(
    deployment: Deployment,
    account_id: int,
    why: _Why,
    find: Callable[[Session], list[Row]],
    requested_by: str | None,
    announce: Callable[[Step], None] | None,
) -> Iterator[dict[str, Any]]:
    for row in deployment.rows("unfinished_runs", account_id=account_id, trigger=why.trigger):
        if requested_by is None and row["ground"] == "two people":
            # A request of a person does not block what is due without one.
            continue
        check_approval(deployment.database, row["id"])
        record = complete_again(deployment, account_id, row["id"], announce)
        if record is not None:
            yield record
    with deployment.transaction("redaction_worker") as session:
        if not find(session):
            return
    request = Request(why.trigger, policy=why.policy, requested_by=requested_by, kind="source")
    run = select_listed(deployment, account_id, lambda session: [row["id"] for row in find(session)], request)
    check_approval(deployment.database, run.id)
    yield complete_run(deployment, run.id, announce)


def follow_accounts(
    deployment: Deployment, requested_by: str | None, warn: Callable[[str], object], only: int | None = None
) -> list[dict[str, Any]]:
    """Do it for every account that follows its source and has something to redact, or for one alone.

    Returns the records of the finished runs. A failure is a warning and stops no other account.
    """
    records: list[dict[str, Any]] = []
    for row in deployment.rows("list_following", account_id=only):
        try:
            records += follow_account(deployment, row["id"], requested_by)
        except RedactionError as error:
            warn(str(error))
    return records
