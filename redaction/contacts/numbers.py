"""Phone numbers in the form that identifies a contact: E.164, one spelling a subscriber, None for withheld ones.

A number without its country is read as one of the caller's country. It must be valid in the plan of its country
(`phonenumbers`, the metadata of libphonenumber), not only of a possible length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from redaction.alphabet import MADE_UP
from redaction.contacts.countries import OTHERWISE
from redaction.contacts.folding import decode
from redaction.contacts.placeholders import is_made_up, is_nobody
from redaction.contacts.remembered import Remembered

MOST = 100
"""Longest text that may be a number (characters); a longer one is not cached, because it would fill the memory."""
_REMEMBERED = 100_000
_NO_DIGIT = re.compile(r"[^0-9]+")
_PLAIN = re.compile(r"[\s()./\u2010-\u2015-]*[0-9][0-9\s()./\u2010-\u2015-]*", re.ASCII)
"""Digits with the separators that people use, and nothing that needs the library."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PLUSSED = re.compile(r"\s*\+([0-9\s()./\u2010-\u2015-]+)", re.ASCII)
_TWICE = re.compile(r"\A\s*\+[0-9]{1,3}\s*\+", re.ASCII)
_SERVICE = re.compile(r"\A\s*\*[0-9]{2}[\s-]*(?=[0-9+(])", re.ASCII)
"""A code that is dialled before a number, such as *67 for a withheld one."""
_CONTEXT = re.compile(r"(?<=[0-9]);phone-context=[^;]*", re.IGNORECASE)
_OTHER_SEPARATORS = re.compile("[\t'`_\u00b7\u2018\u2019\u2022\u2219\u30fb\u301c]")
_DIGIT = re.compile(r"\d")
_NO_TRUNK = re.compile(r"\(0\)\s*")
"""The prefix of calls within a country, as people write it also where there is none."""
_DIALLED_AFTER = re.compile(r"[;,]\s*(?:tel:)?[+(]?[0-9][0-9\s().-]{5,}[0-9]")
"""A second number: the library takes it for an extension that a pause separates."""
_UNUSUAL = re.compile(r"[%eE#*]|[0-9],[0-9]{3},|\.0+\s*\Z|\A\s*\+[0-9]{1,3}\s*\+")
"""What numbers that people write never, or almost never, contain."""
SCHEME = re.compile(r"\A(?:tel|callto|whatsapp|sms|smsto|rcs|viber):(?://)?", re.IGNORECASE)
"""What a number of a client or of a link begins with."""
_DECIMAL = re.compile(r"\s*(\+?[0-9]{7,})\.0+\s*", re.ASCII)
"""A whole number that a spreadsheet has turned into a fraction."""
_SCIENTIFIC = re.compile(r"\s*\+?([0-9])\.([0-9]+)[eE]\+?([0-9]{1,2})\s*", re.ASCII)
_GROUPED = re.compile(r"\s*\+?[0-9]{1,3}(?:,[0-9]{3}){3,4}\s*", re.ASCII)
"""A whole number with the commas of a spreadsheet."""
_LABELLED = re.compile(
    r"(\s*\+?\(?[0-9][0-9\s()./\u2010-\u2015-]{5,}[0-9])(?:\s*[(\[,;:\u2010-\u2015-]\s*|\s+)[^\W\d_][^0-9+]*(?:[0-9]{1,2}[^0-9+]*)?"
)
"""A number and words about it, among them no further number."""
_KEYED = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[0-9.-]*[A-Z]{1,2}[0-9.-]*")
"""A number of North America with one or two letters of its keys, in its groups: the library reads three or more."""
_LIKE_DIGITS = frozenset("BILOQSZ")
_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan"),
    "voicemail",
)
_UNIFIED: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    # Mexico dropped the 1 of mobiles in 2019; Argentina writes a 9 for mobiles from abroad only; Brazil put a 9 before
    # the eight digits of mobiles, which begin with 6 to 9, from 2012 to 2016. Ivory Coast put the two digits of the
    # operator before mobiles in 2021, Benin 01 before all numbers in 2024.
    "52": ((re.compile(r"\+521([0-9]{10})"), r"+52\1"),),
    "54": ((re.compile(r"\+549([0-9]{10})"), r"+54\1"),),
    "55": ((re.compile(r"\+55([1-9][0-9])([6-9][0-9]{7})"), r"+55\g<1>9\2"),),
    "225": tuple(
        (re.compile(rf"\+225([04-9][{second}][0-9]{{6}})"), rf"+225{operator}\1")
        for operator, second in (("01", "0-3"), ("05", "4-6"), ("07", "7-9"))
    ),
    "229": ((re.compile(r"\+229([0-9]{8})"), r"+22901\1"),),
}
"""For each country code: old ways to write a subscriber's number, each with the current one."""
_FORMER_TRUNKS: Mapping[str, tuple[str, ...]] = {"MX": ("01", "044", "045"), "PL": ("0",)}
"""Prefixes that people still dial although the plan has dropped them (Mexico, 2019; Poland, 2009)."""
_NORTH_AMERICA = frozenset(COUNTRY_CODE_TO_REGION_CODE[1])
_CODES = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))
_CODE_OF = {
    head: next((head[:end] for end in (1, 2, 3) if head[:end] in _CODES), "")
    for head in map("{:03}".format, range(1000))
}
"""The country code by the first three digits of a number."""


