"""*Find a person* without a request: administrators of accounts see how much is kept of a person in each."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from redaction.contacts.countries import find_country_problem
from redaction.errors import BadInput
from redaction.requests.search import Search, search_person
from redaction.web.access import Person, Seer
from redaction.web.context import ShownForm, get_placements
from redaction.web.people import show_requests
from redaction.web.views import record_search, record_view

router = APIRouter()


@router.post("/find/search")
def search(person: Seer, form: ShownForm) -> HTMLResponse:
    """Show what is kept of a person. It is a form, because logs keep addresses and the contact is personal."""
    given = {name: str(form.get(name, "")).strip() for name in ("sought", "country")}
    problems = _find_problems(given)
    if problems:
        return show_requests(person, problems, given)
    try:
        found = search_person(get_placements(), given["sought"], given["country"] or None, person.name)
    except BadInput as error:
        return show_requests(person, {"sought": str(error)}, given)
    _record(person, found)
    return show_requests(person, given={"contact": given["sought"], **given}, found=found)


def _find_problems(given: dict[str, str]) -> dict[str, str]:
    if not given["sought"]:
        return {"sought": "Write the number or e-mail address of the person."}
    country = given["country"].upper()
    problem = find_country_problem(country) if country else None
    return {"country": f"{problem[:1].upper()}{problem[1:]}."} if problem else {}


def _record(person: Person, found: Search) -> None:
    counts: Counter[tuple[str, int]] = Counter()
    for one in found.kept:
        counts[one.placement, one.account.id] += one.activities
    for (placement, account_id), activities in counts.items():
        record_view(person, account_id, "search", activities, placement)
    if not counts:
        record_search(person, found.searched)
