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
        # Names in any case.
        {"Calls": [CALL]},
        {"CALLS": [CALL]},
        {"Data": {"Activities": [CALL]}},
        {"Items": [CALL], "Count": 1},
        # Names that nobody has listed: what is within has an id, an account and a time.
        {"@odata.context": "x", "value": [CALL]},
        {"objects": [CALL], "meta": {"total": 1}},
        {"form_submissions": [CALL]},
        {"data": {"account": {"calls": {"edges": [{"cursor": "x", "node": CALL}]}}}},
        {"Records": [{"messageId": "x", "body": orjson.dumps(CALL).decode()}]},
        {"Type": "Notification", "MessageId": "x", "Message": orjson.dumps({"calls": [CALL]}).decode()},
        {"id": "evt_1", "object": "event", "data": {"object": CALL}},
        {"id": "evt_1", "account_id": "x", "type": "call.ended", "payload": {"call": CALL}},
        {"version": "0", "id": "6a7e", "detail-type": "call", "account": "1", "detail": CALL},
        {"RECORD_METADATA": {}, "RECORD_CONTENT": CALL},
        {"event": {"call": CALL}, "old": {**CALL, "name": "x"}},
        {"status": 200, "response": {"body": {"calls": [CALL]}}},
        [{"json": CALL}],
    ],
)
def test_a_record_is_found_in_its_wrapper(sent: Any) -> None:
    assert _found(sent) == [(CALL, None)]


@pytest.mark.parametrize(
    "stream",
    ["calls", "Calls", "ctm__calls", "public-calls", "ctm.call", "ctm:text", "a/b/forms", "ctm_calls", "missed_calls"],
)
def test_a_stream_may_have_a_name_space(stream: str) -> None:
    assert _found({"type": "RECORD", "stream": stream, "record": CALL}) == [(CALL, None)]


@pytest.mark.parametrize("stream", ["calls__users", "users", "recalls", "calls-", ""])
def test_another_stream_is_another_stream(stream: str) -> None:
    assert _found({"type": "RECORD", "stream": stream, "record": CALL}) == [(CALL, OTHER_STREAM)]


def test_a_stream_that_only_ends_like_one_of_activities_must_have_activities() -> None:
    counts = {"id": 1, "missed": 3}
    assert _found({"type": "RECORD", "stream": "missed_calls", "record": counts}) == [(counts, OTHER_STREAM)]


@pytest.mark.parametrize(
    "sent",
    [
        {"error": "unauthorized", "calls": []},
        {"errors": [{"code": 9}], "data": []},
        {"fault": {}, "error": 1, "rows": []},
        {"success": False, "calls": []},
        {"ok": "false", "calls": []},
        {"status": "error", "message": "x", "calls": []},
        {"Status": "FAILED", "calls": []},
        {"code": 429, "message": "Too many requests", "calls": []},
        {"statusCode": "503", "data": []},
    ],
)
def test_an_error_beside_an_empty_list_is_no_empty_page(sent: Any) -> None:
    assert [record for record, _ in _found(sent)] == [sent]


@pytest.mark.parametrize(
    "sent",
    [
        *({"error": None, "calls": []}, {"errors": [], "data": []}, {"calls": []}),
        *({"success": True, "status": "ok", "code": 200, "calls": []}, {"status": 200, "code": 0, "data": []}),
    ],
)
def test_an_empty_page_is_nothing(sent: Any) -> None:
    assert _found(sent) == []


def test_an_error_beside_records_hides_none_of_them() -> None:
    assert _found({"errors": ["one was left out"], "calls": [CALL]}) == [(CALL, None)]


ATTRIBUTES = {name: value for name, value in CALL.items() if name != "id"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            {"data": [{"id": "1", "type": "texts", "attributes": ATTRIBUTES}]},
            {**ATTRIBUTES, "id": "1", "type": "texts"},
        ),
        ({"data": {"id": "1", "type": "calls", "attributes": CALL}}, CALL),
        (
            {
                "id": "1",
                "type": "calls",
                "attributes": {"unix_time": 1_772_400_000},
                "relationships": {"account": {"data": {"id": "7", "type": "accounts"}}},
            },
            {"unix_time": 1_772_400_000, "account_id": "7", "id": "1", "type": "calls"},
        ),
        ({"records": [{"id": "rec1", "fields": CALL}]}, CALL),
        ({"id": "1", "properties": ATTRIBUTES}, {**ATTRIBUTES, "id": "1"}),
    ],
)
def test_a_record_may_have_its_id_beside_it(sent: Any, expected: Any) -> None:
    assert _found(sent) == [(expected, None)]


PATH = [{"route_name": "A", "route_id": 1}]
NAMED = {**CALL, "caller_number": "+12125550143", "call_path": PATH, "form": {"name": "Jane Doe"}}


@pytest.mark.parametrize(
    "spell",
    [
        str.upper,
        str.title,
        lambda name: name.replace("_", "-"),
        lambda name: name.replace("_", " "),
        lambda name: name.title().replace("_", ""),
        lambda name: name[:1] + name.title().replace("_", "")[1:],
    ],
)
@pytest.mark.parametrize("wrap", [lambda record: record, lambda record: [record], lambda record: {"value": [record]}])
def test_names_of_fields_may_be_spelled_otherwise(spell: Any, wrap: Any) -> None:
    def written(value: Any) -> Any:
        if isinstance(value, list):
            return [written(item) for item in value]
        return {spell(name): written(item) for name, item in value.items()} if isinstance(value, dict) else value

    assert _found(wrap(written(NAMED))) == [(NAMED, None)]


@pytest.mark.parametrize(
    "sent",
    [
        {"users": [{"id": 1, "account_id": 7, "email": "jane@x.example"}]},
        {"op": "d", "before": CALL, "after": None},
        {"id": 1, "unix_time": 1_772_400_000, "data": [1, 2]},
        {"ID": 1, "Id": 2, "name": "x"},
        {"deep": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": CALL}}}}}}}}}},
    ],
)
def test_what_is_no_record_is_none(sent: Any) -> None:
    assert [record for record, _ in _found(sent)] == [sent]
