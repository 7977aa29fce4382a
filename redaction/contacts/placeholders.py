"""Texts that networks send in place of a withheld number, and addresses that people write to have none.

`placeholders.tsv` of the source lists them.
"""

from __future__ import annotations

import re
from functools import cache

from redaction.alphabet import HOST_END, MADE_UP
from redaction.mapping.folder import load_source

_NO_DIGIT = re.compile(r"[^0-9]+")
_NO_LETTER = re.compile(r"[\W\d_]+")
_ONE_DIGIT = re.compile(r"(?:1?0+|1?9+)")
"""All zeros or nines, also after the 1 of North America."""
_ENDS = frozenset({"0", "00", "9", "99", "10", "19"})
_HOST_END = re.compile(HOST_END)


def is_nobody(text: str, digits: str) -> bool:
    """Return whether a text, or the digits in it, is no number or user but a placeholder."""
    known = load_source().placeholders
    if not digits:
        return _NO_LETTER.sub("", text).casefold() in known
    if digits in known or digits.removeprefix("1") in known:
        return True
    # Almost no number ends so, and the test is cheap.
    return digits[-2:] in _ENDS and _ONE_DIGIT.fullmatch(digits) is not None


def is_made_up(national: str) -> bool:
    """Return whether the last seven digits of a valid national number are all zeros or all nines, as people type them
    to give none.
    """
    return national.endswith(MADE_UP)


def is_user_of_nobody(user: str) -> bool:
    """Return whether the user of a client or of an address is a placeholder, or a number that is made up."""
    digits = _NO_DIGIT.sub("", user)
    return is_nobody(user, digits) or (is_made_up(digits) and not any(map(str.isalpha, user)))


def is_nobodys(address: str) -> bool:
    """Return whether an address in lower case is a placeholder: as it is, by its user (`noreply@`), or under any last
    part of its host (`none@none`).
    """
    user, _, host = address.partition("@")
    if user not in users_of_nobody():  # nearly all
        return False
    known = load_source().placeholders
    return address in known or f"{user}@" in known or f"{user}@{_HOST_END.sub('', host)}" in known


@cache
def users_of_nobody() -> frozenset[str]:
    """Return the users of the addresses among the placeholders."""
    return frozenset(name.partition("@")[0] for name in load_source().placeholders if "@" in name)
