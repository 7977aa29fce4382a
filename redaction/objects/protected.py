"""Places that no store may include: the home, every ledger, the signing key, the inbox, data directories of
PostgreSQL.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from redaction.errors import BadAddress
from redaction.objects.addresses import BUCKETS, Address, overlaps, parse_prefix
from redaction.settings import DEFAULT, Settings

_DEPTH = 2
_MOST_FOLDERS = 2_000


def find_protected(path: str, settings: Settings) -> str | None:
    """Return which protected place a real path of this host is, is inside of, or includes; None if none.

    Data directories below the path are found only in its first folders; a deletion checks all folders above its file.
    """
    for name, place in _local_places(settings):
        if _within(path, place) or _within(place, path):
            return name
    if _has_server_above(path) or any(_is_server(folder) for folder in _first_folders(path)):
        return "a data directory of PostgreSQL"
    return None


def find_protected_above(path: str, settings: Settings) -> str | None:
    """Return which protected place the real path of one object is, or is inside of; None if none."""
    for name, place in _local_places(settings):
        if _within(path, place):
            return name
    return "a data directory of PostgreSQL" if _has_server_above(os.path.dirname(path)) else None


def find_kept(prefix: Address, settings: Settings) -> str | None:
    """Return which place of ours in a bucket a prefix or key overlaps: that of the ledger outside the database, of
    shared files, or the inbox; None if none.
    """
    ledger, shared, inbox = _ledger(settings), _shared(settings), _inbox(settings)
    if isinstance(ledger, Address):
        same = (prefix.scheme, prefix.host) == (ledger.scheme, ledger.host)
        if overlaps(prefix, ledger) or (same and ledger.path != "" and prefix.path.startswith(f"{ledger.path}_of_")):
            return "the ledger"
    if isinstance(shared, Address) and overlaps(prefix, shared):
        return "what other processes read"
    return "the inbox" if isinstance(inbox, Address) and overlaps(prefix, inbox) else None


def _local_places(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "the home of this system", os.path.realpath(settings.home)
    base = _ledger(settings)
    if isinstance(base, str):
        yield "the ledger", base
        for name in settings.all_placements:
            yield "the ledger", f"{base}_of_{name}"
    shared, inbox = _shared(settings), _inbox(settings)
    if isinstance(shared, str):
        yield "what other processes read", shared
    if isinstance(inbox, str):
        yield "the inbox", inbox
    key = settings.certificate_key.get_secret_value() if settings.certificate_key else ""
    if key and "\n" not in key and os.path.exists(key):
        yield "the key of the certificates", os.path.realpath(key)


def _ledger(settings: Settings) -> str | Address | None:
    """Return the place of the default placement's ledger: a real path, or a prefix in a bucket."""
    given = settings.ledger_place
    if settings.placement != DEFAULT:
        given = given.removesuffix(f"_of_{settings.placement}")
    return _locate(given)


def _shared(settings: Settings) -> str | Address | None:
    return None if settings.shared_url is None else _locate(settings.shared_url)


def _inbox(settings: Settings) -> str | Address | None:
    return None if settings.inbox_url is None else _locate(settings.inbox_url)


def _locate(given: str) -> str | Address | None:
    local = re.sub(r"^(file|local):(//)?(localhost(?=/))?", "", given)
    if "://" not in local:
        return os.path.realpath(local)
    try:
        found = parse_prefix(re.sub(r"//[^/@]*@", "//", local).partition("?")[0])
    except BadAddress:
        return None
    return found if found.scheme in BUCKETS else None


def _within(path: str, place: str) -> bool:
    return os.path.commonpath((path, place)) == place


def _has_server_above(path: str) -> bool:
    while True:
        if _is_server(path):
            return True
        above = os.path.dirname(path)
        if above == path:
            return False
        path = above


def _is_server(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, "PG_VERSION"))


def _first_folders(path: str) -> Iterator[str]:
    level, seen = [path], 0
    for _ in range(_DEPTH):
        below: list[str] = []
        for folder in level:
            try:
                with os.scandir(folder) as entries:
                    below += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
            except OSError:
                continue
            seen += 1
            if seen > _MOST_FOLDERS:
                return
        yield from below
        level = below
