"""Numbers as texts may have them: the digits that all spellings of a subscriber's number share. Pure.

`sql/schema/code/recognition.sql` does the same in the database, from the same tables; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from redaction.alphabet import CALLING_CODE, LONG_NUMBER, NUMBER_SPELLINGS, OLD_CODES, TRUNKS
from redaction.contacts.folding import Span
from redaction.contacts.remembered import Remembered

_INTERNATIONAL = re.compile(rf"(?:00|011)?0*({CALLING_CODE})?0*")
_NO_DIGIT = re.compile(r"[^0-9]")
_GROUP = re.compile(r"\\([0-9])")
_SPELLINGS = [(re.compile(rf"\+{number}"), _GROUP.sub(r"\\g<\1>", spelling)) for number, spelling in NUMBER_SPELLINGS]
_SPELLED = frozenset({"+54", "+55", "+22"})
"""How numbers begin that have further spellings: almost none does, and the test is cheap."""
_BETWEEN: Mapping[str, tuple[str, ...]] = {"52": ("1", "01", "044", "045"), "54": ("9", "90"), "55": ("0xx", "0 xx ")}
"""What people write between a country code and a number, or before the number, besides a zero."""
_OLD_CODE = re.compile(OLD_CODES)
_TRUNKS = dict(TRUNKS)
_NO_TRUNK = "(0)"
"""The prefix of calls within a country, as people write it next to the country code."""
_FEWEST_DIGITS = 7
_LAST = 6
"""The last digits of a number, which all its spellings share."""
_REMEMBERED = 10_000


class Number(NamedTuple):
    """A number prepared for the search: the digits that all its spellings end with, and what precedes them here."""

    core: str
    code: str
    rest: str

    @property
    def before(self) -> list[str]:
        """Return the possible prefixes of the core, the longest first."""
        codes = {self.code, "1"} if len(self.core) == 10 else {self.code}
        ends = [f"{trunk}{rest}" for trunk in ("", "0", *_BETWEEN.get(self.code, ())) for rest in (self.rest, "")]
        before = {f"{prefix}{code}{end}" for prefix in ("", "00", "011") for code in codes for end in ends}
        return sorted({*before, *ends}, key=len, reverse=True)

    def find_places(self, folded: str) -> Iterator[Span]:
        """Yield the positions of the number in a folded text, with what precedes it."""
        kept = [
            at
            for at, character in enumerate(folded)
            if character != " " or not (folded[at - 1 : at].isdecimal() and folded[at + 1 : at + 2].isdecimal())
        ]
        joined = "".join([folded[at] for at in kept])
        start = joined.find(self.core)
        while start >= 0:
            before = next(text for text in self.before if joined.endswith(text, 0, start))
            yield kept[start - len(before)], kept[start + len(self.core) - 1] + 1
            start = joined.find(self.core, start + 1)


def _read_numbers(text: str) -> tuple[Number, ...]:
    plain = text.strip().partition("@")[0]
    digits = _NO_DIGIT.sub("", plain)
    code = ""
    if plain.startswith("+") or digits.startswith(("00", "011")):
        match = _INTERNATIONAL.match(digits)
        code = (match and match[1]) or ""
        national = digits[match.end() :] if match else digits
    else:
        national = digits.lstrip("0")
        if len(national) == 11 and national[0] == "1":
            code, national = "1", national[1:]
    core, rest = national[-10:], national[:-10]
    if len(core) < _FEWEST_DIGITS or not core.strip("0"):
        return ()
    if text[:3] not in _SPELLED:
        return (Number(core, code, rest),)
    spelled = [found.expand(spelling) for each, spelling in _SPELLINGS if (found := each.fullmatch(text)) is not None]
    return Number(core, code, rest), *(Number(each, code, "") for each in spelled)


read_numbers = Remembered(_read_numbers, _REMEMBERED, lambda text: len(text) <= 100).__getitem__
"""Return a number prepared for the search, in each spelling with other digits; none with fewer than seven."""


def _read_digits(text: str) -> str:
    plain = text.strip().replace(_NO_TRUNK, "")
    digits = _NO_DIGIT.sub("", plain).lstrip("0")
    return "" if len(digits) < _FEWEST_DIGITS else f"+{digits}" if plain[:1] == "+" else digits


_digits = Remembered(_read_digits, _REMEMBERED, lambda text: len(text) <= 100)
"""The digits of a tracking number or an id, after a plus if it says its country; nothing for fewer than seven."""


def unread_key(number: str | None) -> tuple[str, ...]:
    """Return the digits of a number that is none by the plans of all countries, as `is_number_of` takes a contact's
    key; nothing if there are fewer than seven.
    """
    digits = _NO_DIGIT.sub("", number) if number else ""
    return (f"+{digits}",) if len(digits) >= _FEWEST_DIGITS else ()


def is_number_of(text: str, contacts: Iterable[str]) -> bool:
    """Say whether a tracking number or an id is a number of some contacts, in any spelling of the contact's country.

    It is with its country, or as the whole national number, and so is more digits with that number among them. A number
    of eight digits or fewer may be in another one by chance. A shorter end of a number is none: the id of somebody else
    ends like that.
    """
    digits = _digits[text]
    # Almost no activity's contact passes the first test.
    return any([key[-_LAST:] in digits and key[0] == "+" and _is_number_of(digits, key) for key in contacts])


def _is_number_of(digits: str, key: str) -> bool:
    plain, number = digits.removeprefix("+"), key[1:]
    spellings = read_numbers(key)
    if not spellings:
        return plain == number
    cores = [each.core for each in spellings]
    own = [core.lstrip("0") for core in cores]
    code = spellings[0].code
    if plain in (number, f"11{number}", *(f"{code}{core}" for core in cores)):
        return True
    if plain.startswith(code) and (
        plain.removeprefix(code).lstrip("0") == number.removeprefix(code).lstrip("0")
        or (_OLD_CODE.fullmatch(code) and any(each.core in cores for each in read_numbers(f"+{plain}")))
    ):
        return True
    if digits[0] == "+":
        # Only North America's numbers are all of one length: with more digits they are nobody else's.
        return (code == "1" and number in plain) or (len(plain) >= LONG_NUMBER and plain in own)
    return (
        any(core in plain if len(core) >= LONG_NUMBER else core == plain for core in own)
        or plain == f"{_TRUNKS.get(code, '')}{own[0]}"
        or (len(plain) >= len(own[0]) and number.endswith(plain))
    )
