"""Texts that a system has damaged on the way: UTF-8 read as another encoding, letters as escapes of JSON. Pure.

Only the load uses it: strip and validation search for a name as the record has it.
"""

from __future__ import annotations

import json
import re

_DAMAGED = re.compile(
    # The first octet of a letter in UTF-8 and a further one, as Latin-1 or Windows-1252 read them; an escape of JSON.
    r"[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    r"|\\u[0-9A-Fa-f]{4}"
)
_ESCAPES = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")


def is_damaged(text: str) -> bool:
    """Return whether a text may have damaged letters; almost no text has."""
    return _DAMAGED.search(text) is not None


def damage(name: str) -> list[str]:
    """Return the damaged spellings of a name; none for a name of ASCII letters."""
    if name.isascii():
        return []
    octets = name.encode(errors="replace")
    return [octets.decode("latin-1"), "".join(map(_read_octet, octets)), json.dumps(name)]


def _read_octet(octet: int) -> str:
    """Return an octet as Windows-1252 reads it; an octet that has no letter there, as Latin-1 does."""
    return bytes((octet,)).decode("cp1252", "ignore") or chr(octet)


def repair(text: str) -> str | None:
    """Return a text without its damage; None for a text that has none, or that cannot be repaired."""
    if not is_damaged(text):
        return None
    try:
        whole = _ESCAPES.sub(lambda found: str(json.loads(f'"{found[0]}"')), text)
        octets = b"".join([each.encode("latin-1" if each < "\u0100" else "cp1252") for each in whole])
        whole = octets.decode()
    except UnicodeError:
        pass
    return whole if whole != text else None
