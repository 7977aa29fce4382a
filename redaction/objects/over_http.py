"""The common parts of our HTTP requests: the client, headers and certificates from an Airflow connection.

No proxy and no credentials of the environment are used, and no redirect is followed.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import httpx

from redaction.objects.access import Credentials

# It logs each URL, and a query may have a key or a cursor in it.
logging.getLogger("httpx").setLevel(logging.WARNING)

_OPTIONS = frozenset(
    {
        "allow_redirects",
        "cert",
        "check_response",
        "headers",
        "max_redirects",
        "proxies",
        "proxy",
        "stream",
        "timeout",
        "trust_env",
        "verify",
    }
)


class NotWhole(httpx.ReadTimeout):
    """An answer was not whole in time."""


class Client:
    """A client of one host for one thread, whose answers must be whole within some seconds.

    The timeouts of the library begin again with each byte. So a server that sends a byte now and then, or interim
    answers, would never meet them.
    """

    def __init__(
        self, credentials: Credentials, headers: httpx.Headers, tls: ssl.SSLContext, wait: httpx.Timeout, whole_s: float
    ) -> None:
        """Take what each request is sent with, the timeouts of its parts, and the seconds for a whole answer."""
        self._client = httpx.Client(
            auth=make_auth(credentials),
            headers=headers,
            timeout=wait,
            follow_redirects=False,
            trust_env=False,
            verify=tls,
        )
        self._whole_s = whole_s
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Close its connection."""
        self._client.close()
        self._keep(None)

    @contextmanager
    def ask(self, method: str, url: str, **given: Any) -> Iterator[httpx.Response]:
        """Send a request; yield the answer, to be read here. Raises NotWhole, and what the library raises."""
        is_late = threading.Event()

        def watch(event: str, info: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                # A copy, which stays valid when TLS takes the socket over.
                self._keep(info["return_value"].get_extra_info("socket").dup())
                if is_late.is_set():
                    self._cut()

        def end() -> None:
            is_late.set()
            self._cut()

        timer = threading.Timer(self._whole_s, end)
        timer.daemon = True
        timer.start()
        try:
            with self._client.stream(method, url, extensions={"trace": watch}, **given) as response:
                yield response
        except httpx.TransportError:
            if not is_late.is_set():
                raise
        finally:
            timer.cancel()
        # Without a length, the end of a connection looks like that of the answer.
        if is_late.is_set():
            raise NotWhole("the answer was not whole in time")

    def _cut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _keep(self, connection: socket.socket | None) -> None:
        before, self._socket = self._socket, connection
        if before is not None:
            before.close()


def make_tls(given: object) -> ssl.SSLContext:
    """Return how certificates are checked, from `verify` of an extra. Raises OSError or ValueError."""
    if isinstance(given, str) and given.lower() not in ("true", "false"):
        return ssl.create_default_context(cafile=given)
    return _share_tls(str(given).lower() != "false")


@cache
def _share_tls(verify: bool) -> ssl.SSLContext:
    # Reading the authorities takes as long as the opening of ten other stores.
    return httpx.create_ssl_context(verify=verify, trust_env=False)


def make_headers(credentials: Credentials) -> Mapping[str, str]:
    """Return the headers of a connection: those of its extra, and its password as a token if it has no login.

    Raises ValueError or TypeError for an invalid header.
    """
    extra = credentials.extra
    nested = extra.get("headers")
    given = {name: value for name, value in extra.items() if name not in _OPTIONS}
    given |= nested if isinstance(nested, dict) else {}
    headers = {str(name): str(value) for name, value in given.items() if isinstance(value, str | int)}
    if any("\n" in value or "\r" in value or not value.isascii() for value in headers.values()):
        raise ValueError("a header has a line break in it")
    named = any(name.lower() == "authorization" for name in headers)
    if credentials.password and not credentials.login and not named:
        headers["Authorization"] = f"Bearer {credentials.password}"
    return headers


def make_auth(credentials: Credentials) -> httpx.BasicAuth | None:
    """Return the login and password of a connection as they are sent; None if it has no login."""
    return httpx.BasicAuth(credentials.login, credentials.password or "") if credentials.login else None


def is_of_tls(error: BaseException | None) -> bool:
    """Return whether an error, or its cause, is an error of TLS."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None
