"""Fields that a record has twice: the last value would hide the first, so both count.

JSON allows it, and its parser keeps the last value. To search every record costs a quarter of its parsing. So small
blocks are searched whole, and large ones by samples: a source that repeats names does so in all its records.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from redaction.source.reader import Block
from redaction.source.salvage import split_page

_SMALL = 64 * 1024
_SAMPLES = 16
_LONGEST = 64 * 1024
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def repeats_names(block: Block, lists: Collection[bytes]) -> bool:
    """Return whether records of a block have a field twice, with different values; `lists` hold the records of a page.

    Only samples of a large block are searched.
    """
    if len(block.data) > _SMALL:
        return any(map(_repeats, _sample(block.data, lists)))
    return any(map(_repeats, [block.data] if block.whole_file else block.data.splitlines()))


def read_both(data: bytes, otherwise: Any) -> Any:
    """Return what some JSON holds, with all values of a field that is there twice; `otherwise` if it is too deep."""
    try:
        return json.loads(data, object_pairs_hook=_join)
    except (ValueError, RecursionError):
        return otherwise


def _sample(data: bytes, lists: Collection[bytes]) -> Iterator[bytes]:
    step = len(data) // _SAMPLES
    begin = 0
    while 0 <= begin < len(data):
        end = data.find(b"\n", begin)
        line = data[begin : end if end >= 0 else len(data)]
        yield line if len(line) <= _LONGEST else next(split_page(line, lists), b"")
        begin = data.find(b"\n", max(begin + step, end)) + 1 or len(data)


def _repeats(data: bytes) -> bool:
    found = False

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        held = dict(pairs)
        found = found or (len(held) < len(pairs) and _join(pairs) != held)
        return held

    try:
        json.loads(data, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return False
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
