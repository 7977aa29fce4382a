"""The bytes of a file -> its text as UTF-8: its first bytes show a compression or another encoding.

The name of a file does not matter.
"""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from backports.zstd import ZstdError

from redaction.errors import BadInput, RedactionError
from redaction.source.inputs import Input, unreadable
from redaction.source.mend import BYTE_ORDER_MARK
from redaction.source.packed import unpack

_CHUNK = 256 * 1024
_ENCODINGS = (
    # The longer mark starts like the shorter one.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ZEROS = {
    b"\0\1\1\1": "utf-32-le",
    b"\1\1\1\0": "utf-32-be",
    b"\0\1\0\1": "utf-16-le",
    b"\1\0\1\0": "utf-16-be",
}
"""The encoding for each pattern of zeros in the first four bytes (1: zero)."""
_TOO_LONG = "too much memory"
"""What the library says of a window that is larger than it takes."""
_FIRST = frozenset(b'{["\t\r\n ')
"""The first bytes of our JSON."""


@dataclass(frozen=True)
class Decoded:
    """An open file. `compression` is None if it has none; `start` is where its text starts, after a byte order mark."""

    file: BinaryIO
    raw: BinaryIO
    compression: str | None
    start: int

    @property
    def is_plain(self) -> bool:
        """Say whether its bytes are those on disk."""
        return self.file is self.raw

    def position(self) -> int:
        """Return how many bytes were read on disk."""
        return self.raw.tell()


@contextmanager
def open_decoded(source: Input, so_far: str) -> Iterator[Decoded]:
    """Open a file at the beginning of its text.

    Raises BadInput if it cannot be read, here or later by the caller; `so_far` says what was loaded of it then.
    """
    compression = None
    try:
        with source.open() as raw:
            file, compression = unpack(raw)
            file, start = _decode(file)
            yield Decoded(file, raw, compression, start)
    except (EOFError, zlib.error, ZstdError) as error:
        if isinstance(error, ZstdError) and _TOO_LONG in str(error):
            raise BadInput(
                f"{source.name}: the zstd has a larger window than is read (128 MB): compress it again without --long; "
                f"{so_far}"
            ) from None
        # The first bytes may be too few to tell of a second compression below the first.
        what = compression or "compressed file"
        raise BadInput(f"{source.name}: the {what} is truncated or damaged: fetch it again; {so_far}") from None
    except RedactionError:
        raise
    except Exception as error:  # a store may raise anything, with credentials in its message
        if source.path is not None and not isinstance(error, OSError):
            raise
        raise unreadable(source.name, error) from None


def _decode(file: BinaryIO) -> tuple[BinaryIO, int]:
    head = cast(io.BufferedReader, file).peek(4)[:4]
    if head.startswith(BYTE_ORDER_MARK):
        return file, len(file.read(len(BYTE_ORDER_MARK)))
    encoding = next((encoding for mark, encoding in _ENCODINGS if head.startswith(mark)), None) or _guess(head)
    return (file if encoding is None else io.BufferedReader(Parts(_recode(file, encoding)), _CHUNK)), 0


def _guess(head: bytes) -> str | None:
    """Return the encoding of JSON without a mark, by the zeros in its first bytes; None for UTF-8."""
    if b"\x00" not in head or len(head) < 4 or not set(head.replace(b"\x00", b"")) <= _FIRST:
        return None
    return _ZEROS.get(bytes(byte == 0 for byte in head))


def _recode(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Yield a file in another encoding as UTF-8; U+FFFD replaces invalid characters."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while data := file.read(_CHUNK):
        yield decoder.decode(data).encode()
    yield decoder.decode(b"", final=True).encode()


class Parts(io.RawIOBase):
    """Bytes that come part by part, as a file that is read from its beginning to its end."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        """Take the parts; some may be empty."""
        self._parts, self._ready, self._done = parts, memoryview(b""), 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._done

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with bytes of one part; return how many."""
        while not self._ready:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._ready = memoryview(part)
        taken = min(len(buffer), len(self._ready))
        buffer[:taken] = self._ready[:taken]
        self._ready = self._ready[taken:]
        self._done += taken
        return taken
