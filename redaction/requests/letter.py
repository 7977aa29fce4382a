"""What a person is told on paper: the summary in an export, the letter that answers a request. Counts, no values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from redaction.extras import needs
from redaction.placements.resolve import Placements
from redaction.requests.find import Found, find_person
from redaction.requests.records import PersonRequest, get_home, get_request, list_accounts_of
from redaction.resources import find_folder

_STAYS = (
    "The time, status, tracking number and source of each contact, and its way through our telephone menu, stay for "
    "our statistics. They do not tell who you are."
)
_BEFORE = "What was erased before your request has no number or address left, so it can no longer be told to be yours."


def render_letter(said: Mapping[str, Any]) -> bytes:
    """Return a letter as PDF; raises ExtraMissing without a typesetter."""
    with needs("certificates", "a letter as PDF"):
        import typst
    text = json.dumps(said, ensure_ascii=False)
    return bytes(typst.compile(find_folder("templates") / "letter.typ", format="pdf", sys_inputs={"letter": text}))


def say_summary(request: PersonRequest, found: Found, made_at: datetime) -> dict[str, Any]:
    """Return what the summary of an export says: how many activities of each kind, from when to when, who has them."""
    kinds: Counter[str] = Counter()
    for group in found.groups:
        if group.verdict != "already redacted":
            kinds[group.kind] += group.activities
    times = [at for group in found.groups for at in (group.first, group.last) if at is not None]
    facts = [
        ("Reference", request.reference),
        ("Received", _day(request.opened_at)),
        ("As of", _day(made_at)),
        *((f"{kind.capitalize()}s", f"{count:,}") for kind, count in sorted(kinds.items())),
        ("Recordings and other files", f"{sum(group.objects for group in found.groups):,}"),
        *([("First, last", f"{_day(min(times))}, {_day(max(times))}")] if times else []),
    ]
    sections = [("Where it is kept", _name_accounts(found)), *_recipients(found)]
    return {
        "title": "What we keep of you",
        "opening": [
            "The files beside this one hold all of it: activities.html for reading, activities.json for programs.",
            _BEFORE,
        ],
        "facts": facts,
        "sections": sections,
    }


def write_answer_letter(placements: Placements, request_id: int) -> bytes:
    """Return the letter that answers a request: what was erased, what stays and why. Raises BadInput if it is over."""
    request = get_request(placements, request_id)
    found = find_person(placements, request_id)
    accounts = list_accounts_of(get_home(placements), request_id)
    counts = found.counts
    kept = counts.get("erasable", 0) + counts.get("at the vendor", 0)
    facts = [
        ("Reference", request.reference),
        ("Received", _day(request.opened_at)),
        ("Answered", _day(request.answered_at) if request.answered_at else "not yet"),
        ("Erased", f"{sum(account.found.get('redacted', 0) for account in accounts):,} calls, texts, chats and forms"),
        ("Not erased: a legal duty keeps it", f"{counts.get('on hold', 0):,}"),
        *([("Not erased yet", f"{kept:,}")] if kept else []),
    ]
    stays = [_STAYS, _BEFORE]
    if counts.get("on hold"):
        stays.append("What a legal duty keeps is erased when that duty ends.")
    return render_letter(
        {
            "title": "The answer to your request",
            "opening": ["You asked us to erase what we keep of you." if request.kind != "access" else _BEFORE],
            "facts": facts,
            "sections": [("What stays, and why", stays), *_recipients(found)],
        }
    )


def _name_accounts(found: Found) -> list[str]:
    counted: Counter[str] = Counter()
    for group in found.groups:
        if group.verdict != "already redacted":
            counted[group.account or f"account {group.account_id}"] += group.activities
    return [f"{name}: {count:,}" for name, count in sorted(counted.items())] or ["nowhere"]


def _recipients(found: Found) -> Sequence[tuple[str, list[str]]]:
    names = sorted({name for given in found.recipients.values() for name in given})
    return [("Others who have received some of it", names)] if names else []


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
