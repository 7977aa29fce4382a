"""Addresses of objects, read into one canonical spelling. Pure: no file is looked at and nothing is asked.

Every address comes from a record and is hostile. `file` and `http(s)` addresses are percent-decoded once and resolved
lexically. The key of `s3`, `gs` and `abfs` is literal, as the tools of those stores take it: `%20` stays `%20`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import quote, unquote, unquote_to_bytes

from redaction.errors import BadAddress
from redaction.objects.hosts import is_here, read_host

__all__ = ["Address", "BadAddress", "is_address", "is_below", "overlaps", "parse_address", "parse_prefix"]

MAX_LENGTH = 8192
"""Longest address that is read (characters)."""

BUCKETS = frozenset({"s3", "gs", "abfs"})
"""Schemes whose host is a bucket and whose path is a literal key."""
WEB = frozenset({"http", "https"})

SAME_SCHEMES = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "az": "abfs", "abfss": "abfs"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_LOOKS = re.compile(
    # Browsers read a backslash as a slash. After one letter it is a drive.
    r"\s*(?:[A-Za-z][A-Za-z0-9+.\-]*(?:::[A-Za-z][A-Za-z0-9+.\-]*)*:/+[^\s/]|(?i:file|https?):\\[/\\]*[^\s/\\])"
)
_BUCKET = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._\-]{0,221}")
_VERSION = {
    "s3": re.compile(r"(?:\?versionId=[^/?&#]*)+\Z", re.IGNORECASE),
    "gs": re.compile(r"(?:#[0-9]+)+\Z"),
    "abfs": re.compile(r"(?:\?(?:versionid|snapshot)=[^/?&#]*)+\Z", re.IGNORECASE),
}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
# Control characters, halves of surrogates, and the separators of lines and paragraphs (Cc, Cs, Zl, Zp).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_PLAIN = re.compile(r"[A-Za-z0-9_.~/\-]*")
# Already canonical, as almost all addresses are. A load reads them by the thousand.
_CANONICAL = re.compile(
    r"(?:(https?)://((?:[a-z0-9][a-z0-9\-]{0,60}\.){1,4}[a-z]{2,60})|(file)://)(/[A-Za-z0-9_.~/\-]{1,1024})"
)
_DOTS = re.compile(r"/\.{0,2}(?:/|\Z)")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True)
class Address:
    """One object: decoded and resolved. `host` is lower case and has its port unless that is the scheme's own.

    For `file` the host is empty on this host; for `s3`, `gs` and `abfs` it is the bucket and `path` the key.
    """

    scheme: str
    host: str
    path: str
    query: str = ""

    @property
    def text(self) -> str:
        """Return the canonical spelling: equal objects have equal texts, and parsing it gives this address again."""
        if self.scheme in BUCKETS:
            return f"{self.scheme}://{self.host}/{self.path}"
        query = f"?{self.query}" if self.query else ""
        path = self.path if _PLAIN.fullmatch(self.path) else quote(self.path, safe="/")
        return f"{self.scheme}://{self.host}{path}{query}"

    @property
    def place(self) -> str:
        """Return what people may be shown: the host or bucket, never a path."""
        return self.host or "files of this host"


def is_address(value: object) -> TypeGuard[str]:
    """Return whether a value of a record looks like the address of an object, well formed or not.

    That includes an address that is too long to be read: it must not be forgotten because it was not read.
    """
    if not isinstance(value, str) or not _LOOKS.match(value):
        return False
    return value.lstrip()[:4].lower() == "file" or not any(letter.isspace() for letter in value.strip())


def parse_address(text: str) -> Address:
    """Return the object that an address names; raises BadAddress with a short `why`."""
    address = _parse(text)
    if address.path in ("", "/") and address.scheme not in WEB:
        raise BadAddress("names no object")
    return address


def parse_prefix(text: str) -> Address:
    """Return the address of a store's prefix: a folder, a bucket or a part of one. Its path has no slash at the end.

    Raises BadAddress.
    """
    address = _parse(text)
    if address.query or _rest(text) != text:
        raise BadAddress("query")
    path = address.path.rstrip("/")
    if address.scheme not in BUCKETS and not path:
        path = "/"
    return Address(address.scheme, address.host, path)


def is_below(address: Address, prefix: Address) -> bool:
    """Return whether an object is below a prefix, by whole segments of its path. Symbolic links are not resolved."""
    if (address.scheme, address.host) != (prefix.scheme, prefix.host):
        return False
    base = prefix.path.rstrip("/")
    if address.scheme in WEB and address.path.rstrip("/") == base:
        return True
    if not base:
        return address.scheme in BUCKETS or address.path.startswith("/")
    return address.path.startswith(f"{base}/") and len(address.path) > len(base) + 1


def overlaps(first: Address, second: Address) -> bool:
    """Return whether two prefixes have a place in common."""
    if (first.scheme, first.host) != (second.scheme, second.host):
        return False
    paths = sorted(f"{prefix.path.rstrip('/')}/" for prefix in (first, second))
    return (first.scheme in BUCKETS and "/" in paths) or paths[1].startswith(paths[0])


def _rest(text: str) -> str:
    # A prefix must not lose a version or a fragment silently.
    found = _SCHEME.fullmatch(text)
    scheme = SAME_SCHEMES.get(found[1].lower(), found[1].lower()) if found else ""
    if scheme in _VERSION:
        return _VERSION[scheme].sub("", text)
    return text.split("?", 1)[0].split("#", 1)[0] if scheme in WEB else text.split("?", 1)[0]


def _parse(text: str) -> Address:
    if not isinstance(text, str) or not text:
        raise BadAddress("empty")
    plain = _CANONICAL.fullmatch(text)
    if plain is not None and not _DOTS.search(plain[4]):
        return Address(plain[1] or "file", plain[2] or "", plain[4])
    return _parse_any(text)


def _parse_any(text: str) -> Address:
    if len(text) > MAX_LENGTH:
        raise BadAddress("too long")
    _refuse_control(text)
    found = _SCHEME.fullmatch(text)
    if found is None:
        raise BadAddress("no scheme")
    if found[2].startswith(":"):
        raise BadAddress("chain")
    scheme, rest = SAME_SCHEMES.get(found[1].lower(), found[1].lower()), found[2]
    if scheme == "file":
        return _file(rest)
    if not rest.startswith("//"):
        raise BadAddress("no host")
    if scheme in BUCKETS:
        return _key(scheme, rest[2:])
    return _web(scheme, rest[2:])


def _refuse_control(text: str) -> None:
    if _CONTROL.search(text):
        raise BadAddress("control character")


def _file(rest: str) -> Address:
    host = ""
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        host = read_host("file", authority) if authority else ""
        rest = slash + path
    if not rest.startswith("/"):
        raise BadAddress("no absolute path")
    rest = rest.partition("?")[0]
    if "::" in rest:
        raise BadAddress("chain")
    path = _resolve(_decode(rest))
    return Address("file", "" if is_here(host) else host, path.rstrip("/") or "/")


def _key(scheme: str, rest: str) -> Address:
    bucket, _, key = rest.partition("/")
    if "@" in bucket:
        raise BadAddress("user")
    if "::" in rest:
        raise BadAddress("chain")
    if not bucket:
        raise BadAddress("no bucket")
    if not _BUCKET.fullmatch(bucket):
        raise BadAddress("bucket")
    key = _VERSION[scheme].sub("", key)
    # Proxies and some stores resolve such segments, so the key could be another one than it says.
    if any(segment in (".", "..") for segment in key.split("/")):
        raise BadAddress("dot segment")
    return Address(scheme, bucket, key)


def _web(scheme: str, rest: str) -> Address:
    end = min((at for at in (rest.find(mark) for mark in "/?#") if at >= 0), default=len(rest))
    authority, rest = rest[:end], rest[end:]
    if "\\" in authority:
        raise BadAddress("backslash")
    if not authority:
        raise BadAddress("no host")
    host = read_host(scheme, authority)
    rest, _, _ = rest.partition("#")
    raw, _, query = rest.partition("?")
    if "::" in raw:
        raise BadAddress("chain")
    path = _resolve(_decode(raw or "/"))
    if "\\" in path:  # browsers and some servers read it as a slash
        raise BadAddress("backslash")
    return Address(scheme, host, path, _normal_query(query))


def _decode(path: str) -> str:
    if "%" not in path:
        return path
    try:
        decoded = unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise BadAddress("encoding") from None
    _refuse_control(decoded)
    return decoded


def _resolve(path: str) -> str:
    if not _DOTS.search(path):
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    folder = segments[-1] in ("", ".", "..") and kept
    return "/" + "/".join(kept) + ("/" if folder else "")


def _normal_query(query: str) -> str:
    def escape(found: re.Match[str]) -> str:
        letter = unquote(found[0])
        return letter if letter in _UNRESERVED else found[0].upper()

    return query and _ESCAPE.sub(escape, quote(query, safe="%!$&'()*+,;=:@/?-._~"))
