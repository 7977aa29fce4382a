"""Odd records of senders: several documents in a line, pages in pages, texts of JSON, odd ends and encodings.

Nothing is skipped silently: a record is read, or it is rejected and kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.source.load import LoadSummary, load_files
from tests.source.test_shapes import record

Load = Callable[[bytes], LoadSummary]
Sql = Callable[..., list[dict[str, Any]]]
ONE, TWO = (json.dumps(record(number, notes="é")).encode() for number in (1, 2))


@pytest.fixture
def load(deployment: Deployment, tmp_path: Path, account: int) -> Load:
    def run(data: bytes) -> LoadSummary:
        path = tmp_path / "x.any"
        path.write_bytes(data)
        return load_files(deployment, [path])

    return run


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


BOTH = [record(1), record(2)]
READ = {
    "documents that nothing separates": ONE + TWO,
    "documents with a blank between": ONE + b" " + TWO + b"\n",
    "lines that end in a comma": ONE + b",\n" + TWO + b",\n",
    "old line ends": ONE + b"\r" + TWO + b"\r",
    "line separators of Unicode": ONE + "\u2028".encode() + TWO,
    "record separators (RFC 7464)": b"\x1e" + ONE + b"\n\x1e" + TWO + b"\n",
    "an end of blocks": ONE + b"\n" + TWO + b"\n" + b"\x00" * 300,
    "an end of DOS": ONE + b"\n" + TWO + b"\n\x1a",
    "a mark before each part": b"\xef\xbb\xbf" + ONE + b"\n\xef\xbb\xbf" + TWO,
    "pages that nothing separates": _dump({"calls": [record(1)]}) + _dump({"calls": [record(2)]}),
    "messages that nothing separates": b"".join(
        _dump({"type": "RECORD", "stream": "calls", "record": each}) for each in BOTH
    ),
    "UTF-16 without a mark": (ONE + b"\n" + TWO).decode().encode("utf-16-le"),
    "UTF-16, the other way round": (ONE + b"\r\n" + TWO).decode().encode("utf-16-be"),
    "UTF-32 without a mark": (ONE + b"\n" + TWO).decode().encode("utf-32-le"),
    "two lists": _dump({"calls": [record(1)], "texts": [record(2)]}),
    "an empty list and another": _dump({"calls": [], "texts": BOTH}),
    "a list of data": _dump({"data": BOTH, "total": 2}),
    "a page of data": _dump({"data": {"calls": BOTH}}),
    "a page in an answer": _dump({"response": {"data": {"calls": BOTH}}, "status": 200}),
    "results": _dump({"count": 2, "results": BOTH}),
    "records of webhooks": b"\n".join(_dump({"event": "call.ended", "data": each}) for each in BOTH),
    "records by their kind": _dump({"call": record(1)}) + b"\n" + _dump({"text": record(2)}),
    "records by their ids": _dump({"calls": {"1": record(1), "2": record(2)}}),
    "texts of JSON": b"\n".join(_dump(json.dumps(each)) for each in BOTH),
    "a table of Airbyte": b"\n".join(
        _dump({"_airbyte_raw_id": "x", "_airbyte_data": json.dumps(each)}) for each in BOTH
    ),
    "streams with a prefix": b"\n".join(
        _dump({"type": "RECORD", "stream": stream, "record": each})
        for stream, each in zip(("ctm_calls", "ctm-all_activities"), BOTH, strict=True)
    ),
    "messages in small letters": b"\n".join(
        _dump({"type": "record", "stream": "calls", "record": each}) for each in BOTH
    ),
}


@pytest.mark.parametrize("shape", READ)
def test_each_record_is_read(load: Load, sql: Sql, shape: str) -> None:
    done = load(READ[shape])
    assert (done.inserted, done.rejected, done.other_streams) == (2, 0, 0)
    assert [row["id"] for row in sql("SELECT id FROM tracking.activities ORDER BY id")] == [1, 2]


@pytest.mark.parametrize(
    ("data", "inserted", "rejected"),
    [
        (ONE + b"}" + TWO, 2, 1),
        (ONE + b'{"id": 2, "account_id": 7, ' + b"\n" + TWO, 2, 1),
        (b"1,7,1772400000\n2,7,1772400000\n", 0, 2),
        (_dump({"data": {"users": [{"id": 1}]}}), 0, 1),
        (_dump({"data": [{"name": "x"}]}), 0, 1),
        (_dump({"data": "x"}), 0, 1),
        (_dump("no JSON"), 0, 1),
        (_dump({"_airbyte_data": "no JSON"}), 0, 1),
        (_dump({"error": "unauthorized"}), 0, 1),
        (b'{"data": ' * 9 + _dump(BOTH) + b"}" * 9, 0, 1),
    ],
)
def test_what_is_no_record_is_said(load: Load, data: bytes, inserted: int, rejected: int) -> None:
    done = load(data)
    assert (done.inserted, done.rejected, done.quarantined) == (inserted, rejected, rejected)
