"""What is kept of a person, over all accounts and placements of a request: counts, each with a verdict and a reason."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from redaction.control.manual import digest_rows
from redaction.db.session import Row, Session
from redaction.deployment import Deployment
from redaction.errors import BadAddress
from redaction.gate.expiry import end_expired_holds
from redaction.objects.addresses import parse_address
from redaction.objects.registry import read_stores
from redaction.objects.stores import find_store
from redaction.placements.resolve import Placements
from redaction.requests.missing import check_complete, find_lost
from redaction.requests.records import AccountOf, get_home, get_request, list_accounts_of, read_contact_of
from redaction.settings import MOST_IDS

Verdict = Literal["erasable", "on hold", "already redacted", "at the vendor"]
GROUNDS: Mapping[Verdict, str] = {
    "erasable": "nothing keeps it",
    "on hold": "a legal hold keeps it",
    "already redacted": "by a run of this request",
    "at the vendor": "its values are erasable here; an object of it lies at a vendor, or in no store that is declared",
}
"""The reason of each verdict."""


@dataclass(frozen=True)
class Group:
    """Activities of an account of one kind with one verdict: their number, from when to when (UTC), their objects."""

    account_id: int
    account: str
    kind: str
    verdict: Verdict
    ground: str
    activities: int
    objects: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Batch:
    """Activities of an account that one act redacts: their ids, and the digest over them and their state."""

    ids: Sequence[int]
    digest: str


@dataclass(frozen=True)
class Part:
    """What was found in one account: what an erasure takes, the ids of what is on hold, and all of it by time."""

    account_id: int
    placement: str
    batches: Sequence[Batch]
    held: Sequence[int]
    activities: Sequence[tuple[datetime, int]]

    @property
    def erasable(self) -> int:
        """Return how many activities an erasure takes."""
        return sum(len(batch.ids) for batch in self.batches)


@dataclass(frozen=True)
class Found:
    """What was found of a person: by group, by account, which systems outside have received it, and the digest.

    `silent` has the placements that did not answer, and accounts that none has, each with why; then there is no digest,
    and nothing is answered. Activities that were redacted before have no number or address left, so nobody knows whose
    they were.
    """

    request_id: int
    groups: Sequence[Group]
    parts: Sequence[Part]
    recipients: Mapping[int, Sequence[str]]
    silent: Mapping[str, str]
    digest: str | None
    lost: Mapping[str, str]
    """Those of them that nobody will answer for: their placement is not configured any more."""

    @property
    def counts(self) -> dict[str, int]:
        """Return how many activities have each verdict."""
        counted: Counter[str] = Counter()
        for group in self.groups:
            counted[group.verdict] += group.activities
        return dict(sorted(counted.items()))

    def check_complete(self, left: str) -> None:
        """Raise DatabaseBusy or NotAllowed if a placement is silent or lost; `left` says what was not done."""
        check_complete(self.request_id, self.silent, self.lost, left)


@dataclass(frozen=True)
class _Answer:
    session: Session
    names: Mapping[int, str]
    rows: Sequence[Row]
    vendor: frozenset[tuple[int, int]]
    recipients: Sequence[Row]


def find_person(placements: Placements, request_id: int) -> Found:
    """Search for the person of a request in its accounts, wherever they are; record and return what was found, as
    counts.

    Raises BadInput if the request has ended.
    """
    with look_for(placements, request_id) as (found, _):
        return found


@contextmanager
def look_for(placements: Placements, request_id: int) -> Iterator[tuple[Found, Mapping[str, Session]]]:
    """Do what `find_person` does; yield what was found, and for each placement a session that still sees it unchanged.

    Raises BadInput if the request has ended.
    """
    home = get_home(placements)
    contact = read_contact_of(home, get_request(placements, request_id))
    accounts = list_accounts_of(home, request_id)
    wanted = [account.account_id for account in accounts]
    with ExitStack() as opened:
        redacted = {account.account_id for account in accounts if account.found.get("redacted")}
        answers, silent = placements.ask(lambda deployment: _ask(deployment, wanted, redacted, contact, opened))
        found = _gather(request_id, accounts, answers, silent, find_lost(placements, accounts))
        _keep(home, found)
        yield found, {placement: answer.session for placement, answer in answers.items()}


def _gather(
    request_id: int,
    accounts: Sequence[AccountOf],
    answers: Mapping[str, _Answer],
    silent: dict[str, str],
    lost: Mapping[int, str],
) -> Found:
    groups: list[Group] = []
    parts: list[Part] = []
    recipients: dict[int, list[str]] = defaultdict(list)
    for placement, answer in answers.items():
        by_account: dict[int, list[Row]] = defaultdict(list)
        for row in answer.rows:
            by_account[row["account_id"]].append(row)
        groups += _group(answer)
        parts += [_part(placement, account_id, by_account[account_id]) for account_id in answer.names]
        for row in answer.recipients:
            recipients[row["account_id"]].append(row["name"])
    names = {account_id: name for answer in answers.values() for account_id, name in answer.names.items()}
    missing = sorted({account.account_id for account in accounts} - {*names})
    for account_id in missing:
        why = lost.get(account_id, "it is at no placement that answers: it is moving, or was removed")
        silent.setdefault(f"account {account_id}", why)
    groups += _redacted(accounts, names)
    parts.sort(key=lambda part: part.account_id)
    return Found(
        request_id,
        sorted(groups, key=lambda group: (group.account_id, group.kind, group.verdict)),
        parts,
        recipients,
        silent,
        None if silent else _digest(parts),
        {f"account {account_id}": lost[account_id] for account_id in missing if account_id in lost},
    )


def _ask(deployment: Deployment, wanted: Sequence[int], redacted: Set[int], contact: str, opened: ExitStack) -> _Answer:
    end_expired_holds(deployment)
    with ExitStack() as own:
        session = own.enter_context(deployment.transaction("redaction_worker"))
        session.run("read_repeatably")
        names = {row["id"]: row["name"] for row in session.rows("list_accounts") if row["id"] in {*wanted}}
        # Use the indexes: the planner has no statistics for these columns.
        session.set_local({"enable_seqscan": "off"})
        rows = session.rows("find_person", account_ids=sorted(names), contact=contact) if names else []
        session.set_local({"enable_seqscan": "on"})
        vendor = _find_at_vendor(session, rows)
        concerned = sorted({row["account_id"] for row in rows} | (names.keys() & redacted))
        with deployment.transaction("redaction_manager") as manager:
            recipients = manager.rows("recipients_of_accounts", account_ids=concerned) if concerned else []
        # What was read stays the same while the caller holds this open; sessions of a failed placement are closed.
        opened.enter_context(own.pop_all())
    return _Answer(session, names, rows, vendor, recipients)


def _find_at_vendor(session: Session, rows: Sequence[Row]) -> frozenset[tuple[int, int]]:
    """Return the activities with an object at a vendor, or in no declared store."""
    named = [(row["account_id"], row["id"]) for row in rows if row["objects"]]
    if not named:
        return frozenset()
    ids = {"account_ids": [account for account, _ in named], "ids": [number for _, number in named]}
    stores = {account: read_stores(session, account) for account in {account for account, _ in named}}
    found = set()
    for row in session.rows("addresses_of_activities", **ids):
        try:
            store = find_store(stores[row["account_id"]], parse_address(row["address"]))
        except BadAddress:
            store = None
        if store is None or store.mode == "vendor":
            found.add((row["account_id"], row["activity_id"]))
    return frozenset(found)


def _group(answer: _Answer) -> list[Group]:
    grouped: dict[tuple[int, str, Verdict], list[Row]] = defaultdict(list)
    for row in answer.rows:
        at_vendor = (row["account_id"], row["id"]) in answer.vendor
        verdict: Verdict = "on hold" if row["held"] else "at the vendor" if at_vendor else "erasable"
        grouped[row["account_id"], row["kind"], verdict].append(row)
    return [
        Group(
            account_id,
            answer.names[account_id],
            kind,
            verdict,
            GROUNDS[verdict],
            len(rows),
            sum(row["objects"] for row in rows),
            min(row["called_at"] for row in rows),
            max(row["called_at"] for row in rows),
        )
        for (account_id, kind, verdict), rows in grouped.items()
    ]


def _redacted(accounts: Sequence[AccountOf], names: Mapping[int, str]) -> list[Group]:
    """Return what runs of the request have redacted: only for these it is known whose they were."""
    return [
        Group(
            account.account_id,
            names.get(account.account_id, ""),
            "all",
            "already redacted",
            "by run " + ", ".join(str(run) for runs in account.runs.values() for run in runs) + " of this request",
            int(account.found.get("redacted", 0)),
            0,
            None,
            None,
        )
        for account in accounts
        if account.found.get("redacted")
    ]


def _part(placement: str, account_id: int, rows: Sequence[Row]) -> Part:
    free = [row for row in rows if not row["held"]]
    held = [row["id"] for row in rows if row["held"]]
    batches = [free[first : first + MOST_IDS] for first in range(0, len(free), MOST_IDS)]
    made = [Batch([row["id"] for row in batch], digest_rows(batch)) for batch in batches]
    return Part(account_id, placement, made, held, sorted((row["called_at"], row["id"]) for row in rows))


def _digest(parts: Sequence[Part]) -> str:
    """Return the digest of what was found: for each account what an erasure takes, and what is on hold."""
    facts = [
        (part.account_id, [batch.digest for batch in part.batches], list(part.held))
        for part in parts
        if part.batches or part.held
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _keep(home: Deployment, found: Found) -> None:
    with home.transaction("redaction_worker") as session:
        known = {row["account_id"]: row for row in session.rows("list_request_accounts", request_id=found.request_id)}
        changed = []
        for part in found.parts:
            before = known[part.account_id]
            counts = {"erasable": part.erasable, "held": len(part.held)}
            if not counts.items() <= before["found"].items() or part.placement != before["placement"]:
                changed.append((part, counts))
        record_accounts(session, found.request_id, changed)
        session.run("record_found", request_id=found.request_id, digest=found.digest, found=json.dumps(found.counts))


def record_accounts(session: Session, request_id: int, found: Sequence[tuple[Part, Mapping[str, Any]]]) -> None:
    """Record further facts about some accounts of a request, as JSON without a personal value, all at once."""
    if found:
        session.run(
            "record_accounts_found",
            request_id=request_id,
            account_ids=[part.account_id for part, _ in found],
            placements=[part.placement for part, _ in found],
            found=[json.dumps(counts) for _, counts in found],
        )
