"""The erasure that a person asks for: one act over all accounts of a request, bound to what was found.

Each account has its own runs, started by the function of the red flag. A failure in one account stops no other; it is
shown, and the same call tries it again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded, BadInput, NotAllowed, RedactionError
from redaction.ledger.act import Act
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import complete_run
from redaction.pipeline.runs import ENDED
from redaction.placements.resolve import Placements
from redaction.requests.exports import check_given
from redaction.requests.find import Found, Part, find_person, record_accounts
from redaction.requests.records import (
    AccountOf,
    PersonRequest,
    count_runs,
    get_home,
    get_request,
    is_unfinished,
    list_accounts_of,
    list_all_runs,
    list_runs_of,
)
from redaction.words import say_count

Outcome = Literal["nothing", "waits", "redacted", "failed"]
_MOST_OF_FAILURE = 1_000


@dataclass(frozen=True)
class Erased:
    """The result of an erasure: the accounts with their outcomes, and whether the request is answered."""

    request_id: int
    accounts: Sequence[AccountOf]
    answered: bool

    @property
    def complete(self) -> bool:
        """Return whether nothing failed or waits for approval."""
        return all(account.outcome in ("nothing", "redacted") for account in self.accounts)


@dataclass(frozen=True)
class _Asked:
    request: PersonRequest
    by: str
    trigger: str
    administrator: bool
    announce: Callable[[str], object]

    @property
    def prefix(self) -> str:
        """Return the prefix of the keys of the request's runs."""
        return f"request_{self.request.id}/"


def erase_person(
    placements: Placements,
    request_id: int,
    requested_by: str,
    acknowledged: bool,
    expected: str | None,
    trigger: str = "cli",
    administrator: bool = False,
    announce: Callable[[str], object] = lambda _: None,
) -> Erased:
    """Redact what was found of the person of a request, except what a hold keeps, in every account; return the result.

    `expected` is the digest of the search that was seen. Stopped runs of the request are finished first, without a
    digest. With `administrator` the requester must be one of each account.

    Raises NotAllowed, with nothing changed, if the request does not ask for it or has ended, its export has not been
    fetched yet, it is not acknowledged, or what is found has changed; DatabaseBusy if a placement does not answer. A
    failure in one account is in its outcome.
    """
    request = get_request(placements, request_id)
    _check(placements, request, acknowledged)
    asked = _Asked(request, requested_by, trigger, administrator, announce)
    failures = _go_on(placements, asked)
    found = find_person(placements, request_id)
    found.check_complete("nothing was begun")
    parts = [part for part in found.parts if part.batches and part.account_id not in failures]
    if parts and expected != found.digest and not _are_bound(placements, request_id, parts, expected):
        raise NotAllowed(
            f"request {request_id}: what is kept of the person has changed since; nothing new was begun: look at it "
            f"again, `redaction request find {request_id}`, and name its digest"
        )
    if request.kind == "both":
        check_given(get_home(placements), request_id, parts)
    _bind(placements, request_id, parts, expected)
    for part in parts:
        failures.update(_erase(placements, asked, part))
    return _conclude(placements, asked, found, failures)


def _bind(placements: Placements, request_id: int, parts: Sequence[Part], digest: str | None) -> None:
    """Store what was seen of each account, so that the same call continues with accounts that it has not started."""
    bound = [(part, {"bound": _describe_bound(part, digest)}) for part in parts]
    with get_home(placements).transaction("redaction_worker") as session:
        record_accounts(session, request_id, bound)


def _are_bound(placements: Placements, request_id: int, parts: Sequence[Part], digest: str | None) -> bool:
    """Return whether each account is still as it was when it was seen with a digest."""
    known = {account.account_id: account for account in list_accounts_of(get_home(placements), request_id)}
    return digest is not None and all(
        known[part.account_id].found.get("bound") == _describe_bound(part, digest) for part in parts
    )


def _describe_bound(part: Part, digest: str | None) -> dict[str, Any]:
    return {"digest": digest, "batches": [batch.digest for batch in part.batches]}


def _check(placements: Placements, request: PersonRequest, acknowledged: bool) -> None:
    if request.kind == "access":
        raise NotAllowed(f"request {request.id} asks for access, not for erasure: nothing was changed")
    _check_open(request)
    if request.kind == "both" and not get_home(placements).one("was_fetched", request_id=request.id)["fetched"]:
        raise NotAllowed(
            f"request {request.id} asks for access too, and what is erased cannot be given: nothing was changed; first "
            f"`redaction request export {request.id}`, and fetch it"
        )
    if not acknowledged:
        raise NotAllowed(
            f"request {request.id}: that redacted data cannot be recovered was not acknowledged; nothing was changed"
        )


def _check_open(request: PersonRequest) -> None:
    if request.closed_at is not None:
        raise NotAllowed(f"request {request.id} is {request.state}: nothing was changed; open another one")


