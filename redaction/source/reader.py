"""Files -> blocks of whole lines, in constant memory, whatever their compression or encoding is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from redaction.errors import BadInput
from redaction.source.decoded import Decoded, open_decoded
from redaction.source.inputs import Input, unreadable
from redaction.source.limits import DEFAULT_LIMITS, Limits

BLOCK = 8 * 1024 * 1024
"""Bytes of a block: some 4,000 activities of 2 KB."""
_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
_FREE_EXPANSION = 64 * 1024 * 1024
_MOST_BLOCKS = 1_000
_STEPS = 3
"""How often the first batch of a shared load is halved."""


@dataclass(frozen=True)
class Block:
    """Whole lines of one file; `read` is the number of bytes read on disk for it."""

    path: str
    first_line: int
    data: bytes
    whole_file: bool
    read: int
    offset: int | None
    """Its start in the file; None if another process cannot read it there, or the block is cut."""
    cut: bool = False
    """Whether this is only the beginning of a line or document that is too long."""

    def detached(self) -> Block:
        """Return it without the data that another process can read from the file itself."""
        return self if self.offset is None else replace(self, data=b"")

    def attached(self) -> Block:
        """Return a detached block with its data; raises BadInput if the file has changed."""
        if self.data or self.offset is None:
            return self
        try:
            with Path(self.path).open("rb") as file:
                file.seek(self.offset)
                data = file.read(self.read)
        except OSError as error:
            raise unreadable(self.path, error) from None
        if len(data) < self.read:
            raise BadInput(f"{self.path}: was cut off while it was loaded: load it again")
        return replace(self, data=data)


def check_file(source: Input, limits: Limits = DEFAULT_LIMITS) -> None:
    """Raise BadInput if a file cannot be read to its end (for example a truncated gzip), or expands too much, before
    anything of it is loaded.
    """
    with open_decoded(source, "nothing of it was loaded") as found:
        if found.compression is not None:
            most = max(source.size * limits.gzip_ratio, _FREE_EXPANSION)
            while most >= 0 and (part := found.file.read(_CHUNK)):
                most -= len(part)
            if most < 0:
                raise BadInput(
                    f"{source.name}: the {found.compression} expands to more than {limits.gzip_ratio:,} times its size "
                    "(REDACTION_LIMIT_GZIP_RATIO); nothing of it was loaded"
                )


def read_blocks(
    source: Input, limits: Limits = DEFAULT_LIMITS, size: Callable[[], int] = lambda: BLOCK
) -> Iterator[Block]:
    """Yield a file in blocks of whole lines; a single JSON document over many lines comes in one piece.

    `size` returns the bytes for each next block. For a line or document that is too long only its beginning comes, as a
    block that is `cut`.
    """
    with open_decoded(source, "what comes before was loaded, and is not loaded twice") as found:
        file, packed = found.file, not found.is_plain
        data = file.read(size())
        if _is_document(data):
            yield _read_document(source, found, data, limits)
            return
        number, done = 1, 0
        offset = None if packed or source.path is None else found.start
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
            # For a compressed file, the bytes that were read count for the last block that came of them.
            read = found.position() - done if packed else len(data) + skipped
            done += read
            if data:
                taken = read - skipped if not packed else 0 if head else read
                yield Block(source.name, number, data, False, taken, offset)
                number += data.count(b"\n")
            if head:
                yield Block(source.name, number, head, False, read if packed else skipped, None, cut=True)
                number += 1
            if offset is not None:
                offset += len(data) + skipped
            data = file.read(size())


def _read_document(source: Input, found: Decoded, data: bytes, limits: Limits) -> Block:
    if len(data) <= limits.document_bytes:
        data += found.file.read(limits.document_bytes + 1 - len(data))
    if len(data) > limits.document_bytes:
        return Block(source.name, 1, data[:_HEAD], True, source.size, None, cut=True)
    if not found.is_plain:
        return Block(source.name, 1, data, True, found.position(), None)
    return Block(source.name, 1, data, True, len(data), None if source.path is None else found.start)


def _skip_line(file: BinaryIO) -> int:
    """Read to the end of a line in constant memory; return the number of bytes."""
    skipped = 0
    while part := file.readline(_CHUNK):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped


@dataclass
class _Sizes:
    """The bytes for each batch that processes share. Batches are smaller at the start, when the server waits for the
    first one, and at the end, when the other processes wait for the last one.
    """

    total: int
    read: int = 0
    """Bytes of the files, which may be compressed."""
    given: int = 0
    batches: int = 0

    def note(self, block: Block) -> None:
        self.read += block.read
        self.given += len(block.data)

    def next(self) -> int:
        beginning = BLOCK >> max(_STEPS - self.batches, 0)
        left = (self.total - self.read) * self.given // self.read if self.read else self.total
        # A stream may be longer than estimated.
        end = left // 2 if left > 0 else BLOCK
        return max(min(beginning, end), BLOCK >> _STEPS)


def read_batches(
    files: Sequence[Input], limits: Limits = DEFAULT_LIMITS, shared: bool = False
) -> Iterator[list[Block]]:
    """Yield the blocks of files in order, small ones together: a page of an API is not worth a transaction.

    With `shared`, several processes work on them at once, and the first and last batches are smaller.
    """
    sizes = _Sizes(sum(source.size for source in files))
    batch: list[Block] = []
    size = 0
    for source in files:
        for block in read_blocks(source, limits, sizes.next if shared else lambda: BLOCK):
            most = sizes.next() if shared else BLOCK
            if batch and size + len(block.data) > most:
                yield batch
                batch, size = [], 0
                sizes.batches += 1
            batch.append(block)
            size += len(block.data)
            sizes.note(block)
            if size >= most or len(batch) >= _MOST_BLOCKS:
                yield batch
                batch, size = [], 0
                sizes.batches += 1
    if batch:
        yield batch


def _is_document(data: bytes) -> bool:
    # The first line of a document over several lines opens something, which no complete JSON ends with.
    first, _, rest = data.lstrip().partition(b"\n")
    return bool(rest.strip()) and first.rstrip().endswith((b"{", b"[", b","))
