"""The content of a source's `mapping.yml`: identity, times, kinds, directions, columns, contacts, objects. Pure.

Each section refuses unknown entries, and entries that contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = tuple[Name, ...]
Kind = Literal["call", "text", "chat", "form"]
PathKey = Literal["route_name", "route_id", "route_type", "started_at"]
_DIRECTIVE = re.compile(r"%(.)")
_DIRECTIVES = frozenset("YmdHIMSpz")


class _Section(BaseModel):
    """A part of `mapping.yml`; unknown entries are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Records(_Section):
    """How the records are sent."""

    lists: Names = ()
    streams: Names = ()
    wrappers: Names = ()


class Identity(_Section):
    """The fields with an activity's id and its account's id."""

    id: Name
    account: Name


class Times(_Section):
    """The fields with the time of an activity, and the time when the source has written its record."""

    seconds: Name | None = None
    text: Name | None = None
    formats: Names = ()
    written: Name | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Times:
        if self.seconds is None and self.text is None:
            raise ValueError("must name a field: `seconds`, `text` or both")
        if self.seconds == self.text:
            raise ValueError(f"`seconds` and `text` are two fields, and both are {self.text}")
        for each in self.formats:
            found = _DIRECTIVE.findall(each)
            if set(found) - _DIRECTIVES or len(found) != len(set(found)) or not {"Y", "m", "d"} <= set(found):
                raise ValueError(f"{each!r} must have %Y, %m and %d, of %H %I %M %S %p %z what it needs, each once")
            if ("I" in found) != ("p" in found) or {"H", "I"} <= set(found):
                raise ValueError(f"{each!r}: %I goes with %p, and not with %H")
        return self


class Kinds(_Section):
    """How a record names the kind of its activity."""

    fields: Names = ()
    words: Mapping[Kind, Names] = Field(default_factory=dict)
    texts_have: Names = ()
    chats_have: Names = ()
    calls_have: Names = ()

    @model_validator(mode="after")
    def _says_one(self) -> Kinds:
        seen: dict[str, str] = {}
        for kind, words in self.words.items():
            for word in words:
                if re.fullmatch(r"[a-z]+", word) is None:
                    raise ValueError(f"{word!r} is no word of small letters a to z")
                if seen.setdefault(word, kind) != kind:
                    raise ValueError(f"{word!r} cannot say both {seen[word]} and {kind}")
        return self


class Direction(_Section):
    """The words by which a record says which side is the contact; without a word, or with both, it is unknown."""

    field: Name
    inbound: Names
    outbound: Names
    sender: Name | None = None
    receiver: Name | None = None

    @model_validator(mode="after")
    def _has_both(self) -> Direction:
        if (self.sender is None) != (self.receiver is None) or (self.sender and self.sender == self.receiver):
            raise ValueError("`sender` and `receiver` are two fields, or left out")
        for word in set(self.inbound) & set(self.outbound):
            raise ValueError(f"{word!r} cannot say both inbound and outbound")
        for word in (*self.inbound, *self.outbound):
            if re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)*", word) is None:
                raise ValueError(f"{word!r} is no word of letters, nor several with a blank between them")
        return self


class CallPath(_Section):
    """The field of the call flow, and the keys of its steps."""

    field: Name
    keys: Mapping[PathKey, Name]

    @model_validator(mode="after")
    def _names_each_once(self) -> CallPath:
        if len(set(self.keys.values())) != len(self.keys):
            raise ValueError("two keys of a step have one name")
        return self


class Contact(_Section):
    """The fields that identify a contact, in addition to the column of its number."""

    numbers: Names = ()
    form_numbers: Names = ()
    form_emails: Names = ()
    number_stems: Names = ()
    email_stems: Names = ()
    others: Names = ()
    business: Names = ()
    yours: Names = ()
    countries: Names = ()
    number_countries: Names = ()
    areas: Names = ()
    names: tuple[Names, ...] = ()

    @model_validator(mode="after")
    def _lies_within(self) -> Contact:
        for parts in self.names:
            if len({part.partition(".")[0] for part in parts}) != 1 or any(part.count(".") != 1 for part in parts):
                raise ValueError("a name is a field within another one (`form.name`), or a list of parts within one")
        return self


class Locations(_Section):
    """Names of fields with the location of a side of the activity.

    `words` and `others` are further names of such fields and of sides, compared by their letters: without caller ID,
    unlisted fields that are called so are not stored.
    """

    sides: Names = ()
    fields: Names = ()
    words: Names = ()
    others: Names = ()


class Objects(_Section):
    """Names of fields that decide whether an address in them is that of an object."""

    fields: Names = ()
    pages: Names = ()
    links: Names = ()
    written: Names = ()
    records: Names = ()


def _check_version(version: object) -> object:
    if version.__class__ is not int:  # `true` and 1.0 are equal to it
        raise ValueError("must be 1")
    return version


class Declaration(_Section):
    """The whole of `mapping.yml`."""

    version: Annotated[Literal[1], BeforeValidator(_check_version)]
    moved: Mapping[Name, Name] = Field(default_factory=dict)
    records: Records = Records()
    identity: Identity
    time: Times
    redacted: Name | None = None
    kind: Kinds = Kinds()
    direction: Direction | None = None
    columns: Mapping[Name, Names]
    call_path: CallPath | None = None
    contact: Contact = Contact()
    locations: Locations = Locations()
    objects: Objects = Objects()
