"""The spelling of a place that a setting or a command names: the path of a folder, or the address of a store."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(//|:)?")
_LOCAL = frozenset({"file", "local"})


def read_place(text: str) -> str:
    """Return the one spelling of a place: the path of a local folder, or the address of an object store.

    Writers and guards of the place must agree on its spelling. Raises ValueError.
    """
    found = _SCHEME.match(text)
    if found is None or (found[1].lower() not in _LOCAL and not found[2]):
        return text
    scheme, rest = found[1].lower(), text[found.end(1) + 1 :]
    if rest.startswith(":") or "::" in rest:
        raise ValueError("must name one place: a path, or an address like s3://bucket/folder")
    if scheme not in _LOCAL:
        return f"{scheme}:{rest}"
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host.lower() not in ("", "localhost"):
            raise ValueError("must name a folder of this host: write it as a path")
        rest = slash + path
    if not rest.startswith("/"):
        raise ValueError("must have an absolute path after its scheme, like file:///mnt/ledger")
    return rest
