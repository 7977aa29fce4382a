"""One broken record among others, in every shape that a load takes: it costs itself alone."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from redaction.source.limits import DEFAULT_LIMITS
from redaction.source.reader import Block, _is_document
from redaction.source.shapes import read_records
from redaction.source.wrapped import find_record


def _record(number: int) -> str:
    return f'{{"id":{number},"account_id":7,"unix_time":1790812800,"name":"Zoe","notes":"QQ"}}'


def _records(data: bytes) -> tuple[list[int], int]:
    """Return the ids of the readable records in a file, and the number of rejections."""
    found, rejected = [], 0
    block = Block("x", 1, data, _is_document(data), len(data), None)
    for _, record, problem, _ in read_records(block, DEFAULT_LIMITS):
        if problem is None and isinstance(record, dict) and find_record(record) is not None:
            found.append(record["id"])
        else:
            rejected += 1
    return found, rejected


SHAPES: dict[str, Callable[[list[str]], str]] = {
    "a page": lambda records: f'{{"page":1,"calls":[{",".join(records)}],"next":null}}',
    "a list": lambda records: f"[{', '.join(records)}]",
    "lines": lambda records: "\n".join(records) + "\n",
    "a page over lines": lambda records: '{\n "page": 1,\n "calls": [\n  ' + ",\n  ".join(records) + "\n ]\n}\n",
    "a list over lines": lambda records: "[\n  " + ",\n  ".join(records) + "\n]\n",
    "Singer": lambda records: "".join(f'{{"type":"RECORD","stream":"calls","record":{each}}}\n' for each in records),
    "Airbyte": lambda records: "".join(
        f'{{"type":"RECORD","record":{{"stream":"calls","data":{each},"emitted_at":1}}}}\n' for each in records
    ),
    "a wrapped page": lambda records: f'{{"data":{{"calls":[{",".join(records)}]}}}}',
    "a wrapped page, with a list before it": lambda records: (
        f'{{"tags":["x"],"meta":{{"id":5,"n":1}},"data":{{"Calls":[{",".join(records)}]}},"n":[]}}'
    ),
    "a page of an event": lambda records: f'{{"id":"evt_1","payload":{{"calls":[{",".join(records)}]}}}}',
    "a page in an order": lambda records: f'{{"order":"id","calls":[{",".join(records)}],"total":7}}',
    "a list in a wrapper": lambda records: f'{{"status":"ok","results":[{",".join(records)}],"total":7}}',
    "a list that nobody has named": lambda records: f'{{"@odata.context":"x","value":[{",".join(records)}]}}',
    "wrapped records": lambda records: f'{{"data":[{",".join(f"""{{"json":{each}}}""" for each in records)}]}}',
    "a wrapped page over lines": lambda records: '{\n "data": {\n  "calls": [\n' + ",\n".join(records) + "\n]\n }\n}",
    "one after the other": "".join,
    "one after the other, with blanks": " ".join,
    "messages, one after the other": lambda records: "".join(
        f'{{"type":"RECORD","stream":"calls","record":{each}}}' for each in records
    ),
    "lists in lines": lambda records: "\n".join(f"[{','.join(records[at : at + 3])}]" for at in range(0, 7, 3)),
}
LOST: dict[str, Callable[[str], str]] = {
    "cut": lambda record: record[: len(record) // 2],
    "no escape": lambda record: record.replace("QQ", "\\x41"),
    "no quotes": lambda record: record.replace('"QQ"', "QQ"),
    "a comma too many": lambda record: record[:-1] + ",}",
    "single quotes": lambda record: record.replace('"', "'"),
    "a quote within": lambda record: record.replace("QQ", 'Q"Q'),
    "None": lambda record: record.replace('"QQ"', "None"),
    "True": lambda record: record.replace('"QQ"', "True"),
    "another base": lambda record: record.replace('"QQ"', "0x1F"),
    "zeros before a number": lambda record: record.replace('"QQ"', "007"),
    "no digit before the dot": lambda record: record.replace('"QQ"', ".5"),
    "a plus": lambda record: record.replace('"QQ"', "+5"),
    "a bracket": lambda record: record.replace('"QQ"', "]"),
    "a brace": lambda record: record.replace('"QQ"', "{"),
    "a comment": lambda record: record.replace('"QQ"', "1 /*x*/"),
    "a page of HTML": lambda _: '<html>"a</html>',
    "too deep": lambda record: record.replace('"QQ"', "[" * 3_000 + "]" * 3_000),
}
MENDED: dict[str, Callable[[str], str]] = {
    "a line break": lambda record: record.replace("QQ", "a\r\nb"),
    "several": lambda record: record.replace("QQ", "a\nb\n\n c").replace("Zoe", "\nZoe"),
    "a line break and a number": lambda record: record.replace('"QQ"', '"a\nb","score":1e999'),
    "a line break and a doubled name": lambda record: record.replace('"QQ"', '"a\nb","notes":"c"'),
    "brackets behind a line break": lambda record: record.replace("QQ", 'a\n{ \\"b [c'),
    "a tab": lambda record: record.replace("QQ", "a\tb"),
    "no number": lambda record: record.replace('"QQ"', "NaN"),
    "half a character": lambda record: record.replace("QQ", "\\ud83d"),
    "many digits": lambda record: record.replace('"QQ"', "9" * 400),
}
WHOLE = {("wrapped records", "cut"), ("wrapped records", "a brace")}
"""The damage makes another record of it."""
LOST_BEHIND = {
    ("a list that nobody has named", "a page of HTML"),
    ("one after the other", "a page of HTML"),
    ("one after the other, with blanks", "a page of HTML"),
}
"""What begins so is no JSON for anybody."""


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_broken_record_costs_itself_alone(shape: str, place: int) -> None:
    wrong = {}
    for name, damage in LOST.items():
        if (shape, name) in WHOLE or (place == 0 and (shape, name) in LOST_BEHIND):
            continue
        records = [_record(number) for number in range(1, 8)]
        records[place] = damage(records[place])
        found, rejected = _records(SHAPES[shape](records).encode())
        if found != [number for number in range(1, 8) if number != place + 1] or not rejected:
            wrong[name] = found, rejected
    assert not wrong


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("place", [0, 3, 6])
def test_what_can_be_mended_costs_nothing(shape: str, place: int) -> None:
    wrong = {}
    for name, damage in MENDED.items():
        records = [_record(number) for number in range(1, 8)]
        records[place] = damage(records[place])
        found = _records(SHAPES[shape](records).encode())
        if found != (list(range(1, 8)), 0):
            wrong[name] = found
    assert not wrong


def test_a_page_with_a_line_break_in_a_text_and_a_broken_record_loses_that_one() -> None:
    records = [_record(number) for number in range(1, 8)]
    records[1], records[4] = records[1].replace("QQ", "a\nb"), records[4].replace('"QQ"', "None")
    page = f'{{"calls":[{",".join(records)}]}}\n{_record(8)}\n'.encode()
    assert _records(page) == ([1, 2, 3, 4, 6, 7, 8], 1)


def test_what_follows_joined_lines_keeps_its_place() -> None:
    data = _record(1).replace("QQ", "a\nb\nc") + "\n" + _record(2) + "\n{\n" + _record(3)
    block = Block("x", 1, data.encode(), False, len(data), None)
    assert [place for place, *_ in read_records(block, DEFAULT_LIMITS)] == [1, 4, 5, 6]


@pytest.mark.parametrize("line", ['{\\"', '{"a', '["\n{"', '{"a": "\n{', '"'])
def test_lines_that_never_end_take_a_time_that_grows_with_their_number(line: str) -> None:
    data = ((line + "\n") * 30_000).encode()
    assert _records(data)[0] == []


@pytest.mark.parametrize("notes", ["NaN", "1e999", r'"\ud83d"', '"a\tb"', "9" * 400, '"a\nb"'])
def test_a_text_of_json_is_mended_too(notes: str) -> None:
    record = _record(4).replace('"QQ"', notes)
    page = f'{{"calls":[{record},{_record(5).replace(chr(34) + "QQ" + chr(34), "None")},{_record(6)}]}}'
    messages = json.dumps({"_airbyte_data": record}), json.dumps({"Message": json.dumps({"calls": record})})
    for sent in (json.dumps(record), *messages):
        assert _records(sent.encode()) == ([4], 0)
    assert _records(json.dumps(page).encode()) == ([4, 6], 1)


@pytest.mark.parametrize(
    "sent",
    [
        # A record within a broken one is no activity of its own.
        '{"id":1,"account_id":7,"notes":None,"parent":{"id":2,"account_id":7,"unix_time":1790812800}}',
        '{"id":1,"account_id":7,"parent":{"id":2,"account_id":7,"unix_time":1790812800},"notes":"a',
        '{"id":1,"account_id":7,"notes":None,"items":[{"id":2,"account_id":7,"unix_time":1790812800}]}',
        '{"id":1,"account_id":7,"others":[{"id":2,"account_id":7,"unix_time":1790812800}],"notes":None}',
        '{"others":[{"id":2,"account_id":7,"unix_time":1790812800}],"id":1,"account_id":7,"notes":None}',
        '{"id":None,"account_id":7,"items":[{"id":2,"account_id":7,"unix_time":1790812800}]}',
        '{"id":None,"account_id":7,"others":[{"id":2,"account_id":7,"unix_time":1790812800}]}',
        '{"op":"u","before":{"id":2,"account_id":7,"unix_time":1790812800},"after":None}',
    ],
)
def test_what_a_broken_record_has_within_is_not_loaded(sent: str) -> None:
    assert _records(sent.encode()) == ([], 1)


@pytest.mark.parametrize("between", ["", "\n"])
@pytest.mark.parametrize(("every", "broken"), [(100, 200), (2, 10_000)])
def test_many_documents_take_a_time_that_grows_with_their_length(every: int, broken: int, between: str) -> None:
    """A time that grows with its square would be minutes."""
    records = [_record(number).replace(",", "," + between) for number in range(1, 20_001)]
    for number in range(0, 20_000, every):
        records[number] = records[number].replace('"QQ"', "None")
    found, rejected = _records(between.join(records).encode())
    assert (len(found), rejected) == (20_000 - broken, broken)
