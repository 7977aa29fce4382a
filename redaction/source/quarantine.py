"""The records that loads have rejected, as they were sent, until somebody has mended or purged them.

They are personal data: files of the mode 0600 with the shared files, each written whole or not at all. Their names say
when and how many records, and nothing of the content.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from redaction.errors import BadInput, RedactionError
from redaction.settings import Settings
from redaction.shared import list_sizes, read_file, remove_file, replace_file
from redaction.source.inputs import shown

PART = 8 * 1024 * 1024
"""Bytes that are collected before they are written: what a load holds in memory of them."""
_MOST_COMPARED = 32 * 1024 * 1024
"""Bytes of records whose digests a load holds in memory, so that none of them is kept twice."""
_STAMP = "%Y%m%dT%H%M%SZ"
# The unfinished file of a killed process has a dot before its name and a suffix.
_NAME = re.compile(r"\.?([0-9]{8}T[0-9]{6}Z)-([0-9]{1,12})-[0-9a-f]{8}\.jsonl.*")


@dataclass(frozen=True)
class QuarantinedFile:
    """A file of rejected records: their number, its bytes, since when it is kept (UTC), and whether that is too
    long.
    """

    name: str
    records: int
    bytes: int
    since: datetime
    late: bool


def list_quarantine(settings: Settings, now: datetime | None = None) -> list[QuarantinedFile]:
    """Return the files of a placement, oldest first; raises SharedUnreachable if a store fails."""
    latest = (now or datetime.now(UTC)) - timedelta(days=settings.watch_quarantine_d)
    found = []
    for name, size in list_sizes(settings.quarantine_path).items():
        name_parts = _NAME.fullmatch(name)
        if name_parts is not None:
            since = datetime.strptime(name_parts[1], _STAMP).replace(tzinfo=UTC)
            found.append(QuarantinedFile(name, int(name_parts[2]), size, since, since < latest))
    return sorted(found, key=lambda file: (file.since, file.name))


def purge_quarantine(settings: Settings, files: Iterable[QuarantinedFile]) -> None:
    """Remove files of a placement for good; raises SharedUnreachable if a store fails, BadInput if they may not be
    removed.
    """
    for file in files:
        try:
            remove_file(settings.quarantine_path / file.name)
        except OSError as error:
            raise BadInput(f"{file.name} cannot be removed ({error.strerror}), nor was what comes after it") from None


class QuarantineWriter:
    """The rejected records of one load. A quarantine that accepts nothing is no reason to load nothing: see
    `problem`.
    """

    def __init__(self, settings: Settings) -> None:
        """Take the settings; nothing is created or requested before there is a record to keep."""
        self._settings = settings
        self._ready = bytearray()
        self._records = 0
        self.files: list[str] = []
        """Where records are kept now."""
        self.kept = 0
        """How many records are kept."""
        self.lost = 0
        """How many rejected ones are not kept."""
        self.problem: str | None = None
        """Why the first of them are not kept."""
        self._ended = False
        self._known: dict[bytes, str] | None = None
        self._compared = 0

    def add(self, data: bytes | bytearray, records: int, lost: int = 0) -> None:
        """Keep rejected records, a line each; `lost` are those of the same batch that are too large to be kept."""
        self._lose(lost, "larger than a line or document may be, or nested too deep")
        self._ready += data
        self._records += records
        if len(self._ready) >= PART:
            self.flush()

    def flush(self) -> None:
        """Write the collected records."""
        data, records = bytes(self._ready), self._records
        self._ready, self._records = bytearray(), 0
        if not records:
            return
        if self._ended:
            self._lose(records)
            return
        try:
            self._write(data, records)
        except RedactionError as error:
            self._end(records, str(error))
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._end(records, f"{self._settings.quarantine_path} cannot be written ({why})")

    def _write(self, data: bytes, records: int) -> None:
        most = self._settings.quarantine_bytes
        if not most:
            self._end(records, "REDACTION_QUARANTINE_BYTES is 0")
            return
        place = self._settings.quarantine_path
        sizes = list_sizes(place)
        known = self._read_known(sizes)
        fresh: dict[bytes, bytes] = {}
        # The same record may be sent, and rejected, again and again.
        for line in data.split(b"\n")[:-1]:
            digest = _digest(line)
            if digest in known:
                self._note(place / known[digest], 1)
                records -= 1
            else:
                fresh[digest] = line
        if not fresh:
            return
        data = b"".join(line + b"\n" for line in fresh.values())
        if sum(sizes.values()) + len(data) > most:
            self._end(
                records,
                f"the quarantine is full ({most:,} bytes, REDACTION_QUARANTINE_BYTES): see `redaction quarantine list`",
            )
            return
        name = f"{datetime.now(UTC).strftime(_STAMP)}-{len(fresh)}-{secrets.token_hex(4)}.jsonl"
        replace_file(place / name, data)
        self._note(place / name, records)
        if self._compared < _MOST_COMPARED:
            self._compared += len(data)
            known.update(dict.fromkeys(fresh, name))

    def _read_known(self, sizes: Mapping[str, int]) -> dict[bytes, str]:
        """Return the digests of records that are kept already, each with its file; the newest files first."""
        if self._known is None:
            self._known = {}
            for name in sorted(filter(_NAME.fullmatch, sizes), reverse=True):
                self._compared += sizes[name]
                if self._compared > _MOST_COMPARED:
                    break
                lines = (read_file(self._settings.quarantine_path / name) or b"").split(b"\n")
                self._known.update((_digest(line), name) for line in lines)
        return self._known

    def _note(self, place: Any, records: int) -> None:
        at = shown(str(place))
        if at not in self.files:
            self.files.append(at)
        self.kept += records

    def _lose(self, records: int, why: str | None = None) -> None:
        if records:
            self.lost += records
            self.problem = self.problem or why

    def _end(self, records: int, why: str) -> None:
        """Write no more for this load: a quarantine that is full or cannot be written stays so."""
        self._ended = True
        self._lose(records, why)


def _digest(line: bytes) -> bytes:
    return blake2b(line, digest_size=16).digest()
