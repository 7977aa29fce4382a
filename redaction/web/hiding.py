"""What people are not shown whole: what looks like a number or an address in retained texts, and whose number it is.

A source or label that holds a caller's number by mistake is retained; see `redaction.source.scrub`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from redaction.db.session import Row

HIDDEN = "[hidden]"
_CONTACT = re.compile(r"[^\s@]+@[^\s@]+|\+?\(?\d(?:[^\dA-Za-z]{0,3}\d){6,}")
_FEWEST = 7
"""Digits of a number of which the last four may be shown."""


def hide_contacts(rows: Sequence[Row], but_not: Collection[str]) -> list[Row]:
    """Return rows with what looks like a number or an e-mail address hidden in their texts, but for some columns."""
    return [
        {
            name: _CONTACT.sub(HIDDEN, value) if isinstance(value, str) and name not in but_not else value
            for name, value in row.items()
        }
        for row in rows
    ]


def mask_number(text: str | None) -> str:
    """Return by what a person knows a number or an address again without having all of it."""
    if not text:
        return "no number"
    if "@" in text:
        return f"•••@{text.rpartition('@')[2]}"
    digits = re.sub(r"\D", "", text)
    if not digits:
        return text
    if len(digits) < _FEWEST:
        return "•••"
    return f"{'+' if text.lstrip().startswith('+') else ''}{digits[:-7]} ••• {digits[-4:]}".strip()
