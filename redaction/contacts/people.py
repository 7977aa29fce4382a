"""Several people in one name: `Jane and John Doe` is Jane Doe, and John Doe. Pure.

`sql/schema/code/people.sql` does the same in the database; a test compares the two.
"""

from __future__ import annotations

import re

from redaction.alphabet import BETWEEN_PEOPLE, FULL_BEFORE_FULL, name_words
from redaction.contacts.folding import fold
from redaction.contacts.names import read_name

_BETWEEN = re.compile(BETWEEN_PEOPLE, re.IGNORECASE)
_FULL_BEFORE_FULL = re.compile(FULL_BEFORE_FULL)
_MOST = 8
_FEWEST_SPACES = 3
"""Spaces in two given names, the word between them and one family name."""


def has_several(text: str) -> bool:
    """Return whether a text may name several people; cheap, since it is called for every name."""
    letters = text.replace(" ", "")
    if letters.isalpha() and len(text) - len(letters) < _FEWEST_SPACES:
        return False
    return _BETWEEN.search(text) is not None or _FULL_BEFORE_FULL.search(text) is not None


def split_people(text: str) -> list[str]:
    """Return the names of single people in a text with several of them.

    A person with one name only gets the family name of the others.
    """
    parts = [piece for part in _BETWEEN.split(text)[:_MOST] for piece in (part, *_by_comma(part))]
    whole = [part for part in dict.fromkeys(parts) if read_name(part) is not None]
    families = dict.fromkeys(filter(None, map(_family, whole)))
    single = [part for part in dict.fromkeys(parts) if part not in whole]
    return whole + [f"{part} {family}" for part in single for family in families]


def _by_comma(part: str) -> list[str]:
    return part.split(",")[:_MOST] if "," in part else []


def _family(name: str) -> str | None:
    words = [word for word in fold(name).split() if len(word) > 1 and word not in name_words()]
    return (words[0] if "," in name else words[-1]) if words else None
