"""The door for retained text: what names the activity's own caller in it is replaced before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from redaction.source.numbers import national_digits

REDACTED = "[redacted]"
_GAP = r"[\s().\-/_\u2010-\u2015]*"
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@lru_cache(maxsize=10_000)
def _facts(text: str) -> tuple[str, bool, str]:
    """Return a text's digits if they may be a number, whether it may hold an address, and its lower case."""
    digits = re.sub("[^0-9]", "", text)
    return digits if len(digits) >= 7 else "", "@" in text, " ".join(text.casefold().split())


@lru_cache(maxsize=10_000)
def _number_pattern(digits: str) -> re.Pattern[str]:
    return re.compile(rf"(?:\+?\(?[0-9]{{1,3}}\)?{_GAP})?\(?" + _GAP.join(digits))


def _name_pattern(name: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(re.escape(word) for word in name.split()), re.IGNORECASE)


def _is_full(name: str) -> bool:
    """Say whether a text is a caller's full name: two words, or two characters of a script without spaces."""
    return len(name.split()) >= 2 or (len(name) >= 2 and _SPACELESS.search(name) is not None)


@dataclass
class Caller:
    """What an activity's own caller may be recognised by."""

    numbers: Sequence[str] = ()
    emails: Sequence[str] = ()
    names: Iterable[str] = ()
    _full: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._full = [(name, " ".join(name.casefold().split())) for name in self.names if _is_full(name)]

    def may_be_in(self, texts: Iterable[str]) -> bool:
        """Say whether `scrub` may change one of some texts; nearly none names its caller, so they are asked at once."""
        facts = [_facts(text) for text in texts]
        numeric = " ".join([digits for digits, _, _ in facts if digits])
        if numeric:
            for number in self.numbers:
                digits = national_digits(number)
                if digits is not None and digits in numeric:
                    return True
        if self.emails and any([mailed for _, mailed, _ in facts]):
            return True
        if self._full:
            folded = "\n".join([text for _, _, text in facts])
            return any(low in folded for _, low in self._full)
        return False

    def scrub(self, text: str) -> str:
        """Return a retained text with every number, address and full name of this caller replaced by `[redacted]`."""
        numeric, mailed, folded = _facts(text)
        if numeric:
            for number in self.numbers:
                digits = national_digits(number)
                # Most texts hold the number of the business: no pattern is made for what is not there.
                if digits is not None and digits in numeric:
                    text = _number_pattern(digits).sub(REDACTED, text)
        if mailed:
            for address in self.emails:
                if "@" in address:
                    text = re.sub(re.escape(address), REDACTED, text, flags=re.IGNORECASE)
        for name, low in self._full:
            if low in folded:
                text = _name_pattern(name).sub(REDACTED, text)
        return text
