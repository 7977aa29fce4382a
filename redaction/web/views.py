"""The record of views of personal data: a row for each page that shows some, and the page that lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from redaction.web.access import Person, Seer
from redaction.web.context import get_database, get_placements, name_accounts, show

router = APIRouter()

Page = Literal["calls", "texts", "contact", "activity", "names", "search", "recording"]
_PAGE = 50


def record_view(person: Person, account_id: int, page: Page, activities: int, placement: str | None = None) -> None:
    """Record that a person is shown personal data of so many activities, at the placement of this request or at
    another. A page that cannot record it fails.
    """
    database = get_database() if placement is None else get_placements().at(placement, allow_restored=True).database
    if activities:
        with database.transaction("redaction_worker") as session:
            session.run("record_view", account_id=account_id, viewed_by=person.name, page=page, activities=activities)


def record_search(person: Person, searched: Mapping[str, Sequence[int]]) -> None:
    """Record that a person has searched for somebody in accounts, by placement, and found nothing."""
    for placement, account_ids in searched.items():
        database = get_placements().at(placement, allow_restored=True).database
        with database.transaction("redaction_worker") as session:
            session.run("record_search", account_ids=account_ids, viewed_by=person.name)


@router.get("/views")
def see_views(
    person: Seer,
    account: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    viewed_by: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> HTMLResponse:
    """Show who has looked at personal data of which account, latest first, a page at a time."""
    views = get_database().rows(
        "list_views", account_id=account, viewed_by=viewed_by or None, before=before, most=_PAGE + 1
    )
    given = {name: value for name, value in {"account": account, "viewed_by": viewed_by}.items() if value}
    return show(
        "views.html",
        person.name,
        views=views[:_PAGE],
        names=name_accounts(views[:_PAGE]),
        of_account=account,
        viewed_by=viewed_by,
        paged=before is not None,
        latest=urlencode(given),
        older=urlencode({**given, "before": views[_PAGE - 1]["id"]}) if len(views) > _PAGE else None,
    )
