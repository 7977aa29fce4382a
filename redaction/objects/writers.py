"""Whether a program has a file open for writing, by the kernel's leases (fcntl(2), Linux).

It covers programs of this host, for files of this user or with CAP_LEASE. For a network mount, for example, the kernel
does not say.
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
    """Hold up programs that open a file for writing; yield False if one has it open already.

    The descriptor is for reading. A file without an answer of the kernel counts as a file without writers.
    """
    try:
        # Otherwise the kernel would end this process by SIGIO when another one waits for it.
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
    """Return whether a program has a file open for writing, as far as the kernel says; no link is followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        with keep_from_writers(descriptor) as is_alone:
            return not is_alone
    finally:
        os.close(descriptor)
