"""The recording of an activity, read in parts from its store: for playing.

Nothing is asked outside a store, and the credentials are the store's. A file that does not start like audio is refused,
so that an address in a record makes no other file of a store readable.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from redaction.deployment import Deployment
from redaction.errors import BadAddress, BadInput
from redaction.objects.access import Refused, read_connection, refuse_key
from redaction.objects.addresses import Address, parse_address, parse_prefix
from redaction.objects.files import open_to_read
from redaction.objects.mp4 import is_audio_only
from redaction.objects.registry import list_stores
from redaction.objects.s3_client import S3Client, connect, refusals
from redaction.objects.stores import Store, find_store
from redaction.placements.resolve import Placements
from redaction.settings import Settings

_PART = 64 * 1024
_HEAD = 12
_KINDS = (
    # A tag ID3 of version 2.2 to 2.4, a page of Ogg of version 0, the first block of FLAC, a file of M4A's and MP4's
    # brands (pictures have others), WebM, and a frame of MP3 (layer III) or MP2 with a bit rate and a sample rate.
    (re.compile(rb"ID3[\x02-\x04][^\xff][\x00-\xf0](?:[\x00-\x7f]{4})"), "mpeg"),
    (re.compile(rb"OggS\x00"), "ogg"),
    (re.compile(rb"fLaC[\x00\x80]"), "flac"),
    (re.compile(rb".{4}ftyp(?:M4[AB] |iso[2-6m]|mp4[12]|dash)", re.DOTALL), "mp4"),
    (re.compile(rb"\x1aE\xdf\xa3"), "webm"),
    (re.compile(rb"RIFF.{4}WAVE", re.DOTALL), "wav"),
    (re.compile(rb"\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd][\x10-\xef]"), "mpeg"),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9].."), "aac"),
)
"""The first bytes of each kind of audio that browsers play."""


class Body(Protocol):
    """The bytes of a recording; `read` raises Refused if the store does not give them."""

    size: int

    def read(self, first: int, count: int) -> Iterator[bytes]:
        """Yield some bytes from a position on."""
        ...

    def close(self) -> None:
        """Release it."""
        ...


@dataclass(frozen=True)
class Audio:
    """A recording that can be played: its media type and its bytes, to be closed."""

    media_type: str
    body: Body


def can_play(store: Store | None, address: Address) -> bool:
    """Say whether a recording can be read here: it is in a store of files or of S3."""
    return (
        store is not None
        and store.mode == "delete"
        and address.scheme in ("file", "s3")
        and not (address.scheme == "file" and address.host)
    )


def open_audio(deployment: Deployment, account_id: int, activity_id: int, placements: Placements) -> Audio:
    """Open the recording of an activity that is not redacted.

    Raises BadInput, without its address, if there is no recording, if it is outside every store of its account or no
    audio, if another account at any placement names the same object, if a placement does not answer, or if the store
    refuses.
    """
    rows = deployment.rows("find_recording", account_id=account_id, id=activity_id)
    if not rows:
        raise BadInput(f"activity {activity_id} of account {account_id} has no recording; nothing was read")
    text = rows[0]["address"]
    try:
        address = parse_address(text)
    except BadAddress as error:
        raise _refuse(activity_id, f"its address is refused ({error.why})") from None
    store = find_store(list_stores(deployment.database, account_id), address)
    if store is None or not can_play(store, address):
        raise _refuse(activity_id, "it lies in no store of files or of S3 of its account")
    named = {"account_id": account_id, "addresses": [text, address.text]}
    found, silent = placements.ask(lambda one: one.one("named_by_other_account", **named)["named"], allow_restored=True)
    if any(found.values()):
        raise _refuse(activity_id, "an activity of another account names it too")
    if silent:
        raise _refuse(
            activity_id, f"placement {', '.join(silent)} does not answer, and an account there may name it too"
        )
    try:
        body = open_body(store, address, deployment.settings)
        try:
            kind = _find_kind(body)
            if kind is None:
                raise Refused("it is no audio that a browser plays")
        except BaseException:
            body.close()
            raise
    except Refused as error:
        raise _refuse(activity_id, error.reason) from None
    return Audio(kind, body)


def _refuse(activity_id: int, why: str) -> BadInput:
    return BadInput(f"the recording of activity {activity_id} is not played: {why}; nothing was changed")


def _find_kind(body: Body) -> str | None:
    def read(first: int, count: int) -> bytes:
        return b"".join(body.read(first, max(min(count, body.size - first), 0)))

    kind = find_kind(read(0, _HEAD))
    return None if kind == "audio/mp4" and not is_audio_only(read, body.size) else kind


def find_kind(head: bytes) -> str | None:
    """Return the media type of a file by its first 12 bytes; None if it is no audio that browsers play."""
    if head[:1] == b"\xff" and (len(head) < 4 or head[2] & 0x0C == 0x0C):
        # A frame with an invalid sample rate.
        return None
    return next((f"audio/{kind}" for begins, kind in _KINDS if begins.match(head)), None)


def open_body(store: Store, address: Address, settings: Settings) -> Body:
    """Return the bytes of an object of a store of files or of S3, to be closed; raises Refused, in safe words."""
    prefix = parse_prefix(store.prefix)
    if address.scheme == "file":
        return _FileBody(open_to_read(address, prefix, settings))
    refused = refuse_key(address, prefix, settings)
    if refused is not None:
        raise Refused(refused.reason)
    client = connect(read_connection(store.name, store.connection), prefix.host)
    found = client.ask("head_object", Key=address.path)
    return _S3Body(client, address.path, int(found["ContentLength"]), str(found["ETag"]))


class _FileBody:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def read(self, first: int, count: int) -> Iterator[bytes]:
        while count > 0 and (part := os.pread(self._descriptor, min(count, _PART), first)):
            yield part
            first, count = first + len(part), count - len(part)

    def close(self) -> None:
        os.close(self._descriptor)


class _S3Body:
    def __init__(self, client: S3Client, key: str, size: int, etag: str) -> None:
        self._client, self._key, self._etag, self.size = client, key, etag, size
        self._opened: list[Any] = []

    def read(self, first: int, count: int) -> Iterator[bytes]:
        if count > 0:
            with refusals():
                body = self._client.open_part(self._key, self._etag, first, first + count - 1)
                self._opened.append(body)
                yield from body.iter_chunks(_PART)

    def close(self) -> None:
        for body in self._opened:
            body.close()
        self._client.client.close()
