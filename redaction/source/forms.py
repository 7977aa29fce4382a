"""The fields of a form, whoever has named them: `First Name`, `first_name` and `firstname` are one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson

from redaction.alphabet import (
    FIELD_CALLED,
    FIELD_KEYS,
    FIELD_LINE,
    FIELD_LINES,
    FIELD_NAMES,
    FIELD_TEXTS,
    FIELD_VALUES,
    field_types,
)
from redaction.contacts.folding import fold
from redaction.contacts.remembered import Remembered

_NO_LETTER = re.compile(r"[^a-z0-9]+")
_QUERY = re.compile(r"[^\s=&]+=[^\s]*")
"""A form as browsers send it."""
_LINES = re.compile(FIELD_LINES)
_LINE = re.compile(FIELD_LINE)
_NUMBERED = re.compile("[0-9]+")
_OPENING = ("{", "[")
_ALL = frozenset(FIELD_KEYS)
LeavesOut = Callable[[str, bool], bool]
"""Says whether an object of a name is left out, or, for True, a field of that name."""


def _nothing(name: str, is_field: bool) -> bool:
    return False


letters_of: Remembered[str, str] = Remembered(
    lambda name: _NO_LETTER.sub("", name.lower()) if name.isascii() else fold(name).replace(" ", ""),
    10_000,
    lambda name: len(name) < 100,
)
"""The letters of a name, in any script and without accents, and the digits: fields are compared by them."""


def values_of(form: Any, letters: Mapping[str, str] = letters_of) -> dict[str, list[Any]]:
    """Return the values of each field of a form by the letters of its name; also those in a list of fields, in an
    object in it, or in a form that is a text.
    """
    found: dict[str, list[Any]] = {}
    for name, value in fields_of(form):
        found.setdefault(letters[name], []).append(value)
    return found


def fields_of(form: Any) -> list[tuple[str, Any]]:
    """Return the fields of a form with their values, likewise."""
    return [each for group in groups_of(form) for each in group.fields]


class Group(NamedTuple):
    """The fields of one object of a form, or of one list of fields, and the place of the group around it."""

    fields: Collection[tuple[str, Any]]
    around: int


def groups_of(form: Any, leaves_out: LeavesOut = _nothing, deepest: int = 2) -> list[Group]:
    """Return the fields of a form with their values, by objects, in as many levels; some names are left out."""
    groups = [Group(_within(_read(form) if form.__class__ is str else form, leaves_out), -1)]
    begin, level = 0, 1
    while level < deepest and begin < len(groups):
        end = len(groups)
        for place in range(begin, end):
            for name, held in groups[place].fields:
                if held.__class__ is str:
                    if deepest == 2 or held[:1] not in _OPENING:
                        continue
                    held = _read(held)
                if held.__class__ is dict or held.__class__ is list:
                    is_read = (
                        _NUMBERED.fullmatch(name) is not None and held.__class__ is dict and all(_keys[tuple(held)])
                    )
                    if not is_read and not leaves_out(name, False):
                        groups.append(Group(_within(held, leaves_out), place))
        begin, level = end, level + 1
    return groups


def _read(text: str) -> Any:
    if text[:1] in ("{", "["):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
    if _QUERY.fullmatch(text):
        return parse_qs(text)
    lines = [line for line in _LINES.split(text) if line and not line.isspace()]
    said = [found for line in lines if (found := _LINE.fullmatch(line)) is not None]
    # In a message, a number after a colon may be anybody's.
    return [list(found.groups()) for found in said] if len(said) == len(lines) else None


def _within(held: Any, leaves_out: LeavesOut) -> Collection[tuple[str, Any]]:
    if held.__class__ is list:
        return list(_list_fields(held, leaves_out))
    if held.__class__ is not dict:
        return ()
    return list(_fields_in(held, leaves_out)) if dict in map(type, held.values()) else held.items()


def _fields_in(held: Mapping[str, Any], leaves_out: LeavesOut) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object, and those that are fields by their own names."""
    for name, item in held.items():
        yield name, item
        if item.__class__ is dict and all(_keys[tuple(item)]):
            yield from _named(item, leaves_out)


def _list_fields(held: list[Any], leaves_out: LeavesOut) -> Iterator[tuple[str, Any]]:
    for item in held:
        if item.__class__ is dict:
            if _keys[tuple(item)][0] is None:
                yield from _fields_in(item, leaves_out)
            else:
                yield from _named(item, leaves_out)
        elif item.__class__ is list:
            is_pair = len(item) == 2 and isinstance(item[0], str)
            yield (item[0], item[1]) if is_pair else ("", item)


def _named(item: Mapping[str, Any], leaves_out: LeavesOut) -> Iterator[tuple[str, Any]]:
    """Yield the value of a field by each of its names, and by its type."""
    value, called = _keys[tuple(item)]
    assert value is not None
    kind = item.get("type")
    names = _names[
        (*[said for key in called if (said := item[key]).__class__ is str], kind if kind.__class__ is str else "")
    ]
    if len(names) < 2 or not any([leaves_out(name, True) for name in names]):
        for name in names:
            yield name, item[value]


def _find_names(said: tuple[str, ...]) -> list[str]:
    kind = said[-1].lower()
    names = list({letters_of[name]: name for name in reversed(said[:-1])}.values())[::-1]
    if kind in FIELD_NAMES or kind in field_types():
        names.append(kind if kind in FIELD_NAMES else " ".join([*names, kind]))
    return names


_names: Remembered[tuple[str, ...], list[str]] = Remembered(_find_names, 10_000, lambda said: sum(map(len, said)) < 200)
"""The names of a field by what it is called and its type, which is the last one."""


def _find_keys(keys: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    values = FIELD_VALUES if not _ALL.issuperset(keys) else (*FIELD_VALUES, *FIELD_TEXTS)
    value = next((key for key in values if key in keys), None)
    return value, tuple(key for key in FIELD_CALLED if key in keys)


_keys: Remembered[tuple[str, ...], tuple[str | None, tuple[str, ...]]] = Remembered(
    _find_keys, 1_000, lambda keys: len(keys) < 50
)
"""The key of the value of an object with these keys, None if it is no field, and the keys of what it may be called."""
