"""The addresses of objects in a record: recordings, pictures of texts, uploads of forms, wherever they are in it.

The address of the recording goes to its own column, from which the database records it; every other one is recorded
with the activity. This module requests and opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from redaction.objects.addresses import is_address
from redaction.objects.spelling import is_plain, spell
from redaction.source.inside import (
    addresses_inside,
    is_stored,
    is_web,
    may_hold,
    names_media,
    split_texts,
)
from redaction.source.naming import field_names

_NO_PATH = re.compile(
    r"n/a|(?:application|audio|font|image|message|model|multipart|text|video)/[\w.+\-]+", re.IGNORECASE
)
"""Texts with a slash that are no path: nothing, and types of content."""
_MOST_SUFFIX = 5


def find_recordings(audio: Any) -> list[str]:
    """Return the addresses in the source field of the recording, each in its one spelling."""
    if isinstance(audio, str) and is_plain(audio):
        return [audio]
    named: list[str] = []
    for text, _, _ in _texts(audio, "audio"):
        for part in split_texts(text):
            inside = addresses_inside(part)
            # A text that is no address is left out in favour of the addresses in it.
            named += [part, *inside] if is_address(part) or not inside else inside
    return list(dict.fromkeys(map(spell, named)))


def find_objects(row: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    """Return the addresses in some columns of a row, each in its one spelling, in addition to that of its recording."""
    found: dict[str, None] = {}
    for column in columns:
        SEARCHED[column](row[column], found)
    found.pop(row.get("recording_url", ""), None)
    return list(found)


def names_objects(field: str) -> bool:
    """Return whether texts in a field of this name are addresses of objects."""
    return field_names().objects.search(field) is not None


def _search(held: Any, found: dict[str, None]) -> None:
    """Take every address except links to pages; from a field of objects also a path without a scheme."""
    names = field_names()
    for name, value in held.items() if isinstance(held, dict) else [("", held)]:
        _take_name(name, found)
        is_record = name.lower().startswith(names.records)
        for text, last, hinted in _texts(value, name):
            low = last.lower()
            if hinted:
                _take(text, last, found, paths=not is_record)
                continue
            parts = split_texts(text)
            if not is_record and low not in names.written and all(map(is_address, parts)):
                found.update(dict.fromkeys(map(spell, parts)))
            elif not is_record and low not in names.written and _is_path(text, False) and names_media(text):
                found[spell(text)] = None
            _take_inside(parts, found, web=low not in names.origins, whole=True)


def _search_unlisted(held: Mapping[str, Any], found: dict[str, None]) -> None:
    """Take, from unlisted fields, those of objects, and every address of a store or of media."""
    names = field_names()
    for name, value in held.items():
        _take_name(name, found)
        kind = value.__class__
        if kind is list or kind is dict or (kind is str and (_is_parted(value) or name.lower() in names.media)):
            for text, last, hinted in _texts(value, name):
                if hinted:
                    _take(text, last, found)
                elif may_hold(text):
                    _take_inside(split_texts(text), found, web=last.lower() not in names.origins, whole=True)


def _search_list(held: list[str], found: dict[str, None]) -> None:
    for text in held:
        found.update(dict.fromkeys(find_in_text(text)))


def may_name_objects(data: bytes) -> bool:
    """Return whether `_search_listed` could find something in a value with this JSON: one pass over its bytes.
    Almost every record comes here, and almost none has any.
    """
    return bool(field_names().find_marks(data.lower()))


def _search_listed(held: Mapping[str, Any], found: dict[str, None]) -> None:
    """Take, from listed fields with other content, the addresses in fields of objects, and every file and key of a
    bucket; not the page that a person came from, which may be an address of any kind.
    """
    names = field_names()
    rest: list[tuple[Mapping[str, Any], bool]] = [(held, False)]
    while rest:
        fields, below = rest.pop()
        for name, value in fields.items():
            _take_name(name, found)
            kind = value.__class__
            if kind is str:
                if _is_parted(value):
                    named = below or names.objects.search(name) is not None
                    page = name.lower() in names.pages
                    if named and not page:
                        _take(value, name, found)
                    elif may_hold(value):
                        _take_inside(split_texts(value), found, web=named or not page, whole=False)
            elif value and kind is dict:
                rest.append((value, below or names.objects.search(name) is not None))
            elif value and kind is list:
                rest += [
                    (each if each.__class__ is dict else {name: each}, below or names.objects.search(name) is not None)
                    for each in value
                ]


def find_nested(value: Any) -> list[str]:
    """Return the addresses in a value that is no text but is stored as one: an object or a list in a field of texts."""
    found: dict[str, None] = {}
    _search_unlisted({"": value}, found)
    return list(found)


def find_in_text(text: str) -> list[str]:
    """Return the addresses of stores and of media in a text by people or machines, in their one spelling."""
    found: dict[str, None] = {}
    if may_hold(text):
        _take_inside(split_texts(text), found, web=True, whole=False)
    return list(found)


def _take(text: str, last: str, found: dict[str, None], paths: bool = True) -> None:
    """Take what a text in a field of objects names: addresses, also among other things, and paths."""
    for part in split_texts(text):
        if is_address(part) or (paths and _is_path(part, last.lower() in field_names().media)):
            found[spell(part)] = None
        found.update(dict.fromkeys(map(spell, addresses_inside(part))))


def _take_name(name: str, found: dict[str, None]) -> None:
    """Take the addresses in the name of a field: a record may list its objects so."""
    if may_hold(name):
        _take_inside(split_texts(name), found, web=True, whole=True)


def _take_inside(parts: Iterable[str], found: dict[str, None], web: bool, whole: bool) -> None:
    """Take the addresses of stores in parts of a text; with `web` also those of media, with `whole` a part of any
    scheme.
    """
    for part in parts:
        own = is_address(part) and not is_web(part) and (whole or is_stored(part))
        for each in ([part] if own else []) + addresses_inside(part):
            if not is_web(each) or (web and names_media(each)):
                found[spell(each)] = None


def _is_parted(text: str) -> bool:
    return "/" in text or "\\" in text


def _is_path(text: str, whatever: bool) -> bool:
    """Return whether a text is a path without a scheme; `whatever` accepts a bare name too."""
    if text.startswith("/"):
        return len(text) > 1
    parted = "/" in text or "\\" in text
    if not (parted or (whatever and "." in text)) or _NO_PATH.fullmatch(text) or any(map(str.isspace, text)):
        return False
    suffix = text.rpartition(".")[2]
    return whatever or text.startswith("\\\\") or (suffix.isalnum() and len(suffix) <= _MOST_SUFFIX)


def _texts(value: Any, name: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the texts in a value in order: each with the name next to it, and whether any name above it is a field
    of objects. The loader has checked the depth of the record; nothing recurses here.
    """
    search = field_names().objects.search
    if value.__class__ is str:
        if value:
            yield value, name, search(name) is not None
        return
    rest = [(value, name, search(name) is not None)]
    while rest:
        value, name, hinted = rest.pop()
        if isinstance(value, str):
            if value:
                yield value, name, hinted
        elif isinstance(value, list):
            rest += [(item, name, hinted) for item in reversed(value)]
        elif isinstance(value, dict):
            rest += [(item, key, hinted or search(key) is not None) for key, item in reversed(value.items())]
            rest += [(key, name, hinted) for key in value if may_hold(key)]


SEARCHED: Mapping[str, Callable[[Any, dict[str, None]], None]] = {
    "message": _search,
    "form": _search,
    "custom_fields": _search,
    "unlisted": _search_unlisted,
    "transcription_details": _search_unlisted,
    "caller_numbers": _search_listed,
    "visitor": _search_listed,
    "enhanced_caller_id": _search_listed,
    "tags": _search_list,
    "emails": _search_list,
}
"""The columns in which addresses may be, and how each is searched."""
LISTED = frozenset(name for name, search in SEARCHED.items() if search is _search_listed)
"""Those of listed fields with other content: see `may_name_objects`."""
