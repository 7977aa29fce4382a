"""What is kept of a person in the accounts that the searcher administers: only counts, without a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from redaction.accounts.accounts import Account, list_accounts
from redaction.db.session import Row
from redaction.deployment import Deployment
from redaction.errors import NotAllowed
from redaction.placements.resolve import Placements
from redaction.requests.asked import understand


@dataclass(frozen=True)
class Kept:
    """Activities of a person of one kind in an account: their number, how many a hold keeps, their objects, the
    times of the first and the last (UTC).
    """

    account: Account
    placement: str
    kind: str
    activities: int
    held: int
    objects: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Search:
    """The result of a search: the key of the contact as it was read, what is kept, the searched accounts of each
    placement, and which placements did not answer, with why.
    """

    contact: str
    kept: Sequence[Kept]
    searched: Mapping[str, Sequence[int]]
    silent: Mapping[str, str]


def search_person(placements: Placements, text: str, country: str | None, name: str) -> Search:
    """Search for a number or an address in every account that a person administers; nothing is changed.

    Raises NotAllowed for a person who administers none, BadInput for an invalid contact, or if it means different
    contacts in the accounts.
    """
    found, silent = placements.ask(lambda deployment: _list_own(deployment, name), allow_restored=True)
    accounts = [account for part in found.values() for account in part]
    if not accounts:
        raise NotAllowed(f"{name} administers no account that answers, so nothing was searched")
    _, contact = understand(text, country, accounts)
    answers, more = placements.ask(
        lambda deployment: _look(deployment, found.get(deployment.placement, []), contact), allow_restored=True
    )
    kept = [one for part in answers.values() for one in part]
    kept.sort(key=lambda one: (one.account.name.lower(), one.account.id, one.kind))
    searched = {name: [account.id for account in found[name]] for name in answers if found.get(name)}
    return Search(contact, kept, searched, {**silent, **more})


def _list_own(deployment: Deployment, name: str) -> list[Account]:
    own = {row["account_id"] for row in deployment.rows("administered_accounts", username=name)}
    return [account for account in list_accounts(deployment.database) if account.id in own] if own else []


def _look(deployment: Deployment, accounts: Sequence[Account], contact: str) -> list[Kept]:
    if not accounts:
        return []
    with deployment.transaction("redaction_worker") as session:
        # Use the indexes: the planner has no statistics for these columns.
        session.set_local({"enable_seqscan": "off"})
        rows = session.rows("find_person", account_ids=[account.id for account in accounts], contact=contact)
    grouped: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["account_id"], row["kind"]].append(row)
    named = {account.id: account for account in accounts}
    return [
        Kept(
            named[account_id],
            deployment.placement,
            kind,
            len(group),
            sum(row["held"] for row in group),
            sum(row["objects"] for row in group),
            min(row["called_at"] for row in group),
            max(row["called_at"] for row in group),
        )
        for (account_id, kind), group in grouped.items()
    ]
