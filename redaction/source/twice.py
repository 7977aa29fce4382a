"""Fields that a record has twice: the last value would hide the first, so both count.

JSON allows it, and its parser keeps the last value. To search every record costs a quarter of its parsing. So small
blocks are searched whole, and large ones by samples: a source that repeats names does so in all its records.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any

from redaction.source.reader import Block
from redaction.source.salvage import find_list, split_page

SMALL = 64 * 1024
"""Bytes of a block or page that is searched whole."""
_SAMPLES = 16
_LONGEST = 64 * 1024
_LEAST, _MOST, _MOST_DIGITS = -(2**63), 2**64 - 1, 19
"""The integers that stay integers: a larger one is a float, and its own text if it is too large for that."""
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def repeats_names(block: Block, lists: Collection[bytes], name: bytes) -> bool:
    """Return whether records of a block have a field twice, with different values; `lists` hold the records of a page,
    and `name` is the field of their id.

    Only samples of a large block are searched.
    """
    if len(block.data) > SMALL:
        return any(map(_repeats, _sample(block.data, lists, name)))
    return any(map(_repeats, [block.data] if block.whole_file else block.data.splitlines()))


def read_both(data: bytes, otherwise: Any) -> Any:
    """Return what some JSON holds, with all values of a field that is there twice; `otherwise` if it is too deep.

    Numbers are those of the other parser.
    """
    try:
        return _parse(data, _join)
    except (ValueError, RecursionError):
        return otherwise


def _parse(data: bytes, join: Callable[[list[tuple[str, Any]]], Any]) -> Any:
    return json.loads(
        data.decode(errors="replace"),
        strict=False,
        object_pairs_hook=join,
        parse_int=_read_integer,
        parse_float=_read_float,
        parse_constant=str,
    )


def _read_integer(text: str) -> Any:
    if len(text) < _MOST_DIGITS or (len(text) <= _MOST_DIGITS + 1 and _LEAST <= int(text) <= _MOST):
        return int(text)
    return _read_float(text)


def _read_float(text: str) -> Any:
    found = float(text)
    return found if math.isfinite(found) else text


def _sample(data: bytes, lists: Collection[bytes], name: bytes) -> Iterator[bytes]:
    step = len(data) // _SAMPLES
    begin = 0
    while 0 <= begin < len(data):
        end = data.find(b"\n", begin)
        line = data[begin : end if end >= 0 else len(data)]
        if len(line) > _LONGEST:
            first = max(find_list(line, lists, name), 0)
            line = next(split_page(line[first : first + _LONGEST], ()), b"")
        yield line
        begin = data.find(b"\n", max(begin + step, end)) + 1 or len(data)


def _repeats(data: bytes) -> bool:
    found = False

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        held = dict(pairs)
        found = found or (len(held) < len(pairs) and _join(pairs) != held)
        return held

    # In broken JSON, what comes before the damage counts.
    with suppress(ValueError, RecursionError):
        _parse(data, look)
    return found


def _join(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        for name in held:
            held[name] = _join_values([value for other, value in pairs if other == name])
    return held


def _join_values(values: list[Any]) -> Any:
    said: list[Any] = []
    for value in values:
        if value not in _EMPTY and value not in said:
            said.append(value)
    if len(said) > 1 and all(isinstance(value, dict) for value in said):
        return _join([pair for value in said for pair in value.items()])
    return said if len(said) > 1 else said[0] if said else values[-1]
