"""The door for retained text: what names the activity's own caller in it is replaced before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from redaction.contacts.numbers import national_digits
from redaction.contacts.remembered import Remembered

REDACTED = "[redacted]"
_SEPARATOR = re.compile(r"[\s).\-/_\u2010-\u2015]")
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Facts(NamedTuple):
    """What some retained texts may hold: the digits of those that may hold a number, an address, names."""

    digits: str
    mailed: bool
    folded: str


def _find_facts(texts: tuple[Any, ...]) -> Facts:
    found = [_facts[text] for text in texts if isinstance(text, str)]
    return Facts(
        " ".join([facts.digits for facts in found if facts.digits]),
        any([facts.mailed for facts in found]),
        "\n".join([facts.folded for facts in found]),
    )


def _find_facts_of_one(text: str) -> Facts:
    digits = re.sub("[^0-9]", "", text)
    return Facts(digits if len(digits) >= 7 else "", "@" in text, " ".join(text.casefold().split()))


_REMEMBERED = 10_000
_facts = Remembered(_find_facts_of_one, _REMEMBERED)
find_facts = Remembered(_find_facts, _REMEMBERED).__getitem__
"""Return the facts of some texts at once, ignoring what is no text; activities of an account share most texts."""


def _cut_number(text: str, digits: str) -> str:
    # Of the separators only "-", "(" and "+" are left: a pattern is made for every number, and these are cheap to make.
    pattern = re.compile(r"(?:\+?\(?[0-9]{1,3}[-(+]*)?\(?" + "[-(+]*".join(digits))
    for match in reversed(list(pattern.finditer(_SEPARATOR.sub("-", text)))):
        text = text[: match.start()] + REDACTED + text[match.end() :]
    return text


def _name_pattern(name: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(re.escape(word) for word in name.split()), re.IGNORECASE)


def _fold_name(name: str) -> str | None:
    words = name.casefold().split()
    full = len(words) >= 2 or (len(name) >= 2 and _SPACELESS.search(name) is not None)
    return " ".join(words) if full else None


fold_name = Remembered(_fold_name, _REMEMBERED).__getitem__
"""Return a caller's full name as it would stand in facts: two words, or two characters of a spaceless script."""


class Caller:
    """What an activity's own caller may be recognised by."""

    def __init__(self, numbers: Iterable[str] = (), emails: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        """Take numbers in any format, addresses and names; what is no full name is ignored."""
        self._numbers = {digits for number in numbers if (digits := national_digits(number)) is not None}
        self._emails = {address.strip() for address in emails if "@" in address}
        self._names = {name: low for name in names if (low := fold_name(name)) is not None}

    def scrub(self, text: str) -> str:
        """Return a retained text with every number, address and full name of this caller replaced by `[redacted]`.

        A text in which one is recognised, but not the letters that are it (`ss` for `ß`), is replaced as a whole.
        """
        facts = find_facts((text,))
        # Most texts hold the number of the business: no pattern is made for what is not there.
        for digits in self._numbers:
            if digits in facts.digits:
                text = _cut_number(text, digits)
        for address in self._emails if facts.mailed else ():
            text = re.sub(re.escape(address), REDACTED, text, flags=re.IGNORECASE)
            if address.casefold() in text.casefold():
                return REDACTED
        for name, low in self._names.items():
            if low in facts.folded:
                text = _name_pattern(name).sub(REDACTED, text)
                if low in find_facts((text,)).folded:
                    return REDACTED
        return text