def number_text(value: object) -> str | None:
    """Return a JSON value as a text that may be a number: a text, an integer, a whole float; else None."""
    if value.__class__ is str:
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


@cache
def numbers_of(country: str) -> Mapping[str, str | None]:
    """Return a mapping from texts to numbers in E.164, as a country (ISO 3166-1) reads them, one a subscriber.

    None for a text that is withheld, unknown, made up, invalid, far too long, or no number. Results are cached.
    """
    read_line = _reader(country)
    code = f"+{phonenumbers.country_code_for_region(country)}"
    trunk = (phonenumbers.ndd_prefix_for_region(country, True) or "").removeprefix("1")

    def read(text: str) -> str | None:
        found = read_line(text)
        if found is None and len(text) <= MOST and (plussed := _PLUSSED.fullmatch(text)) is not None:
            # Some put a plus before any number. As people of this country write it, it is theirs.
            digits = _NO_DIGIT.sub("", text)
            if digits.startswith(trunk) and not digits.startswith(code[1:]) and not is_nobody(text, digits):
                found = read_line(plussed[1])
                found = found if found is not None and found.startswith(code) else None
        return None if found is not None and found.endswith(MADE_UP) else found

    return Remembered(read, _REMEMBERED, lambda text: len(text) <= MOST)


@cache
def full_numbers() -> Mapping[str, str | None]:
    """Return the same mapping for numbers that have their country code."""
    numbers = numbers_of(OTHERWISE)
    return Remembered(lambda text: numbers[text] if _reader(OTHERWISE)(text) else None, _REMEMBERED)


def line_key(number: str, country: str) -> str:
    """Return the common part of the spellings of a business number: E.164, else its digits, else the text."""
    found = numbers_of(country)[number]
    if found is None:
        digits = _NO_DIGIT.sub("", number)
        # A business may have a number that a person would make up.
        return (_reader(country)(number) if is_made_up(digits) else None) or digits or number
    return found


def country_of_number(number: str) -> str:
    """Return the country (ISO 3166-1) of the country code of a number in E.164, the main one if several share it."""
    code = _CODE_OF.get(number[1:4])
    return COUNTRY_CODE_TO_REGION_CODE[int(code)][0] if code else OTHERWISE


def _valid(number: str) -> str | None:
    """Return a number in E.164 in its one spelling, if it is valid in that spelling or as it is."""
    code = _CODE_OF.get(number[1:4])
    if not code:
        return None
    one = number
    if code in _UNIFIED:
        for spelled, as_one in _UNIFIED[code]:
            one = match.expand(as_one) if (match := spelled.fullmatch(number)) is not None else one
    is_valid = _plan(code)
    begin = 1 + len(code)
    return one if is_valid(one[begin:]) or (one is not number and is_valid(number[begin:])) else None


@cache
def _plan(code: str) -> Callable[[str], object]:
    """Return a function that says whether a national number of a country code is valid.

    It asks the metadata of all regions at once, as the library does, in a hundredth of the time.
    """
    found = []
    for region in COUNTRY_CODE_TO_REGION_CODE[int(code)]:
        if region == "001":
            data = PhoneMetadata.metadata_for_nongeo_region(int(code))
        else:
            data = PhoneMetadata.metadata_for_region(region, None)
        general = None if data is None else data.general_desc
        if general is not None:
            kinds = [kind.national_number_pattern for name in _KINDS if (kind := getattr(data, name)) is not None]
            found.append(rf"(?=(?:{general.national_number_pattern})\Z)(?:{'|'.join(filter(None, kinds))})")
    return re.compile("|".join(f"(?:{each})" for each in found)).fullmatch


