"""JSON that the parser refuses for a character or a number -> JSON that keeps the rest.

U+FFFD replaces half of a surrogate pair and bytes that are no UTF-8. A number out of range becomes its text, and so do
NaN and Infinity. Only refused JSON comes here.
"""

from __future__ import annotations

import math
import re

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_TOKEN = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?(?:NaN|Infinity)|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?', re.DOTALL
)
_HEX = rb"[0-9a-fA-F]"
_WITHIN = re.compile(
    rb"\\u[dD][89abAB]" + _HEX + rb"{2}\\u[dD][c-fC-F]" + _HEX + rb"{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F]" + _HEX + rb"{2})|\\.|(?P<control>[\x00-\x1f])",
    re.DOTALL,
)
_SHORT = 300
"""Digits without an exponent that are always in range."""


def mend(data: bytes) -> bytes:
    """Return JSON without what no parser here accepts; other invalid JSON stays invalid."""
    data = data.removeprefix(BYTE_ORDER_MARK)
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode(errors="replace").encode()
    return _TOKEN.sub(_mend_token, data)


def _mend_token(found: re.Match[bytes]) -> bytes:
    token = found[0]
    if token[0] == ord('"'):
        return _WITHIN.sub(_mend_character, token)
    if token.endswith((b"N", b"y")):
        return b'"%s"' % token
    if len(token) <= _SHORT and b"e" not in token and b"E" not in token:
        return token
    return token if math.isfinite(float(token)) else b'"%s"' % token


def _mend_character(found: re.Match[bytes]) -> bytes:
    if found["half"]:
        return rb"\ufffd"
    control = found["control"]
    # A character that had to be escaped; PostgreSQL's text cannot hold NUL.
    return found[0] if control is None else b"" if control == b"\x00" else rb"\u%04x" % control[0]
