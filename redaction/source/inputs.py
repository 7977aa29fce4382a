"""The arguments of a load -> readable files: paths, folders, addresses of stores, standard input."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from redaction.errors import BadInput, RedactionError
from redaction.extras import open_address
from redaction.places import read_place

STANDARD_INPUT = "-"
_CHUNK = 1024 * 1024
_NOTHING = "nothing was loaded"


@dataclass(frozen=True)
class Input:
    """A file of a load. `name` is its name in messages, `size` its bytes on disk (compressed, if it is)."""

    name: str
    size: int
    open: Callable[[], BinaryIO]
    """Returns it from its beginning; only one reader at a time."""
    path: Path | None = None
    """Where another process of this host can read it too."""

    @classmethod
    def of(cls, path: Path) -> Input:
        """Return a file of this host."""
        return cls(str(path), path.stat().st_size, partial(cast(Any, path.open), "rb"), path)


@contextmanager
def open_inputs(paths: Sequence[str | Path | Input]) -> Iterator[list[Input]]:
    """Yield the named files; a folder stands for all files below it, in order, and an Input stays unchanged.

    A stream, which can be read only once, is copied first: a load checks its input before it stores anything, and reads
    it for each placement. Raises BadInput for missing files, ExtraMissing if a store needs a library.
    """
    if [str(path) for path in paths].count(STANDARD_INPUT) > 1:
        raise BadInput(f"standard input is named twice: {_NOTHING}")
    with ExitStack() as copies:
        found: list[Input] = []
        for path in paths:
            found += [path] if isinstance(path, Input) else _find(path, copies)
        yield found


def _find(named: str | Path, copies: ExitStack) -> list[Input]:
    if named == STANDARD_INPUT:
        given: TextIO | None = sys.stdin
        if given is None:
            raise BadInput(f"standard input is closed: {_NOTHING}")
        return [_copy_stream("standard input", given.buffer, copies)]
    if named == "":
        raise BadInput(f"an empty path is named: {_NOTHING}")
    path = Path(named)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise unreadable(str(path), error) from None
        return _find_address(str(named), copies)
    if stat.S_ISDIR(mode):
        files = [Input.of(item) for item in sorted(path.rglob("*")) if item.is_file()]
        if not files:
            raise BadInput(f"{path}: there is no file in it")
        return files
    if stat.S_ISREG(mode):
        return [Input.of(path)]
    with path.open("rb") as stream:
        return [_copy_stream(str(path), stream, copies)]


def _copy_stream(name: str, stream: BinaryIO, copies: ExitStack) -> Input:
    """Copy a stream into a file without a name, which disappears with this process."""
    try:
        copy = copies.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        shutil.copyfileobj(stream, copy, _CHUNK)
        copy.flush()
    except OSError as error:
        raise BadInput(
            f"{name}: could not be copied to {tempfile.gettempdir()} ({error.strerror or type(error).__name__}), which "
            f"TMPDIR chooses: {_NOTHING}"
        ) from None

    def reopen() -> BinaryIO:
        again = os.fdopen(os.dup(copy.fileno()), "rb")
        again.seek(0)
        return again

    return Input(name, os.fstat(copy.fileno()).st_size, reopen)


def _find_address(named: str, copies: ExitStack) -> list[Input]:
    name = shown(named)
    try:
        address = read_place(named)
    except ValueError as error:
        raise BadInput(f"{name}: {error}; {_NOTHING}") from None
    if "://" not in address:
        if address != named:
            return _find(Path(address), copies)
        raise BadInput(f"{name}: there is no such file")
    try:
        place = open_address(address, name)
        files = place.__wrapped__.fs
        files.invalidate_cache()
        details = files.find(place.path, detail=True)
        if not details and address.startswith(("http:", "https:")):
            files.info(place.path)
    except RedactionError:
        raise
    except FileNotFoundError as error:
        if (why := _why_unanswered(error.__cause__)) is not None:
            raise BadInput(f"{name}: cannot be read ({why}); {_NOTHING}") from None
        details = {}
    except Exception as error:  # a store may raise anything, with credentials in its message
        raise unreadable(name, error) from None
    if not details:
        raise BadInput(f"{name}: there is no such file")
    scheme = address.partition("://")[0]
    return [
        Input(f"{scheme}://{shown(at).lstrip('/')}", detail["size"], partial(_open_object, files, at))
        for at, detail in sorted(details.items())
    ]


def _why_unanswered(error: BaseException | None) -> str | None:
    """Return why a server has not said whether there is a file; None if it has said so."""
    status = getattr(error, "status", None)
    if error is None or isinstance(error, FileNotFoundError) or status in (404, 410):
        return None
    number = getattr(error, "errno", None)
    return f"HTTP {status}" if status else os.strerror(number) if number else type(error).__name__


def _open_object(files: Any, path: str) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(files.open(path, "rb"), _CHUNK))


def shown(address: str) -> str:
    """Return an address for messages, without anything that may be a password or a signature."""
    return re.sub(r"(?<=//)[^/@]*@|\?.*", "", address)


def unreadable(name: str, error: Exception) -> BadInput:
    """Return the error for a file that cannot be read."""
    return BadInput(f"{name}: cannot be read ({getattr(error, 'strerror', None) or type(error).__name__})")
