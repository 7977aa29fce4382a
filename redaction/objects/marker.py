"""The marker of a store: a small object of our own at its base that shows it is the right and whole one.

`redaction store check` writes it where something else lies already: in an empty folder it could be the empty folder of
a disk that is not mounted. It is never deleted.
"""

from __future__ import annotations

import hashlib
import json

from redaction.objects.addresses import parse_prefix
from redaction.objects.stores import Store

MARKER_PREFIX = ".redaction-store-"
"""What the name of every marker begins with; no address of a record ever deletes one."""

NOT_MARKED = "it has no marker yet: look that all of it is there, then run `redaction store check`"
"""Why a store that may be whole is not believed."""


def marker_name(store: Store) -> str:
    """Return the name of a store's marker."""
    return f"{MARKER_PREFIX}{store.id}"


def marker_content(store: Store) -> bytes:
    """Return what a store's marker holds: the id, and a digest of the prefix that it was written for."""
    digest = hashlib.sha256(parse_prefix(store.prefix).text.encode()).hexdigest()
    return json.dumps({"store": store.id, "prefix": digest}, sort_keys=True).encode()
