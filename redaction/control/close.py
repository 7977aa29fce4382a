"""Closing an account: everything that no hold keeps is redacted, and nothing new is accepted.

One administrator asks with a reason and sees what would be redacted. A second one approves that run. From then on the
account takes no loads, settings or other runs. The result lists what a hold keeps; the same call continues later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from redaction.accounts.accounts import Account, get_account
from redaction.accounts.administrators import check_administrator
from redaction.control.move import Moved, erase_departed
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed, RedactionError
from redaction.gate.expiry import end_expired_holds
from redaction.gate.guard import check_approval
from redaction.ledger.act import Act
from redaction.ledger.entries import Entry
from redaction.ledger.reasons import check_reason
from redaction.objects.settle import record_settled, sweep_account
from redaction.pipeline.run import complete_run
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.steps import Step
from redaction.words import say_activities, say_count, say_utc

log = logging.getLogger(__name__)

_TRIGGER = "closing"


@dataclass(frozen=True)
class Closing:
    """The state of a closing: who asked, who approved, the reason, since when. `closed_at` is None while activities on
    hold or objects are left. `runs` are those that this call has finished.
    """

    account_id: int
    requested_by: str
    approved_by: str
    reason: str
    since: datetime
    closed_at: datetime | None
    activities_left: int
    objects_left: int
    runs: tuple[int, ...] = ()


def close_account(
    deployment: Deployment,
    account_id: int,
    requested_by: str,
    reason: str | None = None,
    announce: Callable[[Step], None] | None = None,
    run_key: str | None = None,
) -> Closing:
    """Ask for the closing of an account, or continue an approved one; return its state. `run_key` is the unique name
    under which the run is begun: a refused key stays refused.

    The first call selects the activities and raises ApprovalNeeded with its run. Nothing is changed before another
    administrator approves that run. Raises BadInput without a reason or for a closed account; NotAllowed if the agency
    does not allow redaction or the requester is no administrator of the account; otherwise what the steps of a run
    raise. The call can be repeated.
    """
    account = get_account(deployment.database, account_id)
    if account.closed_at is not None:
        raise BadInput(
            f"account {account_id} is closed since {say_utc(account.closed_at)}: nothing was changed; "
            f"`redaction account remove {account_id}` removes what is retained too"
        )
    account.check_agency()
    if account.closing_since is None:
        _ask(deployment, account, requested_by, reason, run_key)
    return _go_on(deployment, account_id, announce)


def finish_closings(deployment: Deployment, warn: Callable[[str], object]) -> list[Closing]:
    """Continue every closing. A failure is a warning and stops no other account."""
    found = []
    for row in deployment.rows("open_closings"):
        try:
            closing = _go_on(deployment, row["account_id"], None)
        except RedactionError as error:
            warn(str(error))
            continue
        found.append(closing)
        if closing.closed_at is None:
            warn(describe_left(closing))
    return found


def describe_left(closing: Closing) -> str:
    """Return in words what the closing of an account waits for."""
    return (
        f"account {closing.account_id} is closed to everybody since {say_utc(closing.since)} and is not empty yet: "
        f"left are {say_activities(closing.activities_left)} on hold and "
        f"{say_count(closing.objects_left, 'object', 'objects')}; `redaction "
        "hold list`, `redaction object list`; the closing continues by itself each night"
    )


def _ask(
    deployment: Deployment,
    account: Account,
    requested_by: str,
    reason: str | None,
    run_key: str | None,
) -> None:
    """Ask for the closing; returns only if it was approved."""
    for row in deployment.rows("waiting_closing", account_id=account.id):
        check_approval(deployment.database, row["id"])
    if reason is None:
        raise BadInput(
            f"account {account.id} is not being closed: say why, "
            f"`redaction account close {account.id} --reason ...`; nothing was changed"
        )
    check_administrator(deployment.database, account.id, requested_by)
    request = Request(_TRIGGER, run_key, requested_by=requested_by, reason=check_reason(reason), kind="closing")
    run_id = _begin(deployment, account.id, request)
    check_approval(deployment.database, run_id)
    raise ApprovalNeeded(
        f"run {run_id} of account {account.id} does not wait for approval, so it closes nothing", run_id
    )


def _begin(deployment: Deployment, account_id: int, request: Request) -> int:
    cutoff: datetime = deployment.one("cutoff_of_closing", account_id=account_id)["cutoff"]
    return select_aged(deployment, account_id, cutoff, request).id


def _go_on(deployment: Deployment, account_id: int, announce: Callable[[Step], None] | None) -> Closing:
    ended: list[int] = []
    end_expired_holds(deployment, account_id)
    described = deployment.one("describe_closing", account_id=account_id)
    for row in deployment.rows("unfinished_runs", account_id=account_id, trigger=_TRIGGER):
        if not row["waits"]:
            ended.append(int(complete_run(deployment, row["id"], announce)["id"]))
    cutoff = deployment.one("cutoff_of_closing", account_id=account_id)["cutoff"]
    with deployment.transaction("redaction_worker") as session:
        due = session.one("count_due", account_id=account_id, cutoff=cutoff)["due"]
    if due:
        request = Request(_TRIGGER, requested_by=described["requested_by"], reason=described["reason"], kind="closing")
        ended.append(int(complete_run(deployment, _begin(deployment, account_id, request), announce)["id"]))
    elif not ended:
        sweep_account(deployment, account_id)
        record_settled(deployment, account_id, described["requested_by"])
    return _end(deployment, account_id, tuple(ended))


def _end(deployment: Deployment, account_id: int, runs: tuple[int, ...]) -> Closing:
    with Act(deployment, checked=False) as act, act.transaction() as session:
        closed = session.one("end_closing", account_id=account_id)["closed"]
        left = session.one("keeps_from_closing", account_id=account_id)
        described = session.one("describe_closing", account_id=account_id)
        if closed:
            rows = session.rows("runs_of_closing", account_id=account_id)
            facts = {
                "stage": "closed",
                "approved_by": described["approved_by"],
                "activities": described["activities"],
                "redacted": described["redacted"],
                "runs": [row["id"] for row in rows],
            }
            act.record("closing", account_id, described["requested_by"], facts, described["reason"])
            # Holds still in force keep nothing now, and nothing will come that they could keep.
            for hold in session.rows("list_holds", account_id=account_id):
                if session.rows("release_hold", hold_id=hold["id"], released_by=described["requested_by"]):
                    act.record(
                        "release", account_id, described["requested_by"], {"hold_id": hold["id"], "closed": True}
                    )
    return Closing(
        account_id=account_id,
        **{name: described[name] for name in ("requested_by", "approved_by", "reason", "since", "closed_at")},
        activities_left=left["activities"],
        objects_left=left["objects"],
        runs=runs,
    )


@dataclass(frozen=True)
class Removed:
    """What was removed of a closed account: retained activities, partitions rewritten, and those that others blocked,
    with the reason.
    """

    account_id: int
    activities: int
    rewritten: list[str]
    left: dict[str, str]


def remove_account(deployment: Deployment, account_id: int, actor: str) -> Removed:
    """Remove what is retained of a closed account: fields of its activities, reports, stores, administrators and
    recipients.

    Its runs, ledger rows and certificates stay. May be repeated after a kill. Raises NotAllowed for an account that is
    not closed.
    """
    account = get_account(deployment.database, account_id)
    if account.closed_at is None:
        raise NotAllowed(
            f"account {account_id} is not closed, so nothing was removed: `redaction account close {account_id}` first"
        )
    described = deployment.one("describe_closing", account_id=account_id)
    if not deployment.rows("entries_of_closing", account_id=account_id, stage="removed"):
        with Act(deployment) as act, act.transaction("owner") as session:
            facts = {"stage": "removed", "activities": described["activities"]}
            session.run("mark_removed", account_id=account_id)
            act.record("closing", account_id, actor, facts)
    moved = Moved(account_id, deployment.placement, "")
    erase_departed(deployment, account_id, moved)
    return Removed(account_id, described["activities"], moved.rewritten, moved.left)


def close_again(deployment: Deployment, account_id: int, entry: Entry) -> None:
    """Bring the closing of an account to the stage that a ledger row records, after a restore from before it."""
    stage, facts = entry.facts["stage"], entry.facts
    with deployment.transaction("owner") as session:
        if stage == "begun":
            described = {name: facts[name] for name in ("since", "requested_by", "approved_by")}
            session.run("restore_closing", account_id=account_id, reason=entry.reason, **described)
        elif stage == "closed":
            session.run("restore_closed", account_id=account_id, closed_at=entry.written_at)
        else:
            session.run("mark_removed", account_id=account_id)
    if stage == "removed":
        erase_departed(deployment, account_id)
