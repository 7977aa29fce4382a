"""The fields that a source sends, and what happens to those of one record.

Records of a source are alike, so the meaning of their field names is worked out once for each set of names.
"""

from __future__ import annotations

from dataclasses import dataclass

from redaction.catalog import load_catalog
from redaction.contacts.remembered import Remembered
from redaction.source.forms import letters_of
from redaction.source.personal import Put, putters
from redaction.source.rules import Pairs, Rules, load_rules
from redaction.source.sides import Direction

_UNLISTED = "other"
_OPEN = ("form data", "custom fields")
_DIRECTIONS: tuple[Direction, ...] = ("in", "out", "unknown")


@dataclass(frozen=True, slots=True)
class Shape:
    """The meaning of a record's fields, only by their names."""

    texts: Pairs
    """Retained texts: field and column, the better field of a column first."""
    numbers: Pairs
    """Retained integers, likewise."""
    kinds: tuple[str, ...]
    """Fields that may name the kind of activity."""
    of_kind: tuple[str, ...]
    """Those of them that say nothing else, and are unlisted if they name no kind."""
    sides: tuple[str, ...]
    """The fields of the sending and the receiving side: each record decides which of them is the contact."""
    redacted: str
    """The field that says that the source has redacted the activity, or the empty text."""
    single: tuple[tuple[Put, str], ...]
    """How each category of which there is one field comes into its columns, with that field."""
    personal: tuple[tuple[Put, tuple[str, ...]], ...]
    """The same for every other category, with its fields."""
    contacts: tuple[str, ...]
    """Fields of the contact's number in both directions."""
    lines: tuple[str, ...]
    """Fields of the tracking number in both directions."""
    own_numbers: tuple[str, ...]
    """Fields that may have the contact's number, best first."""
    names: tuple[str, ...]
    """Fields that may have the caller's name."""
    named_in_parts: bool
    """Whether several fields make one name."""
    nested_names: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    """Fields whose value may have it, with the parts of each name there."""
    open_fields: tuple[str, ...]
    """Forms and custom fields: objects in which names of fields count by their letters."""
    form: str
    """The field of forms."""
    form_names: tuple[tuple[str, ...], ...]
    """The parts of each further name that the source declares in it."""
    own: Pairs = ()
    """Fields that an operator has decided on, each with its column."""


def _jsonb_order(name: str) -> tuple[int, bytes]:
    key = name.encode()
    return len(key), key


def lookup_of(name: str) -> str | None:
    """Return LOCATION for a field with the location of a side of the activity, and the category of another one with
    what caller ID has found; None for any other. Names are compared by their letters.
    """
    return load_rules().lookups.get(letters_of[name])


def _turn(name: str, rules: Rules, direction: Direction) -> str:
    """Return the field whose meaning a field of a side has in an activity of this direction; any other field unchanged.

    If the direction is unknown, both sides count as the sending one.
    """
    if direction == "in" or rules.sides is None or name not in rules.sides:
        return name
    return rules.sides[0 if direction == "unknown" else 1 - rules.sides.index(name)]


def _category_of(name: str, direction: Direction) -> str | None:
    rules = load_rules()
    name = _turn(name, rules, direction)
    return rules.categories.get(name, "enhanced caller id" if name in rules.locations else _UNLISTED)


def lies_in(name: str) -> str | None:
    """Return the category in whose columns the product keeps an undecided field, in any direction of the activity;
    None for a key or a retained field.
    """
    found = {_category_of(name, direction) for direction in _DIRECTIONS}
    return found.pop() if len(found) == 1 else None


def _find_shape(asked: tuple[tuple[str, ...], Direction]) -> Shape:
    names, direction = asked
    rules = load_rules()
    put = putters()
    sides = rules.sides or ()
    own = [name for each in rules.caller_number for name in _own_sides(each, rules, direction)] + list(
        rules.other_numbers
    )
    personal: dict[str, list[str]] = {}
    decided, own_fields = load_catalog().own_fields, []
    for name in names:
        category = _category_of(name, direction)
        if category == _UNLISTED and name in decided:
            own_fields.append((name, decided[name]))
        elif category is not None:
            personal.setdefault(category, []).append(name)
    texts = [
        (_turn(name, rules, direction), column)
        for name, column in rules.texts
        if direction != "unknown" or name not in sides
    ]
    return Shape(
        texts=tuple(pair for pair in texts if pair[0] in names),
        numbers=tuple(pair for pair in rules.numbers if pair[0] in names),
        kinds=tuple(name for name in rules.kinds if name in names),
        of_kind=tuple(name for name in rules.kinds if name in names and rules.categories[name] is None),
        sides=tuple(name for name in sides if name in names),
        redacted=rules.redacted if rules.redacted in names else "",
        # In the order in which jsonb keeps its keys, so that the server need not sort them.
        single=tuple((put[category], held[0]) for category, held in personal.items() if len(held) == 1),
        personal=tuple(
            (put[category], tuple(sorted(held, key=_jsonb_order)))
            for category, held in personal.items()
            if len(held) > 1
        ),
        contacts=tuple(name for name in own if name in names and name not in sides),
        lines=tuple(
            name for name, column in texts if column == "tracking_number" and name in names and name not in sides
        ),
        own_numbers=tuple(name for name in own if name in names),
        names=tuple(name for name in rules.names if name in names),
        named_in_parts=len(personal.get("caller name", ())) > 1,
        nested_names=tuple(
            (name, parts) for name, parts in rules.nested_names.items() if name in names and name != rules.form
        ),
        open_fields=tuple(name for name in names if rules.categories.get(name) in _OPEN),
        form=rules.form,
        form_names=rules.nested_names.get(rules.form, ()),
        own=tuple(own_fields),
    )


_shapes_by_direction = Remembered(_find_shape, 1_000)


def _own_sides(name: str, rules: Rules, direction: Direction) -> tuple[str, ...]:
    """Return the fields that have the contact's number where a given one has it in an inbound activity."""
    is_side = rules.sides is not None and name in rules.sides
    return rules.sides or () if is_side and direction == "unknown" else (_turn(name, rules, direction),)


_shapes_of: Remembered[tuple[str, ...], Shape] = Remembered(lambda names: _find_shape((names, "in")), 1_000)
find_shape = _shapes_of.__getitem__
"""Return the shape of a record from the names of its fields; unlisted fields have the category `other`. If it has
`sides`, it is the shape of an inbound record.
"""


def forget_shapes() -> None:
    """Forget the cached shapes: for callers that change what they depend on."""
    _shapes_of.clear()
    _shapes_by_direction.clear()


def find_shape_of(names: tuple[str, ...], direction: Direction) -> Shape:
    """Return the shape of a record with sides, by its direction."""
    return _shapes_by_direction[names, direction]
