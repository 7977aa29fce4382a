"""What networks send in the place of a number: nobody's. The list is `placeholders.tsv` of the source."""

from __future__ import annotations

import re

from redaction.mapping.folder import load_source

_NO_LETTER = re.compile(r"[\W\d_]+")
_ONE_DIGIT = re.compile(r"(?:1?0+|1?9+)")
"""All zeros or nines, also behind the 1 of North America."""
_ENDS = frozenset({"0", "00", "9", "99", "10", "19"})


def is_nobody(text: str, digits: str) -> bool:
    """Return whether a text, or the digits in it, stands for no number or user."""
    known = load_source().placeholders
    if not digits:
        return _NO_LETTER.sub("", text).casefold() in known
    if digits in known or digits.removeprefix("1") in known:
        return True
    # Nearly no number ends so, and to find that out costs little.
    return digits[-2:] in _ENDS and _ONE_DIGIT.fullmatch(digits) is not None
