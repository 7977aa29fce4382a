"""The host and port of an address, in one spelling. Pure: no name is resolved."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import idna

from redaction.errors import BadAddress

_PORTS = {"http": 80, "https": 443, "ftp": 21, "sftp": 22}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_\-.]{0,251}[a-z0-9_])?")


@lru_cache(1024)
def read_host(scheme: str, authority: str) -> str:
    """Return the host of a web address, with a port that is not the usual one; raises BadAddress."""
    if "@" in authority:
        raise BadAddress("user")
    if "%" in authority:
        raise BadAddress("host")
    name, port = authority, ""
    if authority.startswith("["):
        name, bracket, port = authority[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise BadAddress("host")
        port = port[1:]
        try:
            name = f"[{ipaddress.IPv6Address(name).compressed}]"
        except ValueError:
            raise BadAddress("host") from None
    else:
        if "::" in authority:
            raise BadAddress("chain")
        name, _, port = authority.partition(":")
        name = _domain(name)
    return name + _port(scheme, port)


def _domain(name: str) -> str:
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise BadAddress("host") from None
    name = name.lower().removesuffix(".")
    if not _HOST.fullmatch(name) or ".." in name:
        raise BadAddress("host")
    return name


def _port(scheme: str, port: str) -> str:
    if not port:
        return ""
    if not re.fullmatch(r"[0-9]{1,6}", port) or not 0 < int(port) < 65536:
        raise BadAddress("port")
    return "" if _PORTS.get(scheme) == int(port) else f":{int(port)}"


def is_here(host: str) -> bool:
    """Return whether a host means the machine that reads it, whichever that is. The name of a machine does not: its
    path would be on one machine only.
    """
    if host in ("", "localhost", "localhost.localdomain", "[::1]"):
        return True
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
