"""The declaration of a source -> the rules of the loader, worked out once a process, so that a record costs nothing.

A field that the source does not have is called `NO_FIELD`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import orjson

from redaction.mapping.declaration import PathKey
from redaction.mapping.folder import PERSONAL_COLUMNS, Source, load_source
from redaction.source.clock import compile_format
from redaction.source.forms import letters_of

Path = tuple[str, ...]
Pairs = tuple[tuple[str, str], ...]
NO_FIELD = "\0"
"""The name of no field: the loader removes NUL from names of fields."""
_INTEGERS = frozenset({"tracking_number_id", "source_id"})
"""Columns of integers."""
CALLER_ID, LOCATION = "caller id", "place of a side"
LOOKED_UP = (CALLER_ID, "enhanced caller id")
_CALLER = ("caller name", CALLER_ID)
"""Categories whose fields are names of the caller."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The purpose of a source's fields."""

    id: str
    account: str
    bare: str
    """The field that tells a record from its wrapper: that of its id, or the field around it."""
    bare_account: str
    """The same for its account."""
    bare_times: frozenset[str]
    """The same for its time: any of them."""
    bare_fields: tuple[str, str, str, str]
    """All of them; a single time is there twice."""
    moves: tuple[tuple[Path, Path], ...]
    """For each value: its place in the record, and the place where it is read."""
    quoted_id: tuple[bytes, ...]
    """The place of the id in the bytes of a record: each name on the path."""
    lists: tuple[str, ...]
    quoted_lists: frozenset[bytes]
    quoted_pages: frozenset[bytes]
    """The names of lists and of wrappers, which may be lists too."""
    streams: frozenset[str]
    """Streams of activities; anything else in one is rejected, not skipped."""
    wrappers: tuple[str, ...]
    """The names in which answers wrap pages and records."""
    seconds: str
    time: str
    formats: tuple[re.Pattern[str], ...]
    written: str
    redacted: str
    kinds: tuple[str, ...]
    """Fields that may name the kind."""
    kind_words: Mapping[str, str]
    texts_have: frozenset[str]
    chats_have: frozenset[str]
    calls_have: tuple[str, ...]
    direction: str
    direction_words: tuple[tuple[str, Literal["in", "out"]], ...]
    """Words of a direction, the longest first; a text with words of neither direction, or of both, says nothing."""
    sides: tuple[str, str] | None
    """The sending and the receiving side."""
    texts: Pairs
    """Retained texts: field and column, the better field of a column first."""
    numbers: Pairs
    """Retained integers, likewise."""
    path: str
    path_keys: Mapping[str, str]
    """The stored names of the keys of a step."""
    renames_path: bool
    """Whether they differ from those of the source."""
    caller_number: tuple[str, ...]
    """Fields of the contact's number in inbound activities, best first."""
    other_numbers: tuple[str, ...]
    names: tuple[str, ...]
    """Fields of the caller's name."""
    nested_names: Mapping[str, tuple[tuple[str, ...], ...]]
    """Fields within which the name is, each with the parts of each name."""
    form: str
    form_numbers: tuple[str, ...]
    """The letters of names of fields in a form, also below."""
    form_emails: tuple[str, ...]
    number_stems: tuple[str, ...]
    """Stems in names of other fields in a form, as they are declared."""
    email_stems: tuple[str, ...]
    other_stems: tuple[str, ...]
    """Those of fields that belong to somebody else."""
    business_words: tuple[str, ...]
    """Words in names of fields that belong to the business."""
    your_words: tuple[str, ...]
    """Words next to which they do not count (`your office phone`)."""
    country_stems: tuple[str, ...]
    """Stems in names of fields with a country."""
    number_country_stems: tuple[str, ...]
    """Those of fields with the country of a number."""
    area_stems: tuple[str, ...]
    """Those of fields with the area code of a number."""
    recordings: tuple[str, ...]
    transcriptions: tuple[str, ...]
    locations: frozenset[str]
    """Names of fields with the location of a side of the activity."""
    lookups: Mapping[str, str]
    """The letters of the names of these fields and of those with what caller ID has found, each with its category."""
    searched: tuple[str, ...]
    """Fields whose texts are cached and searched before they are encoded."""
    categories: Mapping[str, str | None]

    def move(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a record with each value where it is read; if another value is there, both stay in place."""
        found: dict[str, Any] = dict(record)
        for path, target in self.moves:
            holder, last = _descend(found, path)
            place, name = _descend(found, target, make=True)
            if holder is not None and place is not None and last in holder and name not in place:
                place[name] = holder.pop(last)
        return found

    def rename_path(self, path: Any) -> Any:
        """Return a call flow with the stored names of its steps' keys; an unlisted key of that name gets another
        one.
        """
        if not isinstance(path, list):
            return path
        return [
            {self.path_keys.get(name, name + "_" * (name in get_args(PathKey))): value for name, value in hop.items()}
            if isinstance(hop, dict)
            else hop
            for hop in path
        ]


def _descend(record: dict[str, Any], path: Path, make: bool = False) -> tuple[dict[str, Any] | None, str]:
    """Return the object that has the end of a path, with each object on the path copied; None if there is none."""
    held = record
    for name in path[:-1]:
        inner = held.get(name, {} if make else None)
        if inner.__class__ is not dict:
            return None, path[-1]
        held[name] = held = dict(inner)
    return held, path[-1]


@cache
def load_rules() -> Rules:
    """Return the rules of this installation's source; raises BadInput if its declaration is invalid."""
    return read_rules(load_source())


def read_rules(source: Source) -> Rules:
    """Return the rules of a source."""
    said = source.declared
    moves = tuple((tuple(path.split(".")), tuple(target.split("."))) for path, target in said.moved.items())
    place = {target: path for path, target in moves}
    identity = place.get((said.identity.id,), (said.identity.id,))
    account = place.get((said.identity.account,), (said.identity.account,))
    times = [place.get((name,), (name,))[0] for name in (said.time.seconds, said.time.text) if name]
    direction, kind, path, columns = said.direction, said.kind, said.call_path, said.columns
    lists = tuple(said.records.lists)
    retained = [(name, column) for column, names in columns.items() if column not in PERSONAL_COLUMNS for name in names]
    texts = tuple(pair for pair in retained if pair[1] not in _INTEGERS)
    names = tuple(name for name, category in source.categories.items() if category in _CALLER)
    caller = columns.get("caller_number", ())
    path_keys = {name: key for key, name in path.keys.items()} if path else {}
    sides = (direction.sender, direction.receiver) if direction and direction.sender and direction.receiver else None
    places = said.locations
    located = frozenset((*places.fields, *(f"{side}_{name}" for side in places.sides for name in places.fields)))
    otherwise = frozenset(
        f"{side}_{name}" for side in ("", *places.sides, *places.others) for name in (*places.fields, *places.words)
    )
    return Rules(
        id=said.identity.id,
        account=said.identity.account,
        bare=identity[0],
        bare_account=account[0],
        bare_times=frozenset(times),
        bare_fields=(identity[0], account[0], times[0], times[-1]),
        moves=moves,
        quoted_id=tuple(map(orjson.dumps, identity)),
        lists=lists,
        quoted_lists=_quote(lists),
        quoted_pages=_quote((*lists, *said.records.wrappers)),
        streams=frozenset(name.lower() for name in (*lists, *said.records.streams)),
        wrappers=said.records.wrappers,
        seconds=said.time.seconds or NO_FIELD,
        time=said.time.text or NO_FIELD,
        formats=tuple(map(compile_format, said.time.formats)),
        written=said.time.written or NO_FIELD,
        redacted=said.redacted or NO_FIELD,
        kinds=kind.fields,
        kind_words={word: one for one, words in kind.words.items() for word in words},
        texts_have=frozenset(kind.texts_have),
        chats_have=frozenset(kind.chats_have),
        calls_have=kind.calls_have,
        direction=direction.field if direction else NO_FIELD,
        direction_words=_order(direction.inbound, direction.outbound) if direction else (),
        sides=sides,
        texts=texts,
        numbers=tuple(pair for pair in retained if pair[1] in _INTEGERS),
        path=path.field if path else NO_FIELD,
        path_keys=path_keys,
        renames_path=path_keys != {key: key for key in get_args(PathKey)},
        caller_number=caller,
        other_numbers=said.contact.numbers,
        names=names,
        nested_names=_group(said.contact.names),
        form=next((name for name, category in source.categories.items() if category == "form data"), NO_FIELD),
        form_numbers=tuple(map(letters_of.__getitem__, said.contact.form_numbers)),
        form_emails=tuple(map(letters_of.__getitem__, said.contact.form_emails)),
        number_stems=said.contact.number_stems,
        email_stems=said.contact.email_stems,
        other_stems=said.contact.others,
        business_words=said.contact.business,
        your_words=said.contact.yours,
        country_stems=said.contact.countries,
        number_country_stems=said.contact.number_countries,
        area_stems=said.contact.areas,
        recordings=columns.get("recording_url", ()),
        transcriptions=columns.get("transcription", ()),
        locations=located,
        lookups=_find_lookups(source.categories, located | otherwise),
        searched=tuple(dict.fromkeys((*names, *caller, *said.contact.numbers, *(name for name, _ in texts)))),
        categories=source.categories,
    )


def _find_lookups(categories: Mapping[str, str | None], locations: frozenset[str]) -> dict[str, str]:
    found = dict.fromkeys(map(letters_of.__getitem__, locations), LOCATION)
    for name, category in categories.items():
        letters = letters_of[name]
        if category in LOOKED_UP and letters not in found:
            # A name of caller ID is also called `caller_id_name`.
            found |= {letters: category, f"{letters}name": category} if category == CALLER_ID else {letters: category}
    return found


def _quote(names: tuple[str, ...]) -> frozenset[bytes]:
    return frozenset(orjson.dumps(each) for name in names for each in (name, name.title(), name.upper()))


def _order(inbound: tuple[str, ...], outbound: tuple[str, ...]) -> tuple[tuple[str, Literal["in", "out"]], ...]:
    words: list[tuple[str, Literal["in", "out"]]] = [(word.lower(), "in") for word in inbound]
    words += [(word.lower(), "out") for word in outbound]
    return tuple(sorted(words, key=lambda each: len(each[0]), reverse=True))


def _group(names: tuple[tuple[str, ...], ...]) -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for parts in names:
        field = parts[0].partition(".")[0]
        found[field] = (*found.get(field, ()), tuple(part.partition(".")[2] for part in parts))
    return found
