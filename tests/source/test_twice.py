"""A field that a record has twice: neither value hides the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.source.limits import DEFAULT_LIMITS
from redaction.source.load import load_files
from redaction.source.parse import parse_blocks
from redaction.source.reader import Block
from redaction.source.rows import CallSettings, Rejected, build_row
from redaction.source.shapes import read_records

Sql = Callable[..., list[dict[str, Any]]]
CALL = '"id":1,"account_id":7,"unix_time":1772400000'


def _block(data: str) -> Block:
    return Block("x", 1, data.encode(), False, len(data), None)


def _read(data: str) -> list[dict[str, Any]]:
    found = read_records(_block(data), DEFAULT_LIMITS)
    return [build_row(record, {7: CallSettings()}) for _, record, _, _ in found]


def _row(fields: str) -> dict[str, Any]:
    [row] = _read(f"{{{CALL},{fields}}}")
    return row


def test_both_names_are_cut_and_both_numbers_are_contacts() -> None:
    row = _row('"name":"Jane Doe","name":"Ada Roe","tracking_label":"for Jane Doe","source":"Ada Roe"')
    assert (row["tracking_label"], row["source"]) == ("for [redacted]", "[redacted]")
    row = _row('"caller_number":"+12125550143","caller_number":"+12125550144"')
    assert row["contact_keys"] == ["+12125550143", "+12125550144"]
    row = _row('"email":"a@x.example","email":"b@x.example"')
    assert row["contact_keys"] == ["a@x.example", "b@x.example"]
    row = _row('"form":{"name":"Jane Doe"},"form":{"name":"X","email":"a@x.example"},"source":"Jane Doe"')
    assert (row["source"], row["contact_key"]) == ("[redacted]", "a@x.example")


def test_a_retained_text_that_is_there_twice_is_not_retained() -> None:
    row = _row('"tracking_label":"Jane","tracking_label":"Main"')
    assert row["unlisted"] == {"tracking_label": ["Jane", "Main"]}
    assert "tracking_label" not in row


def test_what_says_nothing_hides_nothing_and_the_same_twice_is_one() -> None:
    row = _row('"name":"Jane Doe","name":null,"source":"Google","source":"Google","caller_number":"","caller_number":0')
    assert (row["caller_name"], row["source"]) == ("Jane Doe", "Google")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ('"id":2', "^id has several values"),
        ('"account_id":8', "^account_id has several values"),
        ('"redacted":false,"redacted":true', "redacted"),
    ],
)
def test_a_record_that_is_two_is_rejected(fields: str, told: str) -> None:
    with pytest.raises(Rejected, match=told):
        _row(fields)


def test_objects_of_both_values_are_recorded(deployment: Deployment, account: int, sql: Sql, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(f'{{{CALL},"audio":"s3://b/1.wav","audio":"s3://b/2.wav"}}')
    assert load_files(deployment, [path]).inserted == 1
    assert {row["address"] for row in sql("SELECT address FROM tracking.objects")} == {"s3://b/1.wav", "s3://b/2.wav"}


@pytest.mark.parametrize("page", ["", '{"calls":[', '{"data":{"calls":['])
def test_a_source_that_repeats_a_name_is_noticed_in_a_large_file(page: str) -> None:
    records = [f'{{{CALL},"name":"Jane Doe","name":"X","notes":"{"x" * 900}"}}' for _ in range(200)]
    data = page + ",".join(records) + "]" + "}" * page.count("{") if page else "\n".join(records)
    rows = _read(data)
    assert [row["caller_name"] for row in rows] == [json.dumps(["Jane Doe", "X"], separators=(",", ":"))] * 200


def test_one_among_others_is_noticed_in_a_small_file() -> None:
    plain = f'{{{CALL},"name":"Ada Roe"}}'
    rows = _read("\n".join([plain] * 20 + [f'{{{CALL},"name":"Jane Doe","name":"X"}}'] + [plain] * 20))
    assert [row["caller_name"] for row in rows].count("Ada Roe") == 40
    assert "Jane Doe" in rows[20]["caller_name"]


BROKEN = ['[{}, {{"a": {{]', "{}{{"]


@pytest.mark.parametrize(
    "other", ["1e400", "NaN", r'"\ud83d"', '"a\tb"', '"a\nb"', "9" * 400, str(2**64), "12.5", str(-(2**63) - 1)]
)
@pytest.mark.parametrize("shape", ["{}", '{{"calls":[{},{{"id":None}}]}}', *BROKEN])
def test_a_line_that_must_be_mended_has_both_too(other: str, shape: str) -> None:
    if "\n" in other and shape in BROKEN:
        return  # its end is not known
    call = f'{{{CALL},"extra":{other},"name":"Jane Doe","name":"Ada Roe"}}'
    (_, record, problem, _), *_ = read_records(_block(shape.format(call)), DEFAULT_LIMITS)
    assert (record["name"], problem) == (["Jane Doe", "Ada Roe"], None)
    [(_, alone, _, _)] = read_records(_block(f'{{{CALL},"extra":{other}}}'), DEFAULT_LIMITS)
    assert record["extra"] == alone["extra"]
    assert type(record["extra"]) is type(alone["extra"])
    assert parse_blocks([_block(shape.format(call))], {7: CallSettings()}, DEFAULT_LIMITS).rows.keys() == {(7, 1)}


def test_a_large_number_beside_a_record_with_a_name_twice_loads() -> None:
    lines = f'{{{CALL},"name":"A","name":"B"}}\n' + f'{{{CALL},"extra":123456789012345678901234567890}}'.replace(
        '"id":1', '"id":2'
    )
    assert len(parse_blocks([_block(lines)], {7: CallSettings()}, DEFAULT_LIMITS).rows) == 2


def test_what_is_too_deep_keeps_its_last_value() -> None:
    data = f'{{{CALL},"notes":{"[" * 1_010}{"]" * 1_010},"notes":"x"}}'.encode()
    [(_, record, _, _)] = read_records(Block("x", 1, data, False, len(data), None), DEFAULT_LIMITS)
    assert record["notes"] == "x"
