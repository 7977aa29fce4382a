"""Activities are fetched from the API of the source, completely and once, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from redaction.deployment import Deployment
from redaction.errors import BadInput, SourceRefused, SourceUnreachable
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from redaction.source import reader
from redaction.source.collect import accounts
from redaction.source.collect.client import Patience
from redaction.source.inputs import Input
from tests.source.collect.api import Answer, Api, Asked, make_records
from tests.source.collect.conftest import NOW, Collect

Sql = Callable[..., list[dict[str, Any]]]


def _ids(sql: Sql) -> list[int]:
    return [row["id"] for row in sql("SELECT id FROM tracking.activities ORDER BY id")]


def _wanted(api: Api, account: int = 7) -> list[int]:
    return sorted(record["id"] for record in api.records[account])


def _watermark(sql: Sql) -> date | None:
    rows = sql("SELECT complete_before FROM redaction.watermarks")
    return rows[0]["complete_before"] if rows else None


def test_all_activities_come_once_and_the_watermark_is_at_today(api: Api, collect: Collect, sql: Sql) -> None:
    done = collect()
    assert _ids(sql) == _wanted(api)
    assert (done.loaded.inserted, done.loaded.rejected, done.records) == (400, 0, 400)
    assert (done.since, done.until) == (date(2026, 10, 28), date(2026, 11, 27))
    assert _watermark(sql) == date(2026, 11, 27)
    assert all(int(asked.given["per_page"]) == 150 for asked in api.asked)


@pytest.mark.parametrize("numbered", [False, True])
def test_pages_follow_one_another_by_cursor_or_by_number(api: Api, collect: Collect, sql: Sql, numbered: bool) -> None:
    api.numbered = numbered
    api.records[7] = make_records(7, 400, NOW, 3)
    done = collect()
    assert _ids(sql) == _wanted(api)
    assert done.pages == 3 + 4, "400 in the last seven days, and four parts without any"


def test_the_second_collection_overlaps_and_stores_nothing_twice(api: Api, collect: Collect, sql: Sql) -> None:
    collect()
    first = len(api.asked)
    later = NOW + timedelta(days=2)
    api.records[7] += [{**record, "id": record["id"] + 5000} for record in make_records(7, 20, later, 1)]
    done = collect(now=later, overlap_days=4)
    assert _ids(sql) == _wanted(api)
    assert done.loaded.inserted == 20
    assert done.loaded.unchanged > 20
    assert {asked.given["start_date"] for asked in api.asked[first:]} == {"2026-11-23"}
    assert _watermark(sql) == date(2026, 11, 29)


def test_the_day_is_that_of_the_zone_of_the_api(api: Api, collect: Collect, sql: Sql) -> None:
    collect(now=datetime(2026, 11, 28, 4, tzinfo=UTC))
    assert max(asked.given["end_date"] for asked in api.asked) == "2026-11-27", "it is not midnight yet in New York"
    assert _watermark(sql) == date(2026, 11, 27)
    collect(now=datetime(2026, 11, 28, 4, tzinfo=UTC), zone="UTC")
    assert max(asked.given["end_date"] for asked in api.asked) == "2026-11-28"


def test_since_begins_earlier_and_leaves_no_gap(api: Api, collect: Collect, sql: Sql) -> None:
    api.records[7] = make_records(7, 300, NOW, 100)
    collect(since=date(2026, 11, 20))
    assert _watermark(sql) == date(2026, 11, 27)
    done = collect(since=date(2026, 8, 1))
    assert (_ids(sql), done.since) == (_wanted(api), date(2026, 8, 1))
    sql("UPDATE redaction.watermarks SET complete_before = '2026-10-01'")
    collect(since=date(2026, 11, 25))
    assert _watermark(sql) == date(2026, 10, 1), "the days between were not fetched"
    with pytest.raises(BadInput, match="is a day to come"):
        collect(since=date(2027, 1, 1))


def test_a_clock_that_was_ahead_leaves_no_day_out(api: Api, collect: Collect, sql: Sql) -> None:
    collect()
    sql("UPDATE redaction.watermarks SET complete_before = '2031-01-01'")
    assert collect().since == date(2026, 11, 24)


def test_what_changed_at_the_source_is_changed_here(api: Api, collect: Collect, sql: Sql) -> None:
    collect()
    changed = api.records[7][-1]
    changed["notes"] = "rang back"
    assert collect().loaded.updated == 1
    assert sql("SELECT notes FROM tracking.activities WHERE id = :id", id=changed["id"]) == [{"notes": "rang back"}]


def test_what_is_redacted_stays_so_when_it_is_fetched_again(
    api: Api, collect: Collect, sql: Sql, deployment: Deployment
) -> None:
    collect()
    strip_run(deployment, select_aged(deployment, 7, datetime(2026, 11, 28, 5, tzinfo=UTC), Request("test")))
    before = sql("SELECT id, redacted_at FROM tracking.activities ORDER BY id")
    done = collect(since=date(2026, 11, 1))
    assert (done.loaded.already_redacted, done.loaded.inserted) == (400, 0)
    assert sql("SELECT id, redacted_at FROM tracking.activities ORDER BY id") == before


def test_after_a_kill_it_goes_on_with_the_days_that_were_not_stored(
    api: Api, collect: Collect, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "BLOCK", 50_000)
    real, parts = accounts.load_files, count(1)

    def load(deployment: Any, paths: Any, note: Any, **more: Any) -> Any:
        def die(done: int) -> None:
            note(done)
            if next(parts) == 2:
                raise KeyboardInterrupt

        return real(deployment, paths, die, **more)

    monkeypatch.setattr(accounts, "load_files", load)
    with pytest.raises(KeyboardInterrupt):
        collect()
    assert _watermark(sql) == date(2026, 11, 11)
    assert 0 < len(_ids(sql)) < 400
    done = collect()
    assert (done.since, _ids(sql)) == (date(2026, 11, 8), _wanted(api))


def test_nothing_of_it_is_written_to_a_file(
    api: Api, collect: Collect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    seen: list[Input] = []
    real = accounts.load_files

    def look(deployment: Any, paths: Any, *rest: Any, **more: Any) -> Any:
        seen.extend(paths)
        return real(deployment, paths, *rest, **more)

    monkeypatch.setattr(accounts, "load_files", look)
    done = collect()
    assert seen
    assert all(one.path is None for one in seen)
    for told in (caplog.text, repr(done), repr(seen)):
        assert "+1" not in told.replace("+18005550100", "")
        assert not [record["name"] for record in api.records[7] if record["name"] and record["name"] in told]
        assert "the-secret" not in told
        assert "after=" not in told


def _on(number: int, answer: Answer) -> Callable[[Asked], Answer | None]:
    return lambda asked: answer if asked.number == number else None


FAULTS = {
    "too many requests": Answer(429, b'{"error":"slow down"}', {"Retry-After": "17"}),
    "too many, without a time": Answer(429),
    "unavailable": Answer(503, b"", {"Retry-After": "Fri, 01 Jan 2010 00:00:00 GMT"}),
    "an error": Answer(500, b"<html>oops</html>"),
    "cut off in a page": Answer(200, b'{"calls": [' + b" " * 90_000, cut=40_000),
    "half a page": Answer(200, b'{"calls": [{"id": 1'),
    "a page of HTML": Answer(200, b"<!DOCTYPE html><p>Maintenance", {"Content-Type": "text/html"}),
    "an error with 200": Answer(200, b'{"error":"unauthorized"}'),
    "a list": Answer(200, b"[]"),
    "another object": Answer(200, b'{"texts": []}'),
    "a null": Answer(200, b'{"calls": null}'),
    "a broken gzip": Answer(200, b"\x1f\x8b\x08garbage", {"Content-Encoding": "gzip"}),
    "nothing": Answer(200, b""),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", [1, 6])
def test_a_fault_in_between_is_waited_for(
    api: Api, collect: Collect, sql: Sql, pauses: list[float], fault: str, number: int
) -> None:
    api.records[7] = make_records(7, 400, NOW, 5)
    api.fault = _on(number, FAULTS[fault])
    assert collect().loaded.rejected == 0
    assert _ids(sql) == _wanted(api)
    assert len(pauses) == 1
    if fault == "too many requests":
        assert 16 < pauses[0] <= 17


def test_a_slow_page_is_given_up_and_asked_again(api: Api, collect: Collect, sql: Sql, pauses: list[float]) -> None:
    api.fault = _on(2, Answer(slow=True))
    collect(patience=Patience(read_s=0.2, tries=3))
    assert (_ids(sql), len(pauses)) == (_wanted(api), 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_ends_it_and_loses_nothing(
    api: Api, collect: Collect, sql: Sql, pauses: list[float], fault: str
) -> None:
    api.fault = lambda asked: FAULTS[fault] if asked.number > 3 else None
    with pytest.raises(SourceUnreachable, match=r"account 7: the API .* what was stored before stays") as told:
        collect()
    assert told.value.retryable
    assert len(pauses) == 3
    assert _watermark(sql) == date(2026, 11, 18)
    api.fault = None
    collect()
    assert _ids(sql) == _wanted(api)


def test_a_wait_of_an_hour_is_for_later(api: Api, collect: Collect, pauses: list[float]) -> None:
    api.fault = _on(1, Answer(429, headers={"Retry-After": "3600"}))
    with pytest.raises(SourceUnreachable, match=r"HTTP 429 and asks to wait for 3,600 s|3,599 s"):
        collect()
    assert pauses == []


def test_a_server_that_is_not_there_is_for_later(
    api: Api, collect: Collect, monkeypatch: pytest.MonkeyPatch, free_tcp_port: int, pauses: list[float]
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CTM", f"http://k:s@127.0.0.1:{free_tcp_port}/http")
    with pytest.raises(SourceUnreachable, match="cannot be reached"):
        collect()
    assert len(pauses) == 3


def test_a_page_that_comes_twice_and_one_that_changes_meanwhile(api: Api, collect: Collect, sql: Sql) -> None:
    api.numbered = True
    api.records[7] = make_records(7, 400, NOW, 3)
    newer = [{**record, "id": record["id"] + 9000} for record in make_records(7, 150, NOW, 0.1)]

    def change(asked: Asked) -> None:
        if asked.number == 5:
            # 150 new ones push the content of this page to the next one, and one of it has changed by then.
            api.records[7] += newer
            api.records[7][399]["notes"] = "changed between two pages"

    api.after_page = change
    done = collect()
    assert (done.loaded.inserted, done.records) == (400, 550)
    assert sql("SELECT notes FROM tracking.activities WHERE id = 7000399") == [{"notes": "changed between two pages"}]
    collect()
    assert _ids(sql) == _wanted(api), "what came in while it was fetched comes with the next one"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_what_will_not_pass_is_refused_at_once(
    api: Api, collect: Collect, sql: Sql, pauses: list[float], status: int
) -> None:
    api.fault = _on(2, Answer(status, b'{"error":"Zoe is not here"}'))
    with pytest.raises(SourceRefused, match=f"HTTP {status}") as told:
        collect()
    assert not told.value.retryable
    assert "Zoe" not in str(told.value)
    assert (len(api.asked), pauses, _watermark(sql)) == (2, [], date(2026, 11, 4))


def test_wrong_credentials_and_an_unknown_account_say_so(
    api: Api, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    del api.records[7]
    with pytest.raises(SourceRefused, match=r"account 7: the API does not know it, or not for .* ctm \(HTTP 404"):
        collect()
    monkeypatch.setenv("AIRFLOW_CONN_CTM", f"{api.url.replace('//', '//canary:hunter2@')}/http")
    with pytest.raises(SourceRefused, match="connection ctm: the API refuses its credentials") as told:
        collect()
    assert "hunter2" not in str(told.value)
    assert "canary" not in str(told.value)


def test_records_of_another_account_are_rejected(api: Api, collect: Collect, sql: Sql) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (8, 1, 'Vet')")
    api.records[7] += [{**record, "account_id": 8} for record in make_records(8, 3, NOW, 1)]
    done = collect()
    assert (done.loaded.inserted, done.loaded.rejected, done.loaded.quarantined) == (400, 3, 3)
    assert sql("SELECT count(*) AS n FROM tracking.activities WHERE account_id = 8") == [{"n": 0}]


def test_a_bad_record_costs_itself_alone_and_is_kept(api: Api, collect: Collect, sql: Sql) -> None:
    api.fault = lambda asked: (
        Answer(
            body=json.dumps({"calls": api.records[7], "type": "STATE", "id": 4, "next_page": None}).encode()
            .replace(b'"calls": [', b'"calls": [{"id": 1, "account_id": 7, "name": "\\ud800"}, 17, {"id": "x"}, ')
        )
        if asked.number == 5
        else None
    )  # fmt: skip
    done = collect()
    assert (done.loaded.rejected, done.loaded.quarantined) == (3, 3)
    assert _ids(sql) == _wanted(api)


def test_no_account_of_that_id_fetches_nothing(api: Api, collect: Collect, sql: Sql) -> None:
    sql("DELETE FROM redaction.text_keys")
    sql("UPDATE tracking.accounts SET id = 70 WHERE id = 7")
    with pytest.raises(BadInput, match="there is no account 7"):
        collect()
    assert api.asked == []
