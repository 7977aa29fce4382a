"""Manual redaction: the request, its preview, and the act, which is bound to the preview that was shown.

One transaction resolves the set, compares it with the preview and fixes it. From then on it is a run like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from redaction.accounts.accounts import get_account
from redaction.accounts.administrators import check_administrator
from redaction.db.database import Database
from redaction.db.schema import check_schema
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed
from redaction.gate.expiry import end_expired_holds
from redaction.gate.holds import check_ids, describe_listed
from redaction.ledger.external import check_ledger
from redaction.ledger.reasons import check_reason
from redaction.mapping.folder import load_source
from redaction.pipeline.runs import Request, RunRef, check_key, find_begun, get_run, refuse
from redaction.pipeline.select import select_listed

_NAMED = 10


@dataclass(frozen=True)
class ManualRequest:
    """A manual request: the content of some activities, the earlier ones of their contacts, or both; and the reason."""

    account_id: int
    activity_ids: tuple[int, ...]
    reason: str
    requested_by: str
    content: bool = True
    past_from_contact: bool = False

    def __post_init__(self) -> None:
        check_reason(self.reason)
        if not (self.content or self.past_from_contact):
            raise BadInput("say what to redact: the content of these activities, past ones of their contact, or both")
        if not self.activity_ids:
            raise BadInput(f"account {self.account_id}: no activity was named")
        check_ids(self.account_id, self.activity_ids)


@dataclass(frozen=True)
class Listed:
    """An activity that would be redacted: id, kind, time (UTC), number of objects."""

    id: int
    kind: str
    called_at: datetime
    objects: int


_LOSING = frozenset(("sessions", "tags", "contacts"))


@dataclass(frozen=True)
class ReportChange:
    """A report on a local day: its rows, and how many activities it shows as redacted or missing, before and after."""

    report: str
    day: date
    rows: int
    before: int
    after: int

    @property
    def loses(self) -> bool:
        """Say whether this report stops counting redacted activities."""
        return self.report in _LOSING


@dataclass(frozen=True)
class ManualPreview:
    """What would be redacted, what stays and why, which reports change, and the digest over exactly this.

    `names` are the different names of the callers: more than one may mean a shared number. `contacts`, `sessions` and
    `tags` are the numbers that reports stop counting.
    """

    account_id: int
    activities: tuple[Listed, ...]
    held: tuple[int, ...]
    already_redacted: tuple[int, ...]
    objects: int
    names: int
    contacts: int
    sessions: int
    tags: int
    reports: tuple[ReportChange, ...]
    digest: str


def preview_manual(database: Database, request: ManualRequest) -> ManualPreview:
    """Return what a request would redact; changes nothing. Raises what the act would raise before its first change."""
    check_schema(database)
    _check_account(database, request)
    with database.transaction("redaction_worker") as session:
        session.run("read_repeatably")
        rows, digest = _resolve(session, request)
        due = [row for row in rows if not row["redacted"] and not row["held"]]
        ids = [row["id"] for row in due]
        reports = session.rows("preview_reports", account_id=request.account_id, ids=ids)
        lost = session.one("count_lost", account_id=request.account_id, ids=ids)
    return ManualPreview(
        account_id=request.account_id,
        activities=tuple(Listed(row["id"], row["kind"], row["called_at"], row["objects"]) for row in due),
        held=tuple(row["id"] for row in rows if row["held"]),
        already_redacted=tuple(row["id"] for row in rows if row["redacted"]),
        objects=sum(row["objects"] for row in due),
        **lost,
        reports=tuple(ReportChange(**row) for row in reports),
        digest=digest,
    )


def begin_manual(
    deployment: Deployment,
    request: ManualRequest,
    trigger: str,
    acknowledged: bool,
    expected: str | None = None,
    run_key: str | None = None,
    administrator: bool = False,
) -> RunRef:
    """Fix the set of a manual run and return the run; the usual steps follow.

    `expected` is the digest of the preview. With `administrator`, the requester must administer the account; the
    command line is trusted as far as its database role goes. A run that exists under the key is returned unchanged.
    Without a key, so is the requester's run of the same set that was approved.

    Raises BadInput for an activity that does not exist or belongs to another account. Raises ApprovalNeeded if a run of
    the same set waits already. Raises NotAllowed, and records it, if the request is not acknowledged, switched off, on
    hold, or no longer what was previewed.
    """
    check_schema(deployment.database)
    check_ledger(deployment)
    asked = Request(
        trigger,
        check_key(run_key),
        requested_by=request.requested_by,
        reason=check_reason(request.reason),
        kind="manual",
        asked={
            "ids": sorted(set(request.activity_ids)),
            "content": request.content,
            "past_from_contact": request.past_from_contact,
            "acknowledged": acknowledged,
            "expect": expected,
            "reason": check_reason(request.reason),
        },
    )
    with deployment.transaction("redaction_worker") as session:
        found = find_begun(session, request.account_id, asked)
    if found is not None:
        return found
    end_expired_holds(deployment, request.account_id)

    def resolve(session: Session) -> list[int]:
        rows, digest = _resolve(session, request)
        if expected not in (None, digest):
            raise NotAllowed(
                f"account {request.account_id}: the activities have changed since the preview; look at a new one; "
                "nothing was changed"
            )
        return [row["id"] for row in rows]

    try:
        if not acknowledged:
            raise NotAllowed(
                f"account {request.account_id}: it was not acknowledged that redacted data cannot be recovered; "
                "nothing was changed"
            )
        _check_account(deployment.database, request)
        if administrator:
            check_administrator(deployment.database, request.account_id, request.requested_by)
        approved = _find_asked(deployment, request, expected, run_key)
        return approved or select_listed(deployment, request.account_id, resolve, asked)
    except ApprovalNeeded:
        # Nothing is refused: the same question is open.
        raise
    except NotAllowed as error:
        refuse(deployment, asked, request.account_id, error)
        raise


def _find_asked(
    deployment: Deployment, request: ManualRequest, expected: str | None, run_key: str | None
) -> RunRef | None:
    """Return the requester's approved run of the same set, for a request without a key; raises ApprovalNeeded if a run
    of that set waits: one act is one question. The runs of requests are counted in their certificate, and stay apart.
    """
    if (run_key or "").startswith("request_") or not get_account(deployment.database, request.account_id).needs_two:
        return None
    with deployment.transaction("redaction_worker") as session:
        rows, digest = _resolve(session, request)
        due = [row["id"] for row in rows if not row["redacted"] and not row["held"]]
        if expected not in (None, digest) or not due:
            return None
        found = session.rows("find_asked_by_hand", account_id=request.account_id, ids=due)
    for row in found:
        if row["waits"]:
            raise ApprovalNeeded(
                f"account {request.account_id}: run {row['id']}, requested by {row['requested_by']}, waits already to "
                "redact the same activities; nothing new was begun: an administrator who has not requested it runs "
                f"`redaction approve {row['id']}`",
                row["id"],
            )
        if run_key is None and row["requested_by"] == request.requested_by:
            return get_run(deployment.database, row["id"])
    return None


def _check_account(database: Database, request: ManualRequest) -> None:
    account = get_account(database, request.account_id)
    account.check_open()
    account.check_agency()
    if not account.manual_redaction:
        raise NotAllowed(
            f"manual redaction is off for account {account.id}: `redaction account set {account.id} --manual`"
        )


def _resolve(session: Session, request: ManualRequest) -> tuple[list[Row], str]:
    """Return the state of every activity of a request, and the digest over it.

    Raises NotAllowed if a named activity is on hold. Activities of a contact that are on hold are left out later.
    """
    flagged = describe_listed(session, request.account_id, request.activity_ids)
    held = [str(row["id"]) for row in flagged if row["held"]]
    if held:
        raise NotAllowed(
            f"account {request.account_id}: a legal hold keeps {', '.join(held[:_NAMED])}: "
            "see `redaction hold list`; nothing was changed"
        )
    rows = flagged if request.content else []
    if request.past_from_contact:
        ids = {row["id"] for row in rows}
        ids.update(find_contact_activities(session, request.account_id, [row["id"] for row in flagged]))
        rows = session.rows("describe_activities", account_id=request.account_id, ids=sorted(ids)) if ids else []
    return rows, digest_rows(rows)


def find_contact_activities(session: Session, account_id: int, activity_ids: Sequence[int]) -> list[int]:
    """Return the ids of all activities of the same contacts up to and including the given ones, in order."""
    # Use the indexes: the planner has no statistics for these columns.
    session.set_local({"enable_seqscan": "off"})
    nobodys = sorted(each for each in load_source().placeholders if "@" in each)
    rows = session.rows("find_contact_activities", account_id=account_id, ids=list(activity_ids), nobodys=nobodys)
    session.set_local({"enable_seqscan": "on"})
    return [row["id"] for row in rows]


def list_earlier(database: Database, account_id: int, activity_ids: Sequence[int]) -> list[datetime]:
    """Return the times of earlier activities of the same contacts that are not redacted, without the given ones."""
    with database.transaction("redaction_worker") as session:
        ids = set(find_contact_activities(session, account_id, activity_ids)) - set(activity_ids)
        rows = session.rows("describe_activities", account_id=account_id, ids=sorted(ids)) if ids else []
    return sorted(row["called_at"] for row in rows if not row["redacted"])


def digest_rows(rows: Sequence[Row]) -> str:
    """Return a digest of rows and their state: ids, kinds, times, states, last writer.

    It holds no personal value: a changed value shows in the number of the transaction that wrote it. A rewrite of the
    partition in between makes a preview stale too.
    """
    digest = hashlib.sha256()
    for row in rows:
        state = (row["id"], row["kind"], row["called_at"].isoformat(), row["redacted"], row["held"], row["objects"])
        digest.update(repr((*state, row["written_by"])).encode())
    return digest.hexdigest()
