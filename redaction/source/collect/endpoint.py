"""The API of the source, from an Airflow connection of the type HTTP: its address and credentials."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from redaction.errors import BadAddress, BadInput
from redaction.objects.access import Credentials
from redaction.objects.hosts import is_here, read_host
from redaction.placements.connections import find_connection

HOST = "https://api.calltrackingmetrics.com"
"""The API's host if the connection names none."""
_SCHEMES = ("http", "https")
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([A-Za-z][A-Za-z0-9+.\-]*://)?(.*)", re.DOTALL)
"""The type, the scheme of the host where Airflow writes one before the login, and the rest."""


@dataclass(frozen=True)
class Endpoint:
    """One API: scheme, host with a port that is not the usual one, the path before its own, and the credentials."""

    connection: str
    scheme: str
    host: str
    path: str
    credentials: Credentials = field(repr=False)

    @property
    def base(self) -> str:
        """Return the address before the paths of the API."""
        return f"{self.scheme}://{self.host}{self.path}"

    def is_same_host(self, scheme: str, authority: str) -> bool:
        """Return whether a scheme and an authority in an answer are those of this API."""
        try:
            return scheme.lower() == self.scheme and read_host(self.scheme, authority) == self.host
        except BadAddress:
            return False


def find_endpoint(connection: str) -> Endpoint:
    """Return the endpoint of an Airflow connection.

    Raises BadInput for an unknown connection, another type than HTTP, an impossible host, or credentials that would be
    sent in clear; and what `find_connection` raises.
    """
    credentials = _read(connection)
    given = credentials.host or HOST
    if "://" not in given:
        scheme = credentials.scheme if credentials.scheme in _SCHEMES else "https"
        given = f"{scheme}://{given}"
    try:
        parts = urlsplit(given)
        port = f":{credentials.port}" if credentials.port and ":" not in parts.netloc.rpartition("]")[2] else ""
        scheme, host = parts.scheme.lower(), read_host(parts.scheme.lower(), parts.netloc + port)
    except (BadAddress, ValueError):
        raise BadInput(f"connection {connection}: names no host: write it like {HOST}; nothing was fetched") from None
    if scheme not in _SCHEMES or parts.query or parts.fragment:
        raise BadInput(f"connection {connection}: write its host like {HOST}; nothing was fetched")
    if scheme == "http" and not is_here(host.partition(":")[0]):
        raise BadInput(f"connection {connection}: http would send the credentials in clear: use https")
    return Endpoint(connection, scheme, host, parts.path.rstrip("/"), credentials)


def _read(name: str) -> Credentials:
    given = find_connection(name)
    if given is None:
        raise BadInput(
            f"Airflow has no connection {name}: add it, of the type HTTP, with the access key as its login and the "
            f"secret key as its password, or set AIRFLOW_CONN_{name.upper()}; nothing was fetched"
        )
    try:
        kind, found = _parse(given.strip())
    except (ValueError, TypeError, AttributeError, RecursionError):
        # Python's message may have the secret in it.
        raise BadInput(
            f"connection {name} cannot be read: enter it again as a URI or JSON; nothing was fetched"
        ) from None
    if kind not in _SCHEMES:
        raise BadInput(f"connection {name} is of another type than HTTP; nothing was fetched")
    # For an address with https, Airflow uses the scheme as the type, and the part after the host is no scheme then.
    return replace(found, scheme="https") if kind == "https" else found


def _parse(text: str) -> tuple[str, Credentials]:
    """Return the type of a connection and its content, as Airflow reads a URI or JSON. It works without importing
    Airflow, which takes seconds and changes what every command logs.
    """
    if text.startswith("{"):
        given = json.loads(text)
        extra = given.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else extra
        fields = [given.get(name) for name in ("host", "schema", "port", "login", "password")]
        host, scheme, port, login, password = (str(value) if value else None for value in fields)
        return str(given.get("conn_type")).lower(), Credentials(
            host, scheme, int(port) if port else None, login, password, dict(extra)
        )
    found = _URI.fullmatch(text)
    if found is None:
        raise ValueError("no URI")
    kind, protocol, rest = found.groups()
    parts = urlsplit(f"x://{rest}")
    named, _, place = parts.netloc.rpartition("@")
    login, _, password = named.partition(":")
    host, port = (place, "") if place.endswith("]") else (place.rpartition(":")[::2] if ":" in place else (place, ""))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    extra = json.loads(query["__extra__"]) if "__extra__" in query else query
    return kind.lower(), Credentials(
        (protocol or "") + unquote(host) or None,
        unquote(parts.path.lstrip("/")) or None,
        int(port) if port else None,
        unquote(login) or None,
        unquote(password) or None,
        dict(extra),
    )
