"""The name of an object for protection: one normal form of every address that may name it. Pure.

Two addresses with one name may be one object, so what a living or held activity names is kept, however it is spelled. A
deletion uses the address as it is: a name is never opened or requested.

On the web an object is its host and path. Readers get a newly signed query each time (`sig`, `expires`, `X-Amz-...`,
`response-content-...`), so the query does not count, and neither does a fragment, a slash or a dot at the end. But a
vendor may have one path for all recordings (`/recording?id=5`), and these must not keep each other for ever. So if the
path alone does not identify an object, parameters with names of objects (`id`, `sid`, `key`, `file`, `call_id`,
`recordingSid`) belong to the name. A path identifies an object if its last part has three digits, or a digit and the
suffix of media: for `/rec/1.mp3?id=5` the query is left out.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qsl, quote, unquote, urlencode

from redaction.errors import BadAddress
from redaction.objects.addresses import BUCKETS, MAX_LENGTH, SAME_SCHEMES, WEB, Address, parse_address
from redaction.objects.hosts import is_here, read_host
from redaction.objects.spelling import INVISIBLE, is_plain, other_spellings

SUFFIXES = (
    *("wav", "mp3", "m4a", "ogg", "oga", "opus", "flac", "aac", "amr", "wma", "aif", "mp4", "m4v", "mov", "avi", "mkv"),
    *("webm", "3gp", "pdf", "jpg", "jpeg", "png", "gif", "tif", "webp", "heic", "bmp", "doc", "xls", "rtf", "odt"),
)
"""How the suffixes of media and documents begin: `tif` and `doc` stand for `tiff` and `docx` too."""

_BEGIN = re.compile(
    r"(?:(?P<path>[/\\])|.*?(?P<scheme>file|local|s3[an]?|gc?s|az|abfss?|https?):(?=[/\\]))", re.I | re.S
)
_BEFORE_IT = " \"'`([{<\xa0"
_AFTER_IT = " \"'`([{<>)]}.,;:!|*&\\\xa0"
_AFTER = re.compile(
    # What follows a name with a suffix, and queries and times anywhere.
    r"(?<=\.)(?P<suffix>(?=[0-9]*[a-z])[a-z0-9]{2,5})(?:\?.*|#[^/]*|[&;][^/=]*=[^/]*|:[0-9:,.]*)\Z"
    r"|\?[\w.\-]+=.*\Z|#t=[0-9:,.]*\Z",
    re.I | re.S,
)
_AMAZON = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.\-][a-z0-9.\-]+)?\.amazonaws\.com(?:\.cn)?(?::[0-9]+)?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_ONE = re.compile(rf"(?:[^/]*[0-9]){{3}}[^/]*|[^/]*[0-9][^/]*\.(?:{'|'.join(SUFFIXES)})x?f?", re.I)
_OF_OBJECTS = re.compile(
    r"(?:(?:call|recording|record|rec|file|media|object|message|msg|audio|voicemail|asset|item|document|attachment|image"
    r"|upload)(?:[_.\-]?(?:s?id|uuid|guid|key|name|url|path))?|s?id|uuid|guid|key|name|url|path)",
    re.I,
)
_ENDS = (",", ".", ";", ":", "!", ")", "]", ">", '"', "'", "|", "<", ").", "),", '">')
"""Characters after an address in a text that may have been read as its end."""


def find_name(text: str) -> Address | None:
    """Return the name of the object that an address may mean, well formed or not; None if it names no place."""
    text = _strip(text[:MAX_LENGTH]).lstrip(_BEFORE_IT)
    begin = _BEGIN.match(text)
    if begin is None:
        return None
    if begin["path"]:
        parts = text.replace("\\", "/").lstrip("/").split("/")
        here = len(parts) > 1 and text[1:2] in ("/", "\\") and is_here(parts[0].lower())
        return _named("file", "", "/".join(parts[1:] if here else parts))
    # Browsers read a backslash as a slash, and JSON writes one before each slash.
    scheme, rest = begin["scheme"].lower(), re.sub(r"\\+/|\\", "/", text[begin.end() :])
    if scheme in ("file", "local"):
        rest = rest.partition("?")[0]
        return _named("file", "", rest[2:].partition("/")[2] if rest.startswith("//") else rest)
    rest = rest.lstrip("/")
    if scheme not in WEB:
        host, _, path = rest.partition("/")
        return _named(SAME_SCHEMES.get(scheme, scheme), host.rpartition("@")[2].lower(), path)
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    path, _, query = rest[len(authority) :].partition("#")[0].partition("?")
    try:
        host = read_host(scheme, authority.rpartition("@")[2])
    except BadAddress:
        return None
    amazon = _AMAZON.fullmatch(host)
    if amazon is not None:
        bucket, _, key = (amazon["bucket"] or "", "", path) if amazon["bucket"] else path.lstrip("/").partition("/")
        return _named("s3", bucket.lower(), key)
    bare = re.sub(r":[0-9]+\Z", "", host)
    named = _named("https", ("localhost" if bare in _LOOPBACK else bare) + host[len(bare) :], path)
    return named and replace(named, query=_identity(named.path, query))


def to_recorded(text: str) -> str:
    """Return an address as it is recorded: the one spelling, on the web without what is signed again each time."""
    if is_plain(text):
        return text
    try:
        address = parse_address(text)
    except BadAddress:
        return text
    if address.scheme not in WEB:
        return address.text
    return replace(address, path=address.path.rstrip("/.") or "/", query=_identity(address.path, address.query)).text


def is_looked_up(recorded: str) -> bool:
    """Return whether a look-up by the name of its object finds a recorded address, so that it need not be read again
    for each question; or whether it has no name.
    """
    if is_plain(recorded) or (name := find_name(recorded)) is None or recorded in list_texts(name):
        return True
    with suppress(BadAddress):
        address = parse_address(recorded)
        if (address.scheme in WEB and name.scheme == "s3") or (address.scheme == "file" and address.host):
            return quote(address.path) in {path for path, _ in list_places(name)}
    return False


def list_texts(address: Address) -> set[str]:
    """Return the recorded spellings of other addresses that may name the object."""
    if address.scheme in WEB:
        return set(_list_web(address))
    if address.scheme not in BUCKETS and address.scheme != "file":
        return set()
    paths = _paths(address)
    texts = {Address(address.scheme, address.host, path).text for path in paths}
    if address.scheme == "file":
        # A path without a scheme is recorded as it was sent.
        texts |= paths | {quote(address.path)}
    return texts


def list_places(address: Address) -> Iterator[tuple[str, str]]:
    """Yield paths and hosts of addresses that may name the object by a machine's name, or by Amazon's: each path as
    it is recorded, and a LIKE pattern for its prefix.
    """
    if address.scheme == "file":
        for path in _paths(address):
            yield quote(path), "file://%"
    elif address.scheme == "s3":
        bucket = address.host.lower()
        for path in _paths(address):
            yield quote(f"/{path}"), f"http%://{bucket}.s3%"
            yield quote(f"/{address.host}/{path}"), "http%://s3%"


def _list_web(name: Address) -> Iterator[str]:
    bare = name.host.partition(":")[0]
    hosts = [loop + name.host[len(bare) :] for loop in _LOOPBACK] if bare == "localhost" else [name.host]
    for host in hosts:
        for scheme in WEB:
            yield Address(scheme, host, name.path, name.query).text
            yield Address(scheme, host, name.path).text


def _paths(address: Address) -> set[str]:
    forms = {address.path, html.escape(address.path)} | other_spellings(address.path)
    return forms | {f"{address.path}{end}" for end in _ENDS}


def _named(scheme: str, host: str, path: str) -> Address | None:
    for _ in range(3):  # each system that passes an address on may have escaped it again
        found = _AFTER.search(path)
        if found is not None:
            path = path[: found.end("suffix") if found["suffix"] else found.start()]
        decoded = html.unescape(unquote(path))
        if decoded == path:
            break
        path = decoded
    with suppress(UnicodeError):
        path = path.encode("latin-1").decode("utf-8")
    kept: list[str] = []
    for segment in _strip(path).replace("\\", "/").split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    path = unicodedata.normalize("NFC", "/".join(kept)).rstrip(_AFTER_IT)
    if scheme in WEB:
        return Address(scheme, host, f"/{path}") if host else None
    return Address(scheme, host, path if scheme in BUCKETS else f"/{path}") if path else None


def _strip(text: str) -> str:
    """Return a text without invisible characters, and without what may follow it in a sentence."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(letter for letter in text if unicodedata.category(letter) not in INVISIBLE)
    return text.rstrip(_AFTER_IT)


def _identity(path: str, query: str) -> str:
    if not query or _ONE.fullmatch(path.rstrip("/.").rpartition("/")[2]):
        return ""
    found = {(name.lower(), value) for name, value in parse_qsl(query) if _OF_OBJECTS.fullmatch(name)}
    return urlencode(sorted(found), quote_via=quote)
