"""Every row of the ledger is one sentence for people, whatever its kind; none shows a Python value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from redaction.evidence.sentences import describe_facts, say_entry
from redaction.ledger.entries import Entry, Kind

SENTENCES: list[tuple[str, Mapping[str, Any], str]] = [
    (
        "redaction",
        {"kind": "automatic", "stripped_count": 3989, "due_count": 3989},
        "Redacted 3,989 activities by the rule",
    ),
    ("redaction", {"kind": "manual", "stripped_count": 1, "due_count": 2}, "Redacted 1 activity by hand, of 2 chosen"),
    (
        "redaction",
        {"kind": "source", "stripped_count": 2, "due_count": 2},
        "Redacted 2 activities that the source had redacted",
    ),
    (
        "redaction",
        {"kind": "closing", "stripped_count": 2, "due_count": 2},
        "Redacted 2 activities to close the account",
    ),
    (
        "redaction",
        {"kind": "automatic", "stripped_count": 0, "due_count": 0, "recordings_taken": 12},
        "Redacted 0 activities by the rule, and took the recordings of 12 others",
    ),
    ("refusal", {"kind": "manual", "failure": "Paused"}, "Refused a run by hand: redaction is paused"),
    (
        "refusal",
        {"kind": "automatic", "failure": "NotAllowed"},
        "Refused a run by the rule: a setting, a permission or a hold forbids what was asked",
    ),
    ("hold", {"hold_id": 3, "scope": "activity", "ids": [4, 5]}, "Placed hold 3 on 2 activities"),
    ("hold", {"hold_id": 3, "scope": "account", "ids": []}, "Placed hold 3 on the whole account"),
    ("hold", {"hold_id": 3, "scope": "contact", "ids": []}, "Placed hold 3 on a contact"),
    ("release", {"hold_id": 3}, "Released hold 3"),
    ("release", {"hold_id": 3, "expired": True}, "Hold 3 ended by itself"),
    ("pause", {}, "Paused redaction"),
    ("resume", {}, "Ended the pause of redaction"),
    ("approval", {"approved": True, "due_count": 319}, "Approved a run of 319 activities"),
    ("approval", {"approved": False, "due_count": 319}, "Rejected a run of 319 activities"),
    (
        "delivery",
        {"records": {"Salesforce": 3, "HubSpot": 1}},
        "Marked as erased: 3 records at Salesforce, 1 record at HubSpot",
    ),
    (
        "replay",
        {"rows": 4, "runs": 2, "stripped": 9},
        "Redid 2 runs after a restore: 9 activities redacted, 4 rows put back",
    ),
    (
        "setting",
        {
            "before": {"auto_redaction": "60", "timezone": "UTC"},
            "after": {"auto_redaction": "daily", "timezone": "UTC"},
        },
        "Changed automatic redaction: every 60 days → daily; time zone: UTC → UTC",
    ),
    (
        "setting",
        {"agency_id": 1, "before": {"allow_redaction": True}, "after": {"allow_redaction": False}},
        "Changed accounts may redact: on → off (agency 1)",
    ),
    ("setting", {"taken_away": {"columns": ["notes"], "ids": [1, 2]}}, "Took notes away from 2 redacted activities"),
    ("setting", {"catalog": "ab", "columns": {"notes": ["retained", "personal"]}}, "Applied another catalog: notes"),
    ("departure", {"to": "west", "activities": 5}, "Moved the account to west: 5 activities"),
    ("arrival", {"from": "east"}, "Took the account over from east"),
    ("abandonment", {"stripped_count": 3, "due_count": 9}, "Gave up a run"),
    ("store", {"change": "added", "store": {"id": 4}}, "Added store 4"),
    (
        "object",
        {"objects": {"deleted": 2, "remains": 1}},
        "Noted what became of objects: 2 deleted, 1 remain in a store",
    ),
    ("object", {"place": "app.example.com", "ended": 3}, "Marked as erased: 3 objects at app.example.com"),
    ("object", {"ended": 1}, "Noted what became of objects"),
    ("request", {"change": "opened", "request_id": 5}, "Opened request 5 of a person"),
    ("request", {"change": "answered", "request_id": 5}, "Answered request 5 of a person"),
    (
        "proposal",
        {"change": "proposed", "of": "release", "hold_id": 2, "proposal_id": 1},
        "Proposed to release hold 2; a second person decides",
    ),
    ("proposal", {"change": "agreed", "of": "setting", "proposal_id": 1}, "Agreed to end the rule of two people"),
    ("text", {"decision": "keep", "texts": 2, "activities": 0}, "Decided to keep 2 texts"),
    (
        "text",
        {"decision": "cut", "texts": 1, "cut": {"source": [1, 2], "tracking_label": [2]}},
        "Cut 1 text out of 2 activities",
    ),
    ("closing", {"stage": "begun"}, "Began to close the account"),
    ("closing", {"stage": "closed", "activities": 4}, "Closed the account"),
    ("closing", {"stage": "removed", "activities": 4}, "Removed what the closed account had kept: 4 activities"),
]


def _entry(kind: str, facts: Mapping[str, Any]) -> Entry:
    at = datetime(2026, 11, 28, 14, 5, tzinfo=UTC)
    about = {"position": 1, "account_id": 7, "run_id": 2, "actor": "eve", "reason": None}
    return Entry(**about, kind=kind, facts=facts, written_at=at, previous_hash="", hash="0" * 64)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "facts", "says"), SENTENCES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_row_is_a_sentence(kind: str, facts: Mapping[str, Any], says: str) -> None:
    assert say_entry(_entry(kind, facts)) == says


def test_every_kind_has_one_and_needs_no_fact() -> None:
    assert {kind for kind, _, _ in SENTENCES} == set(get_args(Kind))
    for kind in get_args(Kind):
        # A row of an older program may lack what a newer one has.
        assert say_entry(_entry(kind, {}))


def test_facts_are_said_without_python() -> None:
    facts = {
        "held": None,
        "ids": list(range(1, 31)),
        "by_kind": {"call": 2, "form": 1},
        "left_out": {},
        "approved": True,
        "level": "L1",
        "before": {"a": 1},
        "cutoff": "2026-11-28T14:05:00.000000+00:00",
    }
    said = dict(describe_facts(_entry("redaction", facts)))
    assert said["Ids"] == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 20 more"
    assert said["By kind"] == "call 2, form 1"
    assert (said["Held"], said["Left out"], said["Approved"]) == ("–", "–", "yes")
    assert said["Cutoff"] == "2026-11-28 14:05 UTC"
    assert not any(word in text for text in said.values() for word in ("None", "True", "{", "["))
