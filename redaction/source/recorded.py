"""What a load records about the objects of a block: for existing activities, and for redacted ones.

It uses COPY, which no log of the server repeats. The role of the load cannot read an address back, not even its own.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping

from redaction.db.session import Session
from redaction.objects.names import to_recorded
from redaction.source.parse import Parsed

Key = tuple[int, int]
"""Account and id of an activity."""


def record_objects(
    session: Session,
    objects: Mapping[Key, Iterable[str]],
    recordings: Mapping[Key, Collection[str]],
    new: Collection[Key],
) -> None:
    """Record the addresses of activities. Activities that are redacted by now are skipped, and so are recordings
    that the clock has taken.
    """
    session.run("create_object_staging")
    session.copy_in(
        "copy_objects",
        _lines(
            f"{_line(key, address)}\t{_flag(key in new)}\t{_flag(address in recordings.get(key, ()))}\n"
            for key, addresses in objects.items()
            for address in addresses
        ),
    )
    session.run("record_objects")


def record_late_objects(session: Session, parsed: Parsed, redacted: Iterable[Key], living: Iterable[Key]) -> int:
    """Record the objects of redacted activities that were sent with more addresses than are known, and likewise the
    recordings of other activities whose recording the clock has taken; return their number.
    """
    addresses = {key: _addresses_of(parsed, key, parsed.recordings) for key in living}
    addresses |= {key: _addresses_of(parsed, key, parsed.objects) for key in redacted}
    lines = [f"{_line(key, address)}\n" for key, found in addresses.items() for address in found]
    if not lines:
        return 0
    session.run("create_late_staging")
    session.copy_in("copy_late_objects", _lines(lines))
    return int(session.one("record_late_objects")["late"])


def _addresses_of(parsed: Parsed, key: Key, others: Mapping[Key, Iterable[str]]) -> set[str]:
    """Return the addresses that an activity was sent with, each as it is recorded and counted: that of its
    recording, and the others.
    """
    recording = parsed.places[key][2]
    return {to_recorded(text) for text in (recording, *others.get(key, ())) if text is not None}


def _flag(value: bool) -> str:
    return "t" if value else "f"


def _line(key: Key, address: str) -> str:
    text = address.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return f"{key[0]}\t{key[1]}\t{text}"


def _lines(lines: Iterable[str]) -> io.BytesIO:
    return io.BytesIO("".join(lines).encode())
