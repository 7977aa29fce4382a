"""One record of the sample, with the field names and shapes that CallTrackingMetrics sends."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from redaction.demo import sample_text as words


@dataclass(frozen=True)
class AccountSpec:
    """An account of the sample, with the settings it is created with."""

    id: int
    agency_id: int
    name: str
    timezone: str
    auto_redaction: str | None = None
    retention_mode: str = "every"
    auto_redaction_since: date | None = None
    manual_redaction: bool = False
    caller_id_enabled: bool = True
    enhanced_caller_id_enabled: bool = True


@dataclass(frozen=True)
class Contact:
    """A person who calls, perhaps more than once."""

    name: str
    number: str
    email: str
    sid: str


def draw_contacts(chosen: random.Random, count: int) -> list[Contact]:
    """Return people with names in many scripts and numbers that are reserved for fiction."""
    found = []
    for number in range(count):
        if chosen.random() < 0.08:
            name = chosen.choice(words.OTHER_SCRIPTS)
        else:
            name = f"{chosen.choice(words.FIRST)} {chosen.choice(words.LAST)}"
        area = chosen.choice((212, 305, 415, 503, 512, 617, 720, 808, 907))
        line = f"+1{area}555{chosen.randrange(100, 200):04d}"
        found.append(
            Contact(
                name,
                line,
                f"contact{number}.{chosen.randrange(10**6)}@example.com",
                f"VIS{chosen.getrandbits(64):016X}",
            )
        )
    return found


def _national(number: str) -> str:
    return f"({number[2:5]}) {number[5:8]}-{number[8:]}"


def build_record(
    chosen: random.Random, account: AccountSpec, activity_id: int, at: datetime, contacts: Sequence[Contact]
) -> dict[str, Any]:
    """Return a record as the API gives it; `sample_kind` names its intended kind."""
    who = chosen.choice(contacts)
    draw = chosen.random()
    kind = "call" if draw < 0.8 else "text" if draw < 0.92 else "chat" if draw < 0.96 else "form"
    record = _common(chosen, account, activity_id, at, who)
    {"call": _call, "text": _text, "chat": _chat, "form": _form}[kind](chosen, record, who, at)
    record["sample_kind"] = kind
    return record


def _common(
    chosen: random.Random, account: AccountSpec, activity_id: int, at: datetime, who: Contact
) -> dict[str, Any]:
    local = at.astimezone(ZoneInfo(account.timezone))
    line = account.id * 10 % 90 + chosen.randrange(4)
    tracking = f"+1800555{100 + line:04d}"
    source = chosen.randrange(len(words.SOURCES))
    offset = local.strftime("%z")
    if chosen.random() < 0.7:
        called_at = local.strftime("%Y-%m-%d %I:%M %p ") + offset[:3] + ":" + offset[3:]
    else:
        called_at = local.isoformat()
    record: dict[str, Any] = {
        "id": activity_id,
        "sid": f"CA{activity_id:030d}",
        "account_id": account.id,
        "called_at": called_at,
        "source": words.SOURCES[source],
        "source_id": source + 1,
        "source_sid": f"TSO{source + 1:020d}",
        "tracking_number": tracking,
        "tracking_number_id": 9000 + line,
        "tracking_number_bare": tracking[2:],
        "tracking_number_format": _national(tracking),
        "tracking_label": f"Line {line} {_national(tracking)}" if line % 5 == 0 else f"Line {line}",
        "day": local.strftime("%A"),
        "month": local.strftime("%B"),
        "hour": local.strftime("%I %p"),
        "name": who.name,
        "redacted": False,
        "tag_list": chosen.sample(words.TAGS, chosen.choice((0, 0, 1, 1, 2))),
        "notes": chosen.choice(("", "", f"Asked for {who.name.split()[0]}'s file; call back tomorrow.")),
        "custom_fields": {
            "policy_number": f"P-{chosen.randrange(10**6):06d}",
            "existing_customer": chosen.random() < 0.5,
        },
    }
    if chosen.random() < 0.85:
        record["unix_time"] = int(at.astimezone(UTC).timestamp())
    if chosen.random() < 0.01:
        record["source"] = f"Call from {_national(who.number)}"
    elif chosen.random() < 0.01:
        record["tracking_label"] = f"Referred by {who.name}"
    return record


def _caller(chosen: random.Random, record: dict[str, Any], who: Contact) -> None:
    withheld = chosen.random() < 0.04
    number = chosen.choice(words.WITHHELD) if withheld else who.number
    if withheld:
        record["name"] = "Unknown"
    city, state = chosen.choice(words.CITIES)
    record |= {
        "caller_number": number if chosen.random() < 0.9 or withheld else _national(number),
        "caller_number_complete": number,
        "caller_number_format": number if withheld else _national(number),
        "caller_number_bare": number.lstrip("+1"),
        "contact_number": number,
        "cnam": record["name"].upper(),
        "city": city,
        "state": state,
        "country": "US",
        "postal_code": f"{chosen.randrange(10000, 99999)}",
    }


def _visit(chosen: random.Random, record: dict[str, Any], who: Contact) -> None:
    campaign = chosen.choice(words.CAMPAIGNS)
    record |= {
        "visitor": True,
        "visitor_sid": f"{who.sid}{chosen.randrange(3)}",
        "visitor_ip": f"192.0.2.{chosen.randrange(256)}",
        "referrer": "https://www.example.org/search",
        "location": f"https://business.example.com/{campaign}?gclid={chosen.getrandbits(80):020x}",
        "campaign": campaign,
        "medium": "cpc",
        "keyword": f"{campaign} near me",
        "ga": {"cid": f"{chosen.getrandbits(31)}.{chosen.getrandbits(31)}", "gclid": f"{chosen.getrandbits(80):020x}"},
        "paid": {"source": "google", "medium": "cpc", "campaign": campaign, "ad_group": "A"},
        "webvisit": {"browser": chosen.choice(words.BROWSERS), "device": "desktop", "mobile": "0", "score": 0.5},
        "touchpoints": [{"time": record["called_at"], "touch_type": "first", "source": "google", "position": "1"}],
    }


def _call(chosen: random.Random, record: dict[str, Any], who: Contact, at: datetime) -> None:
    _caller(chosen, record, who)
    status = chosen.choice(words.STATUSES)
    talk = chosen.randrange(5, 900)
    hops = chosen.sample(words.ROUTES, chosen.randrange(1, 5))
    record |= {
        "status": status,
        "call_status": "completed",
        "dial_status": status,
        "direction": "inbound",
        "duration": talk + 20,
        "talk_time": talk,
        "ring_time": chosen.randrange(1, 30),
        "hold_time": 0,
        "wait_time": chosen.randrange(0, 60),
        "is_new_caller": chosen.random() < 0.4,
        "call_path": [
            {
                "route_name": name,
                "route_id": 40 + place,
                "route_type": kind,
                "started_at": (at + timedelta(seconds=7 * place)).isoformat(),
            }
            for place, (name, kind) in enumerate(hops)
        ],
        "agent": {
            "id": f"USR{chosen.randrange(50):04d}",
            "name": chosen.choice(words.FIRST),
            "email": "agent@example.org",
        },
        "business_number": "+18005550199",
        "business_label": "Office",
        "legs": [{"sid": f"LEG{record['id']}", "from": who.number, "to": "+18005550199", "status": status}],
        "likelihood": round(chosen.random(), 3),
    }
    if chosen.random() < 0.3:
        lines = 300 if chosen.random() < 0.02 else chosen.randrange(4, 40)
        record["transcription_text"] = " ".join(chosen.choices(words.SENTENCES, k=lines))
        record["summary"] = f"{who.name} asks for an appointment."
    if chosen.random() < 0.3:
        first, _, last = who.name.partition(" ")
        record["extended_lookup_on"] = True
        record["extended_lookup"] = {
            "first_name": first,
            "last_name": last,
            "phone_type": "mobile",
            "city": record["city"],
        }
    if chosen.random() < 0.5:
        _visit(chosen, record, who)
    if chosen.random() < 0.2:
        record["email"] = who.email


def _text(chosen: random.Random, record: dict[str, Any], who: Contact, at: datetime) -> None:
    tracking = record.pop("tracking_number")
    city, state = chosen.choice(words.CITIES)
    record |= {
        "status": "received",
        "direction": "inbound",
        "body": chosen.choice(words.MESSAGES),
        "media": [f"https://media.example.com/{record['id']}.jpg"] if chosen.random() < 0.1 else [],
        "to_number": tracking,
        "from_number": who.number,
        "callerid": who.name,
        "from_city": city,
        "from_state": state,
        "from_country": "US",
        "tracking_source_id": record["source_id"],
    }


def _chat(chosen: random.Random, record: dict[str, Any], who: Contact, at: datetime) -> None:
    _visit(chosen, record, who)
    record |= {
        "status": "completed",
        "email": who.email,
        "chat_messages": [
            {"from": who.name if place % 2 else "agent", "body": line}
            for place, line in enumerate(chosen.choices(words.SENTENCES, k=chosen.randrange(2, 12)))
        ],
    }


def _form(chosen: random.Random, record: dict[str, Any], who: Contact, at: datetime) -> None:
    _visit(chosen, record, who)
    record |= {
        "status": "received",
        "form": {
            "form_id": 77,
            "form_name": "Contact us",
            "name": who.name,
            "email": who.email,
            "customer_number_to_dial": _national(who.number),
            "number_to_call": "+18005550199",
            "custom": [{"id": "message", "value": chosen.choice(words.SENTENCES)}],
        },
    }
