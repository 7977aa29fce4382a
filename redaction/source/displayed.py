"""Names next to a number or an e-mail address: `Jane Doe <jane@x.example>`, `(212) 555-0143 (Jane Doe)`. Pure."""

from __future__ import annotations

import re
from contextlib import suppress

import orjson

from redaction.alphabet import CONTACTS
from redaction.contacts.names import read_name
from redaction.contacts.values import leaves_of

_CONTACTS = re.compile(CONTACTS)
_AROUND = " \t\r\n\"'`()[]{}<>,;.-"
_BEGINS = "{["
"""The first letters of an object that is stored as its JSON."""


def names_next_to(text: str) -> list[str]:
    """Return the full names that a text, or JSON in it, has next to its numbers and addresses; almost always none."""
    if text[:1] in _BEGINS:
        with suppress(orjson.JSONDecodeError):
            return [name for each in leaves_of(orjson.loads(text)) for name in names_next_to(each)]
    if " " not in text.strip():
        return []
    name = _CONTACTS.sub(" ", text).strip(_AROUND)
    return [name] if name and read_name(name) is not None else []
