"""What a load records of the objects of a block: beside activities that live, and of those that are redacted already.

By COPY, which no log of the server repeats. The role of the load reads no address back, not even of what it has sent.
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
    """Record addresses beside their activities. Those of activities that are redacted by now are passed over, and so
    are recordings that the clock has taken.
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
    """Record the objects of redacted activities that were sent with more addresses than are known, and the recordings
    of those living ones whose recording the clock has taken, likewise; return how many.
    """
    addresses = {key: _addresses_of(parsed, key, parsed.recordings) for key in living}
    addresses |= {key: _addresses_of(parsed, key, parsed.objects) for key in redacted}
    lines = [f"{_line(key, address)}\n" for key, found in addresses.items() for address in found]
    if not lines:
        return 0
    session.run("create_late_staging")
    session.copy_in("copy_late_objects", _lines(lines))
    return int(session.one("record_late_objects")["late"])


def _addresses_of(parsed: Parsed, key: Key, beside: Mapping[Key, Iterable[str]]) -> set[str]:
    """Return the addresses that an activity was sent with, each as it is recorded and counted: that of its recording,
    and those `beside` it.
    """
    recording = parsed.places[key][2]
    return {to_recorded(text) for text in (recording, *beside.get(key, ())) if text is not None}


def _flag(value: bool) -> str:
    return "t" if value else "f"


def _line(key: Key, address: str) -> str:
    text = address.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return f"{key[0]}\t{key[1]}\t{text}"


def _lines(lines: Iterable[str]) -> io.BytesIO:
    return io.BytesIO("".join(lines).encode())
