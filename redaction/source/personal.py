"""The personal fields of a record -> the columns of their categories. Pure; runs in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from redaction.contacts.numbers import number_text
from redaction.source.addresses import find_in_text, find_nested, find_recordings
from redaction.source.rules import load_rules

Row = dict[str, Any]
Put = Callable[[Row, Row], None]
"""Takes a row and the fields of a category that have a value; puts them into the row."""
EMPTY: tuple[Any, ...] = (None, "", [], {})
"""Empty values."""
RECORDINGS = "recordings"
"""The key of a row for the recordings after its first one, and for objects that a text names; it is not a column,
and almost no row has it.
"""
_TEXT = frozenset({str})


def _text(row: Row, value: Any) -> str:
    """Return a value as text; objects that it names are kept with the row."""
    if isinstance(value, str):
        if "/" in value or "\\" in value:
            _keep_addresses(row, find_in_text(value))
        return value
    _keep_addresses(row, find_nested(value))
    return orjson.dumps(value).decode()


def _keep_addresses(row: Row, addresses: list[str]) -> None:
    if addresses:
        row[RECORDINGS] = row.get(RECORDINGS, []) + addresses


def _texts(row: Row, *values: Any) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            if item not in EMPTY:
                found[_text(row, item)] = None
    return list(found)


def _put_text(column: str, names: tuple[str, ...], between: str) -> Put:
    def put(row: Row, found: Row) -> None:
        row[column] = between.join([_text(row, value) for value in found.values()])

    def put_one(row: Row, found: Row) -> None:
        row[column] = _text(row, found[name])

    name = names[0] if names else ""
    return put_one if len(names) == 1 else put


def _put_caller_id(row: Row, found: Row) -> None:
    values = tuple(found.values())
    # Almost always one text.
    plain = len(values) == 1 and values[0].__class__ is str
    row["caller_id"] = values[0] if plain and ":" not in values[0] else " / ".join(_texts(row, *values))


def _put_numbers(main: tuple[str, ...]) -> Put:
    def put(row: Row, found: Row) -> None:
        for name in main:
            number = number_text(found.get(name))
            if number is not None:
                del found[name]
                row["caller_number"] = number
                if ":" in number:
                    _keep_addresses(row, find_in_text(number))
                break
        if found:
            row["caller_numbers"] = found

    return put


def _put_audio(names: tuple[str, ...]) -> Put:
    def put(row: Row, found: Row) -> None:
        named: list[str] = []
        for name in names:
            if name in found:
                named = [*named, *find_recordings(found[name])] if named else find_recordings(found[name])
                if not named and "recording_url" not in row:
                    row["recording_url"] = _text(row, found[name])
        if named:
            row["recording_url"] = named[0]
            _keep_addresses(row, named[1:])

    return put


def _put_transcription(names: tuple[str, ...]) -> Put:
    def put(row: Row, found: Row) -> None:
        for name in names:
            if name in found:
                row["transcription"] = _text(row, found.pop(name))
                break
        if found:
            row["transcription_details"] = found

    return put


def _put_form(row: Row, found: Row) -> None:
    [row["form"]] = found.values()


def _put_emails(row: Row, found: Row) -> None:
    row["emails"] = _texts(row, *found.values())


def _put_tags(row: Row, found: Row) -> None:
    values = tuple(found.values())
    tags = values[0]
    if len(values) == 1 and tags.__class__ is list and _TEXT.issuperset(map(type, tags)) and "" not in tags:
        row["tags"] = list(dict.fromkeys(tags))
    else:
        row["tags"] = _texts(row, *values)


def _put_whole(column: str) -> Put:
    def put(row: Row, found: Row) -> None:
        row[column] = found

    return put


def putters() -> Mapping[str, Put]:
    """Return how each category of the catalog comes into its columns."""
    rules = load_rules()
    of: dict[str, tuple[str, ...]] = {"caller name": (), "notes": ()}
    for name, category in rules.categories.items():
        if category in of:
            of[category] = (*of[category], name)
    sides = rules.sides or ()
    # In an outbound activity the receiving side has the meaning of the sending one.
    main = [other for name in rules.caller_number for other in (sides if name in sides else (name,))]
    return {
        "caller name": _put_text("caller_name", of["caller name"], " "),
        "caller number": _put_numbers(tuple(main)),
        "caller id": _put_caller_id,
        "call audio": _put_audio(rules.recordings),
        "transcription": _put_transcription(rules.transcriptions),
        "message": _put_whole("message"),
        "custom fields": _put_whole("custom_fields"),
        "notes": _put_text("notes", of["notes"], "\n"),
        "email": _put_emails,
        "visitor data": _put_whole("visitor"),
        "tags": _put_tags,
        "form data": _put_form,
        "enhanced caller id": _put_whole("enhanced_caller_id"),
        "other": _put_whole("unlisted"),
    }
