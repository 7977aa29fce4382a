"""The kinds of place for an inbox: their files, and how exactly the read file is deleted.

The name of a raw file may name a person, so only the command that lists the inbox shows it.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from redaction.errors import BadInput, SourceUnreachable
from redaction.objects.access import Refused, Settled
from redaction.objects.addresses import Address
from redaction.objects.files import delete_unchanged, identify
from redaction.objects.other import GONE
from redaction.objects.s3 import S3Access
from redaction.objects.s3_client import S3Client, refusals
from redaction.objects.stores import MARKER_PREFIX
from redaction.objects.writers import is_written
from redaction.source.inputs import Input

_BUFFER = 1024 * 1024
_TOLD = ("etag", "ETag", "generation", "VersionId", "md5Hash", "content_md5", "mtime", *("created", "updated"))
_SINCE = ("LastModified", "last_modified", "updated", "mtime", "created")


@dataclass(frozen=True)
class RawFile:
    """A raw file: its name below the inbox, its bytes, since when it is there (UTC; None: the store does not say).

    `version` tells it from another file of that name; `changed` is when it was last written, as far as the store knows;
    `problem` says why it cannot be loaded, `is_no_file` what it is instead of a file, and `is_written` that a program
    has it open for writing.
    """

    name: str = field(repr=False)
    size: int
    since: datetime | None
    version: tuple[Any, ...] = field(repr=False)
    changed: datetime | None
    problem: str = ""
    is_written: bool = False
    is_no_file: str = ""

    @property
    def id(self) -> str:
        """Return its name in messages and logs: twelve digits of the SHA-256 of its real name."""
        return sha256(self.name.encode(errors="surrogateescape")).hexdigest()[:12]


class InboxPlace(Protocol):
    """A place of raw files. Raises SourceUnreachable if it does not answer."""

    def list(self) -> Iterator[RawFile]:
        """Yield its files."""
        ...

    def open(self, file: RawFile) -> BinaryIO:
        """Return a file from its beginning; raises BadInput if it has changed since it was listed."""
        ...

    def delete(self, file: RawFile) -> Settled:
        """Delete a file in every version, if it has not changed since it was listed; return the outcome."""
        ...


def as_input(place: InboxPlace, file: RawFile) -> Input:
    """Return a raw file as an input of a load, which names it by its id."""
    return Input(f"inbox file {file.id}", file.size, partial(place.open, file))


def _changed(file: RawFile) -> BadInput:
    return BadInput(f"inbox file {file.id}: is not what was listed any more: it stays, and is loaded the next time")


class FolderInbox:
    """A folder of this host. Symbolic links, pipes and devices in it are listed, and neither opened nor deleted."""

    def __init__(self, path: Path) -> None:
        """Take its real path."""
        self._path = path

    def list(self) -> Iterator[RawFile]:
        """Yield everything below the folder but folders; raises BadInput if it is no folder."""
        if not self._path.is_dir():
            raise BadInput("REDACTION_INBOX_URL names no folder: make it, or mount it; nothing was loaded")

        def fail(error: OSError) -> None:
            raise SourceUnreachable(f"the inbox cannot be read ({error.strerror}): see REDACTION_INBOX_URL") from None

        for folder, folders, names in os.walk(self._path, onerror=fail):
            for name in (*folders, *names):
                path = os.path.join(folder, name)
                try:
                    found = os.lstat(path)
                except FileNotFoundError:
                    continue
                if stat.S_ISDIR(found.st_mode) or name.startswith(MARKER_PREFIX):
                    continue
                since, changed = (datetime.fromtimestamp(at, UTC) for at in (found.st_mtime, found.st_ctime))
                raw = RawFile(os.path.relpath(path, self._path), found.st_size, since, identify(found), changed)
                regular = stat.S_ISREG(found.st_mode)
                yield replace(raw, is_written=regular and is_written(path), is_no_file="" if regular else _say(found))

    def open(self, file: RawFile) -> BinaryIO:
        """Return a file, never the target of a link."""
        descriptor = os.open(self._path / file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        opened = os.fdopen(descriptor, "rb")
        if identify(os.fstat(descriptor)) != file.version:
            opened.close()
            raise _changed(file)
        return opened

    def delete(self, file: RawFile) -> Settled:
        """Delete a file if nobody has written to it or replaced it."""
        return delete_unchanged(str(self._path / file.name), file.version)


def _say(found: os.stat_result) -> str:
    what = "symbolic link" if stat.S_ISLNK(found.st_mode) else "pipe, socket or device"
    return f"it is a {what}, which is neither loaded nor deleted: remove it"


class BucketInbox:
    """A bucket of S3, or a part of one: with all versions, of which the newest is loaded."""

    def __init__(self, access: S3Access, client: S3Client, prefix: Address) -> None:
        """Take the access to the store."""
        self._access, self._client = access, client
        self._base = f"{prefix.path}/" if prefix.path else ""

    def list(self) -> Iterator[RawFile]:
        """Yield every key with a version, also a key that is hidden by a delete marker."""
        after: dict[str, str] = {}
        found: dict[str, list[dict[str, Any]]] = {}
        while True:
            try:
                page = self._client.ask("list_object_versions", Prefix=self._base, **after)
            except Refused as error:
                raise SourceUnreachable(f"the inbox: {error.reason}: see REDACTION_INBOX_URL") from None
            for each in page.get("Versions", ()):
                found.setdefault(each["Key"], []).append(each)
            if not page.get("IsTruncated") or not page.get("NextKeyMarker"):
                break
            after = {"KeyMarker": page["NextKeyMarker"]}
            if page.get("NextVersionIdMarker"):
                after["VersionIdMarker"] = page["NextVersionIdMarker"]
        for key, versions in found.items():
            if key.endswith("/") or key.rpartition("/")[2].startswith(MARKER_PREFIX):
                continue
            times = sorted(each["LastModified"].astimezone(UTC) for each in versions)
            newest = next((each for each in versions if each["IsLatest"]), None)
            problem = "" if newest else "somebody has deleted it, and its versions are still there"
            present = newest or versions[0]
            version = present["VersionId"], present["ETag"]
            yield RawFile(key.removeprefix(self._base), present["Size"], times[0], version, times[-1], problem)

    def open(self, file: RawFile) -> BinaryIO:
        """Return exactly the version that was listed."""
        try:
            body = self._client.open(self._base + file.name, *file.version)
        except Refused as error:
            raise (
                _changed(file)
                if error.code in ("NoSuchKey", "NoSuchVersion", "PreconditionFailed", "412")
                else BadInput(f"inbox file {file.id}: {error.reason}")
            ) from None
        return cast(BinaryIO, io.BufferedReader(_Body(body), _BUFFER))

    def delete(self, file: RawFile) -> Settled:
        """Delete every version of a key if the newest is the version that was read."""
        try:
            return self._access.delete_read(self._base + file.name, *file.version)
        except Refused as error:
            return Settled("remains", error.reason)


class _Body(io.RawIOBase):
    """The body of an object, as a file."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            with refusals():
                data: bytes = self._body.read(len(buffer))
        except Refused as error:
            raise SourceUnreachable(f"the inbox: {error.reason}: nothing of it is lost, try again later") from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()
        super().close()


