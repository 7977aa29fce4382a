"""Objects that are files of this host or of a mount of it.

A deletion first resolves symbolic links; the result must be below the resolved prefix. It then goes down from the root
by file descriptors, follows no link, and unlinks by the descriptor of the folder. So if somebody swaps a folder for a
link in between, it fails, and nothing outside is touched.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice

from redaction.objects.access import OUTSIDE, Probe, Promise, Refused, Settled, lies_inside
from redaction.objects.addresses import Address, is_below
from redaction.objects.protected import read_protected
from redaction.objects.spelling import near_spellings
from redaction.objects.stores import MARKER_PREFIX, NOT_MARKED, Store, marker_content, marker_name, real_address
from redaction.objects.writers import WRITTEN, keep_from_writers
from redaction.settings import Settings

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_SNAPSHOTS = "snapshots and backups of the file system cannot be seen from here"
_MOST_ENTRIES = 20_000
_NO_CONTENT = ("lost+found", "System Volume Information", "$RECYCLE.BIN", "Thumbs.db", "desktop.ini", "@eaDir")
"""What an empty disk, or a folder without its disk, may have in it, besides hidden files."""
_ERRORS = {
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the file system is read-only",
    errno.EBUSY: "it is in use",
    errno.ELOOP: "a symbolic link on its way leads in a circle, or was put there just now",
    errno.ENOTDIR: "a folder on its way was replaced just now, or is none",
    errno.ESTALE: "the mount does not answer",
    errno.EIO: "the file system failed",
    errno.ENAMETOOLONG: "its name is too long for the file system",
}


class FileAccess:
    """A store of files."""

    def __init__(self, store: Store, prefix: Address, settings: Settings) -> None:
        """Take the store, its parsed prefix, and the settings, which say what is protected."""
        self._store, self._prefix, self._protected = store, prefix, read_protected(settings)
        self._deleted_in: set[str] = set()
        self._whole: dict[str, bool] = {}

    def delete(self, address: Address, account_id: int, activity_id: int) -> Settled:
        """Delete one regular file, and look again."""
        try:
            return self._delete(address)
        except OSError as error:
            return Settled("remains", _say(error))
        except Exception as error:
            return Settled("remains", f"the deletion failed ({type(error).__name__})")

    def _delete(self, address: Address) -> Settled:
        base, target = real_address(self._prefix), real_address(address)
        if address.scheme != "file" or address.host or base.path == "/":
            return OUTSIDE
        if not lies_inside(address, self._prefix) and not lies_inside(target, base):
            return OUTSIDE
        if not os.path.isdir(base.path):
            return Settled("remains", "the folder of the store does not exist")
        if not is_below(target, base):
            return Settled("remains", "a symbolic link on its way leads out of the store")
        if (place := self._protected.find_above(target.path)) is not None:
            return Settled("remains", f"it lies in {place}, where nothing is deleted")
        if os.path.basename(target.path).startswith(MARKER_PREFIX):
            return OUTSIDE
        settled = _unlink(target.path)
        if settled.outcome == "deleted":
            self._deleted_in.add(os.path.dirname(target.path))
            if target != address:
                self._unlink_the_link(address)
        if settled.outcome == "not_found":
            if os.path.lexists(address.path):
                return Settled("remains", "it is a symbolic link that leads nowhere")
            if _is_there_otherwise(target.path, base.path):
                return Settled("remains", "there is only a file of another spelling of this name")
            if not self._is_whole(os.path.dirname(target.path), base.path):
                return Settled("remains", "could not tell: its folder is not there or empty, as one is before a mount")
        return settled

    def _is_whole(self, folder: str, base: str) -> bool:
        """Return whether a file that is not in a folder is gone: the folder is no empty mount point. Asked once in a
        pass.
        """
        if folder in self._deleted_in:
            return True
        if folder not in self._whole:
            try:
                held = _has_content(folder)
            except OSError:
                held = False
            marked = folder == base and _read_marker(base, marker_name(self._store)) == marker_content(self._store)
            self._whole[folder] = held or marked
        return self._whole[folder]

    def _unlink_the_link(self, address: Address) -> None:
        # The name in the record was a link in the store: it is removed too, if it still leads to the deleted file.
        folder = real_address(Address("file", "", os.path.dirname(address.path)))
        name = os.path.basename(address.path)
        if not is_below(Address("file", "", f"{folder.path}/{name}"), real_address(self._prefix)):
            return
        with suppress(OSError), _opened(folder.path) as descriptor:
            if stat.S_ISLNK(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=descriptor)

    def probe(self) -> Probe:
        """Look for the marker; an empty folder may be that of a disk that is not mounted."""
        base = real_address(self._prefix).path
        try:
            if not os.path.isdir(base):
                return Probe(False, "the folder of the store does not exist")
            if _read_marker(base, marker_name(self._store)) == marker_content(self._store):
                return Probe(True, "its marker is there")
            if not _has_content(base):
                return Probe(False, "the folder of the store is empty: the disk may not be mounted")
        except OSError as error:
            return Probe(False, _say(error))
        return Probe(False, NOT_MARKED)

    def check(self) -> Promise:
        """Try to write and delete a file of its own, and write the marker if the folder is not empty."""
        base = real_address(self._prefix).path
        try:
            with _opened(base) as descriptor:
                may, note = _try(descriptor)
                notes = [note] if note else []
                if may:
                    notes.append(self._mark(base, descriptor))
        except OSError as error:
            return Promise(notes=(f"the folder of the store: {_say(error)}",))
        return Promise(False, False, False, may, None, (*notes, _SNAPSHOTS))

    def _mark(self, base: str, descriptor: int) -> str:
        name = marker_name(self._store)
        if _read_marker(base, name) == marker_content(self._store):
            return "its marker is there"
        if not _has_content(base):
            return "the folder is empty, so no marker was written: check again when something is in it"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(name, flags, 0o644, dir_fd=descriptor), "wb") as file:
                file.write(marker_content(self._store))
        except OSError as error:
            return f"the marker could not be written: {_say(error)}"
        return "its marker was written"


def open_to_read(address: Address, prefix: Address, settings: Settings) -> int:
    """Return the descriptor of a regular file of a store, to be closed; no link is followed out of the store.

    Raises Refused, in safe words, for a file outside the store or at a place of ours, a missing file, or no regular
    file.
    """
    base, target = real_address(prefix), real_address(address)
    if base.path == "/" or not (lies_inside(target, base) and is_below(target, base)):
        raise Refused("it lies outside the store")
    hidden = os.path.basename(target.path).startswith(MARKER_PREFIX)
    if hidden or read_protected(settings).find_above(target.path) is not None:
        raise Refused("it lies in a place of this system")
    try:
        with _opened(os.path.dirname(target.path)) as folder:
            descriptor = os.open(os.path.basename(target.path), _READ, dir_fd=folder)
    except FileNotFoundError:
        raise Refused("it is not there") from None
    except OSError as error:
        raise Refused(_say(error)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused("it is no regular file")
    return descriptor


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    """Open a folder by its real path, from the root down, without following any link."""
    descriptor = os.open("/", _FOLDER)
    try:
        for part in folder.split("/"):
            if part:
                below = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def identify(found: os.stat_result) -> tuple[int, ...]:
    """Return what identifies a file, so that a replaced file, or one written to since, is noticed.

    A writer can set the time of a file back, but never that of its last change.
    """
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def delete_unchanged(path: str, seen: tuple[int, ...]) -> Settled:
    """Delete the file of a real path, without following a link, if it is still the same file and no program is known
    to write to it.
    """
    try:
        with _opened(os.path.dirname(path)) as folder:
            descriptor = os.open(os.path.basename(path), _READ, dir_fd=folder)
        try:
            with keep_from_writers(descriptor) as is_alone:
                return _unlink(path, seen) if is_alone else Settled("remains", WRITTEN)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return Settled("not_found")
    except OSError as error:
        return Settled("remains", _say(error))


def _unlink(path: str, seen: tuple[int, ...] | None = None) -> Settled:
    name = os.path.basename(path)
    try:
        with _opened(os.path.dirname(path)) as folder:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                return Settled("remains", "it is a directory")
            if not stat.S_ISREG(found.st_mode):
                return Settled("remains", "it is no regular file")
            if seen is not None and identify(found) != seen:
                return Settled("remains", "it is not the file that was read any more")
            os.unlink(name, dir_fd=folder)
            try:
                os.stat(name, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                pass
            else:
                return Settled("remains", "it was there again after its deletion")
    except FileNotFoundError:
        return Settled("not_found")
    names = found.st_nlink - 1
    return Settled("deleted", f"{names} more names (hard links) of it may be elsewhere" if names > 0 else "")


def _has_content(folder: str) -> bool:
    """Return whether a folder has anything that recordings may be, or may be in."""
    with os.scandir(folder) as entries:
        return any(not entry.name.startswith(".") and entry.name not in _NO_CONTENT for entry in entries)


def _is_there_otherwise(path: str, base: str) -> bool:
    if any(os.path.lexists(f"{base}{other}") for other in near_spellings(path.removeprefix(base))):
        return True
    folder, name = os.path.split(path)
    same = name.casefold()
    try:
        with os.scandir(folder) as entries:  # in other letters, or with the query that its address had
            return any(
                entry.name.startswith(f"{name}?") or entry.name.casefold() == same
                for entry in islice(entries, _MOST_ENTRIES)
            )
    except OSError:
        return False


def _read_marker(base: str, name: str) -> bytes | None:
    try:
        with os.fdopen(
            os.open(f"{base}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb"
        ) as file:
            return file.read(1024)
    except OSError:
        return None


def _try(folder: int) -> tuple[bool | None, str]:
    name = f".redaction-probe-{secrets.token_hex(8)}"
    try:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder))
    except OSError as error:
        return (False if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else None), _say(error)
    try:
        os.unlink(name, dir_fd=folder)
    except OSError as error:
        return False, f"a file of our own could not be deleted: {_say(error)}"
    return True, ""


def _say(error: OSError) -> str:
    return _ERRORS.get(
        error.errno or 0, f"the file system refused ({errno.errorcode.get(error.errno or 0, 'unknown')})"
    )
