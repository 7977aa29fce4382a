"""The addresses of objects in a record: recordings, pictures of texts, uploads of forms, wherever they stand in it.

The address of the recording goes to its own column, from which the database records it; every other one is recorded
beside the activity. None is asked or opened here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson
from ahocorasick_rs import BytesAhoCorasick

from redaction.objects.addresses import is_address
from redaction.objects.spelling import is_plain, spell

_WORDS = (
    *("audio", "media", "record", "voicemail", "voice_mail", "voicenote", "attach", "upload", "file"),
    *("image", "photo", "picture", "video", "document", "mms"),
)
_OBJECTS = re.compile("|".join(_WORDS), re.IGNORECASE | re.ASCII)
"""Names of fields whose texts name objects."""
_WRITTEN = frozenset({"body", "text", "message", "message_body", "content", "comment", "comments", "note", "notes"})
_PAGES = frozenset(
    {"url", "page", "page_url", "referrer", "referer", "location", "website", "web_site", "homepage", "site", "link"}
    | {"landing_page", "landing_url"}
)
"""Names of fields in which a web address is a link that somebody wrote, or the page that a person came from."""
_MEDIA = frozenset({"audio", "media", "message_media"})
"""Names of fields that hold nothing but objects: of a text that is no address even a bare name is one."""
_SEPARATED = re.compile(r"(?<![\s,;|])[\s,;|]++(?=[A-Za-z][A-Za-z0-9+.\-]*:/)")
_STORED = re.compile(r"\s*(?:file|s3[an]?|gs|gcs|az|abfss?):/", re.IGNORECASE)
"""What names a file or a key of a bucket, whatever the field."""
_find_marks = BytesAhoCorasick(
    [mark.encode() for mark in (*_WORDS, "s3:/", "s3n:/", "s3a:/", "gs:/", "gcs:/", "az:/", "abfs:/", "abfss:/")]
).find_matches_as_indexes
"""Return where the words and schemes stand without which nothing of a listed field names an object."""
_STORED_BEGIN = frozenset({"fi", "s3", "gs", "gc", "az", "ab"})
_NO_PATH = re.compile(
    r"n/a|(?:application|audio|font|image|message|model|multipart|text|video)/[\w.+\-]+", re.IGNORECASE
)
"""What has a slash and is no path: nothing, and types of content."""
_MOST_SUFFIX = 5


def find_recordings(audio: Any) -> list[str]:
    """Return the addresses that the wire field of the recording names, each in its one spelling."""
    if isinstance(audio, str) and is_plain(audio):
        return [audio]
    named = [part for text, _, _ in _texts(audio, "audio") for part in _split(text)]
    return list(dict.fromkeys(map(spell, named)))


def find_objects(row: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    """Return the addresses in some columns of a row, each in its one spelling, beside that of its recording."""
    found: dict[str, None] = {}
    for column in columns:
        SEARCHED[column](row[column], found)
    found.pop(row.get("recording_url", ""), None)
    return list(found)


def _search(held: Any, found: dict[str, None]) -> None:
    """Take every address but links to pages; of a field that names objects also a path without a scheme."""
    for name, value in held.items() if isinstance(held, dict) else [("", held)]:
        if not name.startswith("salesforce"):
            for text, last, hinted in _texts(value, name):
                if hinted:
                    _take(text, last, found)
                elif is_address(text) and not (_is_web(text) and last.lower() in _WRITTEN | _PAGES):
                    found[spell(text)] = None


def _search_unlisted(held: Mapping[str, Any], found: dict[str, None]) -> None:
    """Take, of fields that nobody listed, those that name objects, and every address that is none of the web."""
    for name, value in held.items():
        kind = value.__class__
        if (kind is str and ("/" in value or "\\" in value)) or kind is list or kind is dict:
            for text, last, hinted in _texts(value, name):
                if hinted:
                    _take(text, last, found)
                elif is_address(text) and not _is_web(text):
                    found[spell(text)] = None


def may_name_objects(data: bytes) -> bool:
    """Return whether `_search_listed` could find something in what this is the JSON of: one pass over its bytes. Nearly
    every record comes here, and nearly none does.
    """
    return bool(_find_marks(data.lower()))


def _search_listed(held: Mapping[str, Any], found: dict[str, None]) -> None:
    """Take, of listed fields that hold other things, what a field that names objects names, and every file and key of a
    bucket; not where a person came from, which may be an address of any kind.
    """
    rest = [(held, False)]
    while rest:
        fields, below = rest.pop()
        for name, value in fields.items():
            kind = value.__class__
            if kind is str:
                if "/" in value or "\\" in value:
                    if (below or _OBJECTS.search(name) is not None) and name.lower() not in _PAGES:
                        _take(value, name, found)
                    elif value.lstrip()[:2].lower() in _STORED_BEGIN and _STORED.match(value):
                        found[spell(value)] = None
            elif value and kind is dict:
                rest.append((value, below or _OBJECTS.search(name) is not None))
            elif value and kind is list:
                rest += [
                    (each if each.__class__ is dict else {name: each}, below or _OBJECTS.search(name) is not None)
                    for each in value
                ]


def find_nested(value: Any) -> list[str]:
    """Return the addresses in a value that is no text, but is kept as one: an object or a list in a field of texts."""
    found: dict[str, None] = {}
    _search_unlisted({"": value}, found)
    return list(found)


def _take(text: str, last: str, found: dict[str, None]) -> None:
    """Take what a text of a field that names objects names: addresses, also in a list that is written as a text."""
    for part in _split(text):
        if is_address(part) or _is_path(part, last.lower() in _MEDIA):
            found[spell(part)] = None


def _split(text: str) -> list[str]:
    """Return the parts of a text that is a list of addresses, by separators or as JSON; else the text itself."""
    if text.lstrip()[:1] in ("[", "{", '"'):
        try:
            return [part for each, _, _ in _texts(orjson.loads(text), "") for part in _SEPARATED.split(each)]
        except orjson.JSONDecodeError:
            pass
    return _SEPARATED.split(text)


def _is_web(text: str) -> bool:
    return text.lstrip()[:6].lower().startswith(("http:", "https:"))


def _is_path(text: str, whatever: bool) -> bool:
    """Return whether a text is a path without a scheme; `whatever` takes a bare name for one too."""
    if text.startswith("/"):
        return len(text) > 1
    parted = "/" in text or "\\" in text
    if not (parted or (whatever and "." in text)) or _NO_PATH.fullmatch(text) or any(map(str.isspace, text)):
        return False
    suffix = text.rpartition(".")[2]
    return whatever or text.startswith("\\\\") or (suffix.isalnum() and len(suffix) <= _MOST_SUFFIX)


def _texts(value: Any, name: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the texts in a value in their order: each with the name next to it, and whether any name above it is one
    of objects. How deep a record may be the door has looked at; nothing is nested here.
    """
    if value.__class__ is str:
        if value:
            yield value, name, _OBJECTS.search(name) is not None
        return
    rest = [(value, name, _OBJECTS.search(name) is not None)]
    while rest:
        value, name, hinted = rest.pop()
        if isinstance(value, str):
            if value:
                yield value, name, hinted
        elif isinstance(value, list):
            rest += [(item, name, hinted) for item in reversed(value)]
        elif isinstance(value, dict):
            rest += [(item, key, hinted or _OBJECTS.search(key) is not None) for key, item in reversed(value.items())]


SEARCHED: Mapping[str, Callable[[Any, dict[str, None]], None]] = {
    "message": _search,
    "form": _search,
    "custom_fields": _search,
    "unlisted": _search_unlisted,
    "transcription_details": _search_unlisted,
    "caller_numbers": _search_listed,
    "visitor": _search_listed,
    "enhanced_caller_id": _search_listed,
}
"""The columns in which addresses may stand, and how each is searched."""
LISTED = frozenset(name for name, search in SEARCHED.items() if search is _search_listed)
"""Those of listed fields that hold other things: see `may_name_objects`."""
