"""The record of a request: who asked for what, how the identity was checked, when it is due, how it ended.

It is stored at the first placement, whatever placements its accounts are at. It has nothing of the person: their number
or address is stored separately until the request ends, and nowhere else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import BadInput, NotAllowed
from redaction.ledger.act import Act
from redaction.ledger.reasons import check_reason
from redaction.pipeline.runs import ENDED
from redaction.placements.resolve import Placements
from redaction.requests.asked import choose_accounts, understand

_OF_REQUEST = re.compile(r"request_([0-9]{1,18})/")
"""The beginning of the keys of a request's runs."""
Kind = Literal["access", "erasure", "both"]
State = Literal["open", "answered", "refused", "closed"]


@dataclass(frozen=True)
class PersonRequest:
    """A request of a person; instants in UTC. `found` are counts, `digest` binds an erasure to what was found."""

    id: int
    kind: Kind
    state: State
    agency_id: int | None
    country: str
    law: str
    identity_check: str
    reference: str
    opened_by: str
    opened_at: datetime
    deadline: datetime
    digest: str | None
    found: Mapping[str, Any]
    found_at: datetime | None
    answered_by: str | None
    answered_at: datetime | None
    ground: str | None
    closed_by: str | None
    closed_at: datetime | None
    accounts: int


@dataclass(frozen=True)
class AccountOf:
    """An account of a request: what was found there (counts), its last run, its outcome.

    `placement` is that of the account, or of that run: an account may move between two runs.
    """

    account_id: int
    placement: str
    found: Mapping[str, Any]
    run_id: int | None
    outcome: Literal["nothing", "waits", "redacted", "failed", "unknown"] | None
    failure: str | None
    changed_at: datetime

    @property
    def runs(self) -> Mapping[str, Sequence[int]]:
        """Return the runs of the request that have a certificate, by their placement."""
        runs = self.found.get("runs", {})
        # Older records have a list of the runs at the placement, without those of a moved account elsewhere.
        return {self.placement: runs} if isinstance(runs, list) else runs

    @property
    def places(self) -> Sequence[str]:
        """Return the placements where it is or has runs of the request."""
        return [*dict.fromkeys((self.placement, *self.runs, *self.abandoned))]

    @property
    def abandoned(self) -> Mapping[str, Sequence[int]]:
        """Return the runs of the request that have redacted something and were abandoned, by placement."""
        runs: Mapping[str, Sequence[int]] = self.found.get("abandoned", {})
        return runs


@dataclass(frozen=True)
class Opened:
    """A new request, and its contact as it was understood: to be shown once, and stored by nobody."""

    request: PersonRequest
    understood: str


def get_home(placements: Placements) -> Deployment:
    """Return the deployment that stores the requests of all placements."""
    return placements.at(placements.settings.all_placements[0])


def open_request(
    placements: Placements,
    kind: Kind,
    contact: str,
    opened_by: str,
    identity_check: str,
    reference: str,
    agency_id: int | None = None,
    account_ids: Sequence[int] = (),
    country: str | None = None,
    law: str | None = None,
    administrator: bool = False,
) -> Opened:
    """Open a request about the accounts of an agency, or about some accounts; return it, and the contact as understood.

    A number without its country is read as in `country`, else as in that of the accounts, if they have one. With
    `administrator` it covers those accounts of the agency that `opened_by` administers.

    Raises BadInput, with nothing stored, for a contact that is withheld, invalid or not of one country, an unknown
    account, texts that may name a person, or an open request of the same person about one of the accounts; NotAllowed
    for an account that they do not administer; DatabaseBusy if a placement does not answer.
    """
    if kind not in get_args(Kind):
        raise BadInput(f"a request is of one of the kinds {', '.join(get_args(Kind))}; nothing was opened")
    texts = {"identity_check": check_reason(identity_check), "reference": check_reason(reference)}
    days = placements.settings.request_days
    under = law.strip().lower() if law else next(iter(days))
    if under not in days:
        raise BadInput(f"REDACTION_REQUEST_DAYS has no law of that name, but {', '.join(days)}; nothing was opened")
    found = choose_accounts(placements, agency_id, account_ids, opened_by, administrator)
    read_as, key = understand(contact, country, [account for accounts in found.values() for account in accounts])
    where = [(account.id, placement) for placement, accounts in found.items() for account in accounts]
    ids = [account_id for account_id, _ in where]
    with Act(get_home(placements)) as act, act.transaction() as session:
        session.rows("lock_requests")
        same = session.rows("find_same_person", contact=key, account_ids=ids)
        if same:
            raise BadInput(
                f"request {same[0]['request_id']} ({same[0]['kind']}) is of the same person, about one of these "
                "accounts, and is not over: answer or close it first; nothing was opened"
            )
        asked = {"kind": kind, "agency_id": agency_id, "country": read_as, "law": under}
        made = session.one("open_request", **asked, **texts, days=days[under], opened_by=opened_by)
        session.run("put_request_contact", request_id=made["id"], contact=key)
        placed = [placement for _, placement in where]
        session.run("put_request_accounts", request_id=made["id"], account_ids=ids, placements=placed)
        facts = {
            "change": "opened",
            "request_id": made["id"],
            "asked": {**asked, "deadline": made["deadline"], "accounts": dict(where)},
        }
        act.record("request", None, opened_by, facts, texts["reference"])
        request = find_request(session, made["id"])
    return Opened(request, key)


