"""The fields of the forms for manual acts: for Airflow, and for clients of its API.

This module imports nothing heavy, because every parse of the DAGs imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redaction.ledger.reasons import MOST_OF_REASON, REASON_PATTERN
from redaction.settings import MOST_IDS

_ID = [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{1,18}$"}]
FORM: Mapping[str, Mapping[str, Any]] = {
    "account": {"type": "integer", "minimum": 1},
    # Without a `type` for its items, Airflow shows a box with one id a line instead of a JSON editor; it sends texts.
    "activity_ids": {"type": "array", "items": {"anyOf": _ID}, "minItems": 1, "maxItems": MOST_IDS},
    # Checked before Airflow stores the text for good: nothing like a number or an address.
    "reason": {"type": "string", "minLength": 1, "maxLength": MOST_OF_REASON, "pattern": REASON_PATTERN},
    "content": {"type": "boolean"},
    "past_from_contact": {"type": "boolean"},
    "acknowledged": {"type": "boolean", "const": True},
    "expect": {"type": ["null", "string"], "pattern": "^[0-9a-f]{64}$"},
}
"""The fields of a manual redaction in Airflow, each with its JSON Schema."""

RELEASE_FORM: Mapping[str, Mapping[str, Any]] = {
    "account": {"type": "integer", "minimum": 1},
    "hold": {"type": "integer", "minimum": 1},
}
"""The fields of the release of a hold in Airflow, each with its JSON Schema."""

CLOSE_FORM: Mapping[str, Mapping[str, Any]] = {"account": FORM["account"], "reason": FORM["reason"]}
"""The fields of the closing of an account in Airflow, each with its JSON Schema."""

ANSWER_FORM: Mapping[str, Mapping[str, Any]] = {
    "request": {"type": "integer", "minimum": 1},
    "answer": {"type": "string", "enum": ["export", "erasure"]},
    "acknowledged": {"type": "boolean"},
    "expect": {"type": ["null", "string"], "pattern": "^[0-9a-f]{64}$"},
}
"""The fields of the answer to a request in Airflow, each with its JSON Schema."""
