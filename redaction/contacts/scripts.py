"""Names and texts in different scripts: a name in Cyrillic or Greek letters is also written in Latin ones. Pure.

`sql/schema/code/people.sql` does the same in the database; a test compares the two.
"""

from __future__ import annotations

import re

from redaction.alphabet import OTHER_SCRIPT, ROMANIZED, name_words
from redaction.contacts.folding import decode, fold, is_encoded
from redaction.contacts.remembered import Remembered

_OTHER = re.compile(f"[{OTHER_SCRIPT}]")
_LETTERS = re.compile("|".join(sorted(map(re.escape, ROMANIZED), key=len, reverse=True)))
_LATIN = re.compile("[a-z]{2,}")
_MOST_NAME = 1_000
_FEWEST = 2
"""Words of a full name."""


def is_other(text: str) -> bool:
    """Return whether a text, decoded or folded, has letters of a script that is also written in Latin letters."""
    return not text.isascii() and _OTHER.search(text) is not None


def _romanize(word: str) -> re.Pattern[str]:
    return re.compile(_LETTERS.sub(lambda found: f"(?:{ROMANIZED[found[0]]})", word))


_romanized = Remembered(_romanize, 10_000)
"""The patterns of folded words in Latin letters."""


def _is_other_name(name: str) -> bool:
    return is_other(decode(name) if is_encoded(name) else name)


is_in_other_script = Remembered(_is_other_name, 10_000, lambda name: len(name) <= _MOST_NAME).__getitem__
"""Return whether a name has letters of a script that is also written in Latin letters."""


def respell(name: str, words: str) -> str | None:
    """Return a name with its words as a text with these words has them in another script; None if it has not two.

    The first word of the text that may be a word of the name counts.
    """
    is_latin = not is_in_other_script(name)
    if is_latin and not is_other(words):
        return None
    parts = [word for word in fold(name).split() if len(word) > 1 and word not in name_words()]
    # Almost no text has the words of a name that is not Latin.
    if not is_latin and sum([_romanized[word].search(words) is not None for word in parts]) < _FEWEST:
        return None
    pool = [word for word in dict.fromkeys(words.split()) if not word.isascii() or _LATIN.fullmatch(word)]
    found, spelled = 0, []
    for word in fold(name).split():
        other = None
        if word in parts:
            other = next((each for each in pool if each != word and _is_same(word, each, is_latin)), None)
        found += other is not None
        spelled.append(other or word)
    return " ".join(spelled) if found >= _FEWEST else None


def _is_same(word: str, other: str, is_latin: bool) -> bool:
    """Return whether a word of a name is a word of a text in another script."""
    if is_latin:
        return _LATIN.fullmatch(word) is not None and _romanized[other].fullmatch(word) is not None
    return other.isascii() and _romanized[word].fullmatch(other) is not None
