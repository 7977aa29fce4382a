"""Pages of the API -> an input of a load: read as the load reads it, so that one page at a time is in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, cast

from redaction.source.collect.client import ApiClient
from redaction.source.collect.pages import Page
from redaction.source.inputs import Input

_BUFFER = 256 * 1024


@dataclass
class ActivityStream:
    """The activities of some days of an account; `pages` and `records` are those that were read so far."""

    client: ApiClient
    account_id: int
    first: date
    last: date
    pages: int = 0
    records: int = 0
    _begun: Page | None = field(default=None, repr=False)

    def as_input(self) -> Input:
        """Return it as an input, with the first page fetched; raises what the client raises, there and as it is read.

        Its size is what all pages would have if they were as large as the first: it decides whether other processes
        help with the load, and nothing else.
        """
        self._begun = next(self.client.activities(self.account_id, self.first, self.last))
        size = len(self._begun.body) * (self._begun.total_pages if self._begun.following is not None else 1)
        return Input(f"account {self.account_id}, {self.first} to {self.last}", size, self._open)

    def _open(self) -> BinaryIO:
        # A load looks at the beginning of each input before it stores anything: that is the first page again.
        return cast(BinaryIO, io.BufferedReader(_Lines(self._lines()), _BUFFER))

    def _lines(self) -> Iterator[bytes]:
        assert self._begun is not None
        self.pages = self.records = 0
        for page in self.client.activities(self.account_id, self.first, self.last, self._begun):
            self.pages += 1
            self.records += len(page.items)
            yield from page.lines(self.client.limits)


class _Lines(io.RawIOBase):
    """Lines, as a file that is read from its beginning to its end."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self._ready, self._done = lines, memoryview(b""), 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._done

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            line = next(self._lines, None)
            if line is None:
                return 0
            self._ready = memoryview(line)
        taken = min(len(buffer), len(self._ready))
        buffer[:taken] = self._ready[:taken]
        self._ready = self._ready[taken:]
        self._done += taken
        return taken
