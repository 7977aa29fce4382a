"""Whether a program has a file open to write to it, as the kernel tells who may take a lease on it (fcntl(2), Linux).

It tells of programs of this host, for files of this user or with CAP_LEASE. Of a network mount, say, nothing is told.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

WRITTEN = "a program has it open to write to it"


@contextmanager
def keep_from_writers(descriptor: int) -> Iterator[bool]:
    """Hold up whoever opens a file to write to it; give False if somebody has done so already.

    The descriptor is one to read. A file of which nothing is told counts as one that nobody writes to.
    """
    try:
        # Else the kernel would end this process by SIGIO when somebody waits for it.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        yield error.errno != errno.EAGAIN
        return
    try:
        yield True
    finally:
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def is_written(path: str) -> bool:
    """Return whether a program has a file open to write to it, as far as that is told; no link is followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        with keep_from_writers(descriptor) as is_alone:
            return not is_alone
    finally:
        os.close(descriptor)
