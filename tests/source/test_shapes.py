"""What the source, its taps and its exports really send: every shape is read, and a bad record is rejected alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.deployment import Deployment
from redaction.source.load import LoadSummary, load_files
from redaction.source.mend import mend
from redaction.source.numbers import whole_number

Sql = Callable[..., list[dict[str, Any]]]
Load = Callable[[bytes], LoadSummary]


def record(activity_id: Any, **fields: Any) -> dict[str, Any]:
    return {"id": activity_id, "account_id": 7, "unix_time": 1_772_400_000, **fields}


@pytest.fixture
def load(deployment: Deployment, tmp_path: Path, account: int) -> Load:
    def run(data: bytes) -> LoadSummary:
        path = tmp_path / "x.any"
        path.write_bytes(data)
        return load_files(deployment, [path])

    return run


def _ids(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities ORDER BY id")]


def _lines(*items: Any) -> bytes:
    return b"".join(orjson.dumps(item) + b"\n" for item in items)


def _airbyte(stream: str, data: Any) -> dict[str, Any]:
    return {"type": "RECORD", "record": {"stream": stream, "namespace": None, "data": data, "emitted_at": 1}}


def _singer(stream: str, data: Any) -> dict[str, Any]:
    return {"type": "RECORD", "stream": stream, "record": data, "time_extracted": "2026-11-29T00:00:00Z"}


SHAPES: dict[str, tuple[bytes, int]] = {
    "a list": (orjson.dumps([record(1), record(2)]), 0),
    "a list over lines": (orjson.dumps([record(1), record(2)], option=orjson.OPT_INDENT_2), 0),
    "a list a line": (_lines([record(1)], [record(2)]), 0),
    "lists of pages": (_lines([{"calls": [record(1)]}, {"texts": [record(2)]}]), 0),
    "a page a line": (_lines({"calls": [record(1)]}, {"page": 2, "calls": [record(2)]}, {"calls": []}), 0),
    "singer": (
        _lines(
            {"type": "SCHEMA", "stream": "calls", "schema": {}},
            {"type": "SCHEMA", "stream": "users", "schema": {}},
            _singer("users", {"id": 9, "account_id": 7, "unix_time": 1}),
            _singer("calls", record(1)),
            {"type": "ACTIVATE_VERSION", "stream": "calls", "version": 1},
            _singer("Call", record(2)),
            _singer("contact_list", {"name": "x"}),
            {"type": "STATE", "value": {"bookmarks": {}}},
        ),
        2,
    ),
    "airbyte": (
        _lines(
            {"type": "LOG", "log": {"level": "INFO", "message": "x"}},
            {"type": "SPEC", "spec": {}},
            {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}},
            {"type": "CATALOG", "catalog": {"streams": []}},
            {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1}},
            {"type": "CONTROL", "control": {}},
            _airbyte("calls", record(1)),
            _airbyte("users", record(9)),
            _airbyte("activities", record(2)),
            {"type": "STATE", "state": {"type": "STREAM"}},
        ),
        1,
    ),
    "airbyte's own lines": (_lines({"_airbyte_ab_id": "x", "_airbyte_data": record(1)}, record(2)), 0),
    "messages in a list": (orjson.dumps([_singer("call", record(1)), _airbyte("call", record(2))]), 0),
    "a page in a message": (_lines(_singer("calls", {"calls": [record(1), record(2)]})), 0),
    "a mark in the middle": (orjson.dumps(record(1)) + b"\n\xef\xbb\xbf" + orjson.dumps(record(2)), 0),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_read(load: Load, sql: Sql, shape: str) -> None:
    data, others = SHAPES[shape]
    summary = load(data)
    assert (summary.read, summary.inserted, summary.rejected, summary.other_streams) == (2, 2, 0, others)
    assert _ids(sql) == [1, 2]


def test_what_a_message_lacks_is_said(load: Load) -> None:
    summary = load(
        _lines(
            {"type": "BATCH", "stream": "calls", "encoding": {"format": "jsonl"}, "manifest": ["file://x"]},
            {"type": "BATCH", "stream": "users", "manifest": ["file://x"]},
            {"type": "RECORD", "record": record(3)},
            _airbyte("calls", "canary"),
            [[[[[[[[[record(1)]]]]]]]]],
        )
    )
    assert (summary.read, summary.rejected, summary.other_streams) == (4, 4, 1)
    reasons = [found.reason for found in summary.rejections]
    assert "load those files" in reasons[0]
    assert "names no stream" in reasons[1]
    assert summary.rejections[1].activity_id == 3
    assert reasons[2:] == ["is JSON, but no object"] * 2


BROKEN = {
    "half a pair": rb'{"body": "ok \ud83d"}',
    "the other half": rb'{"body": "\udc00 ok"}',
    "the halves exchanged": rb'{"body": "\udc00\ud83d"}',
    "half in a key": rb'{"custom_fields": {"a\ud83d": 1}}',
    "half in nested lists": rb'{"custom_fields": [["a", ["\uD83D"]]]}',
    "half behind a backslash": rb'{"body": "\\\ud83d"}',
    "bytes that are no text": b'{"body": "caf\xe9"}',
    "half a pair as bytes": b'{"body": "\xed\xa0\xbd"}',
    "huge": b'{"score": 1e999}',
    "hugely negative": b'{"score": [-1E+999]}',
    "many digits": b'{"score": ' + b"9" * 400 + b"}",
    "no number": b'{"score": NaN}',
    "infinity": b'{"score": {"a": -Infinity}}',
    "a break within": b'{"body": "a\tb"}',
    "a NUL within": b'{"body": "a\x00b"}',
}


def _broken(activity_id: int, fields: bytes) -> bytes:
    return fields.replace(b"{", b'{"account_id": 7, "unix_time": 1772400000, "id": %d, ' % activity_id, 1)


@pytest.mark.parametrize("form", ["lines", "page", "page over lines", "list", "singer", "airbyte"])
def test_what_json_cannot_hold_is_replaced_and_all_records_load(load: Load, sql: Sql, form: str) -> None:
    sent = [_broken(number, fields) for number, fields in enumerate(BROKEN.values(), 1)]
    data = {
        "lines": b"\n".join(sent),
        "page": b'{"page": 1, "calls": [' + b",".join(sent) + b"]}",
        "page over lines": b'{"calls": [\n' + b",\n".join(sent) + b"]}",
        "list": b"[" + b",".join(sent) + b"]",
        "singer": b"\n".join(b'{"type": "RECORD", "stream": "call", "record": %s}' % each for each in sent),
        "airbyte": b"\n".join(b'{"type": "RECORD", "record": {"stream": "call", "data": %s}}' % each for each in sent),
    }[form]
    summary = load(data)
    assert (summary.inserted, summary.rejected) == (len(BROKEN), 0), summary.rejections
    found = {row["id"]: row for row in sql("SELECT id, message, custom_fields, unlisted FROM tracking.activities")}
    held = {
        name: str(found[number]["message"] or found[number]["custom_fields"] or found[number]["unlisted"])
        for number, name in enumerate(BROKEN, 1)
    }
    assert all("\ufffd" in text for name, text in held.items() if "hal" in name), held
    assert "caf\ufffd" in held["bytes that are no text"]
    assert "1e999" in held["huge"]
    assert "-1E+999" in held["hugely negative"]
    assert "9" * 400 in held["many digits"]
    assert "NaN" in held["no number"]
    assert "-Infinity" in held["infinity"]
    assert "a\\tb" in held["a break within"]
    assert "'ab'" in held["a NUL within"]


@pytest.mark.parametrize(
    "text",
    [r'{"a": "\ud83d\ude00"}', r'{"a": "\\ud83d"}', '{"a": "1e999 NaN Infinity", "b": -0.5e-7}', '["x", 1e308, null]'],
)
def test_what_is_in_order_is_not_changed(text: str) -> None:
    assert json.loads(mend(text.encode())) == json.loads(text)


def test_a_page_with_one_record_that_nobody_can_read_loses_that_one(load: Load, sql: Sql) -> None:
    deep = _broken(2, b'{"score": 1e999, "x": ' + b"[" * 2_000 + b"]" * 2_000 + b"}")
    for page in (b'{"calls": [%s]}', b"[%s]"):
        summary = load(page % b", ".join([_broken(1, b'{"score": 1e999}'), deep, orjson.dumps(record(3))]))
        assert [(found.line, found.activity_id) for found in summary.rejections] == [(2, 2)]
        assert "nested" in summary.rejections[0].reason
    assert _ids(sql) == [1, 3]


def test_a_message_that_nobody_can_read_is_refused_by_the_id_of_its_record(load: Load) -> None:
    deep = b'{"id": 5, "x": ' + b"[" * 2_000 + b"]" * 2_000 + b"}"
    airbyte = b'{"type": "RECORD", "record": {"stream": "call", "data": %s}}' % deep
    singer = b'{"type": "RECORD", "stream": "call", "record": {"data": {"id": 4}, "id": 6, "x": %s}}' % deep
    assert [found.activity_id for found in load(airbyte + b"\n" + singer).rejections] == [5, 6]


IDS: dict[str, tuple[Any, int | None]] = {
    "an integer": (4711, 4711),
    "a whole float": (4711.0, 4711),
    "its text": ("4711", 4711),
    "a whole float's text": ("4711.0", 4711),
    "blanks around": (" 4711 ", 4711),
    "blanks within": ("47 11", None),
    "an underscore": ("4_711", None),
    "a comma": ("4,711", None),
    "other digits": ("４７１１", None),
    "a fraction": (4711.5, None),
    "a fraction's text": ("4711.5", None),
    "an exponent's text": ("1e3", None),
    "a float that is many integers": (2.0**60, None),
    "no number": (float("nan"), None),
    "infinity": (float("inf"), None),
    "a truth": (True, None),
    "nothing": (None, None),
    "the largest": (2**63 - 1, 2**63 - 1),
    "too large": (2**63, None),
    "too large a text": (str(2**63), None),
    "a list": ([4711], None),
    "empty": ("", None),
}


@pytest.mark.parametrize("name", IDS)
def test_an_id_is_an_integer_however_it_is_written(name: str) -> None:
    value, meant = IDS[name]
    assert whole_number(value) == meant


def test_whole_floats_are_ids_and_other_texts_are_rejected(load: Load, sql: Sql) -> None:
    data = b"""
{"account_id": 7.0, "unix_time": 1790812800, "id": 4711.0}
{"account_id": "7", "unix_time": 1790812800, "id": "4_712"}
{"account_id": "7", "unix_time": 1790812800, "id": " 4713 "}
{"account_id": 7, "unix_time": 1790812800, "id": 1e999}
"""
    summary = load(data)
    assert _ids(sql) == [4711, 4713]
    assert [(found.line, found.reason) for found in summary.rejections] == [
        (3, "id is missing or no integer"),
        (5, "id is missing or no integer"),
    ]
