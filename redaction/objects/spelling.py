"""The one spelling of an address, by which an object is deleted, and the other spellings that it may stand for.
Pure.
"""

from __future__ import annotations

import html
import re
import unicodedata
from contextlib import suppress
from urllib.parse import quote, unquote

from redaction.errors import BadAddress
from redaction.objects.addresses import parse_address

_CUT = re.compile(r"""[,;|<>"')\]\s]""")
INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Categories of invisible characters."""

_PLAIN = re.compile(
    r"(?:file:///|https?://(?:[a-z0-9-]+\.)+[a-z]{2,}/|s3://[a-z0-9][a-z0-9.-]*[a-z0-9]/)"
    r"(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*[A-Za-z0-9_~-](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?"
)
"""An address that already has its one spelling and need not be parsed."""


def is_plain(address: str) -> bool:
    """Return whether an address is of the plainest form."""
    return _PLAIN.fullmatch(address) is not None


def spell(address: str) -> str:
    """Return the one spelling of an address; an invalid one stays as it is."""
    if is_plain(address):
        return address
    try:
        return parse_address(address).text
    except BadAddress:
        return address


def other_spellings(path: str) -> set[str]:
    """Return other spellings of a path or key by its creator: escapes of URLs and of HTML, blanks, Unicode forms,
    bytes that were read as Latin-1, and without what a browser cuts off. All have the same depth.
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
    """Return what a path or key may have meant: its other spellings, and those without accidental characters around
    the name. If none of these exists, the object does not exist.
    """
    folder, slash, name = path.rpartition("/")
    normal = unicodedata.normalize("NFKC", name)
    seen = "".join(letter for letter in normal if unicodedata.category(letter) not in INVISIBLE)
    names = {seen} | {_CUT.split(spelling, maxsplit=1)[0] for spelling in (name, seen)}
    names |= {_trim(spelling) for spelling in names | {name}}
    near = {folder + slash + spelling for spelling in names if spelling not in ("", ".", "..")}
    return set().union(*(other_spellings(spelling) for spelling in near | {path}), near) - {path}


def _trim(name: str) -> str:
    """Return a name without characters at its ends that are no letter or digit."""
    place = [at for at, letter in enumerate(name) if letter.isalnum()]
    return name[place[0] : place[-1] + 1] if place else ""
