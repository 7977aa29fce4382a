"""The files of the tests: in memory, if the machine has enough of it, since a database has 480 files."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_NEEDED = 8 * 1024**3
"""Bytes: three servers, their databases, and the root of an image."""


def _available() -> int:
    """Return the unused bytes of memory; 0 if unknown."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0
    told = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    return told.get("MemAvailable", 0) * 1024


def use_memory() -> None:
    """Put temporary folders of this process and its children into memory; a given TMPDIR stays."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    if min(shutil.disk_usage(_MEMORY).free, _available()) >= _NEEDED:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None
