"""E-mail addresses and SIP users in the form that identifies a contact: `user@host` in lower case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import idna

from redaction.alphabet import INVISIBLE
from redaction.contacts.folding import decode, is_encoded
from redaction.contacts.numbers import full_numbers, numbers_of
from redaction.contacts.placeholders import is_user_of_nobody

MOST_ADDRESS = 320
"""Characters of the longest address: 64 before the @ and 255 after it (RFC 5321, 4.5.3.1)."""
_ADDRESS = re.compile(
    # A quote or a slash between two letters belongs to the address (RFC 5322, 3.2.3); elsewhere it surrounds it.
    r"(?:[^\s/<>()\[\]\"',;:@|\\](?:[^\s/<>()\[\]\"',;:@|\\]|(?<=\w)['/](?=\w))*+"
    # A user in quotes may have spaces (RFC 5321, 4.1.2).
    r'|"[^"@<>\\]{1,64}")@[\w.\-]+'
)
_QUOTED_USER = re.compile(r"(['\"])((?:[^\s/<>()\[\]\"',;:@|\\]|(?<=\w)'(?=\w)){1,64})\1(?=@)")
"""A user in quotes who needs none."""
_PLAIN = re.compile(r"(?=.{6,320}\Z)[a-z][a-z0-9_+-]*(?:\.[a-z0-9_+-]+)*@(?:(?!xn--)[a-z0-9-]+\.)+[a-z]{2,24}")
"""An address in its one spelling, as almost all are."""
_ALONE = re.compile(
    r"(?:[^<>@0-9]*<)?\s*(?:(?:client|im|mailto|xmpp):)?\s*"
    r"((?:\"[^\"@<>\\]+\"@)?[^\s<>?]+?)\.?(?:\?\S*)?\s*>?",
    re.IGNORECASE,
)
"""A text that is one address, with or without a name before it, as a link."""
_QUOTED = re.compile(r"\s*(['\"])(.*)\1\s*")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_QUOTES = re.compile(
    "(?<!\\w)[\u00ab\u00bb\u2018-\u201f\u2022\u2039\u203a]|[\u00ab\u00bb\u2018-\u201f\u2022\u2039\u203a](?!\\w)"
)
_BEFORE_IT = ".`*"
_OF_QUERY = re.compile(r"(?:.*[?&])?[\w.-]*mail[\w.-]*=(?=[^=@]+@)")
"""The name of a field before an address, also within a web address."""
_DOTS = re.compile(r"\.{2,}")
_AT = re.compile(r"\s*[\[({<]\s*at\s*[\])}>]\s*|\s*@+\s*", re.IGNORECASE)
_DOT = re.compile(r"\s*[\[({<]\s*dot\s*[\])}>]\s*", re.IGNORECASE)
_AT_AND_DOT = re.compile(r"\s*(\S+)\s+at\s+(\S+(?:\s+dot\s+\S+)+)\s*", re.IGNORECASE)
_WRITTEN_DOT = re.compile(r"\s+dot\s+", re.IGNORECASE)
_WHOLE = re.compile(r"[^\s@]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_NO_HOST = ".invalid"
"""No host has this name (RFC 2606); networks send it for a withheld caller (RFC 3323)."""
_ENCODED_HOST = "xn--"
"""The beginning of a part of a host's name that name servers have in ASCII letters only (RFC 5890)."""
_DEVICE = re.compile(r"(?<=[0-9]):[0-9]{1,3}(?=@(?:s\.whatsapp\.net|c\.us)\b)")
"""The device of a user of one of the hosts below."""
_OF_NUMBERS = ("@s.whatsapp.net", "@c.us")
"""Hosts whose users are phone numbers with their country code."""
_SIP = re.compile(r"\A\s*(?:\"[^\"]*\"|[^<\"]*)\s*<?\s*(?:sips?|h323):", re.IGNORECASE)
_OF_IDS = frozenset(
    {"messenger", "telegram", "instagram", "wechat", "line", "facebook", "fb", "teams", "discord", "slack"}
)
"""Clients whose users are ids, which may look like numbers."""
_CLIENT = re.compile(
    rf"\s*(client|skype|sips?|viber|rcs|{'|'.join(sorted(_OF_IDS))}):(?://)?([^\s@/?;]+)(?:[?;]\S*)?\s*", re.IGNORECASE
)
"""The user of a client, without a host."""
_PARTS = re.compile(r"(?:([^@;:>\s]+)[^@>\s]*@)?([^;:?>@\s]+)")
"""User and host, without a password, parameters and port."""


