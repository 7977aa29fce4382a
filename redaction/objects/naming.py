"""By which other addresses a record may name an object that is about to be deleted. Pure.

An object is kept when in doubt: what another activity seems to name is not deleted, however the address is spelled.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from urllib.parse import quote

from redaction.objects.addresses import BUCKETS, Address
from redaction.objects.spelling import other_spellings

_ENDS = (",", ".", ";", ":", "!", ")", "]", ">", '"', "'", "|", "<", ").", "),", '">')
"""What may follow an address in a text and was taken for its end."""


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
