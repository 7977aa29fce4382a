"""Full names and how they are searched for in texts: in any order, with and without middle names, initials, particles,
titles.

`sql/schema/code/recognition.sql` does the same in the database; a test compares the two. Pure.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

import orjson

from redaction.alphabet import beside_a_name, common_words, name_words
from redaction.contacts.folding import Span, fold, is_spaceless, repair_text
from redaction.contacts.remembered import Remembered
from redaction.contacts.values import names_in

_BEGINS_JSON = ("{", "[")
_MOST_WORDS = 10
_SHORTEST_JOINED = 6
_SHORTEST_APART = 4
_SHORTEST_FAR = 3
_SHORTEST_SPLIT = 5
_MOST_DIGITS = 8
"""Digits behind a name, as in names of users."""
_REMEMBERED = 10_000
_MARK = "\x1f"
"""A character that no folded text contains."""
_SPACES = (" ", _MARK)
_BESIDE = re.compile(rf"(?:[ {_MARK}](?:[^ \n{_MARK}]+{_MARK})*)?")
"""What there may be between two parts of a name in a marked text; `_FAR`: the same with one more word."""
_FAR = re.compile(rf"(?:[ {_MARK}](?:[^ \n{_MARK}]+{_MARK})*(?:[^ \n{_MARK}]+[ {_MARK}](?:[^ \n{_MARK}]+{_MARK})*)?)?")


class Name(NamedTuple):
    """A full name, prepared for the search."""

    word: str
    """A word that every text with this name contains, separators aside."""
    spellings: tuple[str, ...]
    """Each order of its words."""
    is_common: bool
    """Whether it consists only of common words of call tracking: such a name identifies nobody. See `are_common`."""
    words: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """The words that identify the person, the first one first: it counts if another one is near it. Then initials."""
    meant: tuple[str, ...] = ()
    """The names in a text that is JSON, or that a system has damaged on the way; almost always none."""
    is_json: bool = False
    """Whether the text is JSON, and no name itself."""

    def is_in(self, words: str) -> bool:
        """Say whether this name, in some form, is in a text with these words."""
        return bool(self.find_forms("", words))

    def find_forms(self, text: str, words: str) -> list[str]:
        """Return the forms of this name in a text with these words: only `text`, the original, if all words match."""
        squeezed = words.replace(" ", "")
        if self.word not in squeezed:
            return []
        if not self.is_common and any(spelling in words for spelling in (*self.spellings, *self._spell(words))):
            return [text]
        return [
            f"{self.word} {part}"
            for part in self.parts[1:]
            if part in squeezed and not self._is_common(part) and any(self.find_near(words, part))
        ]

    def find_places(self, folded: str, with_common: bool) -> Iterator[Span]:
        """Yield where two parts are near each other in a folded text, together with further words of the name next
        to them.
        """
        squeezed = folded.replace(" ", "")
        if self.word in squeezed:
            for spelled in self._spell(folded) if with_common or not self.is_common else ():
                if (at := folded.find(spelled)) >= 0:
                    yield at + 1, at + len(spelled) - 1
            for part in self.parts[1:]:
                if part in squeezed and (with_common or not self._is_common(part)):
                    for start, end in self.find_near(folded, part):
                        yield self._widen(folded, start + 1, end)

    def _spell(self, words: str) -> Iterator[str]:
        """Yield each order of the words, letter by letter, if a text may have them so: `J A N E  D O E`."""
        if len(self.parts) > 1 and f" {' '.join(self.word)} " in words:
            for spelling in self.spellings:
                letters = spelling.replace(" ", "")
                if len(letters) >= _SHORTEST_JOINED:
                    yield f" {' '.join(letters)} "

    def find_near(self, words: str, part: str) -> Iterator[Span]:
        """Yield where the first part and another one are near each other in a text with these words.

        The first part may be in pieces, too, next to a whole one: `Mary Ann Doe` for `Maryann Doe`.
        """
        whole = words.count(self.word)
        if whole:
            yield from self._find_near(words, self.word, part)
        if len(self.word) >= _SHORTEST_SPLIT and len(part) > 1 and words.replace(" ", "").count(self.word) > whole:
            yield from self._find_near(words, part, self.word)

    def _find_near(self, words: str, first: str, part: str) -> Iterator[Span]:
        """Yield the matches of `name_pattern` in a text with these words.

        Each name needs a pattern of its own. A pattern with all particles and titles takes 5 ms to compile. So these
        words are marked in the text instead, and the pattern stays small. Where both parts occur once no pattern of
        the name is needed.
        """
        marked = _mark(words)
        at, beside = _only_place(marked, first), _only_place(marked, part)
        is_only = at >= 0 and beside >= 0 and _only_place(words.replace(" ", ""), part) >= 0
        if not is_only or any(_before(self.words, each, "") for each in (first, part)):
            yield from (found.span() for found in _patterns[self.words, first, part].finditer(marked))
            return
        (start, end), (begin, over) = sorted([(at, at + len(first)), (beside, beside + len(part))])
        between = _FAR if min(len(first), len(part)) >= _SHORTEST_FAR else _BESIDE
        if (
            (end < begin or (end == begin and len(first) + len(part) >= _SHORTEST_JOINED))
            and between.fullmatch(marked, end, begin)
            and marked[start - 1 : start] in _SPACES
            and marked[(end_of := _after_digits(marked, over)) : end_of + 1] in _SPACES
        ):
            yield start - 1, over

    def _is_common(self, part: str) -> bool:
        return are_common((self.word, part))

    def _widen(self, folded: str, start: int, end: int) -> Span:
        turned = folded.endswith(self.word, start, end)
        while (word := folded[end + 1 :].partition(" ")[0]) and (
            word in self.words or (turned and len(word) == 1 and word.isalpha())
        ):
            end += 1 + len(word)
        while (word := folded[: start - 1].rpartition(" ")[2]) and word in self.words:
            start -= 1 + len(word)
        return start, end


def name_pattern(words: tuple[str, ...], first: str, part: str, is_marked: bool = False) -> str:
    """Return the pattern of two parts of a name near each other in a text's words, or in those that `_mark` returns.

    Between them there may be initials, particles and titles, and one more word: a middle name.
    """
    space = f"[ {_MARK}]" if is_marked else " "
    one = _before(words, first, space) + first
    other = _before(words, part, space) + (f"{space}?".join(part) if len(part) >= _SHORTEST_APART else part)
    word = rf"[^ \n{_MARK}]+" if is_marked else r"[^ \n]+"
    beside = f"(?:{word}{_MARK})*" if is_marked else beside_a_name()
    far = f"(?:{word}{space}{beside})?" if min(len(first), len(part)) >= _SHORTEST_FAR else ""
    between = f"(?:{space}{beside}{far})" + ("?" if len(first) + len(part) >= _SHORTEST_JOINED else "")
    return f"{space}(?:{one}{between}{other}|{other}{between}{one})(?=[0-9]{{0,{_MOST_DIGITS}}}{space})"


def _mark(words: str) -> str:
    """Return a text in which the space after each initial, particle and title is replaced by a mark."""
    found = [(word, (len(word) == 1 and word != "\n") or word in name_words()) for word in words.split(" ")]
    return "".join([f"{word}{_MARK if is_marked else ' '}" for word, is_marked in found])[:-1]


def _before(words: tuple[str, ...], part: str, space: str) -> str:
    """Return the pattern of what precedes a part in its name, joined to it or not, and identifies nobody by itself."""
    at = words.index(part) if part in words else 0
    begin = at
    while begin and _tells_nothing(words[begin - 1]):
        begin -= 1
    return "".join([f"(?:{word}{space}?)?" for word in words[begin:at]])


def _after_digits(text: str, at: int) -> int:
    """Return the place after the digits that may stand behind a name."""
    end = at
    while end - at < _MOST_DIGITS and text[end : end + 1].isdecimal():
        end += 1
    return end


def _only_place(text: str, word: str) -> int:
    """Return the place of a word in a text; -1 if it occurs more than once or not at all."""
    at = text.find(word)
    return at if text.find(word, at + 1) < 0 else -1


def are_common(words: Iterable[str]) -> bool:
    """Say whether words are nobody's name: common words of call tracking, single letters and numbers, or such a word
    in pieces.
    """
    pieces = tuple(words)
    common = common_words()
    return all(word in common or len(word) == 1 or _is_number(word) for word in pieces) or any(
        "".join(pieces[at:] + pieces[:at]) in common for at in range(len(pieces))
    )


def _is_number(word: str) -> bool:
    """Say whether a word is digits; the database knows only those of ASCII, and folding makes most others these."""
    return word.isascii() and word.isdecimal()


def _has_initial(part: str) -> bool:
    """Say whether the initial of a part means it next to the first one: `Ada L.`, but not `Ada's`."""
    return len(part) > 1 and part[0] != "s" and part.isalpha()


def _tells_nothing(word: str) -> bool:
    return len(word) == 1 or word in name_words()


_patterns: Remembered[tuple[tuple[str, ...], str, str], re.Pattern[str]] = Remembered(
    lambda key: re.compile(name_pattern(*key, is_marked=True)), _REMEMBERED
)


def _read_name(text: str) -> Name | None:
    folded = fold(text)
    words = folded.split()
    if _is_number(folded.replace(" ", "")):
        return None
    turned = [words[at:] + words[:at] for at in range(len(words) if len(words) <= _MOST_WORDS else 1)]
    if is_spaceless(folded):
        joined = ["".join(some) for some in turned]
        full = len(unicodedata.normalize("NFC", joined[0])) >= 2
        return Name(joined[0][:1], tuple(joined), False) if full else None
    if len(words) < 2:
        return None
    spellings = [f" {' '.join(some)} " for some in turned]
    if sum(map(len, words)) >= _SHORTEST_JOINED:
        spellings += [f" {''.join(some)} " for some in turned]
    parts = [word for word in dict.fromkeys(words) if not _tells_nothing(word)]
    if len(parts) < 2:
        parts = list(dict.fromkeys(words))
    if len(parts[0]) >= _SHORTEST_FAR and parts[0] not in common_words() and not _tells_nothing(parts[0]):
        parts += dict.fromkeys(part[0] for part in parts[1:] if _has_initial(part) and part[0] not in parts)
    is_common = are_common(words)
    if len(words) > _MOST_WORDS:
        return Name(parts[0], tuple(spellings), is_common)
    return Name(parts[0], tuple(spellings), is_common, tuple(words), tuple(parts))


def _read_with_meant(text: str) -> Name | None:
    name = _read_name(text)
    if name is None:
        return None
    if text[:1] in _BEGINS_JSON:
        with suppress(orjson.JSONDecodeError):
            return name._replace(meant=tuple(names_in(orjson.loads(text))), is_json=True)
    repaired = repair_text(text)
    return name if repaired is None else name._replace(meant=(repaired,))


read_name = Remembered(_read_with_meant, _REMEMBERED, lambda text: len(text) <= 1_000).__getitem__
"""Return a name prepared for the search: at least two words, or two characters of a spaceless script; else None."""


def digest_name(name: Name) -> bytes:
    """Return the digest of a name, whatever the order of its words (SHA-256). The stored digest is keyed."""
    return hashlib.sha256(min(name.spellings).encode()).digest()
