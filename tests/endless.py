"""A server whose answer never ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def answering(begin: bytes, part: bytes) -> Iterator[str]:
    """Begin an answer to the first request, and then send the same part for ever, or nothing more; yield the URL."""
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        with suppress(OSError), server.accept()[0] as asked:
            asked.recv(65536)
            asked.sendall(begin)
            while part and not ended.is_set():
                asked.sendall(part)
            if not part:
                asked.recv(65536)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    ended.set()
    # Wakes a server that nobody has asked.
    with suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
    server.close()
