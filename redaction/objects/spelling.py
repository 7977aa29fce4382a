"""The one spelling of an address, by which objects are compared, and the others that may name the same object. Pure.

An object is kept when in doubt: what another activity seems to name is not deleted, however the address is spelled.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, unquote

from redaction.errors import BadAddress
from redaction.objects.addresses import BUCKETS, Address, parse_address

_CUT = re.compile(r"""[,;|<>"')\]\s]""")
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})
_ENDS = (",", ".", ";", ":", "!", ")", "]", ">", '"', "'", "|", "<", ").", "),", '">')
"""What may follow an address in a text and was taken for its end."""

_PLAIN = re.compile(
    r"(?:file:///|https?://(?:[a-z0-9-]+\.)+[a-z]{2,}/|s3://[a-z0-9][a-z0-9.-]*[a-z0-9]/)"
    r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*[A-Za-z0-9_~-](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?"
)
"""What has its one spelling already, which spares to take it apart."""


def is_plain(address: str) -> bool:
    """Return whether an address is of the plainest form."""
    return _PLAIN.fullmatch(address) is not None


def spell(address: str) -> str:
    """Return the one spelling of an address; one that is refused stays as it is."""
    if is_plain(address):
        return address
    try:
        return parse_address(address).text
    except BadAddress:
        return address


def other_spellings(path: str) -> set[str]:
    """Return how a path or key may be written too by whoever made its address: escapes of URLs and of HTML, blanks,
    Unicode forms, bytes that were read as Latin-1, and without what a browser cuts off. All are as deep as it is.
    """
    folder, slash, name = path.rpartition("/")
    cut = {name.partition(mark)[0] for mark in "#?;&"} | {name, name.strip()}
    forms = {folder + slash + spelling for spelling in cut if spelling} | {html.unescape(path), path.strip()}
    with suppress(UnicodeError):
        forms.add(path.encode("latin-1").decode("utf-8"))
    forms |= {unicodedata.normalize(form, spelling) for form in ("NFC", "NFD") for spelling in forms}
    forms |= {spelling.replace("+", " ") for spelling in forms} | {spelling.replace(" ", "+") for spelling in forms}
    forms |= {other for spelling in forms for other in (quote(spelling), quote(spelling).lower(), unquote(spelling))}
    depth = path.count("/")
    return {
        spelling
        for spelling in forms - {path}
        if spelling.count("/") == depth and "\0" not in spelling and not {"", ".", ".."} & set(spelling.split("/")[1:])
    }


def near_spellings(path: str) -> set[str]:
    """Return what a path or key may have been meant to be: its other spellings, and those without what was not meant
    as a part of its name. That none of these is there shows that it is not there.
    """
    folder, slash, name = path.rpartition("/")
    normal = unicodedata.normalize("NFKC", name)
    seen = "".join(letter for letter in normal if unicodedata.category(letter) not in _INVISIBLE)
    names = {seen} | {_CUT.split(spelling, maxsplit=1)[0] for spelling in (name, seen)}
    names |= {_trim(spelling) for spelling in names | {name}}
    near = {folder + slash + spelling for spelling in names if spelling not in ("", ".", "..")}
    return set().union(*(other_spellings(spelling) for spelling in near | {path}), near) - {path}


def _trim(name: str) -> str:
    """Return a name without what is no letter or digit at its ends."""
    place = [at for at, letter in enumerate(name) if letter.isalnum()]
    return name[place[0] : place[-1] + 1] if place else ""


def list_texts(address: Address) -> set[str]:
    """Return the spellings, as they are recorded, of the addresses that may name the object too."""
    if address.scheme not in BUCKETS and address.scheme != "file":
        return set()
    paths = _paths(address)
    texts = {Address(address.scheme, address.host, path).text for path in paths}
    if address.scheme == "file":
        # A path without a scheme is recorded as it was sent.
        texts |= paths | {quote(address.path)}
    return texts


def list_places(address: Address) -> Iterator[tuple[str, str]]:
    """Yield paths and hosts of addresses that may name the object by the name of a machine, or of Amazon: each path as
    it is recorded, and a pattern of LIKE for what stands before it.
    """
    if address.scheme == "file":
        for path in _paths(address):
            yield quote(path), "file://%"
    elif address.scheme == "s3":
        bucket = address.host.lower()
        for path in _paths(address):
            yield quote(f"/{path}"), f"http%://{bucket}.s3%"
            yield quote(f"/{address.host}/{path}"), "http%://s3%"


def _paths(address: Address) -> set[str]:
    forms = {address.path, html.escape(address.path)} | other_spellings(address.path)
    return forms | {f"{address.path}{end}" for end in _ENDS}
