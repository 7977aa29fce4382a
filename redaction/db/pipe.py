"""A pipe between two sessions: one copies out, the other copies in, in constant memory and without a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO


def pipe(send: Callable[[IO[bytes]], object], receive: Callable[[IO[bytes]], object]) -> None:
    """Run `send` in its own thread, and `receive` on what it writes; return when both have ended.

    Raises what either raises, that of `receive` first; the closed pipe ends the other side.
    """
    reading, writing = os.pipe()

    def sending() -> None:
        with os.fdopen(writing, "wb") as sink:
            send(sink)

    with ThreadPoolExecutor(1) as pool:
        with os.fdopen(reading, "rb") as source:
            sent = pool.submit(sending)
            receive(source)
        sent.result()
