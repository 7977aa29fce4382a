"""The meaning of field names for the addresses in them: words that any source uses, and names in its mapping."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ahocorasick_rs import BytesAhoCorasick

from redaction.mapping.folder import load_source
from redaction.objects.names import SUFFIXES
from redaction.source.inside import STORED_SCHEMES

_WORDS = (
    *("audio", "media", "record", "voicemail", "voice_mail", "voice-mail", "voice mail", "voicenote", "attach"),
    *("upload", "file", "image", "photo", "picture", "video", "document", "mms", "playback", "capture"),
    *("wav", "mp3", "fax", "clip"),
)
"""Names with these words are fields of objects, in any source."""
_VM = ("vm", *(f"{before}vm" for before in "_- ."))


@dataclass(frozen=True, slots=True)
class FieldNames:
    """What the names of a source's fields say about addresses in them."""

    objects: re.Pattern[str]
    """Names of fields whose texts name objects."""
    media: frozenset[str]
    """Those of fields with nothing but objects: in these, even a bare name that is no address is one."""
    origins: frozenset[str]
    """Those in which a web address is a page that a person came from."""
    pages: frozenset[str]
    """The same, and those of links that a person wrote."""
    written: frozenset[str]
    """The same, and those of other texts that a person wrote."""
    records: tuple[str, ...]
    """Prefixes of fields in which a slash makes no path."""
    find_marks: Callable[[bytes], Any]
    """Returns the positions of the words, schemes and suffixes without which nothing in a listed field names an
    object.
    """


@cache
def field_names() -> FieldNames:
    """Return the meaning of names in this installation's source."""
    said = load_source().declared.objects
    media = frozenset(name.lower() for name in said.fields)
    origins = frozenset(name.lower() for name in said.pages)
    pages = origins | {name.lower() for name in said.links}
    exact = "|".join(map(re.escape, sorted(media))) or "(?!)"
    marks = [
        *_WORDS,
        *(f'"{_VM[0]}', *_VM[1:]),
        *sorted(media),
        *STORED_SCHEMES,
        *(f".{suffix}" for suffix in SUFFIXES),
        "\\\\u00",  # JSON in a text, where any letter may be escaped
    ]
    return FieldNames(
        objects=re.compile(
            rf"{'|'.join(_WORDS)}|(?:\A|[_\- .])vm(?:\Z|[_\- .0-9]|ur[li])|\A(?:{exact})\Z", re.IGNORECASE | re.ASCII
        ),
        media=media,
        origins=origins,
        pages=pages,
        written=pages | {name.lower() for name in said.written},
        records=tuple(name.lower() for name in said.records),
        find_marks=BytesAhoCorasick([mark.encode() for mark in marks]).find_matches_as_indexes,
    )
