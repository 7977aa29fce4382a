"""The objects of a person's activities as files of the answer, streamed from the stores that can be read here.

Nothing is asked outside a store of the account, and no object is given that another person's activity names too.
Objects that are not given are listed with their reasons; their addresses stay in the activities.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from redaction.db.session import Session
from redaction.errors import BadAddress, RedactionError
from redaction.objects.access import Refused, Silence
from redaction.objects.addresses import Address, parse_address
from redaction.objects.audio import can_play, open_body
from redaction.objects.registry import read_stores
from redaction.objects.s3_client import UNREACHABLE
from redaction.objects.stores import Store, find_store
from redaction.requests.find import Part
from redaction.settings import Settings

_AT_ONCE = 200
_ENDINGS = frozenset(
    (
        *(".wav", ".mp3", ".ogg", ".opus", ".flac", ".m4a", ".aac", ".amr", ".mp4", ".mov", ".webm", ".3gp"),
        *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".tif", ".tiff", ".pdf", ".txt", ".csv", ".vcf"),
        *(".doc", ".docx", ".xls", ".xlsx", ".zip"),
    )
)
"""Endings of names that a file keeps: any other may be personal."""
_ELSEWHERE = "it lies elsewhere: ask for it there"


@dataclass
class Attachments:
    """The objects given as files: an entry of the index for each, bytes in total, and why others were not given."""

    archive: ZipFile
    index: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    files: int = 0
    left: Counter[str] = field(default_factory=Counter)
    _silent: dict[tuple[str, int], Silence] = field(default_factory=dict)

    def add(self, session: Session, part: Part, settings: Settings) -> None:
        """Write the objects of an account's activities, each as its own file."""
        stores = read_stores(session, part.account_id)
        own = [number for _, number in part.activities]
        for start in range(0, len(own), _AT_ONCE):
            ids = own[start : start + _AT_ONCE]
            given = {"account_ids": [part.account_id] * len(ids), "ids": ids}
            named = [(row["activity_id"], row["address"]) for row in session.rows("addresses_of_activities", **given)]
            read = [_read(stores, text) for _, text in named]
            strange = _find_strange(session, part.account_id, own, [text for _, text in named], read)
            for number, ((activity_id, _), found) in enumerate(zip(named, read, strict=True)):
                self._add(part, activity_id, found, number in strange, settings)

    def _add(
        self, part: Part, activity_id: int, found: tuple[Store, Address] | None, strange: bool, settings: Settings
    ) -> None:
        entry: dict[str, Any] = {"account_id": part.account_id, "activity_id": activity_id}
        why = _ELSEWHERE
        if found is not None and strange:
            why = "another activity names it too, so whose it is is not sure"
        elif found is not None:
            ending = os.path.splitext(found[1].path)[1].lower()
            name = f"files/{part.account_id}-{activity_id}-{len(self.index) + 1}{ending if ending in _ENDINGS else ''}"
            why = self._copy(part.placement, *found, name, entry, settings)
        if why:
            entry["not_given"] = why
            self.left[why] += 1
        else:
            self.files += 1
        self.index.append(entry)

    def _copy(
        self, placement: str, store: Store, address: Address, name: str, entry: dict[str, Any], settings: Settings
    ) -> str:
        """Copy an object to a file; return why it is not complete there, or ""."""
        silence = self._silent.setdefault((placement, store.id), Silence())
        if silence.settled is not None:
            return silence.settled.reason
        try:
            with closing(open_body(store, address, settings)) as body:
                silence.note(None)
                size = body.size
                if size > settings.request_object_bytes:
                    return f"it is larger than {settings.request_object_bytes:,} bytes"
                if self.total + size > settings.request_objects_bytes:
                    return f"all files together are larger than {settings.request_objects_bytes:,} bytes"
                entry["file"] = name
                entry["bytes"] = 0
                for piece in self._write(name, body.read(0, size)):
                    entry["bytes"] += piece
                self.total += entry["bytes"]
                return "" if entry["bytes"] == size else "it is not whole: it changed while it was read"
        except Refused as error:
            silence.note(error.reason if error.code == UNREACHABLE else None)
            return f"it is not whole: {error.reason}" if "file" in entry else error.reason
        except RedactionError:
            return "its store cannot be opened"

    def _write(self, name: str, pieces: Iterator[bytes]) -> Iterator[int]:
        about = ZipInfo(name)
        # Recordings and pictures are compressed already.
        about.compress_type = ZIP_STORED
        about.external_attr = 0o600 << 16
        with self.archive.open(about, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                yield len(piece)


def _read(stores: Sequence[Store], text: str) -> tuple[Store, Address] | None:
    """Return an object that can be read here, and its store; None for an object elsewhere."""
    try:
        address = parse_address(text)
    except BadAddress:
        return None
    store = find_store(stores, address)
    return (store, address) if store is not None and can_play(store, address) else None


def _find_strange(
    session: Session,
    account_id: int,
    own: Sequence[int],
    texts: Sequence[str],
    read: Sequence[tuple[Store, Address] | None],
) -> set[int]:
    spelled = [
        (number, spelling)
        for number, (text, found) in enumerate(zip(texts, read, strict=True))
        if found is not None
        for spelling in {text, found[1].text}
    ]
    if not spelled:
        return set()
    numbers, addresses = zip(*spelled, strict=True)
    given = {"own": list(own), "numbers": list(numbers), "addresses": list(addresses)}
    return {row["number"] for row in session.rows("named_by_strangers", account_id=account_id, **given)}
