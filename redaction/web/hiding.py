"""Whose number it is, as people are shown it who need not know all of it.

What looks like a number in a text is hidden by `redaction.reporting.hiding`.
"""

from __future__ import annotations

import re

_FEWEST = 7
"""Digits of a number of which the last four may be shown."""


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