@cache
def _reader(country: str) -> Callable[[str], str | None]:
    data = PhoneMetadata.metadata_for_region(country, None)
    assert data is not None, country
    code = str(data.country_code)
    _plan(code)
    mobile = re.compile(data.mobile.national_number_pattern or "(?!)" if data.mobile is not None else "(?!)")
    plain = data.national_prefix_transform_rule is None
    before = ("", data.national_prefix or "", code, *_FORMER_TRUNKS.get(country, ()))

    def read(text: str) -> str | None:
        if len(text) > MOST:
            return None
        if _E164.fullmatch(text) is not None:
            digits = text[1:]
            if not is_nobody(text, digits) and (found := _valid(text)) is not None:
                return found
        else:
            if not text.isascii():
                text = _DIGIT.sub(lambda found: str(int(found[0])), unicodedata.normalize("NFKC", text))
            if _UNUSUAL.search(text):
                text = _as_meant(text)
            digits = _NO_DIGIT.sub("", text)
        if is_nobody(text, digits):
            return None
        if plain and _PLAIN.fullmatch(text) is not None:
            # A trunk prefix or the country's own code may precede it. The library decides between several readings.
            national = {digits.removeprefix(each) for each in before}
            valid = {found for each in national if (found := _valid(f"+{code}{each}")) is not None}
            if len(valid) == 1:
                return valid.pop()
            own = digits.removeprefix(code)
            # Machines write a mobile number without its plus. People do not leave out the prefix within a country.
            if own != digits and mobile.fullmatch(own) and not mobile.fullmatch(digits):
                return _valid(f"+{code}{own}")
        return _read_by_library(SCHEME.sub("", text.strip()), digits, country)

    return read


def _as_meant(text: str) -> str:
    """Return a number as people write it; nothing if a spreadsheet has dropped its last digits."""
    if (found := _DECIMAL.fullmatch(text)) is not None:
        return found[1]
    if (found := _SCIENTIFIC.fullmatch(text)) is not None:
        whole = int(found[3])
        return found[1] + found[2][:whole] if len(found[2].rstrip("0")) <= whole <= len(found[2]) else ""
    if _GROUPED.fullmatch(text) is not None:
        return text.replace(",", "")
    plain = decode(text).rstrip("#* ")
    return _TWICE.sub("+", _CONTEXT.sub("", _SERVICE.sub("", plain)))


def _read_by_library(text: str, digits: str, country: str) -> str | None:
    if not any(map(str.isdigit, text)) or _DIALLED_AFTER.search(text) is not None:
        return None
    text = _OTHER_SEPARATORS.sub("-", text)
    spellings = [text]
    if digits[:3] == "011" and len(digits) > 10:
        spellings.append(f"+{digits[3:]}")
    if (text.isdecimal() or digits[:1] == "0") and len(digits) > 10:
        # Sources also send foreign numbers without the plus, or with the dial prefix of another country.
        spellings.append(f"+{digits.lstrip('0')}")
    if (untrunked := _NO_TRUNK.sub("", text)) != text:
        spellings.append(untrunked)
    if (labelled := _LABELLED.fullmatch(text)) is not None:
        spellings.append(labelled[1])
    if text.startswith("+54") and digits[2:3] == "9":
        # The 9 of calls from abroad, and the 0 or 15 of calls within the country.
        spellings.append(f"+54{digits[3:]}")
    if text.startswith("+52"):
        spellings += [f"+52{digits[2:].removeprefix(trunk)}" for trunk in _FORMER_TRUNKS["MX"]]
    for spelled in spellings:
        try:
            parsed = phonenumbers.parse(spelled, country)
        except phonenumbers.NumberParseException:
            continue
        found = _valid(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
        if found is not None:
            return found
    letters = {each for each in text if each.isalpha()}
    if _KEYED.fullmatch(text) and not _LIKE_DIGITS.issuperset(letters) and country in _NORTH_AMERICA:
        keyed = _NO_DIGIT.sub("", phonenumbers.convert_alpha_characters_in_number(text))
        return _valid(f"+1{keyed.removeprefix('1')}")
    return None
