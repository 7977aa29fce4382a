"""Files -> blocks of whole lines, in constant memory: API pages, JSON Lines and Singer messages, plain or gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from redaction.errors import BadInput

BLOCK = 8 * 1024 * 1024
"""Bytes of a block: some 4,000 activities of 2 KB."""
_PAGE_MOST = 256 * 1024 * 1024


@dataclass(frozen=True)
class Block:
    """Whole lines of one file; `read` is the number of bytes on disk that reading it took."""

    path: str
    first_line: int
    data: bytes
    whole_file: bool
    read: int
    offset: int | None
    """Where it begins in the file; None if the file is compressed."""

    def detached(self) -> Block:
        """Return it without what another process can read off the file itself."""
        return self if self.offset is None else replace(self, data=b"")

    def attached(self) -> Block:
        """Return a detached block with its data; raises BadInput if the file is not what it was."""
        if self.data or self.offset is None:
            return self
        try:
            with Path(self.path).open("rb") as file:
                file.seek(self.offset)
                data = file.read(self.read)
        except OSError as error:
            raise _unreadable(Path(self.path), error) from None
        if len(data) < self.read:
            raise BadInput(f"{self.path}: was cut off while it was loaded: load it again")
        return replace(self, data=data)


def list_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that paths name, a folder standing for all below it; raises BadInput for what is not there."""
    found: list[Path] = []
    for path in paths:
        files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        if not files:
            raise BadInput(f"{path}: there is no file in it")
        if not all(file.is_file() for file in files):
            raise BadInput(f"{path}: there is no such file")
        found += files
    return found


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        magic = file.read(2)
    return cast(BinaryIO, gzip.open(path, "rb")) if magic == b"\x1f\x8b" else path.open("rb")


def check_file(path: Path) -> None:
    """Raise BadInput if a file cannot be read to its end, before anything of it is loaded (a truncated gzip, say)."""
    try:
        with _open(path) as file:
            if isinstance(file, gzip.GzipFile):
                while file.read(1024 * 1024):
                    pass
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadInput(f"{path}: the gzip is truncated or damaged: fetch it again; nothing of it was loaded") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> BadInput:
    return BadInput(f"{path}: cannot be read ({error.strerror or type(error).__name__})")


def read_blocks(path: Path) -> Iterator[Block]:
    """Yield a file in blocks of whole lines; one that is a single JSON document over many lines comes in one piece."""
    with _open(path) as file:
        number, done, packed = 1, 0, isinstance(file, gzip.GzipFile)
        data = file.read(BLOCK)
        if _is_document(data, path):
            data += file.read(_PAGE_MOST)
            yield Block(str(path), 1, data, True, _position(file), None if packed else 0)
            return
        while data:
            data += file.readline()
            at = _position(file)
            yield Block(str(path), number, data, False, at - done, None if packed else done)
            number += data.count(b"\n")
            done = at
            data = file.read(BLOCK)


def read_batches(files: Sequence[Path]) -> Iterator[list[Block]]:
    """Yield the blocks of files in their order, small ones together: a page of an API is no transaction of its own."""
    batch: list[Block] = []
    size = 0
    for path in files:
        for block in read_blocks(path):
            if batch and size + len(block.data) > BLOCK:
                yield batch
                batch, size = [], 0
            batch.append(block)
            size += len(block.data)
            if size >= BLOCK:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _position(file: BinaryIO) -> int:
    raw = file.fileobj if isinstance(file, gzip.GzipFile) else file
    return raw.tell() if raw is not None else 0


def _is_document(data: bytes, path: Path) -> bool:
    first, _, rest = data.lstrip().partition(b"\n")
    if not rest.strip():
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        # The first line of a document spread over lines opens something; one of JSON Lines is merely broken.
        return first.strip() in (b"{", b"[") or first.rstrip().endswith((b"{", b"[", b","))
    return False
