"""What the source says that makes an activity due whatever its own time: that it was redacted there, or a time to come.

Where an administrator has switched that on, what the source has redacted is redacted here too.

A record that says so changes nothing by itself. It makes its activity due, whatever the policy, and a run of its own
kind redacts it, to which holds, pauses and the guard apply.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from redaction.accounts.accounts import get_account
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import NotAllowed, RedactionError
from redaction.gate.guard import check_approval
from redaction.pipeline.run import complete_again, complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_listed
from redaction.pipeline.steps import Step
from redaction.policy import latest_due

log = logging.getLogger(__name__)


class _Why(NamedTuple):
    """What starts such a run, and what its record, its row of the ledger and its certificate call its reason."""

    trigger: str
    policy: str


_FOLLOWING = _Why("source", "redacted at the source")
_AHEAD = _Why("ahead", "dated in the future, old enough since it was loaded")


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
    account.check_open()
    account.check_agency()
    if not account.follow_source:
        raise NotAllowed(
            f"account {account_id} does not follow its source, so nothing was changed: an administrator switches it "
            f"on, `redaction account set {account_id} --follow-source`"
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
    """Redact what was dated in the future when it was loaded and is old enough by that moment; yield the records of the
    runs, as `follow_account` does and raises. Does nothing for an account that has no automatic redaction. Nobody
    brings another moment than now.
    """
    account = get_account(deployment.database, account_id)
    if not account.active:
        return
    before = latest_due(account.policy(), datetime.now(UTC)).cutoff

    def find(session: Session) -> list[Row]:
        if not session.one("has_ahead", account_id=account_id)["found"]:
            return []
        return session.rows("due_ahead", account_id=account_id, before=before)

    yield from _redact(deployment, account_id, _AHEAD, find, requested_by, announce)


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
            # What a person has asked for keeps nothing from being done without being asked for.
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
    """Do it for every account that follows its source and has something to follow, or for one alone; return the records
    of the runs that have ended. What keeps an account from it is a warning, and keeps no other.
    """
    records: list[dict[str, Any]] = []
    for row in deployment.rows("list_following", account_id=only):
        try:
            records += follow_account(deployment, row["id"], requested_by)
        except RedactionError as error:
            warn(str(error))
    return records
