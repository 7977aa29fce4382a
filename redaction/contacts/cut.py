"""Cut numbers and addresses out of a retained text, whosever they are, after a person has decided so. Pure.

`sql/schema/code/texts.sql` does the same in the database; a test compares the two.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from redaction.alphabet import ADDRESS, ANY_ADDRESS, INVISIBLE, NO_NUMBER, NUMBER
from redaction.contacts.folding import decode, fold
from redaction.contacts.recognition import find_facts

REDACTED = "[redacted]"
"""The replacement for what was cut out of a text."""
_ADDRESS = re.compile(ADDRESS)
_ANY_ADDRESS = re.compile(ANY_ADDRESS)
_ENCODED = re.compile(r"[%&\\]|=\?")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_NO_DIGIT = re.compile(r"[^0-9]+")
_NUMBER = re.compile(NUMBER)
_NO_NUMBER = re.compile(NO_NUMBER)
_KEY = 64


def key_digest(digest: bytes, key: bytes) -> bytes:
    """Return a digest, keyed by both halves of an account's keys (SHA-256): without them nobody can try texts."""
    return hashlib.sha256(key[_KEY:] + hashlib.sha256(key[:_KEY] + digest).digest()).digest()


def digest_text(text: str, key: bytes) -> bytes:
    """Return the digest that identifies a decision on a text of an account with these keys."""
    return key_digest(hashlib.sha256(text.encode()).digest(), key)


@dataclass(frozen=True, slots=True)
class Cuts:
    """The texts of an account that are to be cut, by their digests; `text in cuts` asks for one."""

    key: bytes = b""
    digests: frozenset[bytes] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.digests)

    def __contains__(self, text: str) -> bool:
        return digest_text(text, self.key) in self.digests


NO_CUTS = Cuts()
"""No text is cut."""


def has_contact(text: str) -> bool:
    """Say whether a text has seven digits together, other than a date, or an e-mail address, in any spelling."""
    if not _ENCODED.search(text):
        text = _NO_NUMBER.sub("x", text)
    return bool(find_facts(text).digits) or _ANY_ADDRESS.search(unicodedata.normalize("NFKC", decode(text))) is not None


def cut_contacts(text: str) -> str:
    """Return a text without its numbers and addresses.

    A text without any is cut as a whole, and so is a text with digits that are not plain or not in reading order.
    """
    cut = _NUMBER.sub(REDACTED, _ADDRESS.sub(REDACTED, text))
    plain = _NO_DIGIT.sub("", fold(text)) == _NO_DIGIT.sub("", text) and _INVISIBLE.search(text) is None
    return cut if plain and cut != text and not has_contact(cut) else REDACTED
