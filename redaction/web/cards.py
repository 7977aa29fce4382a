"""The content of an activity as cards: labels and words instead of JSON, times in the account's zone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from redaction.errors import BadAddress
from redaction.objects.addresses import parse_address
from redaction.objects.audio import can_play
from redaction.objects.stores import Store, find_store
from redaction.own_fields import OWN
from redaction.source.rules import load_rules
from redaction.words import say_time

Rows = list[tuple[str, str]]
_MOST = 200
"""Rows of a value that a page shows."""
_LABELS = {
    "caller_name": "Name",
    "caller_number": "Number",
    "caller_numbers": "",
    "caller_id": "Caller ID",
    "emails": "E-mail",
    "contact_key": "Known by",
    "contact_keys": "Also known by",
    "enhanced_caller_id": "",
    "tags": "Tags",
    "notes": "Notes",
}
"""The columns about a contact with their labels, in this order; "" if the value has its own labels."""
_CARDS = {"visitor": "Visitor", "form": "Form", "custom_fields": "Custom fields"}


@dataclass(frozen=True)
class Card:
    """A part of an activity: rows of label and value, then pairs of speaker and words, then long texts."""

    title: str
    rows: Rows = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Say whether it has no content."""
        return not (self.rows or self.said or self.texts)


def make_cards(personal: Mapping[str, str], zone: str, cut: int) -> list[Card]:
    """Return the cards of the personal values of an activity, by column; texts of `cut` characters were cut there."""
    values = {name: text if len(text) >= cut else _read(text) for name, text in personal.items()}
    contact: Rows = []
    for name, label in _LABELS.items():
        if name in values:
            contact += [(_join(label, inner), text) for inner, text in list_rows(values[name], zone)]
    cards = [Card("Contact", contact), _tell_conversation(values.get("message"), zone), _tell_speech(values, zone)]
    cards += [Card(title, *_split(values.get(name), zone)) for name, title in _CARDS.items()]
    more: Rows = []
    known = {*_LABELS, *_CARDS, "message", "transcription", "transcription_details", "recording_url"}
    for name in values.keys() - known:
        label = _label(name.removeprefix(OWN)) if name != "unlisted" else ""
        more += [(_join(label, inner), text) for inner, text in list_rows(values[name], zone)]
    return [card for card in [*cards, Card("More", sorted(more))] if not card.empty]


def _read(text: str) -> Any:
    """Return the value of a text that is JSON with several parts, else the text."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _split(value: Any, zone: str) -> tuple[Rows, list[tuple[str, str]], list[str]]:
    return ([], [], [value]) if isinstance(value, str) else (list_rows(value, zone), [], [])


def _tell_conversation(message: Any, zone: str) -> Card:
    if not isinstance(message, Mapping):
        return Card("Conversation", *_split(message, zone))
    chats = load_rules().chats_have
    lines = next((message[name] for name in chats if name in message), None)
    said = [
        (str(line.get("from") or ""), str(line.get("body") or ""))
        for line in (lines if isinstance(lines, list) else [])
        if isinstance(line, Mapping)
    ]
    if isinstance(message.get("body"), str):
        said.insert(0, ("", message["body"]))
    in_bubbles = {"body", *chats} if len(said) == len(lines or []) + isinstance(message.get("body"), str) else set()
    return Card(
        "Conversation", list_rows({key: one for key, one in message.items() if key not in in_bubbles}, zone), said
    )


def _tell_speech(values: Mapping[str, Any], zone: str) -> Card:
    text = values.get("transcription")
    rows = list_rows(values.get("transcription_details"), zone)
    return Card("Transcription", rows, [], [text] if isinstance(text, str) else [])


def list_rows(value: Any, zone: str) -> Rows:
    """Return a value as rows of label and text, at any depth, without empty parts; long lists are cut."""
    found = [(label, text) for label, text in _flatten(value, zone, "") if text]
    if len(found) <= _MOST:
        return found
    return [*found[:_MOST], ("", f"and {len(found) - _MOST:,} more")]


def _flatten(value: Any, zone: str, label: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flatten(one, zone, _join(label, _label(str(key))))
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        for place, one in enumerate(value, 1):
            if isinstance(one, Mapping) and set(one) == {"id", "value"}:
                # A question of a form, with its answer.
                yield from _flatten(one["value"], zone, _label(str(one["id"])))
            else:
                yield from _flatten(one, zone, f"{label} {place}".strip())
    elif isinstance(value, list):
        yield label, ", ".join(filter(None, (_say(one, zone) for one in value)))
    else:
        yield label, _say(value, zone)


def _say(value: Any, zone: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and "T" in value[10:11]:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value
        return say_time(at, zone) if at.tzinfo else value
    return str(value)


def _label(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _join(outer: str, inner: str) -> str:
    return " · ".join(filter(None, (outer, inner)))


def tell_flow(path: Any) -> str:
    """Return the routes of a call in order, each with its type."""
    hops = path if isinstance(path, list) else []
    return " → ".join(_tell_route(hop) for hop in hops if isinstance(hop, Mapping))


def _tell_route(hop: Mapping[str, Any]) -> str:
    name, kind = (str(hop.get(key) or "") for key in ("route_name", "route_type"))
    return f"{name or '–'} ({kind.replace('_', ' ')})" if kind else name or "–"


@dataclass(frozen=True)
class Recording:
    """The place of a recording: its address, whether a browser opens it, the name of its store (None outside all),
    and whether it can be played here.
    """

    address: str
    opens: bool
    store: str | None
    plays: bool = False


def find_recording(text: str, stores: Sequence[Store]) -> Recording:
    """Return the place of an activity's recording; an invalid address is outside every store."""
    try:
        address = parse_address(text)
    except BadAddress:
        return Recording(text, False, None)
    store = find_store(stores, address)
    return Recording(text, address.scheme == "https", store.name if store else None, can_play(store, address))
