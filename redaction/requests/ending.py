"""The end of a request: it is refused, or closed. From then on nothing redacts in its name.

The runs of a request lie at the placements of its accounts, the request at the first placement, so no transaction holds
both. An erasure looks whether the request is open after each run it has begun, and this looks for runs after it has
ended the request: one of the two finds a run that was begun in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from redaction.db.session import Row, Session
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.act import Act
from redaction.ledger.reasons import check_reason
from redaction.pipeline.abandon import abandon_run
from redaction.placements.resolve import Placements
from redaction.requests.missing import find_lost
from redaction.requests.records import (
    AccountOf,
    PersonRequest,
    State,
    count_runs,
    find_request,
    get_home,
    get_request,
    is_unfinished,
    list_accounts_of,
    list_all_runs,
)
from redaction.words import say_count

_Runs = Mapping[int, Mapping[str, Sequence[Row]]]
"""The runs of a request by account and placement."""


def refuse_request(placements: Placements, request_id: int, reason: str, refused_by: str) -> PersonRequest:
    """End a request without an answer, for a reason; the person's number or address is forgotten.

    Abandons the runs of the request that wait. Raises BadInput if the request has ended; NotAllowed, with nothing
    changed, if it is answered, something is redacted in its name, or a run of it is redacting; DatabaseBusy if a
    placement does not answer. A placement that is not configured any more keeps nothing open: ledger and certificate
    say that its part is not known.
    """
    ground = check_reason(reason)
    if get_request(placements, request_id).state == "answered":
        raise NotAllowed(f"request {request_id} has been answered: close it; nothing was changed")
    return _end(placements, request_id, "refused", ground, refused_by)


def close_request(placements: Placements, request_id: int, closed_by: str, reason: str | None = None) -> PersonRequest:
    """End an answered request, or, for a reason (the person withdraws it), an open one; the person's number or address
    is forgotten.

    Abandons the runs of the request that wait. The ledger has the count of the activities that its runs redacted.
    Raises BadInput if the request has ended; NotAllowed, with nothing changed, without an answer or a reason, or if a
    run of the request is redacting; DatabaseBusy if a placement does not answer.
    """
    ground = None if reason is None else check_reason(reason)
    if get_request(placements, request_id).state == "open" and ground is None:
        raise NotAllowed(
            f"request {request_id} has not been answered: answer it, or say why it is closed without; it stays open"
        )
    return _end(placements, request_id, "closed", ground, closed_by)


def _end(placements: Placements, request_id: int, state: State, ground: str | None, by: str) -> PersonRequest:
    request = get_request(placements, request_id)
    if request.closed_at is not None:
        raise BadInput(f"request {request_id} is over: nothing was changed")
    why = f"request {request_id} is {state}"
    known = {account.account_id: account for account in list_accounts_of(get_home(placements), request_id)}
    lost = find_lost(placements, known.values())
    # What is on record of them is all that anybody knows.
    before = {account_id: known[account_id].found.get("redacted", 0) for account_id in lost}
    _check_runs(request_id, state, _list_runs(placements, request_id), before)
    _abandon_unfinished(placements, request_id, why, by)
    # A run that was approved in between may have redacted something by now.
    runs = _list_runs(placements, request_id)
    redacted = _check_runs(request_id, state, runs, before)
    with Act(get_home(placements)) as act, act.transaction() as session:
        ended = {"state": state, "ground": ground, "closed_by": by, "closed_at": None}
        if not session.rows("end_request", request_id=request_id, **ended):
            raise BadInput(f"request {request_id} is over: nothing was changed")
        facts: dict[str, Any] = {"change": state, "request_id": request_id}
        if request.state == "open":
            told_of = [account_id for account_id in runs if account_id not in lost]
            accounts = {account_id: _record_outcome(session, request_id, account_id, runs) for account_id in told_of}
            for account_id, unknown in lost.items():
                accounts[account_id] = _record_lost(session, request_id, known[account_id], unknown)
            if lost:
                facts["unknown"] = lost
            if redacted:
                told = {account_id: counts for account_id, counts in accounts.items() if counts.get("redacted")}
                facts |= {"redacted": redacted, "accounts": told}
        act.record("request", None, by, facts, ground)
        over = find_request(session, request_id)
    _abandon_unfinished(placements, request_id, why, by)
    return over


def _list_runs(placements: Placements, request_id: int) -> _Runs:
    return list_all_runs(placements, request_id, list_accounts_of(get_home(placements), request_id))


def _each(runs: _Runs) -> Iterator[tuple[int, str, Row]]:
    for account_id, by_placement in runs.items():
        for placement, rows in by_placement.items():
            for row in rows:
                yield account_id, placement, row


def _check_runs(request_id: int, state: State, runs: _Runs, recorded: Mapping[int, int]) -> int:
    """Return how many activities are redacted in the name of a request; `recorded` are those of accounts that nobody
    can look at. Raises NotAllowed if that keeps it open.
    """
    for account_id, _, row in _each(runs):
        if is_unfinished(row) and row["stripped_count"]:
            raise NotAllowed(
                f"request {request_id}: run {row['id']} of account {account_id} has redacted "
                f"{say_count(row['stripped_count'], 'activity', 'activities')} and has not ended; the request stays as "
                f"it is: first `redaction request erase {request_id} --acknowledge-irreversible`"
            )
    seen = sum(row["stripped_count"] for account_id, _, row in _each(runs) if account_id not in recorded)
    redacted: int = seen + sum(recorded.values())
    if state == "refused" and redacted:
        raise NotAllowed(
            f"request {request_id}: {say_count(redacted, 'activity is', 'activities are')} redacted in its name, so it "
            "cannot be refused; the request stays open: finish the erasure, or close the request with a reason"
        )
    return redacted


def _abandon_unfinished(placements: Placements, request_id: int, why: str, by: str) -> None:
    for _, placement, row in _each(_list_runs(placements, request_id)):
        if is_unfinished(row):
            # It may have ended by itself since.
            with suppress(BadInput):
                abandon_run(placements.at(placement), row["id"], why, by)


def _record_outcome(session: Session, request_id: int, account_id: int, runs: _Runs) -> dict[str, Any]:
    """Record what the runs of an account did, none of which redacts any more; return it as the ledger tells it."""
    by_placement = runs[account_id]
    counts = count_runs(by_placement)
    told = {name: value for name, value in counts.items() if value}
    last = next(iter(counts["runs"] or counts["abandoned"] or by_placement))
    session.run(
        "record_outcome",
        request_id=request_id,
        account_id=account_id,
        placement=last,
        run_id=by_placement[last][-1]["id"],
        outcome="redacted" if counts["redacted"] else "nothing",
        failure=None,
        found=json.dumps(counts),
    )
    return told or counts


def _record_lost(session: Session, request_id: int, account: AccountOf, why: str) -> dict[str, Any]:
    """Record that the outcome in an account is not known; return what is on record of it, as the ledger tells it."""
    session.run(
        "record_outcome",
        request_id=request_id,
        account_id=account.account_id,
        placement=account.placement,
        run_id=account.run_id,
        outcome="unknown",
        failure=why,
        found="{}",
    )
    return {name: account.found[name] for name in ("redacted", "runs", "abandoned") if account.found.get(name)}
