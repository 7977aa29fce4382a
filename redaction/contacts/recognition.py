"""What a text reveals of a person: one definition for the loader, the strip and the validation. Pure.

`sql/schema/code/recognition.sql` does the same in the database; a test compares the two. The search uses the folded
text (`folding`): numbers by their last ten national digits, addresses as whole words, names in any form (`names`), and
card numbers and US social security numbers of anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from redaction.alphabet import CARD, SECURITY_NUMBER
from redaction.contacts.folding import (
    Span,
    decode,
    fold,
    fold_with_places,
    is_encoded,
    is_spaceless,
    read_as_meant,
    spell_out,
)
from redaction.contacts.names import Name, read_name
from redaction.contacts.people import has_several, split_people
from redaction.contacts.remembered import Remembered
from redaction.contacts.scripts import is_in_other_script, respell
from redaction.contacts.written_numbers import read_numbers

_CARD = re.compile(CARD)
_SECURITY_NUMBER = re.compile(SECURITY_NUMBER)
_GAP = re.compile(r"(?<=[0-9]) (?=[0-9])")
_SEVEN = re.compile(r"[0-9]{7}")
_RUN = re.compile(r"[0-9]+(?: [0-9]+)*")
_NINE = re.compile(r"[0-9](?: ?[0-9]){8}")
_REMEMBERED = 10_000

_Folded = tuple[list[tuple[str, Span]], str]
"""The characters of a folded text with their places in the original, and the folded text."""


class Facts(NamedTuple):
    """Facts about a text: its words, its digits if seven are together, an address, the digits of document numbers."""

    words: str
    digits: str
    mailed: bool
    documents: frozenset[str]


def _find_facts(text: str) -> Facts:
    found, meant = _facts_of(text), read_as_meant(text)
    if meant is None:
        return found
    other = _facts_of(meant)
    return Facts(
        f"{found.words}\n{other.words}",
        "\n".join(filter(None, (found.digits, other.digits))),
        found.mailed or other.mailed,
        found.documents | other.documents,
    )


def _facts_of(text: str) -> Facts:
    folded = fold(text)
    joined = _GAP.sub("", folded)
    digits = joined if _SEVEN.search(joined) else ""
    mailed = "@" in (text if text.isascii() and not is_encoded(text) else _unmask(text))
    words = folded + folded.replace(" ", "") if is_spaceless(folded) else folded
    if not text.isascii() or is_encoded(text):
        spelled = spell_out(decode(text))
        words += "\n" + fold(spelled) if spelled is not None else ""
    spans = _find_documents(folded) if digits else ()
    return Facts(words, digits, mailed, frozenset([_join_digits(folded, *span) for span in spans]))


def _join_digits(folded: str, start: int, end: int) -> str:
    return folded[start:end].replace(" ", "")


def _unmask(text: str) -> str:
    return unicodedata.normalize("NFKC", decode(text))


find_facts = Remembered(_find_facts, _REMEMBERED, lambda text: len(text) <= 10_000).__getitem__
"""Return the facts of a text; activities of an account share most texts."""


def _find_documents(folded: str) -> Iterator[Span]:
    """Yield the positions of card numbers, by their check digit, and social security numbers in a folded text."""
    if _NINE.search(folded) is None:
        return
    for named in _SECURITY_NUMBER.finditer(folded):
        digits = _join_digits(folded, *named.span(1))
        if _is_security_number(digits[:3], digits[3:5], digits[5:]):
            yield named.span(1)
    for run in _RUN.finditer(folded):
        groups = [(run.start() + match.start(), match[0]) for match in re.finditer("[0-9]+", run[0])]
        for at, (start, first) in enumerate(groups):
            digits, widest = "", 0
            for number, (place, group) in enumerate(groups[at:], 1):
                digits += group
                widest = max(widest, len(group))
                if len(digits) > 19:
                    break
                if number == 3 and _is_security_number(*(part for _, part in groups[at : at + 4])):
                    yield start, place + len(group)
                # A first group that is shorter means phone numbers next to each other, no card.
                if len(digits) >= 13 and len(first) >= min(widest, 4) and _is_card(digits):
                    yield start, place + len(group)


def _is_security_number(area: str, group: str, serial: str, behind: str = "") -> bool:
    # `011 15-1234-5678` is a mobile number of Argentina; a year may be directly behind a social security number.
    if area[0] == "0" and group == "15" and len(behind) == 4 and behind[:2] not in ("19", "20"):
        return False
    return (
        (len(area), len(group), len(serial)) == (3, 2, 4)
        and area not in ("000", "666")
        and area[0] != "9"
        and group != "00"
        and serial != "0000"
    )


def _is_card(digits: str) -> bool:
    if _CARD.match(digits) is None:
        return False
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def both_spellings(name: str) -> Iterator[str]:
    """Yield a name, and how it is spelled with two letters for each that is written as two."""
    yield name
    if not name.isascii() and (spelled := spell_out(name)) is not None:
        yield spelled


class Person:
    """The marks by which a person may be recognised in a text."""

    def __init__(
        self,
        numbers: Iterable[str] = (),
        emails: Iterable[str] = (),
        names: Iterable[str] = (),
        tracking_number: str | None = None,
    ) -> None:
        """Take numbers in any format, addresses and names; a text that is no full name is ignored.

        The tracking number of the activity is no document number, also if it is written like one.
        """
        self._tracked = {number.core for number in read_numbers(tracking_number)} if tracking_number else ()
        # Most activities have one number in several formats.
        self._numbers = list(dict.fromkeys(own for text in numbers for own in read_numbers(text)))
        self._emails = [fold(text) for text in dict.fromkeys(emails) if text.find("@") > 0]
        people = [one for name in names for one in (name, *(split_people(name) if has_several(name) else ()))]
        self._names = _read_names(text for one in dict.fromkeys(people) for text in both_spellings(one))
        self._are_latin = not any(map(is_in_other_script, self._names))

    def _names_in(self, words: str) -> dict[str, Name]:
        """Return the names of this person, also as a text with these words has them in another script."""
        if self._are_latin and words.isascii():
            return self._names
        spelled = (each for name in self._names for each in (name, respell(name, words)) if each is not None)
        return _read_names(dict.fromkeys(spelled))

    def _is_document(self, digits: str) -> bool:
        return digits.lstrip("0") not in self._tracked

    def is_in(self, facts: Facts, keeps_names: bool = False) -> bool:
        """Say whether a text with these facts reveals something of this person, or a document number.

        A name of common words counts only together with a number of the person. If `keeps_names` says that the text is
        the business's own, every name counts only so.
        """
        return (
            any(map(self._is_document, facts.documents))
            or (facts.digits != "" and any([number.core in facts.digits for number in self._numbers]))
            or (facts.mailed and any([address in facts.words for address in self._emails]))
            or (not keeps_names and any([name.is_in(facts.words) for name in self._names_in(facts.words).values()]))
        )

    def find_names(self, words: str) -> list[str]:
        """Return the names of this person, in the forms that are in a text with these words."""
        return [form for text, name in self._names_in(words).items() for form in name.find_forms(text, words)]

    def find(self, text: str, keeps_names: bool = False) -> list[Span]:
        """Return the positions in a text of anything of this person, or of a document number."""
        facts = find_facts(text)
        found: list[Span] = []
        for places, folded in _folded[text]:
            found += [_place(places, *span) for span in self._find_spans(folded, facts, keeps_names)]
        return _merge(found)

    def _find_spans(self, folded: str, facts: Facts, keeps_names: bool) -> Iterator[Span]:
        if facts.documents:
            yield from (span for span in _find_documents(folded) if self._is_document(_join_digits(folded, *span)))
        numbered = False
        for number in self._numbers:
            if number.core in facts.digits:
                numbered = True
                yield from number.find_places(folded)
        if facts.mailed:
            for address in self._emails:
                yield from _find_all(folded, address)
        for name in self._names_in(facts.words).values():
            if numbered or not (keeps_names or name.is_common):
                for spelling in name.spellings:
                    yield from _find_all(folded, spelling)
                    if " " not in spelling:
                        yield from _find_squeezed(folded, spelling)
            if numbered or not keeps_names:
                yield from name.find_places(folded, numbered)


def _read_names(texts: Iterable[str]) -> dict[str, Name]:
    return {text: full for text in texts if (full := read_name(text)) is not None}


def _ways(text: str) -> Iterator[tuple[bool, bool]]:
    """Yield the ways to fold a text: with two letters for one or not, as it is or as it is meant."""
    yield False, False
    if not text.isascii() or is_encoded(text):
        yield True, False
    if read_as_meant(text) is not None:
        yield False, True
        yield True, True


def _fold_ways(text: str) -> list[_Folded]:
    folded = [list(fold_with_places(text, *how)) for how in _ways(text)]
    return [(places, "".join([character for character, _ in places])) for places in folded]


_folded: Remembered[str, list[_Folded]] = Remembered(_fold_ways, 1_000, lambda text: len(text) <= 200)
"""A text in each way to fold it, with the places of its characters: texts of the business repeat."""


def _find_all(folded: str, value: str) -> Iterator[Span]:
    at = folded.find(value)
    while at >= 0:
        lead = len(value) - len(value.lstrip())
        yield at + lead, at + len(value.rstrip())
        at = folded.find(value, at + 1)


def _find_squeezed(folded: str, value: str) -> Iterator[Span]:
    places = [at for at, character in enumerate(folded) if character != " "]
    for start, end in _find_all(folded.replace(" ", ""), value):
        yield places[start], places[end - 1] + 1


def _place(places: list[tuple[str, Span]], start: int, end: int) -> Span:
    return places[start][1][0], places[end - 1][1][1]


def _merge(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
