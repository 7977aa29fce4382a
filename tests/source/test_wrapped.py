"""What answers, exports and pipelines wrap pages and records in."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from redaction.source.limits import DEFAULT_LIMITS
from redaction.source.reader import Block
from redaction.source.shapes import OTHER_STREAM, read_records

CALL = {"id": 1, "account_id": 7, "unix_time": 1_772_400_000}


def _found(sent: Any) -> list[tuple[Any, str | None]]:
    data = orjson.dumps(sent)
    found = read_records(Block("x", 1, data, False, len(data), None), DEFAULT_LIMITS)
    return [(record, problem) for _, record, problem, _ in found]


@pytest.mark.parametrize(
    "sent",
    [
        {"pages": [{"calls": [CALL]}, {"calls": []}]},
        {"_embedded": {"calls": [CALL]}, "_links": {}},
        {"hits": {"total": 1, "hits": [{"_id": "1", "_source": CALL}]}},
        {"rows": [CALL], "total": 1},
        {"entries": [CALL]},
        {"before": None, "after": CALL, "op": "c"},
        {"calls": [CALL], "after": "xyz"},
    ],
)
def test_a_record_is_found_in_its_wrapper(sent: Any) -> None:
    assert _found(sent) == [(CALL, None)]


@pytest.mark.parametrize(
    "stream", ["calls", "Calls", "ctm__calls", "public-calls", "ctm.call", "ctm:text", "a/b/forms"]
)
def test_a_stream_may_have_a_name_space(stream: str) -> None:
    assert _found({"type": "RECORD", "stream": stream, "record": CALL}) == [(CALL, None)]


@pytest.mark.parametrize("stream", ["calls__users", "missed_calls", "users", "recalls", "calls-", ""])
def test_another_stream_is_another_stream(stream: str) -> None:
    assert _found({"type": "RECORD", "stream": stream, "record": CALL}) == [(CALL, OTHER_STREAM)]


@pytest.mark.parametrize(
    "sent",
    [
        {"error": "unauthorized", "calls": []},
        {"errors": [{"code": 9}], "data": []},
        {"fault": {}, "error": 1, "rows": []},
    ],
)
def test_an_error_beside_an_empty_list_is_no_empty_page(sent: Any) -> None:
    assert [record for record, _ in _found(sent)] == [sent]


@pytest.mark.parametrize("sent", [{"error": None, "calls": []}, {"errors": [], "data": []}, {"calls": []}])
def test_an_empty_page_is_nothing(sent: Any) -> None:
    assert _found(sent) == []


def test_an_error_beside_records_hides_none_of_them() -> None:
    assert _found({"errors": ["one was left out"], "calls": [CALL]}) == [(CALL, None)]
