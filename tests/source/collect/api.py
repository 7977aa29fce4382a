"""A server that answers like the API of CallTrackingMetrics, with its pages, its limits and the faults of a test."""

from __future__ import annotations

import base64
import gzip
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

from redaction.demo.sample_records import AccountSpec, build_record, draw_contacts

KEY, SECRET = "the-key", "the-secret"
ZONE = ZoneInfo("America/New_York")
Record = dict[str, Any]


@dataclass
class Answer:
    """An answer as a test wants it."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Bytes after which the connection ends."""
    slow: bool = False
    """Whether nothing comes after the headers until the server is closed."""


Fault = Callable[["Asked"], Answer | None]


@dataclass(frozen=True)
class Asked:
    """A request: its number from 1, the account, its parameters and headers."""

    number: int
    path: str
    account: int | None
    given: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Api:
    """The activities at the source, the planned faults, and the requests so far."""

    url: str = ""
    records: dict[int, list[Record]] = field(default_factory=dict)
    accounts: list[Record] = field(default_factory=list)
    fault: Fault | None = None
    after_page: Callable[[Asked], None] | None = None
    """Called when a page was made, before it is sent: the source may change then."""
    numbered: bool = False
    """Whether pages are numbered, instead of a cursor."""
    asked: list[Asked] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, asked: Asked) -> Answer:
        """Return the answer of the API."""
        self.asked.append(asked)
        if self.fault is not None and (wanted := self.fault(asked)) is not None:
            return wanted
        told = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if asked.headers.get("Authorization") != f"Basic {told}":
            return Answer(401, b'{"error":"unauthorized"}')
        if int(asked.given.get("per_page", 10)) > 150:
            return Answer(400, b'{"error":"per_page limit is 150"}')
        if asked.account is None:
            return self.page(asked, "accounts", self.accounts)
        if asked.account not in self.records:
            return Answer(404, b'{"error":"not found"}')
        found = [record for record in self.records[asked.account] if _is_within(record, asked.given)]
        return self.page(asked, "calls", sorted(found, key=lambda record: -int(record["id"])))

    def page(self, asked: Asked, name: str, items: list[Record]) -> Answer:
        """Return one page of a list, newest first, and the address of the next one."""
        size = int(asked.given.get("per_page", 10))
        number = int(asked.given.get("page", 1))
        if "after" in asked.given:
            items = [item for item in items if int(item["id"]) < int(asked.given["after"])]
            start = 0
        else:
            start = (number - 1) * size
        some = items[start : start + size]
        found: Record = {name: some, "page": number, "per_page": size, "total_entries": len(items)}
        found["total_pages"] = -(-len(items) // size) or 1
        if start + size < len(items):
            cursor = {"page": number + 1} if self.numbered else {"after": some[-1]["id"]}
            rest = {key: value for key, value in asked.given.items() if key not in ("page", "after")}
            found["next_page"] = f"{self.url}{asked.path}.json?{urlencode({**rest, **cursor})}"
            found |= {} if self.numbered else {"after": str(cursor["after"])}
        else:
            found["next_page"] = None
        body = json.dumps(found).encode()
        if self.after_page is not None:
            self.after_page(asked)
        if "gzip" in asked.headers.get("Accept-Encoding", ""):
            return Answer(body=gzip.compress(body, 1), headers={"Content-Encoding": "gzip"})
        return Answer(body=body)

    def counts(self) -> Counter[str]:
        """Return how often each day was requested, by its first page."""
        return Counter(each.given["start_date"] for each in self.asked if "start_date" in each.given)


def _is_within(record: Record, given: Mapping[str, str]) -> bool:
    day = datetime.fromtimestamp(int(record["unix_time"]), UTC).astimezone(ZONE).date()
    first = date.fromisoformat(given.get("start_date", "0001-01-01"))
    return first <= day <= date.fromisoformat(given.get("end_date", "9999-12-31"))


def make_records(account_id: int, count: int, until: datetime, days: float) -> list[Record]:
    """Return sample activities, spread evenly over the days up to an instant."""
    chosen = random.Random(account_id)
    account = AccountSpec(account_id, 1, "Dental", "America/New_York")
    contacts = draw_contacts(chosen, 20)
    records = []
    for number in range(count):
        at = until - timedelta(days=days) * (1 - number / count)
        record = build_record(chosen, account, account_id * 1_000_000 + number, at.replace(microsecond=0), contacts)
        record.pop("sample_kind")
        records.append({**record, "unix_time": int(at.timestamp())})
    return records


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    """Serve on a port of this host, whose address the API then has."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removesuffix(".json")
            named = path.removeprefix("/api/v1/accounts").strip("/").split("/")
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            account = int(named[0]) if named[0].isdigit() else None
            said = api.answer(Asked(len(api.asked) + 1, path, account, given, dict(self.headers.items())))
            self.send_response(said.status)
            for name, value in {"Content-Type": "application/json", **said.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            if said.slow:
                self.wfile.flush()
                api.ended.wait()
                self.close_connection = True
                return
            self.wfile.write(said.body if said.cut is None else said.body[: said.cut])
            if said.cut is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Ignore a client that goes away, such as a killed one."""

    server = Server(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield api
    finally:
        api.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
