"""The client of the API: one page after another, with retries if they help, and a reason if they do not.

It sends requests to one host only, that of the connection. It follows no redirect, and nothing of an answer becomes an
address.
"""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from redaction.errors import BadInput, SourceRefused, SourceUnreachable
from redaction.objects.answers import Answer, find_retry
from redaction.objects.over_http import Client, NotWhole, is_of_tls, make_headers, make_tls
from redaction.source.collect.endpoint import Endpoint
from redaction.source.collect.pages import ACCOUNTS, CALLS, NoPage, Page, read_page
from redaction.source.limits import Limits
from redaction.words import say_activities, say_count

PER_PAGE = 150
"""Records of a page: the API refuses more."""
_ROOT = "/api/v1/accounts"
_MOST_PAGES = 100_000
_SAME_PAGE = 3
"""How often a page may come before it counts as a circle: a page that comes twice is an ordinary fault."""
_EMPTY_PAGES = 100
"""Pages without a record that may come in a row: all of their records may have been filtered out."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


@dataclass(frozen=True)
class Patience:
    """How long the client waits for the API (seconds), and how often it asks for one page."""

    connect_s: float = 10
    read_s: float = 60
    """Without a byte."""
    page_s: float = 300
    """For a whole page."""
    tries: int = 7
    first_s: float = 1
    longest_s: float = 60
    """For a pause that the API did not ask for."""
    asked_s: float = 600
    """Longest pause that the API may ask for; a longer one ends the collection, which continues later."""


class _Again(Exception):
    """A page did not come whole: it may the next time. The API asked for `wait_s`; `page` is the part that came."""

    def __init__(self, why: str, wait_s: float | None = None, page: Page | None = None) -> None:
        super().__init__(why)
        self.why, self.wait_s, self.page = why, wait_s, page


class ApiClient(AbstractContextManager["ApiClient"]):
    """The client of one API; the caller closes it."""

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the endpoint; nothing is requested yet. Raises BadInput if its connection cannot be used."""
        self.endpoint, self.limits = endpoint, limits
        self._patience, self._sleep = patience or Patience(), sleep
        credentials = endpoint.credentials
        try:
            tls = make_tls(credentials.extra.get("verify", endpoint.scheme == "https"))
            headers = httpx.Headers(make_headers(credentials))
        except (OSError, TypeError, ValueError):
            raise BadInput(
                f"connection {endpoint.connection}: its extra has a header or `verify` that is none"
            ) from None
        headers["Accept"], headers["Accept-Encoding"] = "application/json", "gzip"
        wait = httpx.Timeout(self._patience.read_s, connect=self._patience.connect_s)
        self._client = Client(credentials, headers, tls, wait, self._patience.page_s)

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def accounts(self) -> Iterator[dict[str, Any]]:
        """Yield the accounts that the credentials may read, as the API describes them."""
        for page in self._pages(_ROOT, ACCOUNTS, {}, "the list of accounts"):
            yield from (item for item in page.items if isinstance(item, dict))

    def activities(self, account_id: int, first: date, last: date, begun: Page | None = None) -> Iterator[Page]:
        """Yield the pages of an account's activities of some days, as the API counts days; `begun` is the first
        page, if it was fetched already.
        """
        days = {"start_date": first.isoformat(), "end_date": last.isoformat()}
        return self._pages(f"{_ROOT}/{account_id}/calls", CALLS, days, f"account {account_id}", begun)

    def _pages(
        self, path: str, name: str, asked: Mapping[str, str], what: str, begun: Page | None = None
    ) -> Iterator[Page]:
        """Yield pages until the last one.

        Raises SourceRefused for pages that lead in a circle. At the end, raises SourceUnreachable if a page was cut,
        for fewer pages of activities than the first one announces, and for fewer activities than each page counts.
        """
        cursor: Mapping[str, str] | None = {}
        cursors: set[str] = set()
        seen: Counter[bytes] = Counter()
        announced, read, empty, cut = 0, 0, 0, 0
        counts: list[int] = []
        records, is_broken = 0, False
        while cursor is not None:
            page = begun or self._fetch(path, name, {"per_page": str(PER_PAGE), **asked, **cursor}, what)
            begun = None
            announced, read = announced or page.total_pages, read + 1
            empty = 0 if page.items else empty + 1
            seen[page.digest] += bool(page.items)
            cut += page.is_cut
            counts += [page.total_entries] if page.total_entries else []
            records, is_broken = records + len(page.items), is_broken or page.is_broken
            cursor = page.following
            if cursor is not None:
                text = repr(cursor)
                again = text in cursors
                if empty and (again or 0 < announced < read):
                    break  # the last page of some APIs names another one, which is empty
                if again or seen[page.digest] >= _SAME_PAGE or empty >= _EMPTY_PAGES or len(cursors) >= _MOST_PAGES:
                    raise SourceRefused(
                        f"{what}: the pages of the API lead in a circle, or are more than {_MOST_PAGES:,}: what was "
                        "stored stays, and the next collection begins with the same days"
                    )
                cursors.add(text)
            yield page
        if cut:
            raise SourceUnreachable(
                f"{what}: {say_count(cut, 'page of the API is', 'pages of the API are')} cut, however often asked for: "
                "whole records are stored, what is left of others is in the quarantine; the next collection fetches "
                "the same days again; if it stays so, tell the vendor"
            )
        # An account may be offered tomorrow: an incomplete list of them stops no fetch.
        if read < announced and name == CALLS:
            raise SourceUnreachable(
                f"{what}: the API announced {say_count(announced, 'page', 'pages')} and sent {read:,}: what was "
                "stored before stays; try again later, nothing is left out"
            )
        # The count grows while activities come that nobody asked for. Records of a broken page cannot be counted.
        fewest = min(counts, default=0)
        if records < fewest and name == CALLS and not is_broken:
            days = f"from {asked['start_date']} to {asked['end_date']}"
            raise SourceUnreachable(
                f"{what}: the API announced {say_activities(fewest)} {days} and sent {records:,}: these are stored, "
                "and the next collection fetches the same days again; if it stays so, tell the vendor"
            )

    def _fetch(self, path: str, name: str, params: Mapping[str, str], what: str) -> Page:
        patience = self._patience
        usual = wait_random_exponential(multiplier=patience.first_s, max=patience.longest_s)

        def wait(state: RetryCallState) -> float:
            asked = _failure(state).wait_s
            return usual(state) if asked is None else max(asked, 0.0)

        def is_too_long(state: RetryCallState) -> bool:
            return (_failure(state).wait_s or 0) > patience.asked_s

        retrying = Retrying(
            retry=retry_if_exception_type(_Again),
            wait=wait,
            stop=lambda state: stop_after_attempt(patience.tries)(state) or is_too_long(state),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._ask, path, name, params, what)
        except _Again as failed:
            if failed.page is not None:
                return failed.page
            raise SourceUnreachable(
                f"{what}: the API {failed.why}: what was stored before stays; try again later, nothing is left out"
            ) from None

    def _ask(self, path: str, name: str, params: Mapping[str, str], what: str) -> Page:
        try:
            with self._client.ask("GET", f"{self.endpoint.base}{path}", params=dict(params)) as response:
                self._check_status(response, what)
                body = self._read(response, what)
        except NotWhole:
            raise _Again("did not send a page to its end in time") from None
        except httpx.TimeoutException:
            raise _Again("did not answer in time") from None
        except httpx.ConnectError as error:
            if is_of_tls(error):
                raise SourceRefused(
                    f"connection {self.endpoint.connection}: the certificate of the API cannot be verified: nothing "
                    "was sent to it"
                ) from None
            raise _Again("cannot be reached") from None
        except (httpx.TransportError, httpx.DecodingError, httpx.StreamError):
            raise _Again("broke off in a page") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # its message may hold the address
            raise _Again(f"could not be asked ({type(error).__name__})") from None
        try:
            page = read_page(body, name, self.endpoint, path)
        except NoPage as error:
            raise _Again(f"answers 200 with {error}") from None
        if page.is_cut:
            raise _Again("answers 200 with a page that is cut", page=page)
        return page

    def _check_status(self, response: httpx.Response, what: str) -> None:
        status, connection = response.status_code, self.endpoint.connection
        if status == 200:
            return
        if status in _AGAIN:
            now = datetime.now(UTC)
            at = find_retry(Answer(status, response.headers, b"", False), now)
            wait = None if at is None else (at - now).total_seconds()
            asks = "" if wait is None else f" and asks to wait for {wait:,.0f} s"
            raise _Again(f"answers HTTP {status}{asks}", wait)
        if status == 401:
            raise SourceRefused(
                f"connection {connection}: the API refuses its credentials (HTTP 401): correct its login and password; "
                f"nothing of {what} was fetched"
            )
        if status in (403, 404, 410):
            raise SourceRefused(
                f"{what}: the API does not know it, or not for connection {connection} (HTTP {status}): see that "
                "its id is that of the source and that the key may read it; nothing of it was fetched"
            )
        words = "a redirect, which is not followed" if 300 <= status < 400 else "see the connection"
        raise SourceRefused(f"{what}: the API answers HTTP {status} ({words}): what was stored before stays")

    def _read(self, response: httpx.Response, what: str) -> bytes:
        body = bytearray()
        for part in _unpack(response, self.limits.document_bytes + 1):
            body += part
            if len(body) > self.limits.document_bytes:
                raise SourceRefused(
                    f"{what}: a page of the API is larger than {self.limits.document_bytes:,} bytes "
                    "(REDACTION_LIMIT_DOCUMENT_BYTES): what was stored before stays"
                )
        return bytes(body)


def _unpack(response: httpx.Response, most: int) -> Iterator[bytes]:
    """Yield the parts of a body, each at most so long: the library unpacks a part whole, as often as a header says."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity"):
        yield from response.iter_raw()
        return
    if packing not in ("gzip", "x-gzip"):
        raise _Again("answers 200 with a page in a packing that nobody asked for")
    unpacker = zlib.decompressobj(31)
    for part in response.iter_raw():
        while part and not unpacker.eof:
            try:
                yield unpacker.decompress(part, most)
            except zlib.error:
                raise _Again("broke off in a page") from None
            part = unpacker.unconsumed_tail


def _failure(state: RetryCallState) -> _Again:
    failed = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(failed, _Again)
    return failed
