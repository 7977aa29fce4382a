"""Numbers and addresses cut out of a retained text, whoever's they are, once somebody has decided so. Pure.

`sql/schema/code/texts.sql` is the same in the database; a test holds both to each other.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from redaction.alphabet import ADDRESS, ANY_ADDRESS, INVISIBLE, NUMBER
from redaction.contacts.folding import decode, fold
from redaction.contacts.recognition import find_facts

REDACTED = "[redacted]"
"""What stands in a text in the place of what was cut out of it."""
_ADDRESS = re.compile(ADDRESS)
_ANY_ADDRESS = re.compile(ANY_ADDRESS)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_NO_DIGIT = re.compile(r"[^0-9]+")
_NUMBER = re.compile(NUMBER)
_KEY = 64


def digest_text(text: str, key: bytes) -> bytes:
    """Return the digest by which a decision on a text is kept: SHA-256, keyed by both halves of an account's keys."""
    inner = hashlib.sha256(key[:_KEY] + hashlib.sha256(text.encode()).digest()).digest()
    return hashlib.sha256(key[_KEY:] + inner).digest()


@dataclass(frozen=True, slots=True)
class Cuts:
    """The texts of an account that somebody has decided to cut, by their digests; a text is asked for with `in`."""

    key: bytes = b""
    digests: frozenset[bytes] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.digests)

    def __contains__(self, text: str) -> bool:
        return digest_text(text, self.key) in self.digests


NO_CUTS = Cuts()
"""Nothing is cut."""


def has_contact(text: str) -> bool:
    """Say whether a text holds seven digits together or an e-mail address, however they are written."""
    return bool(find_facts(text).digits) or _ANY_ADDRESS.search(unicodedata.normalize("NFKC", decode(text))) is not None


def cut_contacts(text: str) -> str:
    """Return a text without its numbers and addresses.

    One that has none, or whose digits are not all plain ones that stand where they are read, is cut as a whole.
    """
    cut = _NUMBER.sub(REDACTED, _ADDRESS.sub(REDACTED, text))
    plain = _NO_DIGIT.sub("", fold(text)) == _NO_DIGIT.sub("", text) and _INVISIBLE.search(text) is None
    return cut if plain and cut != text and not has_contact(cut) else REDACTED
