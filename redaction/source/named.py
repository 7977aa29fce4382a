"""The names of a record's caller, in whatever field they are. Pure.

`sql/schema/code/caller_names.sql` finds the same in the columns of a row; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from itertools import chain, zip_longest
from typing import Any

from redaction.alphabet import FIELD_ENDING, FIELD_PREFIX, MOST_NUMBER, name_fields
from redaction.contacts.remembered import Remembered
from redaction.contacts.values import as_one, names_in
from redaction.source.displayed import names_next_to
from redaction.source.fields import Shape
from redaction.source.forms import letters_of, values_of
from redaction.source.limits import CONTAINERS

Parts = tuple[tuple[str, ...], ...]
_PREFIX = re.compile(FIELD_PREFIX)
_ENDING = re.compile(FIELD_ENDING)


def find_names(record: Mapping[str, Any], shape: Shape, row: Mapping[str, Any]) -> list[str]:
    """Return the texts of a record that may be a name of its caller."""
    found: list[str] = []
    for name in shape.names:
        value = record[name]
        if value.__class__ is str:
            found.append(value)
            if "=?" in value:
                found += _decode_words(value)
        elif value.__class__ in CONTAINERS:
            found += names_in(value)
    if shape.named_in_parts and "caller_name" in row:
        found.append(row["caller_name"])
    for field in shape.open_fields:
        if inner := record[field]:
            found += names_in_fields(inner, shape.form_names if field == shape.form else ())
    for field, names in shape.nested_names:
        inner = record[field]
        if inner.__class__ is dict and inner:
            found += [
                text for parts in names if (text := " ".join([as_one(inner.get(part)) for part in parts]).strip())
            ]
    if "emails" in row:
        for mail in row["emails"]:
            if " " in mail:
                found += names_next_to(mail)
    if "caller_number" in row and len(number := row["caller_number"]) > MOST_NUMBER:
        found += names_next_to(number)
    return found


def names_in_fields(held: Any, declared: Parts = ()) -> list[str]:
    """Return the names in a form or in custom fields: those of fields that are called so, in any spelling."""
    if (
        held.__class__ is dict
        and not declared
        and not _says_name[tuple(held)]
        and CONTAINERS.isdisjoint(map(type, held.values()))
    ):
        return []
    values = values_of(held, name_letters)
    found: list[str] = []
    by_first = _by_first[declared]
    # Far fewer fields than the list has.
    listed = sorted([each for letters in values if letters in by_first for each in by_first[letters]])
    for _, parts in listed:
        if len(parts) == 1:
            found += chain.from_iterable(map(names_in, values[parts[0]]))
        elif any(part in values for part in parts[1:]):
            said = [[text for value in values.get(part, ()) if (text := as_one(value))] for part in parts]
            found += [" ".join(each) for each in zip_longest(*said, fillvalue="")]
    return found


def _may_say_name(keys: Iterable[str]) -> bool:
    firsts = {parts[0] for parts in name_fields()}
    return not firsts.isdisjoint(map(name_letters.__getitem__, keys))


_says_name: Remembered[tuple[str, ...], bool] = Remembered(_may_say_name, 1_000)
"""Whether an object with these keys may have a name."""
name_letters: Remembered[str, str] = Remembered(
    lambda name: _ENDING.sub("", letters_of[_PREFIX.sub("", name.lower()) if "[" in name else name]),
    10_000,
    lambda name: len(name) < 100,
)
"""The letters of a field's name without a number or a `required` behind it."""


def _find_listed(declared: Parts) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    found: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    further = [tuple(map(name_letters.__getitem__, parts)) for parts in declared]
    for place, parts in enumerate(chain(name_fields(), further)):
        found.setdefault(parts[0], []).append((place, parts))
    return found


_by_first = Remembered(_find_listed, 100)
"""The listed names of fields, and the declared ones, by the letters of their first part, each with its place."""


def _decode_words(text: str) -> list[str]:
    """Return the decoded MIME words of a text (RFC 2047); nothing if it cannot be read."""
    try:
        return [str(make_header(decode_header(text)))]
    except (ValueError, LookupError, HeaderParseError):
        return []