def find_addresses(value: object) -> Iterator[str]:
    """Yield the e-mail addresses in a value: a text (also a list in a text, or `Name <address>`), a list, an object."""
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, str):
            if _PLAIN.fullmatch(each) is not None and not each.endswith(_NO_HOST):
                yield each
                continue
            each = each if each.isascii() else _plain(each)
            if ("@" not in each or "&#" in each) and is_encoded(each):
                each = decode(each)
            found = _find_in(each) if "@" in each else []
            yield from found or _find_in(_as_meant(each))
        elif isinstance(each, list):
            rest += reversed(each)
        elif isinstance(each, dict):
            rest += reversed(each.values())


def _find_in(text: str) -> list[str]:
    addresses = []
    text = _unquote(text)
    for found in _ADDRESS.findall(_DEVICE.sub("", text) if ":" in text else text):
        address = found.strip(_BEFORE_IT).lower()
        if "=" in address:
            address = _OF_QUERY.sub("", address)
        if ".." in address:
            user, _, host = address.partition("@")
            address = f"{user}@{_DOTS.sub('.', host)}"
        if _ENCODED_HOST in address:
            address = _decode_host(address)
        if len(address) <= MOST_ADDRESS and not address.endswith(_NO_HOST):
            addresses.append(address)
    return addresses


def _unquote(text: str) -> str:
    return _QUOTED_USER.sub(r"\2", text) if "'@" in text or '"@' in text else text


def _as_meant(text: str) -> str:
    """Return the address that a text spells out for people, `jane (at) x.example`; nothing for any other text."""
    if len(text) > MOST_ADDRESS:
        return ""
    spoken = _AT_AND_DOT.fullmatch(text)
    if spoken is not None:
        text = f"{spoken[1]}@{_WRITTEN_DOT.sub('.', spoken[2])}"
    plain = _DOT.sub(".", _AT.sub("@", text)).strip().replace('"@', "@").removeprefix('"')
    return plain if _WHOLE.fullmatch(plain) is not None else ""


def _plain(text: str) -> str:
    return _QUOTES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).replace("\u3002", ".")


def _decode_host(address: str) -> str:
    """Return an address with the name of its host in its own letters; a part that cannot be decoded stays."""
    user, _, host = address.partition("@")
    return f"{user}@{'.'.join(map(_decode_part, host.split('.')))}"


def _decode_part(part: str) -> str:
    try:
        return idna.decode(part) if part.startswith(_ENCODED_HOST) else part
    except UnicodeError:
        return part


def spell_host(address: str) -> str | None:
    """Return an address with the name of its host as name servers have it; None if that is how it is, or impossible."""
    user, _, host = address.partition("@")
    try:
        return None if host.isascii() else f"{user}@{idna.encode(host).decode()}"
    except UnicodeError:
        return None


def key_of_address(address: str) -> str:
    """Return the contact of an e-mail address: the number that its user is, with its country code, else the address."""
    if address[0] != "+" and not address.endswith(_OF_NUMBERS):
        return address
    return full_numbers()[f"+{address.partition('@')[0].lstrip('+')}"] or address


def find_only_address(text: str) -> str | None:
    """Return the e-mail address that a text is, with or without a name before it; None for any other text. A host
    with two dots in a row is a typing error, which only the load reads as one dot.
    """
    found = [] if ".." in text.partition("@")[2] else list(find_addresses(text))
    plain = _unquote(_plain(text if "@" in text else decode(text)))
    quoted = _QUOTED.fullmatch(plain)
    alone = _ALONE.fullmatch(quoted[2] if quoted is not None else _as_meant(plain) or plain)
    if len(found) != 1 or alone is None or _ADDRESS.fullmatch(alone[1].strip(".")) is None:
        return None
    return found[0] if list(find_addresses(alone[1])) == found else None


def read_user(text: str, country: str) -> str | None:
    """Return the contact of a user of a client (`client:jane`): the number that the user is, else `client:jane`.

    None for any other text, and for a withheld one.
    """
    match = _CLIENT.fullmatch(text)
    if match is None:
        return None
    client, user = match[1].lower(), match[2]
    if user.lower().endswith(_NO_HOST):
        return None
    number = numbers_of(country)[user] if user[0] == "+" or client not in _OF_IDS else None
    if number is not None or is_user_of_nobody(user) or len(text) > MOST_ADDRESS:
        return number
    return f"{client}:{user.lower()}"


def is_sip(text: str) -> bool:
    """Return whether a text is a SIP address (`sip:`, `sips:`, with or without a name before it)."""
    return ":" in text and _SIP.match(text) is not None


def read_sip(text: str, country: str) -> str | None:
    """Return the contact of a SIP address: the number that its user is, else `user@host`; None for a withheld one."""
    match = _PARTS.match(_SIP.sub("", text, count=1))
    if match is None:
        return None
    user, host = match[1] or "", match[2].lower()
    if not user:
        return numbers_of(country)[host]
    number = numbers_of(country)[user]
    if number is not None:
        return number
    if is_user_of_nobody(user) or host.endswith(_NO_HOST) or len(user) + len(host) >= MOST_ADDRESS:
        return None
    return f"{user.lower()}@{host}"