def find_request(session: Session, request_id: int) -> PersonRequest:
    """Return a request in the caller's transaction; raises BadInput if there is none of that id."""
    rows = session.rows("list_requests", request_id=request_id, everything=True)
    if not rows:
        raise BadInput(f"there is no request {request_id}: `redaction request list` lists the open requests")
    return PersonRequest(**rows[0])


def get_request(placements: Placements, request_id: int) -> PersonRequest:
    """Return a request; raises BadInput if there is none of that id."""
    with get_home(placements).transaction("redaction_worker") as session:
        return find_request(session, request_id)


def list_requests(home: Deployment, everything: bool = False) -> list[PersonRequest]:
    """Return the open requests, earliest deadline first; or all requests."""
    return [PersonRequest(**row) for row in home.rows("list_requests", request_id=None, everything=everything)]


def list_accounts_of(home: Deployment, request_id: int) -> list[AccountOf]:
    """Return the accounts of a request, with their outcomes."""
    return [AccountOf(**row) for row in home.rows("list_request_accounts", request_id=request_id)]


def list_runs_of(deployment: Deployment, request_id: int, account_ids: Sequence[int]) -> dict[int, list[Row]]:
    """Return the runs of a request at a placement, by account, oldest first."""
    runs: dict[int, list[Row]] = defaultdict(list)
    for row in deployment.rows("runs_of_request", account_ids=list(account_ids), prefix=f"request_{request_id}/"):
        runs[row["account_id"]].append(row)
    return runs


def list_all_runs(
    placements: Placements, request_id: int, accounts: Sequence[AccountOf], at: Iterable[str] = ()
) -> dict[int, dict[str, list[Row]]]:
    """Return the runs of a request by account and placement: where each account is and was, and at further placements;
    without those at placements that are not configured any more: see `find_lost`.

    Raises DatabaseBusy if one of them does not answer.
    """
    where = {*at, *(place for each in accounts for place in each.places)} & {*placements.settings.all_placements}
    runs: dict[int, dict[str, list[Row]]] = defaultdict(dict)
    for placement in sorted(where):
        found = list_runs_of(placements.at(placement), request_id, [each.account_id for each in accounts])
        for account_id, rows in found.items():
            runs[account_id][placement] = rows
    return runs


def check_open(placements: Placements, run_id: int, run_key: str | None) -> None:
    """Raise NotAllowed for a run of a request that has ended: nothing redacts in its name any more.

    Raises DatabaseBusy if the first placement, which has the requests, does not answer.
    """
    found = _OF_REQUEST.match(run_key or "")
    if found is not None and (request := get_request(placements, int(found[1]))).closed_at is not None:
        raise NotAllowed(
            f"run {run_id} is not approved: request {request.id} is {request.state}; nothing was changed; "
            f"`redaction approve {run_id} --no` ends the run"
        )


def is_unfinished(row: Row) -> bool:
    """Return whether a run may still redact."""
    return row["state"] not in ("succeeded", *ENDED)


def count_runs(by_placement: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return what the runs of a request did in an account: how many activities they redacted, which of them have a
    certificate or may get one, and which were abandoned after they had redacted something, by placement.
    """

    def list_ids(wanted: Callable[[Row], object]) -> dict[str, list[int]]:
        ids = {placement: [row["id"] for row in rows if wanted(row)] for placement, rows in by_placement.items()}
        return {placement: found for placement, found in ids.items() if found}

    return {
        "runs": list_ids(lambda row: row["state"] not in ENDED),
        "abandoned": list_ids(lambda row: row["state"] in ENDED and row["stripped_count"]),
        "redacted": sum(row["stripped_count"] for rows in by_placement.values() for row in rows),
    }


def check_administers(placements: Placements, request_id: int, name: str) -> None:
    """Raise NotAllowed for a person who does not administer every account of a request, or for an unknown request."""
    wanted = {account.account_id for account in list_accounts_of(get_home(placements), request_id)}
    if not wanted or not wanted <= list_administered(placements, name):
        raise NotAllowed(f"{name} does not administer every account of request {request_id}: nothing was changed")


def list_administered(placements: Placements, name: str) -> set[int]:
    """Return the accounts that a person administers, at all placements that answer."""
    return ask_administered(placements, name)[0]


def ask_administered(placements: Placements, name: str) -> tuple[set[int], dict[str, str]]:
    """Return the accounts that a person administers, and which placements do not answer, with why."""
    answers, silent = placements.ask(
        lambda deployment: deployment.rows("administered_accounts", username=name), allow_restored=True
    )
    return {row["account_id"] for rows in answers.values() for row in rows}, silent


def read_contact_of(home: Deployment, request: PersonRequest) -> str:
    """Return the number or address of a request's person, only for look-ups; raises BadInput if it has ended."""
    rows = home.rows("read_request_contact", request_id=request.id)
    if not rows:
        raise BadInput(
            f"request {request.id} is {request.state}, and the person's number or address is forgotten: "
            "nothing was done"
        )
    key: str = rows[0]["contact_key"]
    return key
