"""The one spelling of an address, by which objects are compared. Pure."""

from __future__ import annotations

import re

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
