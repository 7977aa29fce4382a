"""Phone numbers as contacts are known by: E.164, or nothing for a withheld one."""

from __future__ import annotations

import re

import phonenumbers

from redaction.contacts.remembered import Remembered

_E164 = re.compile(r"\+[1-9][0-9]{7,14}\Z")
_NO_DIGIT = re.compile(r"[^0-9]+")
# What networks send in the place of a number that its owner withholds, digits on the keypad included (ANONYMOUS, ...).
_WITHHELD = frozenset({"266696687", "7378742833", "17378742833", "2562533", "8656696", "86282452253"})


_MOST = 100
"""Characters of the longest text that may be a number; a longer one is not remembered: it would fill the memory."""
_REMEMBERED = 100_000


def _is_short(text: str) -> bool:
    return len(text) <= _MOST


def _read(text: str, region: str = "US") -> str | None:
    if len(text) > _MOST:
        return None
    digits = _NO_DIGIT.sub("", text)
    if len(digits) < 7 or not digits.strip("0") or digits in _WITHHELD:
        return None
    if _E164.match(text):
        return text
    if region == "US" and "+" not in text and digits.isascii():
        # The North American plan without the library, which takes a hundred times as long.
        national = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
        if len(national) == 10 and national[0] > "1" and len(text) <= 20 and not any(map(str.isalpha, text)):
            return f"+1{national}"
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


to_e164 = Remembered(_read, _REMEMBERED, _is_short).__getitem__
"""Return a phone number in E.164, None if it is withheld, unknown, none at all, or far too long to be one."""


def _read_national(text: str) -> str | None:
    number = to_e164(text)
    if number is not None and number.startswith("+1") and len(number) == 12:
        digits = number[2:]
    elif number is not None:
        try:
            digits = phonenumbers.national_significant_number(phonenumbers.parse(number, None))
        except phonenumbers.NumberParseException:
            digits = number[-10:]
    else:
        digits = _NO_DIGIT.sub("", text)[-10:]
    return digits if len(digits) >= 7 and digits.strip("0") else None


national_digits = Remembered(_read_national, _REMEMBERED, _is_short).__getitem__
"""Return the digits that every way to write a number has in common; None if there are fewer than seven."""
