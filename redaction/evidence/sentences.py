"""A ledger row as one sentence for people, and its facts in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from redaction.failures import explain
from redaction.ledger.entries import Entry, Kind
from redaction.objects.counts import describe_counts
from redaction.words import say_count, say_setting, say_value

Facts = Mapping[str, Any]
_LISTED = 10
_BY = {
    "automatic": "by the rule",
    "manual": "by hand",
    "source": "that the source had redacted",
    "closing": "to close the account",
    "replay": "after a restore",
}
_STAGES = {
    "begun": "Began to close the account",
    "closed": "Closed the account",
    "removed": "Removed what the closed account had kept",
}
_SCOPES = {"account": "the whole account", "contact": "a contact"}
_ASKED = {"opened": "Opened", "answered": "Answered", "closed": "Closed", "refused": "Refused"}


def _activities(number: Any) -> str:
    return say_count(int(number or 0), "activity", "activities")


def _say_redaction(facts: Facts) -> str:
    done, due = facts.get("stripped_count", 0), facts.get("due_count", 0)
    chosen = f", of {due:,} chosen" if due != done else ""
    taken = facts.get("recordings_taken")
    recordings = f", and took the recordings of {taken:,} others" if taken else ""
    return f"Redacted {_activities(done)} {_BY.get(facts.get('kind', ''), '')}".rstrip() + chosen + recordings


def _say_refusal(facts: Facts) -> str:
    words = explain(facts.get("failure"))
    why = words.sentence.partition(". ")[0].rstrip(".") if words else ""
    by = {"source": "of what the source had redacted"}.get(facts.get("kind", ""), _BY.get(facts.get("kind", ""), ""))
    said = f"Refused a run {by}".rstrip()
    return f"{said}: {why[:1].lower()}{why[1:]}" if why else said


def _say_hold(facts: Facts) -> str:
    on = _SCOPES.get(facts.get("scope", "")) or _activities(len(facts.get("ids") or ()))
    return f"Placed hold {facts.get('hold_id', '')} on {on}"


def _say_release(facts: Facts) -> str:
    number = facts.get("hold_id", "")
    return f"Hold {number} ended by itself" if facts.get("expired") else f"Released hold {number}"


def _say_approval(facts: Facts) -> str:
    what = "Approved" if facts.get("approved") else "Rejected"
    return f"{what} a run of {_activities(facts.get('due_count'))}"


def _say_delivery(facts: Facts) -> str:
    at = ", ".join(f"{say_count(n, 'record', 'records')} at {name}" for name, n in (facts.get("records") or {}).items())
    return f"Marked as erased: {at or 'nothing'}"


def _say_replay(facts: Facts) -> str:
    runs, rows = say_count(facts.get("runs", 0), "run", "runs"), say_count(facts.get("rows", 0), "row", "rows")
    return f"Redid {runs} after a restore: {_activities(facts.get('stripped'))} redacted, {rows} put back"


def _say_change(facts: Facts) -> str:
    if "taken_away" in facts:
        taken = facts["taken_away"]
        columns = ", ".join(name.replace("_", " ") for name in taken["columns"])
        number = say_count(len(taken["ids"]), "redacted activity", "redacted activities")
        return f"Took {columns} away from {number}"
    if "catalog" in facts:
        return f"Applied another catalog: {', '.join(facts.get('columns') or ()) or 'no column changed'}"
    before, after = facts.get("before") or {}, facts.get("after") or {}
    changes = "; ".join(
        f"{_lower(say_setting(name))}: {say_value(name, before.get(name))} → {say_value(name, after[name])}"
        for name in after
    )
    agency = f" (agency {facts['agency_id']})" if "agency_id" in facts else ""
    return f"Changed {changes or 'settings'}{agency}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _say_store(facts: Facts) -> str:
    what = "Removed" if facts.get("change") == "removed" else "Added"
    return f"{what} store {(facts.get('store') or {}).get('id', '')}".rstrip()


def _say_object(facts: Facts) -> str:
    if "place" in facts:
        return f"Marked as erased: {say_count(facts.get('ended', 0), 'object', 'objects')} at {facts['place']}"
    counts = facts.get("objects")
    return "Noted what became of objects" + (f": {describe_counts(counts)}" if counts else "")


def _say_request(facts: Facts) -> str:
    change = str(facts.get("change", ""))
    said = f"{_ASKED.get(change, change.capitalize() or 'Noted')} request {facts.get('request_id', '')} of a person"
    redacted = facts.get("redacted", 0)
    return f"{said}: {say_count(redacted, 'activity', 'activities')} redacted" if redacted else said


def _say_proposal(facts: Facts) -> str:
    what = {"release": f"release hold {facts.get('hold_id', '')}", "closing": "close the account"}.get(
        facts.get("of", ""), "end the rule of two people"
    )
    if facts.get("change") == "agreed":
        return f"Agreed to {what}"
    return f"Proposed to {what}; a second person decides"


def _say_text(facts: Facts) -> str:
    texts = say_count(facts.get("texts", 0), "text", "texts")
    if "cut" in facts:
        ids = {number for numbers in facts["cut"].values() for number in numbers}
        return f"Cut {texts} out of {_activities(len(ids))}"
    return f"Decided to {facts.get('decision', 'keep')} {texts}"


def _say_closing(facts: Facts) -> str:
    stage = facts.get("stage", "begun")
    said = _STAGES.get(stage, _STAGES["begun"])
    return f"{said}: {_activities(facts.get('activities'))}" if stage == "removed" else said


_SENTENCES: Mapping[Kind, Callable[[Facts], str]] = {
    "redaction": _say_redaction,
    "refusal": _say_refusal,
    "hold": _say_hold,
    "release": _say_release,
    "pause": lambda _: "Paused redaction",
    "resume": lambda _: "Ended the pause of redaction",
    "approval": _say_approval,
    "delivery": _say_delivery,
    "replay": _say_replay,
    "setting": _say_change,
    "departure": lambda facts: f"Moved the account to {facts.get('to', '?')}: {_activities(facts.get('activities'))}",
    "arrival": lambda facts: f"Took the account over from {facts.get('from', '?')}",
    "abandonment": lambda _: "Gave up a run",
    "store": _say_store,
    "object": _say_object,
    "request": _say_request,
    "proposal": _say_proposal,
    "text": _say_text,
    "closing": _say_closing,
}
KINDS: Mapping[Kind, str] = {
    "redaction": "Redaction",
    "refusal": "Refused run",
    "hold": "Hold placed",
    "release": "Hold released",
    "pause": "Pause",
    "resume": "End of a pause",
    "approval": "Answer to a run that waited",
    "delivery": "Erased at another system",
    "replay": "Redone after a restore",
    "setting": "Setting changed",
    "departure": "Account moved away",
    "arrival": "Account moved here",
    "abandonment": "Run given up",
    "store": "Store of recordings",
    "object": "Objects",
    "request": "Request of a person",
    "proposal": "Two people",
    "text": "Text decided on",
    "closing": "Account closed",
}
"""What each kind of row is called."""


def say_entry(entry: Entry) -> str:
    """Return a ledger row as one sentence; the page shows who and when next to it."""
    return _SENTENCES[entry.kind](entry.facts)


def describe_facts(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the facts of a row as name and value in words, long lists cut."""
    for name, value in entry.facts.items():
        yield name.replace("_", " ").capitalize(), _describe(value)


def _describe(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {_describe(inner)}" for name, inner in value.items()) or "–"
    if isinstance(value, list):
        more = len(value) - _LISTED
        return (", ".join(map(_describe, value[:_LISTED])) or "–") + (f" and {more:,} more" if more > 0 else "")
    if value in (None, ""):
        return "–"
    return _say_instant(str(value))


def _say_instant(text: str) -> str:
    if not (len(text) == 32 and text[10] == "T"):
        return text
    try:
        return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return text
