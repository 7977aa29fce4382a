"""Reasons: what a person types is kept for good, so it may name a ticket and must not name a person."""

from __future__ import annotations

import html
import ipaddress
import re
import unicodedata
from urllib.parse import unquote

from redaction.errors import BadInput, RedactionError

MOST_OF_REASON = 500
"""Longest reason (characters)."""
_ADDRESS = r"[^@\s]\s{0,3}@\s{0,3}[^@\s]|[\(\[\{<]\s{0,3}[aA][tT]\s{0,3}[\)\]\}>]"
_NUMBER = r"(?:\d[^\dA-Za-z]{0,5}){7}"
_HOST = r"\d{1,3}(?:\.\d{1,3}){3}"
_ENCODED = r"%[0-9A-Fa-f]{2}|&#|&[A-Za-z]{2,20};"
_MAIL = re.compile(_ADDRESS)
_CONTACT = re.compile(f"{_ADDRESS}|{_NUMBER}|{_HOST}")
_IN_WORDS = re.compile(r"\bat\s+\S{1,60}?\s+dot\s+\w", re.IGNORECASE)
_BETWEEN = re.compile(r"(?<=\d)\s{0,3}(?:then|dash|minus|hyphen|space|[xXoOlI])\s{0,3}(?=\d)")
"""Characters that hide a number if they separate its digits or replace one."""
_NAMED = re.compile(
    r"(?:\b[A-Z][A-Z0-9]{1,9}-|#|\b(?i:ticket|case|request|account|run|hold|activity) )\d{1,6}\b"
    r"|\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b"
)
"""Digits that are no part of a number: of a ticket (ABC-123, #123), of one of our ids, of a time."""
_MOST_DIGITS = 6
_COLONS = re.compile(r"[0-9A-Fa-f.]{0,15}:[0-9A-Fa-f:.]{1,45}")
_ROUNDS = 5
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:\d\d)?)?")
_MOST_OF_MESSAGE = 1_000
_HIDDEN = "(not shown)"
REASON_PATTERN = rf"^(?![\s\S]*(?:{_ADDRESS}|{_NUMBER}|{_HOST}|{_ENCODED}))[\s\S]*\S"
"""The pattern of a valid reason, for forms that check it before it is kept (JSON Schema, ECMA 262 and Python alike).

A pattern cannot decode, so it accepts nothing encoded.
"""


def check_reason(text: str) -> str:
    """Return a reason without the space around it; raises BadInput, without quoting it, for an invalid one."""
    reason = " ".join(text.split())
    if not reason or len(reason) > MOST_OF_REASON or not reason.isprintable():
        raise BadInput(
            f"a reason has 1 to {MOST_OF_REASON} characters, none of them for control: say why, or name a ticket"
        )
    check_text(reason, "the reason")
    return reason


def check_text(text: str, what: str) -> None:
    """Raise BadInput, without quoting it, if a text holds something like a phone number, an e-mail or an IP address."""
    plain = _decode(text)
    digits = _BETWEEN.sub(" ", plain)
    many = sum(map(str.isdigit, _NAMED.sub("", plain))) > _MOST_DIGITS  # whatever separates them
    if many or any(map(_CONTACT.search, (plain, digits))) or _IN_WORDS.search(plain) or _names_host(plain):
        raise BadInput(f"{what} holds something like a phone number or an e-mail address: name a ticket instead")


def keep_message(error: RedactionError) -> str | None:
    """Return the message of an error in a form that may be kept for good, at most 1,000 characters; None if it holds
    something like a number or an address. Our messages hold no personal value; this catches a message that breaks
    the rule.
    """
    said = " ".join(str(error).split())[:_MOST_OF_MESSAGE]
    try:
        check_text(_INSTANT.sub("", said), "the message")
    except BadInput:
        return None
    return said


def hide_contacts(message: str) -> str:
    """Return a message about what a person has typed, without words that are like a number or an address."""
    try:
        words = [_HIDDEN if _is_contact(word) else word for word in message.split(" ")]
        check_text(" ".join(words), "the message")
    except BadInput:
        return "an argument is not valid; it is not shown, since it may be a number or an address of a person"
    return " ".join(words)


def _is_contact(word: str) -> bool:
    try:
        check_text(word, "the word")
    except BadInput:
        return True
    return False


def check_name(text: str, what: str) -> None:
    """Raise BadInput, without quoting it, if a name holds an e-mail address; instants and counts are allowed."""
    if _MAIL.search(_decode(text)):
        raise BadInput(f"{what} holds something like an e-mail address: choose another")


def _decode(text: str) -> str:
    """Return a text as a person reads it: decoded, letters and digits of other scripts as plain ones."""
    for _ in range(_ROUNDS):
        plain = unicodedata.normalize("NFKC", html.unescape(unquote(text)))
        if plain == text:
            break
        text = plain
    return "".join(_plain_digit(letter) for letter in text if unicodedata.category(letter) != "Cf")


def _plain_digit(letter: str) -> str:
    value = None if letter.isascii() else unicodedata.numeric(letter, None)
    return str(int(value)) if value is not None and value in range(10) else letter


def _names_host(text: str) -> bool:
    """Say whether a text holds an IPv6 address; an instant such as 10:15:30 is none."""
    for found in _COLONS.findall(text):
        try:
            ipaddress.IPv6Address(found.rstrip(":."))
        except ValueError:
            continue
        return True
    return False
