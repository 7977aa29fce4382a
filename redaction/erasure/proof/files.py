"""The server's files, page by page: tables, indexes, and any other file of its data folder.

Pages of a table come from pageinspect's `get_raw_page`, that is through the buffers: as they are now, and as their file
will be after the next checkpoint. If the owner may not call it, they come from the file itself (`pg_read_binary_file`),
which may be older. Functions of the database read them, and only our own. To prove that a value is *gone*, a file that
was just written is only good after a checkpoint: before it, its pages may still be zeros. To draw existing values, any
file will do.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from struct import Struct
from typing import Any, Literal

from redaction.db.session import Row, Session
from redaction.erasure.proof.pages import PAGE_SIZE
from redaction.errors import BadInput, CouldNotLook, NotAllowed, PageError, RedactionError, TryLater

Look = Callable[[int, bytes], None]

STEP = 512
"""Pages of one request: 4 MB."""
_STEP_BYTES = 1 << 24
_COPY_HEADER = 19
_ROW = Struct(">hi")


@contextmanager
def looking(session: Session) -> Iterator[None]:
    """Look at a place within a savepoint. Raises CouldNotLook for a forbidden place, DatabaseBusy unchanged."""
    try:
        with session.savepoint():
            yield
    except (CouldNotLook, TryLater):
        raise
    except NotAllowed:
        raise CouldNotLook("forbidden") from None
    except BadInput:
        raise CouldNotLook("gone") from None
    except PageError:
        raise CouldNotLook("unknown format") from None
    except RedactionError:
        raise CouldNotLook("failed") from None


class _Pieces(io.RawIOBase):
    """Takes binary COPY of one column as the server sends it, a row at a time, and passes each value on."""

    def __init__(self, take: Callable[[bytes | None], None]) -> None:
        self._take = take
        self._first = True

    def write(self, data: Any) -> int:
        row = bytes(data)
        at = _COPY_HEADER if self._first else 0
        self._first = False
        while at + _ROW.size <= len(row):
            _, length = _ROW.unpack_from(row, at)
            at += _ROW.size
            self._take(None if length < 0 else row[at : at + length])
            at += max(length, 0)
        return len(row)


@dataclass(frozen=True)
class File:
    """A file of a table: its object, whether it is a heap, TOAST or an index of either, path, size in pages."""

    oid: int
    place: Literal["heap", "toast", "index", "toast index"]
    path: str
    blocks: int


@dataclass(frozen=True)
class Reader:
    """Reads pages in a transaction, through the buffers or from the files."""

    session: Session
    through_buffers: bool

    def flush(self) -> None:
        """Make the files equal to the buffers, if files are read. Raises CouldNotLook("unflushed")."""
        if self.through_buffers:
            return
        try:
            with looking(self.session):
                self.session.run("checkpoint")
        except CouldNotLook:
            raise CouldNotLook("unflushed") from None

    def pages(self, file: File, blocks: Sequence[int]) -> list[tuple[int, bytes]]:
        """Return these pages of a file with their numbers; missing ones are left out."""
        found: list[bytes | None] = []
        sink: Any = _Pieces(found.append)
        self.session.copy_out("copy_pages", sink, relation=str(file.oid), blocks=list(blocks))
        return [(block, page) for block, page in zip(blocks, found, strict=True) if page and len(page) == PAGE_SIZE]

    def scan(self, file: File, look: Look) -> None:
        """Pass all pages of a file to `look`, some at a time, with the number of the first. Raises CouldNotLook if
        it is gone.
        """
        for first in range(0, file.blocks, STEP):
            asked = range(first, min(first + STEP, file.blocks))
            pages = self.pages(file, asked)
            if len(pages) < len(asked):
                raise CouldNotLook("gone")
            look(first, b"".join(page for _, page in pages))


def open_reader(session: Session) -> Reader:
    """Return the reader for this transaction. Raises CouldNotLook for an unknown format."""
    access = session.rows("page_access")
    if not access:
        raise CouldNotLook("unknown format")
    return Reader(session, access[0]["through_buffers"])


def list_files(session: Session, relations: Sequence[str]) -> list[File]:
    """Return the files of tables, their TOAST tables and all indexes."""
    return [File(**row) for row in session.rows("relation_files", relations=list(relations))]


def read_values(session: Session, statement: str, **values: Any) -> list[bytes]:
    """Return the one column of a statement that copies out, without its NULLs; no log sees its values."""
    found: list[bytes | None] = []
    sink: Any = _Pieces(found.append)
    session.copy_out(statement, sink, **values)
    return [value for value in found if value is not None]


def read_file(session: Session, file: Row, look: Look) -> None:
    """Pass a file of the data folder (path, size in bytes) to `look`, 16 MB at a time, with the position of the first
    byte.

    A missing file passes nothing.
    """
    position = 0

    def take(piece: bytes | None) -> None:
        nonlocal position
        if piece:
            look(position, piece)
            position += len(piece)

    sink: Any = _Pieces(take)
    session.copy_out("copy_file", sink, path=file["path"], size=file["size"], step=_STEP_BYTES)
