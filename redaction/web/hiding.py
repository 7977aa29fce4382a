"""What people who may not see personal values are not shown of retained texts: what looks like a number or an address.

A source or label that holds a caller's number by mistake is retained; see `redaction.source.scrub`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from redaction.db.session import Row

HIDDEN = "[hidden]"
_CONTACT = re.compile(r"[^\s@]+@[^\s@]+|\+?\(?\d(?:[^\dA-Za-z]{0,3}\d){6,}")


def hide_contacts(rows: Sequence[Row], but_not: Collection[str]) -> list[Row]:
    """Return rows with what looks like a number or an e-mail address hidden in their texts, but for some columns."""
    return [
        {
            name: _CONTACT.sub(HIDDEN, value) if isinstance(value, str) and name not in but_not else value
            for name, value in row.items()
        }
        for row in rows
    ]
