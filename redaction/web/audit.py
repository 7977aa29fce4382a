"""The evidence pack of a period, for an auditor without a login: chosen on a page, streamed as a download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from redaction.accounts.accounts import Account
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.evidence.keys import fingerprint, signing_key
from redaction.evidence.pack import write_pack
from redaction.evidence.pack_scope import PackScope, list_elsewhere, list_in_scope
from redaction.web.access import Person, Seer, administers
from redaction.web.context import get_deployment, get_placements, show

router = APIRouter()

_WITHHELD = (
    "A pack has the reasons that people gave, and is signed whole. So only people who administer every account in it "
    "may download it: choose an account of yours, or ask an administrator of all of them."
)
_NO_DAY = "Write a day such as 2026-03-01."
_NO_ID = "Write the id as a number."
_Text = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True)
class Chosen:
    """A choice, as it was written, and its meaning; `problems` says what is wrong with each field."""

    since: str
    until: str
    account: str
    agency: str
    scope: PackScope | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Return the choice as the query of an address."""
        return urlencode(
            {name: value for name in ("since", "until", "account", "agency") if (value := vars(self)[name])}
        )


def read_chosen(since: _Text = "", until: _Text = "", account: _Text = "", agency: _Text = "") -> Chosen:
    """Return the choice of an address; an empty one without a first day."""
    chosen = Chosen(since.strip(), until.strip(), account.strip(), agency.strip())
    if not chosen.since:
        return chosen
    days = {name: _read_day(text) for name, text in (("since", chosen.since), ("until", chosen.until)) if text}
    ids = {name: _read_id(text) for name, text in (("account", chosen.account), ("agency", chosen.agency)) if text}
    problems = {name: _NO_DAY for name, day in days.items() if day is None}
    problems |= {name: _NO_ID for name, given in ids.items() if given is None}
    if not problems and len(ids) == 2:
        problems["agency"] = "Choose an account or an agency, not both."
    first, last = days["since"], days.get("until", datetime.now(UTC).date())
    if problems or first is None or last is None:
        return replace(chosen, problems=problems)
    return replace(chosen, scope=PackScope(first, last, ids.get("account"), ids.get("agency")))


Choice = Annotated[Chosen, Depends(read_chosen)]


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _read_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


@router.get("/audit")
def see_pack(person: Seer, chosen: Choice) -> HTMLResponse:
    """Show the content of a pack, and, once a period is chosen, the download link."""
    deployment = _find_deployment(chosen)
    accounts: list[Account] = []
    problem, key = "", ""
    try:
        key = fingerprint(signing_key(deployment.settings).public_key())
    except BadInput as error:
        problem = str(error)
    if chosen.scope is not None:
        try:
            accounts = list_in_scope(deployment, chosen.scope)
        except BadInput as error:
            if field := error.subject or ("account" if chosen.account else ""):
                chosen = replace(chosen, problems={str(field): str(error)})
            else:
                problem = str(error)
    return show(
        "audit.html",
        person.name,
        400 if chosen.problems or (chosen.since and problem and key) else 200,
        chosen=chosen,
        accounts=accounts,
        placement_of_pack=deployment.placement,
        others=_list_others(chosen, deployment),
        allowed=bool(accounts) and _may_download(person, deployment, accounts),
        withheld=_WITHHELD,
        problem=problem,
        key=key,
        presets=_list_presets(datetime.now(UTC).date()),
    )


@router.get("/audit/pack.zip")
def download_pack(person: Seer, chosen: Choice) -> Response:
    """Stream the pack. It has reasons in it, so only administrators of all its accounts may download it."""
    if chosen.scope is None:
        raise HTTPException(400, " ".join(chosen.problems.values()) or "Choose a period.")
    deployment = _find_deployment(chosen)
    key = signing_key(deployment.settings)
    try:
        accounts = list_in_scope(deployment, chosen.scope)
    except BadInput as error:
        raise HTTPException(400, str(error)) from None
    if not _may_download(person, deployment, accounts):
        raise HTTPException(403, _WITHHELD)
    about = chosen.scope.describe().replace(" ", "-")
    name = f"evidence-{about}-{chosen.scope.since}-{chosen.scope.until}.zip"
    return StreamingResponse(
        write_pack(deployment, chosen.scope, key, list_elsewhere(get_placements(), deployment.placement, chosen.scope)),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _list_others(chosen: Chosen, deployment: Deployment) -> list[str]:
    """Return the placements that a pack of an agency, or of all, leaves out."""
    if chosen.account:
        return []
    return [name for name in get_placements().names if name != deployment.placement]


def _find_deployment(chosen: Chosen) -> Deployment:
    """Return the deployment of the chosen account, at whichever placement; else that of the address."""
    if chosen.scope is None or chosen.scope.account_id is None:
        return get_deployment()
    return get_placements().of(chosen.scope.account_id, allow_restored=True)


def _may_download(person: Person, deployment: Deployment, accounts: list[Account]) -> bool:
    return administers(person, deployment.database, [account.id for account in accounts])


def _list_presets(today: date) -> list[tuple[str, date, date]]:
    """Return common periods: their name, first and last day."""
    first = today.replace(day=1)
    last_month = first - timedelta(days=1)
    quarter = first.replace(month=(first.month - 1) // 3 * 3 + 1)
    last_quarter = quarter - timedelta(days=1)
    return [
        ("This month", first, today),
        ("Last month", last_month.replace(day=1), last_month),
        ("Last quarter", last_quarter.replace(month=last_quarter.month - 2, day=1), last_quarter),
        ("This year", today.replace(month=1, day=1), today),
    ]
