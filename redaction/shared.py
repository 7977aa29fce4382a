"""Files that one process writes and others read: below the home, or in an object store (`REDACTION_SHARED_URL`)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from redaction.errors import NotAllowed, RedactionError, SharedUnreachable
from redaction.resources import make_folder
from redaction.settings import Settings

_SETTING = "REDACTION_SHARED_URL (or, without it, REDACTION_HOME)"


def check_place(settings: Settings) -> None:
    """Refuse a `REDACTION_SHARED_URL` where nothing can be kept; create it if it is a folder.

    Raises BadInput if it is invalid or this user may not write it, SharedUnreachable if a store fails.
    """
    place = settings.shared_place
    if isinstance(place, Path):
        make_folder(place, _SETTING)
        return
    with _reached(place):
        place.exists()


def read_file(place: Any) -> bytes | None:
    """Return a file, None if there is none; raises SharedUnreachable if a store fails."""
    with _reached(place):
        try:
            return bytes(place.read_bytes())
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None


def replace_file(place: Any, payload: bytes) -> None:
    """Write a file, or replace it; a reader sees the whole old or the whole new file.

    Raises BadInput if this user may not write the folder, SharedUnreachable if a store fails or a disk is full.
    """
    with writing(place) as sink, _reached(place):
        sink.write(payload)


@contextmanager
def writing(place: Any) -> Iterator[IO[bytes]]:
    """Yield a file to write piece by piece, readable only by this user; afterwards it is complete at its place, or
    absent.

    Raises BadInput if this user may not write the folder, SharedUnreachable if a store fails.
    """
    if not isinstance(place, Path):
        with _reached(place):
            # Some stores have folders.
            place.parent.mkdir(parents=True, exist_ok=True)
            sink = _open(place, "wb")
        try:
            yield sink
        except BaseException:
            with _reached(place):
                sink.close()
                place.unlink(missing_ok=True)
            raise
        with _reached(place):
            sink.close()
        return
    make_folder(place.parent, _SETTING)
    fresh = ""
    try:
        handle, fresh = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}")
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(fresh).replace(place)
    except BaseException as error:
        if fresh:
            Path(fresh).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise SharedUnreachable(
                f"{place.parent} could not be written ({error.strerror or type(error).__name__}), nothing was kept "
                f"there: see {_SETTING} and the space that is left, then try again"
            ) from None
        raise


@contextmanager
def reading(place: Any) -> Iterator[IO[bytes]]:
    """Yield a file to read piece by piece; raises SharedUnreachable if it is missing, or a store fails."""
    try:
        with _reached(place):
            source = _open(place, "rb")
    except FileNotFoundError:
        raise SharedUnreachable(f"{place.name} is not where shared state lies: see {_SETTING}") from None
    with source:
        yield source


def remove_file(place: Any) -> None:
    """Remove a file if it exists; raises SharedUnreachable if a store fails."""
    with _reached(place):
        place.unlink(missing_ok=True)


def list_files(place: Any) -> list[str]:
    """Return the files of a folder and its subfolders, by relative names; links to folders are not followed.

    Raises SharedUnreachable if a store fails.
    """
    if isinstance(place, Path):
        return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())
    with _reached(place):
        found = [str(path.path) for path in place.rglob("*") if path.is_file()]
    return sorted(name.removeprefix(str(place.path)).lstrip("/") for name in found)


def list_sizes(folder: Any) -> dict[str, int]:
    """Return the files directly in a folder, by name, with their sizes (bytes); empty if the folder does not exist.

    Raises NotAllowed if this user may not read it, SharedUnreachable if a store fails.
    """
    if isinstance(folder, Path):
        try:
            return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise NotAllowed(f"{folder} cannot be read ({error.strerror}): see {_SETTING}") from None
    with _reached(folder):
        found = folder.__wrapped__.fs.find(folder.path, maxdepth=1, detail=True)
    return {name.rpartition("/")[2]: detail["size"] for name, detail in sorted(found.items())}


def _open(place: Any, mode: str) -> Any:
    # Airflow's own `open` wants a provider for the kind of store, which no other access needs.
    return place.open(mode) if isinstance(place, Path) else place.__wrapped__.fs.open(place.path, mode)


@contextmanager
def _reached(place: Any) -> Iterator[None]:
    try:
        if not isinstance(place, Path):
            # A process that lives long would not see what another one has written since its last look.
            place.__wrapped__.fs.invalidate_cache()
        yield
    except (RedactionError, FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise
    except Exception as error:  # a store may raise anything, with credentials in its message
        if isinstance(place, Path):
            raise
        raise SharedUnreachable(
            f"what other processes read could not be read or written ({type(error).__name__}): see "
            "REDACTION_SHARED_URL and that the store answers, then try again"
        ) from None
