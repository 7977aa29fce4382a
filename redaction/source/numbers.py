"""Numbers of records: the one rule for ids, whatever their JSON type. Pure."""

from __future__ import annotations

import re
from typing import Any

_BIGINT = 2**63
_EXACT = 2**53
"""Up to here each whole number is a float of its own."""
_WRITTEN = re.compile(r"[ \t]*([+-]?[0-9]{1,30})(?:\.0{1,30})?[ \t]*")


def whole_number(value: Any) -> int | None:
    """Return the integer that a value is: an integer, a whole float, or the digits of either as a text; else None.

    A text may have blanks around it, but none within. A number that no bigint holds is None, and so is a float above
    2**53, which stands for several integers.
    """
    kind = value.__class__
    if kind is int:
        number = value
    elif kind is float:
        if not -_EXACT <= value <= _EXACT or value != int(value):
            return None
        number = int(value)
    elif kind is str:
        found = _WRITTEN.fullmatch(value)
        if found is None:
            return None
        number = int(found[1])
    else:
        return None
    return number if -_BIGINT <= number < _BIGINT else None
