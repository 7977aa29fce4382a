"""Reasons: what a person types is kept for good, so it may name a ticket and must not name anybody."""

from __future__ import annotations

import re

from redaction.errors import BadInput

_MOST = 500
_CONTACT = re.compile(r"[^@\s]@[^@\s]|(?:\d[^\dA-Za-z]{0,3}){7}")


def check_reason(text: str) -> str:
    """Return a reason without the space around it; raises BadInput, without quoting it, if it may not be kept."""
    reason = " ".join(text.split())
    if not reason or len(reason) > _MOST:
        raise BadInput(f"a reason has 1 to {_MOST} characters: say why, or name a ticket")
    if _CONTACT.search(reason):
        raise BadInput("the reason holds something like a phone number or an e-mail address: name a ticket instead")
    return reason
