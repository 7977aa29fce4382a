"""The loader's check of retained text: what names the activity's own caller is replaced before the text is stored.

Card numbers and social security numbers of anybody are replaced too.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from redaction.alphabet import TWO_LETTERS, common_words
from redaction.contacts.cut import REDACTED
from redaction.contacts.recognition import Person, find_facts
from redaction.contacts.remembered import Remembered
from redaction.contacts.scripts import is_other
from redaction.source.inside import names_stored

__all__ = ["REDACTED", "Caller", "join_facts"]
_LEADING = "+("
_PAIRS = re.compile("|".join(set(TWO_LETTERS.values())))


class JoinedFacts(NamedTuple):
    """Facts about several texts, as `Facts` has for one, and whether any of them names a file or a key of a bucket."""

    words: str
    search: str
    """The words, with and without separators: a word of a name that is not in it is in no text."""
    digits: str
    mailed: bool
    documented: bool
    stored: bool
    two_letters: bool
    """Whether they have two letters that may stand for one."""
    in_other_script: bool
    """Whether they have letters that are also written in Latin ones."""
    is_quiet: bool
    """Whether only a number, and a name in its own spelling, may be in them."""


def _join_facts(texts: tuple[Any, ...]) -> JoinedFacts:
    held = [text for text in texts if isinstance(text, str)]
    found = list(map(find_facts, held))
    words = "\n".join([facts.words for facts in found])
    digits = "\n".join([facts.digits for facts in found if facts.digits])
    mailed = any([facts.mailed for facts in found])
    documented = any([facts.documents for facts in found])
    stored = any(map(names_stored, held))
    # Most pairs are in words that are nobody's name, such as `queue`.
    two_letters = _PAIRS.search(words) is not None and any(map(_PAIRS.search, set(words.split()) - common_words()))
    in_other_script = is_other(words)
    is_quiet = not (mailed or documented or stored or two_letters or in_other_script)
    search = f"{words}\n{words.replace(' ', '')}"
    return JoinedFacts(words, search, digits, mailed, documented, stored, two_letters, in_other_script, is_quiet)


join_facts = Remembered(_join_facts, 10_000).__getitem__
"""Return the facts of some texts together, ignoring what is no text; activities of an account share most texts."""


class Caller(Person):
    """An activity's own caller, of whom its retained texts must reveal nothing."""

    def scrub(self, text: str, keeps_names: bool = False) -> str:
        """Return a retained text with every number, address and full name of this caller replaced by `[redacted]`.

        With `keeps_names` it is the business's own text, in which a name alone cuts nothing. A text in which something
        is recognised but not located is replaced as a whole.
        """
        if not self.is_in(find_facts(text), keeps_names):
            return text
        cut = text
        for start, end in reversed(self.find(text, keeps_names)):
            while start and cut[start - 1] in _LEADING:
                start -= 1
            cut = cut[:start] + REDACTED + cut[end:]
        return REDACTED if cut == text or self.is_in(find_facts(cut), keeps_names) else cut
