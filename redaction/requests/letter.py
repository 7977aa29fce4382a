"""Letters to a person: the summary in an export, the reply to a request. Counts, no values."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from redaction.extras import needs
from redaction.objects.counts import LEFT
from redaction.placements.resolve import Placements
from redaction.requests.attachments import Attachments
from redaction.requests.find import Found, find_person
from redaction.requests.records import PersonRequest, get_home, get_request, list_accounts_of
from redaction.resources import find_folder

_STAYS = (
    "The time, status, tracking number and source of each contact, and its way through our telephone menu, stay for "
    "our statistics. They do not tell who you are."
)
_BEFORE = (
    "What was erased before your request has no number or address left, so we can no longer tell that it was yours."
)
_HELD = "A legal duty obliges us to keep some of it. When that duty has ended you may ask us again to erase it."
_INDEX = "The file files.json lists them; activities.json says where they are."
_WHAT = "calls, texts, chats and forms"
_ASKED = {
    "access": "You asked us what we keep of you. The files that we have given to you hold all of it.",
    "erasure": "You asked us to erase what we keep of you.",
    "both": "You asked us what we keep of you, and to erase it.",
}
_LEFT = {
    "elsewhere": "Recordings and other files that lie with another company, where we do not know them to be erased",
    "remains": "Recordings and other files that are not deleted yet, which we go on trying",
    "kept": "Recordings and other files that stay, since something that we must keep needs them",
    "given_up": "Recordings and other files that could not be deleted",
}


def render_letter(said: Mapping[str, Any]) -> bytes:
    """Return a letter as PDF; raises ExtraMissing without a typesetter."""
    with needs("certificates", "a letter as PDF"):
        import typst
    text = json.dumps(said, ensure_ascii=False)
    return bytes(typst.compile(find_folder("templates") / "letter.typ", format="pdf", sys_inputs={"letter": text}))


def say_summary(
    request: PersonRequest, found: Found, made_at: datetime, attached: Attachments | None = None
) -> dict[str, Any]:
    """Return the content of an export's summary: the number of activities of each kind, from when to when, who has
    them, and which objects are included as files.
    """
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
    if attached is not None and attached.index:
        facts.append(("Of these, files in this archive", f"{attached.files:,}, in the folder files"))
        if attached.left:
            left = [f"{why[:1].upper()}{why[1:]}: {count:,}." for why, count in sorted(attached.left.items())]
            sections.append(("Recordings and other files that are not in this archive", [*left, _INDEX]))
    return {
        "title": "What we keep of you",
        "opening": [
            "The other files of this archive hold all of it: activities.html for you, activities.json for programs.",
            _BEFORE,
        ],
        "facts": facts,
        "sections": sections,
    }


def write_answer_letter(placements: Placements, request_id: int) -> bytes:
    """Return the letter that replies to a request: what was given, what was erased, what stays and why.

    Raises BadInput if the request has ended, DatabaseBusy if a placement does not answer, because its part would be
    missing.
    """
    request = get_request(placements, request_id)
    found = find_person(placements, request_id)
    found.check_complete("no letter was written")
    return render_letter(
        {
            "title": "The answer to your request",
            "opening": [_ASKED[request.kind]],
            "facts": [
                ("Reference", request.reference),
                ("Received", _day(request.opened_at)),
                ("Answered", _day(request.answered_at) if request.answered_at else "not yet"),
                *(_say_given(placements, request) if request.kind != "erasure" else ()),
                *(_say_erased(placements, found) if request.kind != "access" else ()),
            ],
            "sections": [
                ("Where it is kept", _name_accounts(found))
                if request.kind == "access"
                else ("What stays, and why", _say_stays(placements, found)),
                *_recipients(found),
            ],
        }
    )


def _say_given(placements: Placements, request: PersonRequest) -> list[tuple[str, str]]:
    rows = get_home(placements).rows("list_exports", request_id=request.id)
    given = [row["activities"] for row in rows if row["fetched_at"] is not None]
    # A copy that was made after the erasure has less.
    return [("Given to you", f"{max(given):,} {_WHAT}" if given else "nothing yet")]


def _say_erased(placements: Placements, found: Found) -> Iterator[tuple[str, str]]:
    accounts = list_accounts_of(get_home(placements), found.request_id)
    counts = found.counts
    yield "Erased", f"{sum(account.found.get('redacted', 0) for account in accounts):,} {_WHAT}"
    yield "Not erased: a legal duty keeps it", f"{counts.get('on hold', 0):,}"
    if kept := counts.get("erasable", 0) + counts.get("at the vendor", 0):
        yield "Not erased yet", f"{kept:,}"


def _say_stays(placements: Placements, found: Found) -> list[str]:
    stays = [_STAYS, _BEFORE]
    if found.counts.get("on hold"):
        stays.append(_HELD)
    left = _count_objects_left(placements, found.request_id)
    return [*stays, *(f"{text}: {left[name]:,}." for name, text in _LEFT.items() if left[name])]


def _count_objects_left(placements: Placements, request_id: int) -> Counter[str]:
    """Return how many objects of erased activities are left, by outcome."""
    by_placement: dict[str, list[int]] = defaultdict(list)
    for account in list_accounts_of(get_home(placements), request_id):
        for runs in (account.runs, account.abandoned):
            for placement, ids in runs.items():
                if placement in placements.settings.all_placements:
                    by_placement[placement] += ids
    left: Counter[str] = Counter()
    for placement, ids in by_placement.items():
        for row in placements.at(placement).rows("objects_of_runs", run_ids=ids):
            left.update({name: row["objects"].get(name, 0) for name in LEFT})
            left["remains"] += row["untried"]
    return left


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
