"""What a person may write into the forms of what is done by hand, for Airflow and for what stands before its API.

Imports nothing that a parse of the DAGs would have to wait for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redaction.ledger.reasons import MOST_OF_REASON, REASON_PATTERN
from redaction.settings import MOST_IDS

_ID = [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{1,18}$"}]
FORM: Mapping[str, Mapping[str, Any]] = {
    "account": {"type": "integer", "minimum": 1},
    # Without a `type` of its items Airflow's form has a box with an id a line, not an editor of JSON; it sends texts.
    "activity_ids": {"type": "array", "items": {"anyOf": _ID}, "minItems": 1, "maxItems": MOST_IDS},
    # Before Airflow keeps it for good: nothing like a number or an address.
    "reason": {"type": "string", "minLength": 1, "maxLength": MOST_OF_REASON, "pattern": REASON_PATTERN},
    "content": {"type": "boolean"},
    "past_from_contact": {"type": "boolean"},
    "acknowledged": {"type": "boolean", "const": True},
    "expect": {"type": ["null", "string"], "pattern": "^[0-9a-f]{64}$"},
}
"""The form by which a person asks Airflow for a manual redaction: all its fields, each with its JSON Schema."""

RELEASE_FORM: Mapping[str, Mapping[str, Any]] = {
    "account": {"type": "integer", "minimum": 1},
    "hold": {"type": "integer", "minimum": 1},
}
"""The form by which a person asks Airflow for the release of a hold: all its fields, each with its JSON Schema."""

ANSWER_FORM: Mapping[str, Mapping[str, Any]] = {
    "request": {"type": "integer", "minimum": 1},
    "answer": {"type": "string", "enum": ["export", "erasure"]},
    "acknowledged": {"type": "boolean"},
    "expect": {"type": ["null", "string"], "pattern": "^[0-9a-f]{64}$"},
}
"""The form by which a person has Airflow answer a request: all its fields, each with its JSON Schema."""
