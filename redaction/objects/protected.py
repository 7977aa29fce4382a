"""Places that no store may include: the home, every ledger, the signing key, the inbox, the program with its Python,
the DAGs and settings of Airflow, folders of the operating system, data directories of PostgreSQL.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from redaction.errors import BadAddress
from redaction.objects.addresses import BUCKETS, Address, overlaps, parse_prefix
from redaction.resources import list_program_folders
from redaction.settings import DEFAULT, Settings

_DEPTH = 2
_MOST_FOLDERS = 2_000
_SYSTEM = ("/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr")
_OF_AIRFLOW = ("dags", "plugins", "logs", "airflow.cfg", "airflow.db")
_MOUNTS = "/proc/self/mountinfo"
Mounts = list[tuple[str, str, str]]
"""Mount point, device and the folder of the device that is mounted there."""


@dataclass(frozen=True)
class Protected:
    """The protected places of this host as they lie now (name, real path, path on its device), and the mounts."""

    places: tuple[tuple[str, str, str], ...]
    mounts: Mounts

    def find_above(self, path: str) -> str | None:
        """Return which protected place the real path of one object is, or is inside of; None if none."""
        there = _place_on_device(path, self.mounts)
        for name, place, on_device in self.places:
            if _within(path, place) or _within(there, on_device):
                return name
        return "a data directory of PostgreSQL" if _has_server_above(os.path.dirname(path)) else None


def read_protected(settings: Settings) -> Protected:
    """Return the protected places of this host."""
    mounts = _read_mounts()
    places = ((name, place, _place_on_device(place, mounts)) for name, place in _local_places(settings))
    return Protected(tuple(places), mounts)


def find_protected(path: str, settings: Settings) -> str | None:
    """Return which protected place a real path of this host is, is inside of, or includes; None if none.

    Data directories below the path are found only in its first folders; a deletion checks all folders above its file.
    """
    protected = read_protected(settings)
    there = _place_on_device(path, protected.mounts)
    for name, place, on_device in protected.places:
        if _within(place, path) or _within(on_device, there):
            return name
    if any(_is_server(folder) for folder in _first_folders(path)):
        return "a data directory of PostgreSQL"
    return protected.find_above(f"{path}/")


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
    airflow = os.environ.get("AIRFLOW_HOME")
    if airflow:
        for name in _OF_AIRFLOW:
            yield "the folders of Airflow", os.path.realpath(os.path.join(os.path.expanduser(airflow), name))
    yield from _fixed_places()


@cache
def _fixed_places() -> tuple[tuple[str, str], ...]:
    python = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")]
    if sys.prefix != sys.base_prefix:
        python.append(sys.prefix)
    program = {os.path.realpath(folder) for folder in [*python, *map(str, list_program_folders())] if folder}
    system = {os.path.realpath(folder) for folder in _SYSTEM}
    return (
        *(("the program itself", folder) for folder in sorted(program)),
        *(("a folder of the operating system", folder) for folder in sorted(system)),
    )


def _read_mounts() -> Mounts:
    """Return the mounts that this process sees, as Linux lists them, the latest first; nothing elsewhere."""
    found = []
    with suppress(OSError), open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            device, root, point = (re.sub(r"\\([0-7]{3})", _unescape, field) for field in line.split(" ", 5)[2:5])
            found.append((point.rstrip("/"), device, root.rstrip("/")))
    return found[::-1]


def _unescape(octal: re.Match[str]) -> str:
    return chr(int(octal[1], 8))


def _place_on_device(path: str, mounts: Mounts) -> str:
    """Return a real path as its device and the path there, which every mount of a folder shares."""
    point, device, root = max(
        (mount for mount in mounts if path == mount[0] or path.startswith(f"{mount[0]}/")),
        # The latest of two mounts at one point is seen, and comes first.
        key=lambda mount: len(mount[0]),
        default=("", "", ""),
    )
    return f"/{device}{root}{path[len(point) :]}"


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
    return path == place or path.startswith(f"{place}/")


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
