"""The next page is fetched while one is stored: one page ahead, in order; a failure comes in its place."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from redaction.errors import SourceUnreachable
from redaction.source.collect.pages import Page
from redaction.source.collect.stream import fetch_ahead

_S = 30


class _Source:
    """So many pages, and an event for each request; after them it may fail."""

    def __init__(self, pages: int, fails: bool = False) -> None:
        self.asked = [threading.Event() for _ in range(pages + 1)]
        self._pages, self._fails = pages, fails

    def pages(self) -> Iterator[Page]:
        for number in range(self._pages):
            self.asked[number].set()
            following = {"page": str(number + 2)} if self._fails or number + 1 < self._pages else None
            yield Page([number], b"", self._pages, 0, following, True)
        self.asked[self._pages].set()
        if self._fails:
            raise SourceUnreachable("the API broke off")


def test_the_next_page_is_fetched_while_one_is_used_and_no_other() -> None:
    source = _Source(5)
    pages = fetch_ahead(source.pages())
    assert next(pages).items == [0]
    assert not source.asked[1].is_set(), "a load looks at the first page only"
    assert next(pages).items == [1]
    assert source.asked[2].wait(_S)
    assert not source.asked[3].is_set()
    assert [page.items for page in pages] == [[2], [3], [4]]


def test_what_fails_a_page_comes_in_its_place() -> None:
    source = _Source(3, fails=True)
    pages = fetch_ahead(source.pages())
    found = [next(pages).items for _ in range(3)]
    assert source.asked[3].wait(_S)
    with pytest.raises(SourceUnreachable, match="broke off"):
        next(pages)
    assert found == [[0], [1], [2]]


def test_who_stops_waits_for_nothing() -> None:
    blocked, asked = threading.Event(), threading.Event()

    def read() -> Iterator[Page]:
        for number in range(3):
            if number == 2:
                asked.set()
                blocked.wait(_S)
            yield Page([number], b"", 3, 0, {"page": "9"}, True)

    pages = fetch_ahead(read())
    next(pages), next(pages)
    assert asked.wait(_S)
    pages.close()
    blocked.set()
