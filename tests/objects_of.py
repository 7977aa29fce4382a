"""Accounts, records and stores for the tests of objects: loaded, redacted and read as the commands do."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson

from redaction.deployment import Deployment
from redaction.evidence.certificate import Certificate, certify_run
from redaction.objects.registry import add_store
from redaction.objects.stores import Store
from redaction.pipeline.run import Step, begin_run, describe_run, run_account, run_step
from redaction.source.load import LoadSummary, load_files

Sql = Callable[..., list[dict[str, Any]]]
AT = 1790812800
"""The time of the activities of the cases (2026-10-01, Unix time)."""
NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
"""The end of an interval of their accounts: midnight in New York."""
_numbers = itertools.count(1)


class World:
    """One deployment with an agency; files of its stores lie below `root`."""

    def __init__(self, deployment: Deployment, sql: Sql, root: Path) -> None:
        self.deployment, self.sql, self.root = deployment, sql, root
        self.database, self.settings = deployment.database, deployment.settings
        sql(
            "INSERT INTO tracking.agencies (id, name, allow_redaction) VALUES (1, 'North', true), (2, 'South', true)"
            " ON CONFLICT DO NOTHING"
        )

    def account(self, *account_ids: int, agency: int = 1) -> None:
        for account_id in account_ids:
            self.sql(
                "INSERT INTO tracking.accounts (id, agency_id, timezone, auto_redaction, auto_redaction_since,"
                " manual_redaction) VALUES (:id, :agency, 'America/New_York', 'daily', '2026-01-01', true)",
                id=account_id,
                agency=agency,
            )

    def file(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")
        return path

    def store(self, prefix: str | Path, name: str | None = None, **more: Any) -> Store:
        """Declare a store; a folder may be given as a path."""
        if isinstance(prefix, Path):
            prefix.mkdir(parents=True, exist_ok=True)
            prefix = prefix.as_uri()
        given: dict[str, Any] = {"connection": None, "mode": "delete", "agency_id": None, "account_id": None}
        given |= {"template": None} | more
        return add_store(self.deployment, Store(0, name or f"store {next(_numbers)}", prefix, **given), "eve")

    def load(self, *records: dict[str, Any]) -> LoadSummary:
        path = self.root.parent / f"{next(_numbers)}.jsonl"
        base = {"unix_time": AT, "caller_number": "+12125550143"}
        path.write_bytes(b"\n".join(orjson.dumps(base | record) for record in records))
        return load_files(self.deployment, [path])

    def load_audio(self, account_id: int, *addresses: str) -> LoadSummary:
        """Load one activity for each address of a recording, with the ids 1, 2, ..."""
        return self.load(
            *({"account_id": account_id, "id": number, "audio": text} for number, text in enumerate(addresses, 1))
        )

    def run(self, account_id: int) -> dict[str, Any]:
        """Do a run up to its objects: the later steps use neither a store nor an address, and take longest."""
        run = begin_run(self.deployment, account_id, None, "cli", at=NOW)
        steps: tuple[Step, ...] = () if run.state == "nothing_due" else ("strip", "objects")
        for step in steps:
            run_step(self.deployment, run.id, step)
        return describe_run(self.database, run.id)

    def run_whole(self, account_id: int) -> dict[str, Any]:
        return run_account(self.deployment, account_id, NOW)

    def certify(self, run_id: int) -> Certificate:
        return certify_run(self.deployment, run_id)

    def left(self) -> list[tuple[int, str | None, str | None]]:
        """The due objects: activity, outcome, reason."""
        rows = self.sql(
            "SELECT * FROM tracking.objects WHERE due_since IS NOT NULL ORDER BY account_id, activity_id, id"
        )
        return [(row["activity_id"], row["outcome"], row["reason"]) for row in rows]

    def counts(self, run_id: int) -> dict[str, int]:
        """The counts of a run's objects, without zeros."""
        [row] = self.sql("SELECT objects FROM redaction.runs WHERE id = :id", id=run_id)
        return only(row["objects"])


def only(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


Answer = Callable[[str, str], tuple[int, dict[str, str]]]
"""Method and path -> status and headers."""


def _by_path(_: str, path: str) -> tuple[int, dict[str, str]]:
    first = path.split("/")[1]
    return (int(first) if first.isdigit() else 200), {}


@contextmanager
def vendor_server(answer: Answer = _by_path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A server that answers as given, or the status that is the first part of the path; its address, and its
    requests.
    """
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append((self.command, self.path))
            status, headers = answer(self.command, self.path)
            self.send_response(status)
            for name, value in ({"Content-Length": "0"} | headers).items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_HEAD = do_DELETE = do_POST = _answer

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
