"""Masked numbers, for people who do not need to know all of a number.

`redaction.reporting.hiding` hides numbers in texts.
"""

from __future__ import annotations

import re

_FEWEST = 7
"""Digits of a number of which the last four may be shown."""


def mask_number(text: str | None) -> str:
    """Return the part of a number or an address by which a person can recognise it."""
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
