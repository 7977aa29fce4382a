"""The personal fields of a record -> the columns of their categories. Pure; runs in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from redaction.contacts.numbers import number_text
from redaction.source.addresses import find_in_text, find_nested, find_recordings
from redaction.source.fields import MAIN_NUMBER

Row = dict[str, Any]
EMPTY: tuple[Any, ...] = (None, "", [], {})
"""Values that say nothing."""
RECORDINGS = "recordings"
"""The key of a row under which the recordings beside its first one stand, and objects that a text names; no column, and
nearly no row has it."""
_TEXT = frozenset({str})


def _text(row: Row, value: Any) -> str:
    """Return a value as text; what it names of objects is kept beside the row."""
    if isinstance(value, str):
        if "/" in value:
            _keep_beside(row, find_in_text(value))
        return value
    _keep_beside(row, find_nested(value))
    return orjson.dumps(value).decode()


def _keep_beside(row: Row, addresses: list[str]) -> None:
    if addresses:
        row[RECORDINGS] = row.get(RECORDINGS, []) + addresses


def _texts(row: Row, *values: Any) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            if item not in EMPTY:
                found[_text(row, item)] = None
    return list(found)


def _put_name(row: Row, found: Row) -> None:
    row["caller_name"] = _text(row, found["name"])


def _put_numbers(row: Row, found: Row) -> None:
    for name in MAIN_NUMBER:
        number = number_text(found.get(name))
        if number is not None:
            del found[name]
            row["caller_number"] = number
            if "/" in number:
                _keep_beside(row, find_in_text(number))
            break
    if found:
        row["caller_numbers"] = found


def _put_caller_id(row: Row, found: Row) -> None:
    values = tuple(found.values())
    # Nearly always one text.
    plain = len(values) == 1 and values[0].__class__ is str
    row["caller_id"] = values[0] if plain and "/" not in values[0] else " / ".join(_texts(row, *values))


def _put_audio(row: Row, found: Row) -> None:
    if "audio" in found:
        named = find_recordings(found["audio"])
        row["recording_url"] = named[0] if named else _text(row, found["audio"])
        _keep_beside(row, named[1:])


def _put_transcription(row: Row, found: Row) -> None:
    for name in ("transcription", "transcription_text"):
        if name in found:
            row["transcription"] = _text(row, found.pop(name))
            break
    if found:
        row["transcription_details"] = found


def _put_notes(row: Row, found: Row) -> None:
    row["notes"] = _text(row, found["notes"])


def _put_form(row: Row, found: Row) -> None:
    row["form"] = found["form"]


def _put_emails(row: Row, found: Row) -> None:
    row["emails"] = _texts(row, found.get("email"), found.get("emails"))


def _put_tags(row: Row, found: Row) -> None:
    tags = found.get("tag_list")
    if len(found) == 1 and tags.__class__ is list and _TEXT.issuperset(map(type, tags)) and "" not in tags:
        row["tags"] = list(dict.fromkeys(tags))
    else:
        row["tags"] = _texts(row, tags, found.get("source_tag"))


def _put_whole(column: str) -> Callable[[Row, Row], None]:
    def put(row: Row, found: Row) -> None:
        row[column] = found

    return put


PUT: Mapping[str, Callable[[Row, Row], None]] = {
    "caller name": _put_name,
    "caller number": _put_numbers,
    "caller id": _put_caller_id,
    "call audio": _put_audio,
    "transcription": _put_transcription,
    "message": _put_whole("message"),
    "custom fields": _put_whole("custom_fields"),
    "notes": _put_notes,
    "email": _put_emails,
    "visitor data": _put_whole("visitor"),
    "tags": _put_tags,
    "form data": _put_form,
    "enhanced caller id": _put_whole("enhanced_caller_id"),
    "other": _put_whole("unlisted"),
}
"""How each category of the catalog comes into its columns."""
