"""Pages that are cut, or whose brackets do not pair: readable records are loaded, and nobody believes that these
were all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.deployment import Deployment
from redaction.errors import SourceUnreachable
from redaction.source.limits import DEFAULT_LIMITS
from redaction.source.load import load_files
from redaction.source.reader import Block
from redaction.source.shapes import read_records
from tests.source.collect.api import Answer, Api, Asked, make_records
from tests.source.collect.conftest import NOW, Collect

Sql = Callable[..., list[dict[str, Any]]]
RECORDS = make_records(7, 10, NOW, 3)
WHOLE = json.dumps({"calls": RECORDS, "page": 1, "next_page": None}).encode()
EMPTY = b'{"calls": [], "next_page": null}'


def _count(sql: Sql) -> int:
    return int(sql("SELECT count(*) AS n FROM tracking.activities")[0]["n"])


def _watermark(sql: Sql) -> date | None:
    rows = sql("SELECT complete_before FROM redaction.watermarks")
    return rows[0]["complete_before"] if rows else None


def _kept(deployment: Deployment) -> bytes:
    return b"".join(path.read_bytes() for path in deployment.settings.quarantine_path.iterdir())


def _broken(at: int, old: bytes, new: bytes) -> bytes:
    """Return the page with something else in one of its records."""
    items = [json.dumps(record).encode() for record in RECORDS]
    assert old in items[at]
    items[at] = items[at].replace(old, new, 1)
    return b'{"calls": [' + b", ".join(items) + b'], "page": 1, "next_page": null}'


def _answer(body: bytes, week_ends: str = "2026-11-27") -> Callable[[Asked], Answer]:
    return lambda asked: Answer(body=body if asked.given["end_date"] == week_ends else EMPTY)


def test_of_a_page_that_is_cut_each_time_the_whole_records_come_in_and_the_rest_is_kept(
    api: Api, collect: Collect, sql: Sql, deployment: Deployment, pauses: list[float]
) -> None:
    cut = WHOLE[: WHOLE.index(json.dumps(RECORDS[7]).encode()) + 300]
    api.fault = _answer(cut)
    with pytest.raises(SourceUnreachable, match="account 7: 1 page of the API is cut") as told:
        collect()
    assert "whole records are stored" in str(told.value)
    assert (_count(sql), len(pauses)) == (7, 3)
    assert _watermark(sql) == date(2026, 11, 25)
    assert _kept(deployment) == json.dumps(RECORDS[7]).encode()[:300] + b"\n"
    api.fault = _answer(WHOLE)
    collect()
    assert (_count(sql), _watermark(sql)) == (10, date(2026, 11, 27))


def test_a_week_with_a_cut_page_keeps_no_later_week_from_being_stored(api: Api, collect: Collect, sql: Sql) -> None:
    cut = WHOLE[: WHOLE.index(json.dumps(RECORDS[7]).encode())]
    later = {"calls": [record | {"id": 900 + at} for at, record in enumerate(RECORDS)]}

    def answer(asked: Asked) -> Answer:
        week = asked.given["end_date"]
        return Answer(body=cut if week == "2026-11-10" else orjson.dumps(later) if week == "2026-11-27" else EMPTY)

    api.fault = answer
    with pytest.raises(SourceUnreachable, match="is cut"):
        collect()
    assert _count(sql) == 17
    assert _watermark(sql) == date(2026, 11, 4)


def test_a_page_that_is_cut_goes_on_with_the_next_one_if_it_names_it(api: Api, collect: Collect, sql: Sql) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.given["end_date"] != "2026-11-27":
            return Answer(body=EMPTY)
        if "after" in asked.given:
            return Answer(body=json.dumps({"calls": RECORDS[5:], "next_page": None}).encode())
        following = f"{api.url}{asked.path}?after=5"
        body = json.dumps({"next_page": following, "total_pages": 2, "calls": RECORDS[:5]}).encode()
        return Answer(body=body[:-30])

    api.fault = answer
    with pytest.raises(SourceUnreachable, match="is cut"):
        collect()
    assert _count(sql) == 9


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"account_id"', b'"x": [}, "account_id"'), (b'"account_id"', b'"x": {], "account_id"'), (b'"id"', b'"id')],
)
def test_a_record_whose_brackets_or_quotes_do_not_pair_costs_itself_alone(
    api: Api, collect: Collect, sql: Sql, deployment: Deployment, pauses: list[float], old: bytes, new: bytes
) -> None:
    api.fault = _answer(_broken(4, old, new))
    done = collect()
    assert (_count(sql), done.loaded.rejected, done.loaded.quarantined, pauses) == (9, 1, 1, [])
    assert _watermark(sql) == date(2026, 11, 27)
    assert new in _kept(deployment)


@pytest.mark.parametrize("form", ["page", "list", "line"])
def test_a_file_that_is_cut_is_loaded_as_far_as_it_goes(
    deployment: Deployment, account: int, sql: Sql, tmp_path: Path, form: str
) -> None:
    if form == "list":
        data = orjson.dumps(RECORDS, option=orjson.OPT_INDENT_2)
    else:
        data = json.dumps({"calls": RECORDS}, indent=1 if form == "page" else None).encode()
    (tmp_path / "x.json").write_bytes(data[: data.rindex(b'"account_id"') + 60])
    summary = load_files(deployment, [tmp_path / "x.json"])
    assert (_count(sql), summary.read, summary.rejected, summary.quarantined) == (9, 10, 1, 1)
    assert summary.rejections[0].activity_id == RECORDS[9]["id"]


@pytest.mark.parametrize(
    "data",
    [
        b'{"id": 1, "account_id": 7, "x": [}',
        b'{"id": 1, "account_id": 7, "calls": [{"id": 2, "account_id": 7}',
        b'{"calls": [',
        b'{"calls": [{',
        b"[[[[",
        b'[{"a": ' * 3_000,
        b'{"calls": ["' + b"{" * 100_000,
        b'{"calls": [{"id": 1, "account_id": 7, "x": "' + b"{" * 50_000,
    ],
)
def test_what_has_no_whole_record_is_one_rejection(data: bytes) -> None:
    [(_, _, problem, raw)] = read_records(Block("x", 1, data, True, len(data), None), DEFAULT_LIMITS)
    assert (problem is not None, raw) == (True, data)