def _go_on(placements: Placements, asked: _Asked) -> dict[int, RedactionError]:
    """Finish the stopped runs of the request; return their failures, by account."""
    failures: dict[int, RedactionError] = {}
    for placement, account_ids in _by_placement(list_accounts_of(get_home(placements), asked.request.id)).items():
        try:
            runs = list_runs_of(placements.at(placement), asked.request.id, account_ids)
        except RedactionError:
            # The search for the person, which comes next, reports that.
            continue
        for account_id, rows in runs.items():
            for row in rows:
                if is_unfinished(row):
                    _complete(placements.at(placement), asked, account_id, row["id"], failures)
    return failures


def _by_placement(accounts: Sequence[AccountOf]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for account in accounts:
        found[account.placement].append(account.account_id)
    return found


def _complete(
    deployment: Deployment, asked: _Asked, account_id: int, run_id: int, failures: dict[int, RedactionError]
) -> None:
    try:
        record = complete_run(deployment, run_id)
    except RedactionError as error:
        failures[account_id] = error
    else:
        redacted = say_count(record["stripped_count"], "activity", "activities")
        asked.announce(f"account {account_id}: run {run_id} has redacted {redacted}")


def _erase(placements: Placements, asked: _Asked, part: Part) -> dict[int, RedactionError]:
    """Redact what was found in one account, in acts of the largest size."""
    failures: dict[int, RedactionError] = {}
    deployment = placements.at(part.placement)
    begun = len(list_runs_of(deployment, asked.request.id, [part.account_id])[part.account_id])
    runs: list[int] = []
    # All sets are fixed before the first is redacted: a run may rewrite a partition, which changes the state of the
    # others.
    for number, batch in enumerate(part.batches, begun + 1):
        # A refused key stays refused.
        key = f"{asked.prefix}{part.account_id}_{number}"
        named = ManualRequest(part.account_id, tuple(batch.ids), asked.request.reference, asked.by)
        try:
            run = begin_manual(deployment, named, asked.trigger, True, batch.digest, key, asked.administrator)
        except RedactionError as error:
            failures[part.account_id] = error
            break
        try:
            _check_open(get_request(placements, asked.request.id))
        except NotAllowed as error:
            # Somebody has ended the request after the look at its beginning.
            with suppress(BadInput):
                abandon_run(deployment, run.id, f"request {asked.request.id} is over", asked.by)
            return {part.account_id: error}
        runs.append(run.id)
    for run_id in runs:
        _complete(deployment, asked, part.account_id, run_id, failures)
    return failures


def _conclude(placements: Placements, asked: _Asked, found: Found, failures: Mapping[int, RedactionError]) -> Erased:
    home = get_home(placements)
    known = list_accounts_of(home, asked.request.id)
    runs = list_all_runs(placements, asked.request.id, known, {part.placement for part in found.parts})
    with Act(home) as act, act.transaction() as session:
        for part in found.parts:
            by_placement = runs.get(part.account_id, {})
            rows = [row for listed in by_placement.values() for row in listed]
            outcome, failure = _judge(part, rows, failures.get(part.account_id))
            # The id of a run means nothing at another placement.
            last = part.placement if part.placement in by_placement else next(iter(by_placement), part.placement)
            counts: dict[str, Any] = {"held": len(part.held)}
            if rows:
                counts |= count_runs(by_placement)
            session.run(
                "record_outcome",
                request_id=asked.request.id,
                account_id=part.account_id,
                placement=last,
                run_id=by_placement[last][-1]["id"] if rows else None,
                outcome=outcome,
                failure=failure,
                found=json.dumps(counts),
            )
        accounts = [AccountOf(**row) for row in session.rows("list_request_accounts", request_id=asked.request.id)]
        erased = Erased(asked.request.id, accounts, answered=False)
        answers = {"request_id": asked.request.id, "answered_by": asked.by, "answered_at": None}
        if erased.complete and session.rows("answer_request", **answers):
            act.record("request", None, asked.by, _describe_answer(asked.request.id, accounts))
            return Erased(asked.request.id, accounts, answered=True)
    return erased


def _describe_answer(request_id: int, accounts: Sequence[AccountOf]) -> dict[str, Any]:
    """Return the ledger facts of an answer: all that a restore needs."""
    names = ("redacted", "held", "runs", "abandoned")
    return {
        "change": "answered",
        "request_id": request_id,
        "redacted": sum(account.found.get("redacted", 0) for account in accounts),
        "held": sum(account.found.get("held", 0) for account in accounts),
        "accounts": {
            account.account_id: outcome
            for account in accounts
            if (outcome := {name: account.found[name] for name in names if account.found.get(name)})
        },
    }


def _judge(part: Part, rows: Sequence[Row], error: RedactionError | None) -> tuple[Outcome, str | None]:
    waits = [row for row in rows if row["waits"] and row["state"] not in ENDED]
    if waits and (error is None or isinstance(error, ApprovalNeeded)):
        return "waits", None
    if error is not None:
        # No error has a personal value in its message.
        return "failed", f"{type(error).__name__}: {error}"[:_MOST_OF_FAILURE]
    if any(row["stripped_count"] for row in rows):
        return "redacted", None
    return "nothing", None
