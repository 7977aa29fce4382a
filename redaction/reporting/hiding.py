"""Hide numbers and addresses in retained texts from people who may not see personal values.

A source or label that holds a caller's number by mistake is retained; see `redaction.source.scrub`. The views of schema
0021 hide the same.
"""

from __future__ import annotations

import re

HIDDEN = "[hidden]"
CONTACT = re.compile(r"[^\s@]+@[^\s@]+|\+?\(?\d(?:[^\dA-Za-z]{0,3}\d){6,}")
"""Text that looks like a number or an e-mail address."""


def hide_contacts(text: str) -> str:
    """Return a text in which numbers and e-mail addresses are hidden."""
    return CONTACT.sub(HIDDEN, text)
