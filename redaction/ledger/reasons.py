"""Reasons: what a person types is kept for good, so it may name a ticket and must not name anybody."""

from __future__ import annotations

import re
import unicodedata

from redaction.errors import BadInput

MOST_OF_REASON = 500
"""Characters that a reason may have."""
_ADDRESS = r"[^@\s]\s{0,3}@\s{0,3}[^@\s]|\([aA][tT]\)|\[[aA][tT]\]"
_NUMBER = r"(?:\d[^\dA-Za-z]{0,5}){7}"
_MAIL = re.compile(_ADDRESS)
_CONTACT = re.compile(f"{_ADDRESS}|{_NUMBER}")
REASON_PATTERN = rf"^(?![\s\S]*(?:{_ADDRESS}|{_NUMBER}))[\s\S]*\S"
"""What a reason looks like, for forms that check it before it is kept (JSON Schema, ECMA 262 and Python alike)."""


def check_reason(text: str) -> str:
    """Return a reason without the space around it; raises BadInput, without quoting it, if it may not be kept."""
    reason = " ".join(text.split())
    if not reason or len(reason) > MOST_OF_REASON or not reason.isprintable():
        raise BadInput(
            f"a reason has 1 to {MOST_OF_REASON} characters, none of them for control: say why, or name a ticket"
        )
    check_text(reason, "the reason")
    return reason


def check_text(text: str, what: str) -> None:
    """Raise BadInput, without quoting it, if a text holds something like a phone number or an e-mail address."""
    # Full width digits and signs are read as the plain ones.
    if _CONTACT.search(unicodedata.normalize("NFKC", text)):
        raise BadInput(f"{what} holds something like a phone number or an e-mail address: name a ticket instead")


def check_name(text: str, what: str) -> None:
    """Raise BadInput, without quoting it, if a name that may hold instants or counts holds an e-mail address."""
    if _MAIL.search(unicodedata.normalize("NFKC", text)):
        raise BadInput(f"{what} holds something like an e-mail address: choose another")
