"""Texts that a system has damaged on the way: UTF-8 read as another encoding, letters as escapes of JSON. Pure.

`sql/schema/code/damaged.sql` does the same in the database; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.alphabet import DAMAGED

ROUNDS = 2
"""How many times a text that was damaged again is repaired."""
_DAMAGED = re.compile(DAMAGED)
_LATIN = 0x100


def is_damaged(text: str) -> bool:
    """Return whether a text may have damaged letters; almost no text has."""
    return (not text.isascii() or "\\u" in text) and _DAMAGED.search(text) is not None


def find_repairs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield each damaged letter of a text: where it begins and ends, and what it is. Unreadable ones stay."""
    for found in _DAMAGED.finditer(text):
        letter = _read(found[0])
        if letter is not None:
            yield found.start(), found.end(), letter


def _read(damaged: str) -> str | None:
    if damaged[0] == "\\":
        code = int(damaged[2:], 16)
        return chr(code) if 0 < code < 0xD800 or code >= 0xE000 else None
    try:
        return b"".join([each.encode("latin-1" if ord(each) < _LATIN else "cp1252") for each in damaged]).decode()
    except UnicodeDecodeError:
        return None


def repair(text: str) -> str | None:
    """Return a text without its damage; None for a text that has none, or that cannot be repaired."""
    whole = text
    for _ in range(ROUNDS):
        if not is_damaged(whole):
            break
        parts, last = [], 0
        for start, end, letter in find_repairs(whole):
            parts += [whole[last:start], letter]
            last = end
        whole = "".join([*parts, whole[last:]])
    return whole if whole != text else None
