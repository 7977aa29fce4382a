"""The one spelling of a text in which people are searched for, whatever way the text is written. Pure.

`sql/schema/code/recognition.sql` does the same from the same tables; a test compares the two. Case, accents, width,
invisible characters, separators, look-alikes and the encodings of URLs, HTML and mails are removed. One space separates
words, and one is at either end.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterator

from redaction.alphabet import (
    APART,
    DASHES,
    ENCODED,
    INVISIBLE,
    MAYBE_SPELLED,
    SEPARATOR,
    SPACELESS,
    SPELLED_AT,
    SPELLED_DOT,
    SPELLED_OUT,
    TWO_LETTERS,
    entities,
    letter_cases,
)
from redaction.contacts.damaged import ROUNDS, find_repairs, repair
from redaction.contacts.remembered import Remembered

_ROUNDS = 4
"""How many times a repeated encoding is decoded."""
_ENCODED = re.compile(ENCODED)
_OCTET = re.compile(b"=([0-9A-Fa-f]{2})")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_SEPARATORS = re.compile(f"[{SEPARATOR}]")
_SPACELESS = re.compile(f"[{SPACELESS}]")
_APART = re.compile(f"[{APART}]")
_CHANGE = re.compile(f"(?<=[a-z0-9])(?=[{APART}])|(?<=[{APART}])(?=[a-z0-9])")
"""Where a Latin word begins or ends without a space, next to letters of another script."""
_DASHES = re.compile(DASHES)
_MAYBE_SPELLED = re.compile(MAYBE_SPELLED)
_SPELLED = ((re.compile(SPELLED_AT), "@"), (re.compile(SPELLED_DOT), "."))
_LOWER = {chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
_LETTERS = str.maketrans({**letter_cases(), **SPELLED_OUT, **_LOWER})
_TWO_LETTERS = str.maketrans(dict(TWO_LETTERS))
_MAY_BE_TWO = re.compile(f"[{''.join(TWO_LETTERS)}\u0308\u030a]")
_WORDS = re.compile("[^ ]+")
_PLAIN = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})

Span = tuple[int, int]


def _decode_one(found: str) -> str:
    if found[:2] == "%u":
        code = int(found[2:], 16)
    elif found[0] in "%=":
        octets = bytes.fromhex(found.replace("%", "")) if found[0] == "%" else _decode_word(found)
        try:
            text = octets.decode()
        except UnicodeDecodeError:
            text = octets.decode("latin-1")
        return found if "\x00" in text or not octets else text
    elif found[1] != "#":
        return entities().get(found[1:-1], found)
    else:
        code = int(found[3:].rstrip(";"), 16) if found[2] in "xX" else int(found[2:].rstrip(";"))
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found


def _decode_word(found: str) -> bytes:
    """Return the octets of an encoded word, in whatever character set; none if it cannot be read."""
    _, _, how, text, _ = found.split("?")
    if how in "Qq":
        return _OCTET.sub(lambda match: bytes((int(match[1], 16),)), text.replace("_", " ").encode())
    plain = text.rstrip("=")
    return binascii.a2b_base64(plain + "=" * (-len(plain) % 4)) if len(plain) % 4 != 1 else b""


def is_encoded(text: str) -> bool:
    """Say whether a text may have what `decode` takes away."""
    return "%" in text or "&" in text or "=?" in text


def decode(text: str) -> str:
    """Return a text without the encodings of URLs, HTML and mails."""
    for _ in range(_ROUNDS):
        if not is_encoded(text):
            break
        text = _ENCODED.sub(lambda match: _decode_one(match[0]), text)
    return text


def _fold_letters(text: str) -> str:
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text))
    plain = _SEPARATORS.sub(" ", plain.translate(_LETTERS))
    return plain if _APART.search(plain) is None else _CHANGE.sub(" ", _DASHES.sub(" ", plain))


_folded = Remembered(_fold_letters, 10_000)
"""The folded letters of single characters."""


def fold(text: str) -> str:
    """Return the one spelling of a text: words between single spaces, and a space at either end; one space if there
    are no words.
    """
    if is_encoded(text):
        text = decode(text)
    plain = text.lower().translate(_PLAIN) if text.isascii() else _fold_letters(text)
    words = " ".join(filter(None, plain.split(" ")))
    return f" {words} " if words else " "


def spell_out(text: str) -> str | None:
    """Return a decoded text with two letters for each that is written as two; None if it has no such letter."""
    if _MAY_BE_TWO.search(text) is None:
        return None
    composed = unicodedata.normalize("NFC", text)
    spelled = composed.translate(_TWO_LETTERS)
    return spelled if spelled != composed else None


def is_spaceless(folded: str) -> bool:
    """Say whether a folded text has letters of a script without spaces between words."""
    return not folded.isascii() and _SPACELESS.search(folded) is not None


def _units(text: str) -> list[tuple[str, Span]]:
    units = [(character, (place, place + 1)) for place, character in enumerate(text)]
    for _ in range(_ROUNDS):
        joined = "".join([character for character, _ in units])
        if not is_encoded(joined):
            break
        found: list[tuple[str, Span]] = []
        last = 0
        for match in _ENCODED.finditer(joined):
            place = units[match.start()][1][0], units[match.end() - 1][1][1]
            found += units[last : match.start()]
            found += [(character, place) for character in _decode_one(match[0])]
            last = match.end()
        units = [*found, *units[last:]]
    return units


def _read_as_meant(units: list[tuple[str, Span]]) -> list[tuple[str, Span]]:
    for _ in range(ROUNDS):
        found: list[tuple[str, Span]] = []
        last = 0
        for start, end, letter in find_repairs("".join([character for character, _ in units])):
            found += [*units[last:start], (letter, (units[start][1][0], units[end - 1][1][1]))]
            last = end
        units = [*found, *units[last:]]
    for pattern, meant in _SPELLED:
        found, last = [], 0
        for match in pattern.finditer("".join([character for character, _ in units])):
            place = units[match.start()][1][0], units[match.end() - 1][1][1]
            found += [*units[last : match.start()], (meant, place)]
            last = match.end()
        units = [*found, *units[last:]]
    return units


def repair_text(text: str) -> str | None:
    """Return a text, decoded, without the damage of a system on the way; None if it has none."""
    if text.isascii() and "\\" not in text and not is_encoded(text):
        return None
    return repair(decode(text))


def may_be_spelled(text: str) -> bool:
    """Say whether a text may have an address that is written for people; almost none has."""
    return _MAYBE_SPELLED.search(text) is not None


def read_as_meant(text: str) -> str | None:
    """Return a text, decoded, without damage and with each address as it is, also if it is written for people: `jane
    (at) x.example`; None if that changes nothing.
    """
    if text.isascii() and "\\" not in text and not is_encoded(text) and not may_be_spelled(text):
        return None
    decoded = decode(text)
    meant = repair(decoded) or decoded
    for pattern, character in _SPELLED:
        meant = pattern.sub(character, meant)
    return meant if meant != decoded else None


def fold_with_places(text: str, spells_out: bool = False, as_meant: bool = False) -> Iterator[tuple[str, Span]]:
    """Yield the characters of the folded text, each with its position in the original text.

    `spells_out` gives two letters for each that is written as two. `as_meant` folds what
    `read_as_meant` returns.
    """
    if not as_meant and text.isascii() and not is_encoded(text):
        plain = text.lower().translate(_PLAIN)
        for word in _WORDS.finditer(plain):
            start, end = word.span()
            yield " ", (start, start)
            yield from ((plain[at], (at, at + 1)) for at in range(start, end))
        yield " ", (len(plain), len(plain))
        return
    folded = list(_fold_units(_read_as_meant(_units(text)) if as_meant else _units(text), spells_out))
    last = 0
    for match in _DASHES.finditer("".join([character for character, _ in folded])):
        yield from (*folded[last : match.start()], (" ", folded[match.start()][1]))
        last = match.end()
    yield from folded[last:]


def _fold_units(units: list[tuple[str, Span]], spells_out: bool) -> Iterator[tuple[str, Span]]:
    spaced = True
    last = " "
    place = (0, 0)
    yield " ", place
    for character, place in units:
        for plain in _folded[character.translate(_TWO_LETTERS) if spells_out else character]:
            if last.isascii() != plain.isascii() and _CHANGE.search(last + plain) is not None:
                yield " ", (place[0], place[0])
            if plain != " " or not spaced:
                yield plain, place
            last, spaced = plain, plain == " "
    if not spaced:
        yield " ", (place[1], place[1])
