"""The common parts of our HTTP requests: headers and certificates from an Airflow connection.

No proxy and no credentials of the environment are used, and no redirect is followed.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping

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


def make_tls(given: object) -> ssl.SSLContext:
    """Return how certificates are checked, from `verify` of an extra. Raises OSError or ValueError."""
    if isinstance(given, str) and given.lower() not in ("true", "false"):
        return ssl.create_default_context(cafile=given)
    return httpx.create_ssl_context(verify=str(given).lower() != "false", trust_env=False)


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
