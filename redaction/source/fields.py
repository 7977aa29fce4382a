"""The fields that a source sends, and what is to be done with those of one record.

Records of a source look alike, so what their field names come to is worked out once for each set of names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from redaction.catalog import load_catalog
from redaction.contacts.remembered import Remembered
from redaction.source.personal import Put, putters
from redaction.source.rules import Pairs, load_rules

_UNLISTED = "other"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the fields of a record are, by their names alone."""

    texts: Pairs
    """Retained texts: field and column, the better field of a column first."""
    numbers: Pairs
    """Retained integers, likewise."""
    kinds: tuple[str, ...]
    """Those that may say which kind of activity it is."""
    of_kind: tuple[str, ...]
    """Those of them that say nothing else, and are unlisted if they say none."""
    direction: str
    """That of the direction, or the empty text."""
    redacted: str
    """That which says that the source has redacted the activity, or the empty text."""
    personal: tuple[tuple[Put, tuple[str, ...]], ...]
    """How each category comes into its columns, with its fields."""
    own_numbers: tuple[str, ...]
    """Those that may hold the contact's number, the best first."""
    names: tuple[str, ...]
    """Those that may hold the caller's name."""
    named_in_parts: bool
    """Whether several make one name."""
    nested_names: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    """Those whose value may hold it, with the parts of each name there."""
    own: Pairs = ()
    """Those that an operator has decided on, each with its column."""


def _jsonb_order(name: str) -> tuple[int, bytes]:
    key = name.encode()
    return len(key), key


def is_location(name: str) -> bool:
    """Return whether a field says where a side of the activity is."""
    return name in load_rules().locations


def _turn(name: str, sides: tuple[str, str] | None) -> str:
    """Return the side that has the place of one in an activity that went out; any other field as it is."""
    return name if sides is None or name not in sides else sides[1 - sides.index(name)]


def _category_of(name: str, outbound: bool) -> str | None:
    rules = load_rules()
    if outbound:
        name = _turn(name, rules.sides)
    return rules.categories.get(name, "enhanced caller id" if name in rules.locations else _UNLISTED)


def lies_in(name: str) -> str | None:
    """Return the category in whose columns the product keeps a field that no operator has decided on, whatever the
    direction of the activity; None for a key or what is retained.
    """
    found = {_category_of(name, outbound) for outbound in (False, True)}
    return found.pop() if len(found) == 1 else None


def _find_shape(names: tuple[str, ...], outbound: bool = False) -> Shape:
    rules = load_rules()
    put = putters()
    sides = rules.sides if outbound else None
    own = [*(_turn(name, sides) for name in rules.caller_number), *rules.other_numbers]
    personal: dict[str, list[str]] = {}
    decided, own_fields = load_catalog().own_fields, []
    for name in names:
        category = _category_of(name, outbound)
        if category == _UNLISTED and name in decided:
            own_fields.append((name, decided[name]))
        elif category is not None:
            personal.setdefault(category, []).append(name)
    texts = [(_turn(name, sides), column) for name, column in rules.texts]
    return Shape(
        texts=tuple(pair for pair in texts if pair[0] in names),
        numbers=tuple(pair for pair in rules.numbers if pair[0] in names),
        kinds=tuple(name for name in rules.kinds if name in names),
        of_kind=tuple(name for name in rules.kinds if name in names and rules.categories[name] is None),
        direction=rules.direction if rules.direction in names else "",
        redacted=rules.redacted if rules.redacted in names else "",
        # In the order in which jsonb keeps its keys, which spares the server to sort them.
        personal=tuple((put[category], tuple(sorted(held, key=_jsonb_order))) for category, held in personal.items()),
        own_numbers=tuple(name for name in own if name in names),
        names=tuple(name for name in rules.names if name in names),
        named_in_parts=len(personal.get("caller name", ())) > 1,
        nested_names=tuple((name, parts) for name, parts in rules.nested_names.items() if name in names),
        own=tuple(own_fields),
    )


find_shape = Remembered(_find_shape, 1_000).__getitem__
"""Return the shape of a record from the names of its fields; what nobody listed is of the category `other`."""
find_outbound_shape = Remembered(partial(_find_shape, outbound=True), 1_000).__getitem__
"""Return the shape of a record that went out: the side that receives is the contact."""
