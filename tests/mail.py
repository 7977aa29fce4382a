"""A mail server for tests: accepts and keeps mails, and refuses the given addresses."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Mail:
    """A received mail: its recipients, and its text as a person reads it."""

    to: str
    subject: str
    text: str
    raw: str


@dataclass
class MailServer:
    """Where it listens, the received mails, and the addresses it refuses."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    @property
    def connection(self) -> str:
        """Return the Airflow connection to it, as in its variable of the environment."""
        return (
            f"smtp://127.0.0.1:{self.port}/?disable_tls=true&disable_ssl=true&from_email=redaction%40example.org"
            "&retry_limit=0&timeout=10"
        )


@contextmanager
def serve_mail() -> Iterator[MailServer]:
    """Listen on a free port of this host until the end."""
    kept = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 ready")
            to: list[str] = []
            for raw in self.rfile:
                line = raw.decode().strip()
                if line.upper().startswith("RCPT TO:"):
                    to = [line[8:].split(">")[0].strip(" <")]
                    self.say("550 who is that?" if to[0] in kept.refused else "250 ok")
                elif line.upper() == "DATA":
                    self.say("354 go on")
                    lines = list(iter(self.rfile.readline, b".\r\n"))
                    self.keep(to[0], b"".join(lines))
                    self.say("250 kept")
                elif line.upper() == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def keep(self, to: str, raw: bytes) -> None:
            found = email.message_from_bytes(raw, policy=email.policy.default)
            body = found.get_body(("html", "plain"))
            assert body is not None
            kept.mails.append(Mail(to, str(found["subject"]), str(body.get_content()), raw.decode()))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
