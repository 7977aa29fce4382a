"""Following the source: what it has redacted is redacted here too, where an administrator has switched that on.

A record that says so changes nothing by itself. It makes its activity due, whatever the policy, and a run of its own
kind redacts it, to which holds, pauses and the guard apply.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from redaction.accounts.accounts import get_account
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import DatabaseBehind, NotAllowed, Paused, RedactionError
from redaction.gate.guard import check_approval
from redaction.pipeline.run import complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_listed
from redaction.pipeline.steps import Step

log = logging.getLogger(__name__)

POLICY = "redacted at the source"
"""What the record of such a run, its row of the ledger and its certificate call its reason."""


def follow_account(
    deployment: Deployment,
    account_id: int,
    requested_by: str | None = None,
    announce: Callable[[Step], None] | None = None,
) -> Iterator[dict[str, Any]]:
    """Redact what the source has redacted of an account and no hold keeps; yield the record of each run that ends.

    Runs of this kind that were stopped are ended first. One that waits for a person keeps others from beginning, which
    would ask for the same; one that fails again does not. Raises NotAllowed for an account that does not follow its
    source or whose agency lets it not redact, ApprovalNeeded for a run that waits, else what the steps of a run raise.
    """
    account = get_account(deployment.database, account_id)
    account.check_agency()
    if not account.follow_source:
        raise NotAllowed(
            f"account {account_id} does not follow its source, so nothing was changed: an administrator switches it "
            f"on, `redaction account set {account_id} --follow-source`"
        )
    for row in deployment.rows("unfinished_runs", account_id=account_id, trigger=_TRIGGER):
        check_approval(deployment.database, row["id"])
        try:
            record = complete_run(deployment, row["id"], announce)
        except (Paused, DatabaseBehind):
            # The new one could not go on either.
            raise
        except RedactionError as error:
            log.warning("run %s of account %s has failed again: %s", row["id"], account_id, error)
        else:
            yield record
    if not deployment.rows("due_at_source", account_id=account_id):
        return

    def resolve(session: Session) -> list[int]:
        return [row["id"] for row in session.rows("due_at_source", account_id=account_id)]

    request = Request(_TRIGGER, policy=POLICY, requested_by=requested_by, kind="source")
    run = select_listed(deployment, account_id, resolve, request)
    check_approval(deployment.database, run.id)
    yield complete_run(deployment, run.id, announce)


_TRIGGER = "source"


def follow_accounts(
    deployment: Deployment, requested_by: str | None, told: Callable[[str], object], only: int | None = None
) -> list[dict[str, Any]]:
    """Do it for every account that follows its source and has something to follow, or for one alone; return the records
    of the runs that have ended. What keeps an account from it is told, in words, and keeps no other.
    """
    records: list[dict[str, Any]] = []
    for row in deployment.rows("list_following", account_id=only):
        try:
            records += follow_account(deployment, row["id"], requested_by)
        except RedactionError as error:
            told(str(error))
    return records
