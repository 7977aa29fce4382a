"""The fields that a source sends, and what is to be done with those of one record.

Records of a source look alike, so what their field names come to is worked out once for each set of names.
"""

from __future__ import annotations

from dataclasses import dataclass

from redaction.catalog import load_catalog
from redaction.contacts.remembered import Remembered
from redaction.source.personal import Put, putters
from redaction.source.rules import Pairs, Rules, load_rules
from redaction.source.sides import Way

_UNLISTED = "other"
_WAYS: tuple[Way, ...] = ("in", "out", "unknown")


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
    sides: tuple[str, ...]
    """Those that name the side which sends, and the one which receives: which of them is the contact is asked of each
    record."""
    redacted: str
    """That which says that the source has redacted the activity, or the empty text."""
    personal: tuple[tuple[Put, tuple[str, ...]], ...]
    """How each category comes into its columns, with its fields."""
    contacts: tuple[str, ...]
    """Those that hold the contact's number whatever the direction."""
    lines: tuple[str, ...]
    """Those that hold the tracking number whatever the direction."""
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


def _turn(name: str, rules: Rules, way: Way) -> str:
    """Return the side that has the place of one in an activity that went this way; any other field as it is.

    Where the way is not known, both have the place of the one that sends.
    """
    if way == "in" or rules.sides is None or name not in rules.sides:
        return name
    return rules.sides[0 if way == "unknown" else 1 - rules.sides.index(name)]


def _category_of(name: str, way: Way) -> str | None:
    rules = load_rules()
    name = _turn(name, rules, way)
    return rules.categories.get(name, "enhanced caller id" if name in rules.locations else _UNLISTED)


def lies_in(name: str) -> str | None:
    """Return the category in whose columns the product keeps a field that no operator has decided on, whatever the
    direction of the activity; None for a key or what is retained.
    """
    found = {_category_of(name, way) for way in _WAYS}
    return found.pop() if len(found) == 1 else None


def _find_shape(asked: tuple[tuple[str, ...], Way]) -> Shape:
    names, way = asked
    rules = load_rules()
    put = putters()
    sides = rules.sides or ()
    own = [name for each in rules.caller_number for name in _own_sides(each, rules, way)] + list(rules.other_numbers)
    personal: dict[str, list[str]] = {}
    decided, own_fields = load_catalog().own_fields, []
    for name in names:
        category = _category_of(name, way)
        if category == _UNLISTED and name in decided:
            own_fields.append((name, decided[name]))
        elif category is not None:
            personal.setdefault(category, []).append(name)
    texts = [(_turn(name, rules, way), column) for name, column in rules.texts if way != "unknown" or name not in sides]
    return Shape(
        texts=tuple(pair for pair in texts if pair[0] in names),
        numbers=tuple(pair for pair in rules.numbers if pair[0] in names),
        kinds=tuple(name for name in rules.kinds if name in names),
        of_kind=tuple(name for name in rules.kinds if name in names and rules.categories[name] is None),
        sides=tuple(name for name in sides if name in names),
        redacted=rules.redacted if rules.redacted in names else "",
        # In the order in which jsonb keeps its keys, which spares the server to sort them.
        personal=tuple((put[category], tuple(sorted(held, key=_jsonb_order))) for category, held in personal.items()),
        contacts=tuple(name for name in own if name in names and name not in sides),
        lines=tuple(
            name for name, column in texts if column == "tracking_number" and name in names and name not in sides
        ),
        own_numbers=tuple(name for name in own if name in names),
        names=tuple(name for name in rules.names if name in names),
        named_in_parts=len(personal.get("caller name", ())) > 1,
        nested_names=tuple((name, parts) for name, parts in rules.nested_names.items() if name in names),
        own=tuple(own_fields),
    )


_shapes_by_way = Remembered(_find_shape, 1_000)


def _own_sides(name: str, rules: Rules, way: Way) -> tuple[str, ...]:
    """Return the fields that hold the contact's number where one does of what came in."""
    is_side = rules.sides is not None and name in rules.sides
    return rules.sides or () if is_side and way == "unknown" else (_turn(name, rules, way),)


_shapes_of: Remembered[tuple[str, ...], Shape] = Remembered(lambda names: _find_shape((names, "in")), 1_000)
find_shape = _shapes_of.__getitem__
"""Return the shape of a record from the names of its fields; what nobody listed is of the category `other`. If it has
`sides`, it is that of a record that came in."""


def forget_shapes() -> None:
    """Forget what was worked out: for who changes what it was worked out of."""
    _shapes_of.clear()
    _shapes_by_way.clear()


def find_shape_of(names: tuple[str, ...], way: Way) -> Shape:
    """Return the shape of a record with sides, by which way it went."""
    return _shapes_by_way[names, way]
