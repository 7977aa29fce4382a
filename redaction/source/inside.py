"""The addresses inside a text with other content too: lists, JSON, quotes, sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from redaction.objects.addresses import is_address
from redaction.objects.names import SUFFIXES

STORED_SCHEMES = ("file:", "s3:", "s3a:", "s3n:", "gs:", "gcs:", "az:", "abfs:", "abfss:")
"""A file or a key of a bucket, in any field."""
_FLAGS = re.IGNORECASE | re.ASCII
_SEPARATED = re.compile(r"(?<![\s,;|])[\s,;|]++(?=[A-Za-z][A-Za-z0-9+.\-]*:/)")
_STORED = re.compile(r"(?:file|s3[an]?|gs|gcs|az|abfss?):", _FLAGS)
_BACKSLASHES = r"\\{2,}[^\s\\/]++[\\/]++(?=[^\s\\/])"
"""Browsers and mail programs read a backslash as a slash. One alone, as in `file:\\n`, is more often an escape."""
_BEGINS = re.compile(
    # After a letter it would be the end of another scheme. An escaped line break ends in a letter. A chain is taken
    # whole: it is refused, and keeps what it may name.
    r"(?<!::)(?:(?<![a-z0-9+.\-])|(?<=\\[nrt]))(?:[a-z][a-z0-9+.\-]{0,30}+::)*+"
    rf"(?:file|local|s3[an]?|gs|gcs|az|abfss?):(?:\\*/|{_BACKSLASHES})"
    rf"|(?:(?<![a-z0-9+.\-=/])|(?<=\\[nrt]))https?:(?:\\*/\\*/|{_BACKSLASHES})",
    _FLAGS,
)
_ENDS = re.compile(r"[\"<>|`\x00-\x1f]|\\[nrt\"]")
_BACKSLASHED = re.compile(r"[a-z0-9]+:\\{2,}[^\\/]", _FLAGS)
_BACKSLASHED_ENDS = re.compile(r"[\"<>|`\s]")
_NAMED = re.compile(
    r"(?:[^:]*::)*(?:(?:file|local):/+[^\s/]|[a-z0-9]+:/+[^\s/]+/+[^\s/])|[a-z0-9]+:\\{2,}[^\\/]+[\\/]+[^\\/]", _FLAGS
)
_SUFFIX = rf"\.(?:{'|'.join(SUFFIXES)}|tiff|docx|xlsx|aiff)"
_SUFFIX_ENDS = re.compile(
    rf"{_SUFFIX}(?![a-z0-9_/%?#=&.\-]|\Z)|{_SUFFIX}(?=\.(?![a-z0-9])|&(?:[a-z]+;|#|[a-z0-9]+:))", _FLAGS
)
_STORED_INSIDE = re.compile(
    r"(?<![a-z0-9])(?:file|local|s3[an]?|gc?s|az|abfss?):(?:\\*/|\\+[^\s\\/]++[\\/]++[^\s\\/])", _FLAGS
)
_MEDIA = re.compile(rf"[^?#]*{_SUFFIX}\.?(?:[?#].*)?", _FLAGS | re.DOTALL)
_AFTER = ".,;:!?)]}>'\"*\\|&+ \t"
_CONTROLS = "".join(map(chr, range(33)))


def may_hold(text: str) -> bool:
    """Return whether `addresses_inside` could find something: almost no text has these."""
    return ":/" in text or ":\\" in text


def names_stored(text: str) -> bool:
    """Return whether a text has an address of a file or of a key of a bucket."""
    return ":" in text and _STORED_INSIDE.search(text) is not None


def is_web(text: str) -> bool:
    """Return whether an address is a web address."""
    return text.lstrip()[:6].lower().startswith(("http:", "https:"))


def is_stored(text: str) -> bool:
    """Return whether an address names a file or a key of a bucket."""
    return _STORED.match(text) is not None


def names_media(text: str) -> bool:
    """Return whether the path of an address, or a path without a scheme, ends like media and documents."""
    return _MEDIA.fullmatch(text) is not None


def split_texts(text: str) -> list[str]:
    """Return the parts of a text that is a list of addresses, by separators or as JSON; else the text itself."""
    text = text.strip(_CONTROLS)
    if text[:1] in ("[", "{", '"'):
        try:
            found = _leaves(orjson.loads(text))
            return [part.strip(_CONTROLS) for each in found for part in _SEPARATED.split(each)]
        except orjson.JSONDecodeError:
            pass
    return _SEPARATED.split(text)


def addresses_inside(text: str) -> list[str]:
    """Return the addresses in a text with other content, each at full length and at each possible end.

    The text itself is left out if it is an address that cannot end earlier.
    """
    if not may_hold(text):
        return []
    begins = [found.start() for found in _BEGINS.finditer(text)]
    if not begins:
        return []
    found: dict[str, None] = {}
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        for each in _cuts(text[begin:end]):
            if _NAMED.match(each):
                found[each] = None
    # An address in the query of another one is not cut off from it.
    if begins[:1] == [0] and len(begins) == 1 and is_address(text) and names_media(text):
        return [each for each in found if each == text or names_media(each)]
    return list(found)


def _cuts(text: str) -> Iterator[str]:
    """Yield the possible ends of an address that begins a text."""
    ends = _BACKSLASHED_ENDS if _BACKSLASHED.match(text) else _ENDS
    if "\\/" in text:
        text = re.sub(r"\\+/", "/", text)
    over = ends.search(text)
    if over is not None:
        text = text[: over.start()]
    if is_web(text):  # a blank ends it
        text = text.split(None, 1)[0]
    named = _SUFFIX_ENDS.search(text)
    if named is not None:
        yield text[: named.end()]
    words = text.split(None, 1)
    first = words[0] if words else ""
    if "(" in first:
        yield first.rstrip(".,;:!?")
    yield first.rstrip(_AFTER)
    whole = text.rstrip(_AFTER)
    if whole != first and names_media(whole):
        yield whole


def _leaves(value: object) -> Iterator[str]:
    """Yield the texts in a value of lists and objects, in order, and the names of members that may hold an address;
    empty ones are left out.
    """
    rest = [value]
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            if value:
                yield value
        elif isinstance(value, list):
            rest += reversed(value)
        elif isinstance(value, dict):
            rest += reversed(value.values())
            rest += [key for key in value if may_hold(key)]
