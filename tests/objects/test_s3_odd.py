"""A store that speaks S3, but not all of it: what it does not list is not taken for gone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from redaction.objects.access import Settled
from redaction.objects.addresses import parse_address
from redaction.objects.opened import open_store
from redaction.settings import Settings

NOTHING = b"<ListVersionsResult><Name>rec</Name><IsTruncated>false</IsTruncated></ListVersionsResult>"


class _Store(BaseHTTPRequestHandler):
    head = 200

    def do_GET(self) -> None:
        self._answer(200, NOTHING)

    def do_HEAD(self) -> None:
        self._answer(self.head, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def store() -> Iterator[type[_Store]]:
    handler = type("Store", (_Store,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    handler.url = f"http://127.0.0.1:{server.server_address[1]}"  # type: ignore[attr-defined]
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (200, Settled("remains", "the store does not list the object, but it is there")),
        (404, Settled("not_found")),
        # A store hides from whoever may not list that there is no such key.
        (403, Settled("not_found")),
        (500, Settled("remains", "the store refused (HTTP 500)")),
    ],
)
def test_what_is_not_listed_but_there_remains(
    store: Any, settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch, head: int, expected: Settled
) -> None:
    store.head = head
    extra = {"endpoint_url": store.url, "region_name": "us-east-1"}
    connection = {"conn_type": "aws", "login": "long-enough-key", "password": "long-enough-secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_STORE", json.dumps(connection))
    access = open_store(make("s3://rec", connection="store"), settings)
    assert access.delete(parse_address("s3://rec/1.wav"), 1, 1) == expected
