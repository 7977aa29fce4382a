"""The place of ledgers outside the database: a folder, or an object store. Nothing in it is ever overwritten, so a
store that forbids it works.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from redaction.errors import LedgerUnreachable, RedactionError
from redaction.resources import open_place
from redaction.settings import Settings


class StoragePlace:
    """A place by its address, any of `ObjectStoragePath`. Every method raises LedgerUnreachable if it fails."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings, which name the address; the default is below the home."""
        self._setting = "REDACTION_LEDGER_URL" if settings.ledger_url else "REDACTION_HOME (or REDACTION_LEDGER_URL)"
        self.url = settings.ledger_place.removeprefix("file://")

    @property
    def shown(self) -> str:
        """Return its address for messages, without anything that may be a password."""
        return re.sub(r"//[^/@]*@|\?.*", lambda found: "//" if found[0].startswith("//") else "", self.url)

    def _place(self, name: str) -> Any:
        place = open_place(self.url) / name
        if not isinstance(place, Path):
            # Without this, a file written by another process since the last look would be overwritten, and not be
            # listed.
            place.__wrapped__.fs.invalidate_cache()
        return place

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except RedactionError:
            raise
        except PermissionError:
            raise LedgerUnreachable(
                f"the ledger outside the database: this process may not read or write {self.shown}: give it that "
                f"right, or set {self._setting} to a place where it has it"
            ) from None
        except Exception:  # a store may raise anything, with credentials in its message
            raise LedgerUnreachable(
                f"the ledger outside the database could not be read or written at {self.shown}: "
                f"see {self._setting} and that the store answers, then try again"
            ) from None

    def read(self, name: str) -> bytes | None:
        """Return an object; None if there is none of that name."""
        with self._reached():
            try:
                return bytes(self._place(name).read_bytes())
            except FileNotFoundError:
                return None

    def list_names(self, folder: str, ending: str = ".json") -> list[str]:
        """Return the names in a folder: of objects, or with an empty ending of folders."""
        with self._reached():
            try:
                names = [path.name for path in self._place(folder).iterdir()]
                return [name for name in names if (name.endswith(ending) if ending else name.isdecimal())]
            except (FileNotFoundError, NotADirectoryError):  # the second of object stores, which have no folders
                return []

    def write(self, name: str, text: bytes) -> bytes:
        """Store an object unless one of that name exists; return what is stored."""
        with self._reached():
            place = self._place(name)
            if isinstance(place, Path):
                _write_once(place, text)
            elif not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(text)
            return bytes(place.read_bytes())


def _write_once(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link fails if the file exists, and nobody ever sees half a file.
        with suppress(FileExistsError):
            os.link(fresh, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(fresh).unlink()
