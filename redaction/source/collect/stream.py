"""Pages of the API -> an input of a load, fetched while the load reads, so that only one page at a time is in
memory.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, cast

from redaction.errors import RedactionError
from redaction.source.collect.client import ApiClient
from redaction.source.collect.pages import Page
from redaction.source.decoded import Parts
from redaction.source.inputs import Input

_BUFFER = 256 * 1024
_WINDOW = timedelta(days=7)
"""Days that are requested at a time: the API lists the newest first, and the oldest days must be complete first."""


@dataclass
class ActivityStream:
    """The activities of an account from one day to another, oldest week first; `pages` and `records` were read so far.

    A failure ends the stream, so that a load stores everything before it, and is then in `failed`. A week that lacks
    something although its last page was read, or that has a cut page, does not end the stream, but no day from there on
    is complete.
    """

    client: ApiClient
    account_id: int
    first: date
    last: date
    check: Callable[[], object] = lambda: None
    """Called before each week is requested; may raise."""
    pages: int = 0
    records: int = 0
    failed: RedactionError | None = None
    _ends: list[tuple[int, date]] = field(default_factory=list, repr=False)
    _begun: Page | None = field(default=None, repr=False)

    def as_input(self) -> Input:
        """Return it as an input, with the first page fetched; raises what the client raises there.

        Its size is an estimate from the first week and page. It only decides whether other processes help with the
        load.
        """
        self.check()
        self._begun = next(self.client.activities(self.account_id, self.first, self._week_of(self.first)))
        pages = max(self._begun.total_pages, 1) if self._begun.following is not None else 1
        size = len(self._begun.body) * pages * -(-((self.last - self.first).days + 1) // _WINDOW.days)
        return Input(f"account {self.account_id}, {self.first} to {self.last}", size, self._open)

    def whole_until(self, done: int) -> date | None:
        """Return the last day of those that end within so many bytes of the stream; None if none does. Each day is
        returned once.
        """
        found = None
        while self._ends and self._ends[0][0] <= done:
            _, found = self._ends.pop(0)
        return found

    def _week_of(self, day: date) -> date:
        return min(day + _WINDOW - timedelta(days=1), self.last)

    def _open(self) -> BinaryIO:
        # A load reads the beginning of each input before it stores anything: that is the first page again.
        self.pages = self.records = 0
        self.failed = None
        self._ends.clear()
        return cast(BinaryIO, io.BufferedReader(Parts(self._lines()), _BUFFER))

    def _lines(self) -> Iterator[bytes]:
        day, begun, done = self.first, self._begun, 0
        while day <= self.last:
            week, goes_on = self._week_of(day), False
            try:
                if begun is None:
                    self.check()
                for page in fetch_ahead(self.client.activities(self.account_id, day, week, begun)):
                    goes_on = goes_on or page.is_cut or page.following is None
                    self.pages += 1
                    self.records += len(page.items)
                    for line in page.lines(self.client.limits):
                        done += len(line)
                        yield line
            except RedactionError as error:
                self.failed = self.failed or error
                if not goes_on:
                    return
            if self.failed is None:
                self._ends.append((done, week))
            day, begun = week + timedelta(days=1), None


def fetch_ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """Yield pages in their order. From the second page on, a thread fetches the next page while this page is used.

    An error of the next page is raised in its place. Nothing is fetched while the first page is used: a load looks at
    the first page of each input before it stores anything.
    """
    page, is_first = next(pages, None), True
    while page is not None:
        take = _fetch_ahead(pages) if page.following is not None and not is_first else partial(next, pages, None)
        yield page
        page, is_first = take(), False


def _fetch_ahead(pages: Iterator[Page]) -> Callable[[], Page | None]:
    """Fetch the next page in a thread of its own; return the function that waits for it. Nobody has to wait."""
    fetched: SimpleQueue[Page | BaseException | None] = SimpleQueue()

    def fetch() -> None:
        try:
            fetched.put(next(pages, None))
        except BaseException as error:
            fetched.put(error)

    def take() -> Page | None:
        page = fetched.get()
        if isinstance(page, BaseException):
            raise page
        return page

    Thread(target=fetch, daemon=True).start()
    return take
