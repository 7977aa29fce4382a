"""Several readings of one name: `Jane and John Doe` is Jane Doe, and John Doe; `Customer Jane Doe` is Jane Doe; `Jane
Smith-Jones` is Jane Smithjones. Pure.

`sql/schema/code/people.sql` does the same in the database; a test compares the two.
"""

from __future__ import annotations

import re

from redaction.alphabet import BETWEEN_PEOPLE, FULL_BEFORE_FULL, JOINT, name_labels, name_words
from redaction.contacts.folding import fold, is_spaceless
from redaction.contacts.names import read_name
from redaction.contacts.remembered import Remembered

_BETWEEN = re.compile(BETWEEN_PEOPLE, re.IGNORECASE)
_FULL_BEFORE_FULL = re.compile(FULL_BEFORE_FULL)
_JOINT = re.compile(JOINT)
_MOST = 8
_FEWEST_SPACES = 3
"""Spaces in two given names, the word between them and one family name."""


def has_several(text: str) -> bool:
    """Return whether a text may have several readings as a name; cheap, since it is called for every name."""
    letters = text.replace(" ", "")
    spaces = len(text) - len(letters)
    if spaces < _FEWEST_SPACES and letters.isalpha():
        return not (spaces < 2 and letters.isascii()) and _unlabelled[text] is not None
    return _JOINT.search(text) is not None or _is_divided(text) or _unlabelled[text] is not None


def _is_divided(text: str) -> bool:
    return _BETWEEN.search(text) is not None or _FULL_BEFORE_FULL.search(text) is not None


def split_people(text: str) -> list[str]:
    """Return the names of single people in a text with several of them, with and without hyphens and apostrophes.

    A person with one name only gets the family name of the others. A name with a label counts without it, too.
    """
    joined = _JOINT.sub("", text)
    # What stands between people is no part of a word: joined words are as divided as before.
    split = _split if _is_divided(text) else _split_label
    return split(text) if joined == text else [*split(text), joined, *split(joined)]


def _split_label(text: str) -> list[str]:
    plain = _unlabelled[text]
    return [] if plain is None else [text, plain]


def _split(text: str) -> list[str]:
    parts = [piece for part in _BETWEEN.split(text)[:_MOST] for piece in (part, *_by_comma(part))]
    whole = [part for part in dict.fromkeys(parts) if read_name(part) is not None]
    families = dict.fromkeys(filter(None, map(_family, whole)))
    single = [part for part in dict.fromkeys(parts) if part not in whole]
    unlabelled = [name for part in whole if (name := _unlabelled[part]) is not None]
    return whole + [f"{part} {family}" for part in single for family in families] + unlabelled


def _drop_labels(name: str) -> str | None:
    """Return the words of a name without the labels and titles before them; None if there is no label, or no full name
    left.
    """
    words = fold(name).split()
    at = labels = 0
    for word in words:
        is_label = word in name_labels() or (word.isascii() and word.isdecimal())
        if not (is_label or _tells_nothing(word)):
            break
        at += 1
        labels += is_label
    rest = " ".join(words[at:])
    if not labels or read_name(rest) is None:
        return None
    return rest if is_spaceless(rest) or len({word for word in words[at:] if not _tells_nothing(word)}) > 1 else None


_unlabelled: Remembered[str, str | None] = Remembered(_drop_labels, 10_000, lambda name: len(name) <= 1_000)


def _tells_nothing(word: str) -> bool:
    return len(word) == 1 or word in name_words()


def _by_comma(part: str) -> list[str]:
    return part.split(",")[:_MOST] if "," in part else []


def _family(name: str) -> str | None:
    words = [word for word in fold(name).split() if not _tells_nothing(word)]
    return (words[0] if "," in name else words[-1]) if words else None
