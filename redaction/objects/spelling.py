"""The one spelling of an address, by which objects are compared. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from contextlib import suppress
from urllib.parse import quote, unquote

from redaction.errors import BadAddress
from redaction.objects.addresses import parse_address

_PLAIN = re.compile(
    r"(?:file:///|https?://(?:[a-z0-9-]+\.)+[a-z]{2,}/|s3://[a-z0-9][a-z0-9.-]*[a-z0-9]/)"
    r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
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
    forms = {folder + slash + one for one in cut if one} | {html.unescape(path), path.strip()}
    with suppress(UnicodeError):
        forms.add(path.encode("latin-1").decode("utf-8"))
    forms |= {unicodedata.normalize(form, one) for form in ("NFC", "NFD") for one in forms}
    forms |= {one.replace("+", " ") for one in forms} | {one.replace(" ", "+") for one in forms}
    forms |= {other for one in forms for other in (quote(one), quote(one).lower(), unquote(one))}
    depth = path.count("/")
    return {
        one
        for one in forms - {path}
        if one.count("/") == depth and "\0" not in one and not {"", ".", ".."} & set(one.split("/")[1:])
    }
