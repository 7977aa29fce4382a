"""Files -> blocks of whole lines, in constant memory: API pages, JSON Lines and Singer messages, plain or gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from redaction.errors import BadInput
from redaction.source.limits import DEFAULT_LIMITS, Limits

BLOCK = 8 * 1024 * 1024
"""Bytes of a block: some 4,000 activities of 2 KB."""
_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
_FREE_EXPANSION = 64 * 1024 * 1024
_MOST_BLOCKS = 1_000


@dataclass(frozen=True)
class Block:
    """Whole lines of one file; `read` is the number of bytes on disk that reading it took."""

    path: str
    first_line: int
    data: bytes
    whole_file: bool
    read: int
    offset: int | None
    """Where it begins in the file; None if the file is compressed, or the block is cut."""
    cut: bool = False
    """Whether this is only the head of a line or document that is longer than it may be."""

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


def check_file(path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
    """Raise BadInput if a file cannot be read to its end, before anything of it is loaded (a truncated gzip, say), or
    is a gzip that expands beyond measure.
    """
    try:
        with _open(path) as file:
            if isinstance(file, gzip.GzipFile):
                most = max(path.stat().st_size * limits.gzip_ratio, _FREE_EXPANSION)
                while most >= 0 and (part := file.read(_CHUNK)):
                    most -= len(part)
                if most < 0:
                    raise BadInput(
                        f"{path}: the gzip expands to more than {limits.gzip_ratio:,} times its size "
                        "(REDACTION_LIMIT_GZIP_RATIO); nothing of it was loaded"
                    )
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadInput(f"{path}: the gzip is truncated or damaged: fetch it again; nothing of it was loaded") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> BadInput:
    return BadInput(f"{path}: cannot be read ({error.strerror or type(error).__name__})")


def read_blocks(path: Path, limits: Limits = DEFAULT_LIMITS) -> Iterator[Block]:
    """Yield a file in blocks of whole lines; one that is a single JSON document over many lines comes in one piece.

    Of a line or document that is longer than it may be comes the head alone, as a block that is `cut`.
    """
    with _open(path) as file:
        packed = isinstance(file, gzip.GzipFile)
        data = file.read(BLOCK)
        if _is_document(data):
            yield _read_document(path, file, data, limits)
            return
        number, offset, done = 1, 0, 0
        while data:
            head, skipped = b"", 0
            tail = file.readline(limits.line_bytes + 1)
            if len(tail) > limits.line_bytes and not tail.endswith(b"\n"):
                start = data.rfind(b"\n") + 1
                head = data[start : start + _HEAD] + tail[:_HEAD]
                skipped = len(data) - start + len(tail) + _skip_line(file)
                data = data[:start]
            else:
                data += tail
            # Of a compressed file the bytes that were read are those of the last block that came of them.
            read = _position(file) - done if packed else len(data) + skipped
            done += read
            if data:
                taken = read - skipped if not packed else 0 if head else read
                yield Block(str(path), number, data, False, taken, None if packed else offset)
                number += data.count(b"\n")
            if head:
                yield Block(str(path), number, head, False, read if packed else skipped, None, cut=True)
                number += 1
            offset += len(data) + skipped
            data = file.read(BLOCK)


def _read_document(path: Path, file: BinaryIO, data: bytes, limits: Limits) -> Block:
    if len(data) <= limits.document_bytes:
        data += file.read(limits.document_bytes + 1 - len(data))
    if len(data) > limits.document_bytes:
        return Block(str(path), 1, data[:_HEAD], True, path.stat().st_size, None, cut=True)
    packed = isinstance(file, gzip.GzipFile)
    return Block(str(path), 1, data, True, _position(file), None if packed else 0)


def _skip_line(file: BinaryIO) -> int:
    """Read to the end of a line in constant memory; return how many bytes that were."""
    skipped = 0
    while part := file.readline(_CHUNK):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


def read_batches(files: Sequence[Path], limits: Limits = DEFAULT_LIMITS) -> Iterator[list[Block]]:
    """Yield the blocks of files in their order, small ones together: a page of an API is no transaction of its own."""
    batch: list[Block] = []
    size = 0
    for path in files:
        for block in read_blocks(path, limits):
            if batch and size + len(block.data) > BLOCK:
                yield batch
                batch, size = [], 0
            batch.append(block)
            size += len(block.data)
            if size >= BLOCK or len(batch) >= _MOST_BLOCKS:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


def _position(file: BinaryIO) -> int:
    raw = file.fileobj if isinstance(file, gzip.GzipFile) else file
    return raw.tell() if raw is not None else 0


def _is_document(data: bytes) -> bool:
    # The first line of a document spread over lines opens something, which no JSON that is whole ends with.
    first, _, rest = data.lstrip().partition(b"\n")
    return bool(rest.strip()) and first.rstrip().endswith((b"{", b"[", b","))