class OtherInbox:
    """Any other store that `ObjectStoragePath` opens. Whether it keeps older versions is unknown."""

    def __init__(self, place: Any) -> None:
        """Take the opened path."""
        self._files, self._base = place.__wrapped__.fs, str(place.path).rstrip("/")

    def list(self) -> Iterator[RawFile]:
        """Yield every file of the store."""
        try:
            self._files.invalidate_cache()
            # A store may list a file differently than it describes it.
            details = {at: self._files.info(at) for at in self._files.find(self._base)}
        except Exception as error:  # a store may raise anything, with credentials in its message
            raise SourceUnreachable(
                f"the inbox does not answer ({type(error).__name__}): see REDACTION_INBOX_URL"
            ) from None
        for at, detail in sorted(details.items()):
            # Some stores list names with a slash before them, and some without.
            name = at.lstrip("/").removeprefix(self._base.lstrip("/")).lstrip("/")
            times = list(_times(detail))
            since, changed = (times[0], max(times)) if times else (None, None)
            yield RawFile(name, int(detail.get("size") or 0), since, _identify(detail), changed)

    def open(self, file: RawFile) -> BinaryIO:
        """Return a file."""
        path = f"{self._base}/{file.name}"
        if _identify(self._files.info(path)) != file.version:
            raise _changed(file)
        return cast(BinaryIO, io.BufferedReader(self._files.open(path, "rb"), _BUFFER))

    def delete(self, file: RawFile) -> Settled:
        """Delete a file if it has not changed since it was listed; whether the store keeps more of it is unknown."""
        path = f"{self._base}/{file.name}"
        try:
            self._files.invalidate_cache()
            if _identify(self._files.info(path)) != file.version:
                return Settled("remains", "it is not the version that was read any more")
            self._files.rm_file(path)
            self._files.invalidate_cache()
            there = self._files.exists(path)
        except Exception as error:  # a store may raise anything, with the address in its message
            return Settled("remains", f"the store refused or failed ({type(error).__name__})")
        return Settled("remains", "it is still there after its deletion") if there else Settled("deleted", GONE)


def _identify(detail: Any) -> tuple[Any, ...]:
    return (detail.get("size"), *(str(detail[name]) for name in _TOLD if detail.get(name) is not None))


def _times(detail: Any) -> Iterator[datetime]:
    for name in _SINCE:
        found = detail.get(name)
        if isinstance(found, datetime):
            yield found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        if isinstance(found, int | float):
            yield datetime.fromtimestamp(found, UTC)
        if isinstance(found, str):
            try:
                yield datetime.fromisoformat(found).astimezone(UTC)
            except ValueError:
                continue
