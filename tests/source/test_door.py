"""Files as the source really sends them, through the command: what is stored, what is printed, how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.settings import Settings
from redaction.source.quarantine import list_quarantine

Cli = Callable[..., tuple[int, str, str]]
CALL = {"account_id": 7, "unix_time": 1_790_812_800}
TEXT = {**CALL, "type": "text", "caller_number": "+12125550143", "body": "one"}
_HALF = rb'{"account_id":7,"unix_time":1790812800,"id":2,"type":"text","body":"ok \ud83d"}'
_HUGE = b'{"account_id":7,"unix_time":1790812800,"id":2,"type":"text","body":"two","score":1e400}'


def _lines(*items: Any) -> bytes:
    return b"\n".join(item if isinstance(item, bytes) else orjson.dumps(item) for item in items)


def _page(*items: Any) -> bytes:
    return b'{"calls":[' + b",".join(item if isinstance(item, bytes) else orjson.dumps(item) for item in items) + b"]}"


def _tap(*records: tuple[str, Any]) -> bytes:
    schemas = [{"type": "SCHEMA", "stream": stream, "schema": {}} for stream in ("account", "user", "call")]
    sent = [{"type": "RECORD", "stream": stream, "record": record} for stream, record in records]
    return _lines(*schemas, *sent, {"type": "STATE", "value": {}})


_LONG = {
    **CALL,
    "kind": "form",
    "id": 101,
    "email": "a@" + "".join(f"{n * 7919:08x}" for n in range(1_000)) + ".example",
}

# The file; the exit code; stored, rejected and of other streams; the ids of rejected records.
CASES: dict[str, tuple[bytes, int, tuple[int, int, int], list[int | None]]] = {
    "half a surrogate, a page": (_page({**TEXT, "id": 1}, _HALF, {**TEXT, "id": 3}), 0, (3, 0, 0), []),
    "half a surrogate, lines": (_lines({**TEXT, "id": 1}, _HALF, {**TEXT, "id": 3}), 0, (3, 0, 0), []),
    "a huge float, a page": (_page({**TEXT, "id": 1}, _HUGE, {**TEXT, "id": 3}), 0, (3, 0, 0), []),
    "a byte order mark": (b"\xef\xbb\xbf" + _page({**CALL, "id": 1}), 0, (1, 0, 0), []),
    "a list": (orjson.dumps([{**CALL, "id": 2}]), 0, (1, 0, 0), []),
    "an envelope of Airbyte": (
        orjson.dumps({"type": "RECORD", "record": {"stream": "calls", "data": {**CALL, "id": 3}, "emitted_at": 1}}),
        0,
        (1, 0, 0),
        [],
    ),
    "a whole tap": (
        _tap(("account", {"id": 0}), ("user", {"id": 0, "email": "canary@x.example"}), ("call", {**CALL, "id": 1})),
        0,
        (1, 0, 2),
        [],
    ),
    "an error page": (b"<html>canary 502</html>", 1, (0, 1, 0), [None]),
    "an error of the API": (b'{"error":"canary"}', 1, (0, 1, 0), [None]),
    "a long e-mail among a hundred": (
        _lines(*[{**CALL, "kind": "form", "id": n, "email": f"p{n}@x.example"} for n in range(1, 101)], _LONG),
        3,
        (100, 1, 0),
        [101],
    ),
    "ids of every type": (
        _lines({**CALL, "id": 4711.0}, {**CALL, "id": "4_711"}, {**CALL, "id": "12"}),
        3,
        (2, 1, 0),
        [None],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_sent(cli: Cli, account: int, tmp_path: Path, settings: Settings, case: str) -> None:
    data, code, counts, rejected = CASES[case]
    path = tmp_path / "x"
    path.write_bytes(data)
    # The same again and again: stored records stay, and a rejected one stops nothing.
    for _ in range(2):
        ended, out, err = cli("load", str(path), "--json")
        told = json.loads(out)
        stored = told["inserted"] + told["unchanged"]
        assert (ended, (stored, told["rejected"], told["other_streams"])) == (code, counts), err
        assert [found["activity_id"] for found in told["rejections"]] == rejected
        assert told["quarantined"] == told["rejected"]
        assert "canary" not in out + err
    assert sum(file.records for file in list_quarantine(settings)) == counts[1]
