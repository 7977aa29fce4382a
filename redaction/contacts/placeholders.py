"""What networks send in the place of a number: nobody's. The list is `placeholders.tsv`, each with its source."""

from __future__ import annotations

import re
from functools import cache

from redaction.resources import find_file

_NO_LETTER = re.compile(r"[\W\d_]+")
_ONE_DIGIT = re.compile(r"(?:1?0+|1?9+)")
"""All zeros or nines, also behind the 1 of North America."""
_ENDS = frozenset({"0", "00", "9", "99", "10", "19"})


def is_nobody(text: str, digits: str) -> bool:
    """Return whether a text, or the digits in it, stands for no number or user."""
    known = _placeholders()
    if not digits:
        return _NO_LETTER.sub("", text).casefold() in known
    if digits in known or digits.removeprefix("1") in known:
        return True
    # Nearly no number ends so, and to find that out costs little.
    return digits[-2:] in _ENDS and _ONE_DIGIT.fullmatch(digits) is not None


@cache
def _placeholders() -> frozenset[str]:
    """Return the names, without blanks, and their digits on a keypad where networks send these."""
    lines = find_file("contacts/placeholders.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return frozenset(word.replace(" ", "") for line in lines for word in line.split("\t")[:2]) - {"-"}
