"""The addresses of objects in a record: recordings, pictures of texts, uploads of forms, wherever they stand in it.

The address of the recording goes to its own column, from which the database records it; every other one is recorded
beside the activity. None is asked or opened here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from redaction.objects.addresses import is_address
from redaction.objects.spelling import spell
from redaction.settings import DEEPEST

_OBJECTS = re.compile(
    r"audio|media|record|voice_?mail|voicenote|attach|upload|file|image|photo|picture|video|document|mms", re.IGNORECASE
)
"""Names of fields whose texts name objects."""
_WRITTEN = frozenset({"body", "text", "message", "message_body", "content", "comment", "comments", "note", "notes"})
_PAGES = frozenset(
    {"url", "page", "page_url", "referrer", "referer", "location", "website", "web_site", "homepage", "site", "link"}
    | {"landing_page", "landing_url"}
)
"""Names of fields in which a web address is a link that somebody wrote, or the page that a person came from."""


def find_recordings(audio: Any) -> list[str]:
    """Return the addresses that the wire field of the recording names, each in its one spelling."""
    if isinstance(audio, str):
        return [spell(audio)]
    return list(dict.fromkeys(spell(text) for _, text in _texts(audio, "audio", 0)))


def find_objects(row: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    """Return the addresses in some columns of a row, each in its one spelling, beside that of its recording."""
    found: dict[str, None] = {}
    for column in columns:
        SEARCHED[column](row[column], found)
    found.pop(row.get("recording_url", ""), None)
    return list(found)


def _search(held: Any, found: dict[str, None]) -> None:
    """Take every address but links to pages; of a field that names objects also a path without a scheme."""
    for key, text in _texts(held, "", 0):
        if key.startswith(".salesforce"):
            continue
        if _OBJECTS.search(key):
            if is_address(text) or _is_path(text):
                found[spell(text)] = None
        elif is_address(text) and not (_is_web(text) and key.rpartition(".")[2].lower() in _WRITTEN | _PAGES):
            found[spell(text)] = None


def _search_unlisted(held: Mapping[str, Any], found: dict[str, None]) -> None:
    """Take, of fields that nobody listed, those that name objects, and every address that is none of the web."""
    for name, value in held.items():
        kind = value.__class__
        if kind is str:
            if ":/" in value or value[:1] == "/":
                _take(name, value, found)
        elif kind is list or kind is dict:
            for key, text in _texts(value, name, 0):
                _take(key, text, found)


def _take(name: str, text: str, found: dict[str, None]) -> None:
    hinted = _OBJECTS.search(name) is not None
    if (is_address(text) and (hinted or not _is_web(text))) or (hinted and _is_path(text)):
        found[spell(text)] = None


def _is_web(text: str) -> bool:
    return text.lstrip()[:6].lower().startswith(("http:", "https:"))


def _is_path(text: str) -> bool:
    return text.startswith("/") and len(text) > 1


def _texts(value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the texts in a value, each with the names that lead to it."""
    if isinstance(value, str):
        if value:
            yield name, value
    elif depth <= DEEPEST:
        if isinstance(value, list):
            for item in value:
                yield from _texts(item, name, depth + 1)
        elif isinstance(value, dict):
            for key, item in value.items():
                yield from _texts(item, f"{name}.{key}", depth + 1)


SEARCHED: Mapping[str, Callable[[Any, dict[str, None]], None]] = {
    "message": _search,
    "form": _search,
    "custom_fields": _search,
    "unlisted": _search_unlisted,
    "transcription_details": _search_unlisted,
}
"""The columns in which addresses may stand, and how each is searched."""
