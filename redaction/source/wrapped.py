"""An object that is no record -> the records in it: what answers, webhooks and exports wrap them in. Pure.

The source declares the names of lists and wrappers, which count in any case. An object with other names is searched: an
object in it with an id, an account and a time is a record. Only objects that are no record come here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import orjson

from redaction.source.forms import letters_of
from redaction.source.mend import mend
from redaction.source.rules import NO_FIELD, Rules, load_rules

MOST_WRAPPERS = 8
_EARLIER = frozenset({"before", "old", "previous", "original", "deleted", "removed"})
"""Names of what a record was before a change."""
_TYPE = "type"
_RELATED = "relationships"
"""Where JSON:API has the ids of other objects."""


def is_record(value: Mapping[str, Any], rules: Rules) -> bool:
    """Return whether an object has an id, an account and a time."""
    return rules.bare in value and rules.bare_account in value and not rules.bare_times.isdisjoint(value)


def find_record(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the record that an object is, with the names that the source declares; None if it is none."""
    rules = load_rules()
    if is_record(value, rules):
        return value
    names = {name: _spellings().get(letters_of[name], name) for name in value}
    if rules.bare not in names.values() or rules.bare_account not in names.values():
        return None
    found = _rename(value, names)
    return _rename_within(found, rules) if is_record(found, rules) else None


def read_text(text: str) -> Any:
    """Return the object or list that a text is, mended if need be; else the text."""
    if text[:1] in ("{", "["):
        data = text.encode(errors="replace")
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(data)
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(mend(data))
    return text


def find_inside(value: Mapping[str, Any]) -> list[Any]:
    """Return what in an object that is no record may have some: its lists of records, else the wrappers of answers,
    else anything that has a record.
    """
    rules = load_rules()
    if rules.bare in value:
        merged = _merge(value, rules)
        return [merged] if merged is not None else _search(value)
    by_name = {name.lower(): held for name, held in value.items()}
    lists = [by_name[name] for name in rules.lists if isinstance(by_name.get(name), list)]
    if lists:
        return lists
    found: list[Any] = []
    known = {*rules.lists, *rules.wrappers, rules.bare}
    for name in (*rules.streams, *rules.wrappers):
        held = by_name.get(name)
        if isinstance(held, dict) and name in rules.lists and known.isdisjoint(held):
            # Records by their ids.
            found.append(list(held.values()))
        elif isinstance(held, dict | list):
            found.append(held)
    return found or _search(value)


def _search(value: Mapping[str, Any]) -> list[Any]:
    return [held for name, held in value.items() if name.lower() not in _EARLIER and _has_record(held)]


def _has_record(value: Any) -> bool:
    """Return whether a value is a record, or has one in it; what is deeper than a wrapper may be is not searched."""
    level = [value]
    for _ in range(MOST_WRAPPERS):
        following: list[Any] = []
        for each in level:
            if isinstance(each, str):
                each = read_text(each)
            if isinstance(each, list):
                following += each
            elif isinstance(each, dict):
                if find_record(each) is not None or _merge(each, load_rules()) is not None:
                    return True
                following += [held for name, held in each.items() if name.lower() not in _EARLIER]
        level = following
    return False


def _merge(value: Mapping[str, Any], rules: Rules) -> dict[str, Any] | None:
    """Return the record whose id is next to an object with its other fields, as in JSON:API; None if there is none."""
    if rules.bare not in value or rules.bare_account in value:
        return None
    for held in value.values():
        if isinstance(held, dict) and rules.bare not in held:
            record = {**_related(value, rules), **held, rules.bare: value[rules.bare]}
            if is_record(record, rules):
                kind = value.get(_TYPE)
                return {_TYPE: kind, **record} if isinstance(kind, str) else record
    return None


def _related(value: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Return the account that JSON:API has among the related objects."""
    held: Any = value.get(_RELATED)
    for name in (rules.bare_account.removesuffix("_id"), "data", "id"):
        held = held.get(name) if isinstance(held, dict) else None
    return {} if held is None else {rules.bare_account: held}


@cache
def _spellings() -> Mapping[str, str]:
    """Return the names of the source's fields by their letters; those that only differ in others are left out."""
    rules = load_rules()
    found: dict[str, str] = {}
    twice = set()
    for name in dict.fromkeys(_names(rules)):
        letters = letters_of[name]
        if letters in found:
            twice.add(letters)
        found[letters] = name
    return {letters: name for letters, name in found.items() if letters not in twice}


def _names(rules: Rules) -> Iterator[str]:
    yield from (rules.bare, rules.bare_account, *sorted(rules.bare_times), *rules.categories)
    yield from (name for name in (rules.written, rules.redacted, rules.direction, rules.path) if name != NO_FIELD)
    yield from rules.path_keys
    for names in rules.nested_names.values():
        yield from (part for parts in names for part in parts)


def _rename(value: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return an object with other names; of two with one name, the second one keeps its own."""
    found: dict[str, Any] = {}
    for name, held in value.items():
        other = names[name]
        found[other if other == name or (other not in value and other not in found) else name] = held
    return found


def _rename_within(record: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """Return a record with the declared names in its call flow, and in the objects that have the caller's name, too."""
    for field in (rules.path, rules.form, *rules.nested_names):
        held = record.get(field)
        if isinstance(held, dict):
            record[field] = _rename_all(held)
        elif isinstance(held, list):
            record[field] = [_rename_all(each) if isinstance(each, dict) else each for each in held]
    return record


def _rename_all(value: Mapping[str, Any]) -> dict[str, Any]:
    return _rename(value, {name: _spellings().get(letters_of[name], name) for name in value})
