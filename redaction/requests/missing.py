"""The parts of a request that nobody can look at: now, or for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redaction.errors import DatabaseBusy, NotAllowed
from redaction.placements.resolve import Placements
from redaction.requests.records import AccountOf


def find_lost(placements: Placements, accounts: Iterable[AccountOf]) -> dict[int, str]:
    """Return the accounts of a request with a part that nobody can look at, each with why: its placement is not
    configured any more. A placement that does not answer is none of these.
    """
    said = "placement {} is not configured any more, so what is kept or erased there is not known"
    return {
        account.account_id: said.format(place)
        for account in accounts
        for place in account.places
        if place not in placements.settings.all_placements
    }


def check_complete(request_id: int, silent: Mapping[str, str], lost: Mapping[str, str], left: str) -> None:
    """Raise DatabaseBusy if a placement did not answer, NotAllowed if one is not configured any more; `left` says what
    was not done.
    """
    for where, why in lost.items():
        raise NotAllowed(
            f"request {request_id}: {where}: {why}; {left}: configure it again (REDACTION_PLACEMENTS), or close the "
            "request with a reason and open another one about the other accounts"
        )
    for where, why in silent.items():
        raise DatabaseBusy(f"request {request_id}: {where} does not answer ({why}); {left}, try again later")
