"""The accounts in a table: the status of each, filtered, sorted and paged by the address; also a part of the
overview.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse, Response

from redaction.accounts.accounts import list_accounts
from redaction.accounts.status import AccountStatus, list_account_status
from redaction.deployment import Deployment
from redaction.web.access import Seer
from redaction.web.context import PREFIX, get_placements, show
from redaction.words import ACCOUNT_STATES

router = APIRouter()

MOST = 10_001
"""Due activities are counted up to one less than this."""
PAGE = 50
"""Accounts on a page."""
_STATES = tuple(ACCOUNT_STATES)
_NEVER = datetime.max.replace(tzinfo=UTC)
_SORTS: dict[str, Any] = {
    "state": lambda status: (_STATES.index(status.state), -status.overdue, status.account.id),
    "account": lambda status: status.account.id,
    "name": lambda status: status.account.name.lower(),
    "next": lambda status: status.next_run or _NEVER,
    "due": lambda status: -status.due,
    "oldest": lambda status: status.oldest or _NEVER,
    "holds": lambda status: -status.holds,
}


@dataclass(frozen=True)
class Filters:
    """Which accounts are shown, and in which order."""

    q: str = ""
    state: str = ""
    agency: int | None = None
    sort: str = "state"
    page: int = 1

    @property
    def narrow(self) -> bool:
        """Say whether they leave any account out."""
        return bool(self.q.strip() or self.state or self.agency is not None)

    def address(self, **other: Any) -> str:
        """Return them as the query of an address, with some replaced; defaults are left out."""
        given = asdict(replace(self, **{"page": 1, **other}))
        return urlencode({name: value for name, value in given.items() if value != getattr(Filters, name)})

    def fit(self, status: AccountStatus) -> bool:
        """Say whether an account is shown."""
        account, wanted = status.account, self.q.strip().lower()
        return (
            (self.state in ("", status.state) or (self.state == "failed" and status.has_failed))
            and self.agency in (None, account.agency_id)
            and (not wanted or wanted in f"{account.id} {account.name} {account.agency_name}".lower())
        )


def read_filters(
    q: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(pattern=f"^({'|'.join(_STATES)})?$")] = "",
    agency: Annotated[int | None, Query(ge=-(2**63), lt=2**63)] = None,
    sort: Annotated[str, Query(pattern=f"^({'|'.join(_SORTS)})$")] = "state",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Filters:
    """Return the filters that an address names."""
    return Filters(q, state, agency, sort, page)


Given = Annotated[Filters, Depends(read_filters)]


def ask_statuses(now: datetime) -> tuple[dict[str, list[AccountStatus]], Mapping[str, str]]:
    """Return the status of each placement's accounts, and why some placements do not answer."""

    def ask(deployment: Deployment) -> list[AccountStatus]:
        return list_account_status(deployment, list_accounts(deployment.database), now, MOST)

    return get_placements().ask(ask, allow_restored=True)


def list_shown(statuses: Sequence[AccountStatus], filters: Filters) -> dict[str, Any]:
    """Return the content of the table of accounts: a page of those that match, and the number in each state."""
    fitting = sorted(filter(filters.fit, statuses), key=_SORTS[filters.sort])
    left_out = Counter[str](status.state for status in statuses if not filters.fit(status))
    # An old address may name a page that is not there any more.
    filters = replace(filters, page=min(filters.page, max(1, -(-len(fitting) // PAGE))))
    first = (filters.page - 1) * PAGE
    shown = fitting[first : first + PAGE]
    counts = Counter[str](status.state for status in statuses)
    return {
        "statuses": shown,
        "redactions": _find_redactions(shown),
        "total": len(statuses),
        "matching": len(fitting),
        "first": first + 1,
        "last": first + len(shown),
        "more": len(fitting) > first + PAGE,
        "counts": {state: counts[state] for state in _STATES},
        "filters": filters,
        "chips": _list_chips(statuses, filters),
        "left_out": left_out,
        "most": MOST - 1,
    }


def _list_chips(statuses: Sequence[AccountStatus], filters: Filters) -> list[tuple[str, str]]:
    """Return the active filters: the words of each, and the address without it."""
    agencies = {status.account.agency_id: status.account.agency_name for status in statuses}
    chips = {
        "q": ("Find", filters.q.strip()),
        "state": ("State", ACCOUNT_STATES[filters.state].text if filters.state else ""),
        "agency": ("Agency", "" if filters.agency is None else agencies.get(filters.agency) or str(filters.agency)),
    }
    return [
        (f"{name}: {said}", f"?{filters.address(**{field: getattr(Filters, field)})}#accounts")
        for field, (name, said) in chips.items()
        if said
    ]


def _find_redactions(statuses: Sequence[AccountStatus]) -> dict[int, Any]:
    """Return the last redaction of each of some accounts, by id."""
    found: dict[int, Any] = {}
    for name in {status.placement for status in statuses}:
        ids = [status.account.id for status in statuses if status.placement == name]
        rows = get_placements().at(name, allow_restored=True).rows("last_redactions", account_ids=ids)
        found |= {row["account_id"]: row for row in rows}
    return found


@router.get("/accounts")
def see_accounts(person: Seer, filters: Given) -> Response:
    """Show the accounts; searching for an id leads to that account."""
    now = datetime.now(UTC)
    found, silent = ask_statuses(now)
    statuses = [status for part in found.values() for status in part]
    if any(filters.q.strip() == str(status.account.id) for status in statuses):
        return RedirectResponse(f"{PREFIX}/accounts/{filters.q.strip()}", status_code=303)
    agencies = {status.account.agency_id: status.account.agency_name for status in statuses}
    shown = list_shown(statuses, filters)
    ordered = sorted(agencies.items(), key=lambda one: (one[1].lower(), one[0]))
    return show("accounts.html", person.name, now=now, agencies=ordered, silent=silent, **shown)
