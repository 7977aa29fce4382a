"""Nothing of the source is skipped: no page, no record next to a bad one, no rejected one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from redaction.collectors import Collector
from redaction.deployment import Deployment
from redaction.errors import SourceRefused, SourceUnreachable
from redaction.placements.resolve import Placements
from redaction.settings import load_settings
from redaction.source import reader
from redaction.source.collect import accounts
from redaction.source.collect.accounts import collect_account, collect_agency
from redaction.source.collect.client import ApiClient, Patience
from redaction.source.collect.endpoint import find_endpoint
from redaction.source.limits import Limits
from redaction.source.load import load_files
from tests.source.collect.api import ZONE, Answer, Api, Asked, make_records
from tests.source.collect.conftest import NOW, Collect

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
BAD = {
    "deep": b'{"id": 9, "account_id": 7, "unix_time": 1795000000, "x": ' + b"[" * 3_000 + b"]" * 3_000 + b"}",
    "number": b'{"id": 9, "account_id": 7, "unix_time": 1795000000, "x": 01}',
    "escape": b'{"id": 9, "account_id": 7, "unix_time": 1795000000, "x": "a\\qb]}"}',
    "comma": b'{"id": 9, "account_id": 7, "unix_time": 1795000000, "x": 1,}',
    "quotes": b"{'id': 9}",
}


def _count(sql: Sql) -> int:
    return int(sql("SELECT count(*) AS n FROM tracking.activities")[0]["n"])


def _watermark(sql: Sql) -> date | None:
    rows = sql("SELECT complete_before FROM redaction.watermarks")
    return rows[0]["complete_before"] if rows else None


def _page(records: list[Any], bad: bytes, **more: Any) -> bytes:
    """Return a page with invalid JSON between its records."""
    items = [json.dumps(record).encode() for record in records]
    rest = json.dumps({"page": 1, **more}).encode()
    return b'{"calls": [' + b", ".join([*items[:3], bad, *items[3:]]) + b"], " + rest[1:]


@pytest.mark.parametrize("bad", BAD)
def test_a_record_that_is_no_json_costs_itself_alone(
    api: Api, collect: Collect, sql: Sql, deployment: Deployment, pauses: list[float], bad: str
) -> None:
    records = make_records(7, 20, NOW, 3)
    second = json.dumps({"calls": records[10:], "next_page": None}).encode()

    def answer(asked: Asked) -> Answer:
        if asked.given["end_date"] != "2026-11-27":
            return Answer(body=b'{"calls": []}')
        following = f"{api.url}{asked.path}?after=5"
        first = _page(records[:10], BAD[bad], next_page=following, total_pages=2)
        return Answer(body=second if "after" in asked.given else first)

    api.fault = answer
    done = collect()
    assert (_count(sql), done.loaded.rejected, done.loaded.quarantined, pauses) == (20, 1, 1, [])
    assert _watermark(sql) == date(2026, 11, 27)
    kept = b"".join(path.read_bytes() for path in deployment.settings.quarantine_path.iterdir())
    assert kept == BAD[bad] + b"\n"


def test_a_load_and_a_collection_take_the_same_of_a_page(
    api: Api, collect: Collect, deployment: Deployment, tmp_path: Any
) -> None:
    page = _page(make_records(7, 10, NOW, 3), b", ".join(BAD.values()), next_page=None)
    (tmp_path / "page.json").write_bytes(page)
    loaded = load_files(deployment, [tmp_path / "page.json"])
    api.fault = lambda asked: Answer(body=page if asked.given["end_date"] == "2026-11-27" else b'{"calls": []}')
    done = collect().loaded
    assert (loaded.inserted, loaded.rejected) == (done.unchanged, done.rejected) == (10, len(BAD))


@pytest.mark.parametrize(
    "body", [b'{"calls": [{"id": 1, "x": 01}]', b'{"calls": [{"id": 1, "x": 01}], "next_page": 01}']
)
def test_a_page_that_does_not_say_what_comes_next_is_asked_again(
    api: Api, collect: Collect, sql: Sql, pauses: list[float], body: bytes
) -> None:
    api.fault = lambda asked: Answer(body=body)
    with pytest.raises(SourceUnreachable, match="what is no JSON"):
        collect()
    assert (len(pauses), _watermark(sql)) == (3, None)


def test_bad_pages_are_no_circle(api: Api, collect: Collect) -> None:
    def answer(asked: Asked) -> Answer:
        number = int(asked.given.get("page", 1))
        bad = b'{"id": %d, "x": 01}' % number
        return Answer(body=_page([], bad, next_page=number + 1 if number < 5 else None, total_pages=5))

    api.fault = answer
    assert collect().loaded.rejected == 5 * 5


def test_an_empty_page_leads_to_the_next_one(api: Api, collect: Collect, sql: Sql) -> None:
    def skip(asked: Asked) -> Answer | None:
        if asked.given.get("after", "z") < "a":
            return None
        number = int(asked.given.get("after", "z0")[1:]) + 1
        after = f"z{number}" if number < 5 else "999999999"
        return Answer(body=json.dumps({"calls": [], "next_page": f"{api.url}{asked.path}?after={after}"}).encode())

    api.fault = skip
    done = collect()
    assert (_count(sql), done.records) == (400, 400)


def test_empty_pages_without_end_are_refused(api: Api, collect: Collect, sql: Sql) -> None:
    api.fault = lambda asked: Answer(body=json.dumps({"calls": [], "next_page": asked.number + 1}).encode())
    with pytest.raises(SourceRefused, match="lead in a circle"):
        collect()
    assert (len(api.asked), _watermark(sql)) == (100, None)


@pytest.mark.parametrize("total", [3, "3"])
def test_pages_that_are_told_and_not_named_are_missed(api: Api, collect: Collect, sql: Sql, total: Any) -> None:
    def answer(asked: Asked) -> Answer | None:
        if asked.given["end_date"] < "2026-11-18":
            return None
        return Answer(body=json.dumps({"calls": api.records[7][-5:], "total_pages": total}).encode())

    api.fault = answer
    with pytest.raises(SourceUnreachable, match=r"account 7: the API announced 3 pages and sent 1"):
        collect()
    assert _watermark(sql) == date(2026, 11, 18), "days that were fetched before stay"
    api.fault = None
    collect()
    assert _count(sql) == 400


def _withhold(api: Api, count: int, total: Callable[[int], Any]) -> Callable[[Asked], Answer | None]:
    """Answer for the week that ends on 17 November without so many of its records; `total` gets how many it has."""

    def answer(asked: Asked) -> Answer | None:
        if asked.given.get("end_date") != "2026-11-17":
            return None
        api.fault = None
        whole = json.loads(gzip.decompress(api.answer(asked).body))
        api.fault = answer
        whole |= {"calls": whole["calls"][count:], "total_entries": total(len(whole["calls"]))}
        return Answer(body=json.dumps(whole).encode())

    return answer


@pytest.mark.parametrize("write", [int, str])
def test_records_that_are_counted_and_not_delivered_are_missed(
    api: Api, collect: Collect, sql: Sql, write: Callable[[int], Any]
) -> None:
    api.fault = _withhold(api, 20, write)
    told = r"account 7: the API announced 140 activities from 2026-11-11 to 2026-11-17 and sent 120"
    with pytest.raises(SourceUnreachable, match=told):
        collect()
    assert _count(sql) == 380, "later weeks are stored too"
    assert _watermark(sql) == date(2026, 11, 11), "days that were fetched before stay"
    api.fault = None
    collect()
    assert (_count(sql), _watermark(sql)) == (400, date(2026, 11, 27))


@pytest.mark.parametrize("total", [None, "many", -5, 1e300, 10**12, True, [900], 100])
def test_a_count_that_is_none_or_smaller_stops_nothing(api: Api, collect: Collect, sql: Sql, total: Any) -> None:
    api.fault = _withhold(api, 20, lambda count: total)
    collect()
    assert (_count(sql), _watermark(sql)) == (380, date(2026, 11, 27))


def test_activities_that_come_while_their_week_is_fetched_are_not_missed(api: Api, collect: Collect, sql: Sql) -> None:
    """The count grows from page to page, and the new activities are on pages that were read already."""

    def answer(asked: Asked) -> Answer:
        if asked.given["end_date"] != "2026-11-27":
            return Answer(body=b'{"calls": []}')
        number = int(asked.given.get("page", 1))
        calls = api.records[7][-10 * number : -10 * number + 10 or None]
        return Answer(
            body=json.dumps(
                {"calls": calls, "total_entries": 27 + number * 3, "next_page": number + 1 if number < 3 else None}
            ).encode()
        )

    api.fault = answer
    collect()
    assert (_count(sql), _watermark(sql)) == (30, date(2026, 11, 27))


@pytest.fixture
def collect_keeping(deployment: Deployment, account: int) -> Callable[[int], Any]:
    """Collect account 7 with a quarantine of so many bytes."""

    def run(most: int) -> Any:
        one = replace(deployment, settings=deployment.settings.at("default", quarantine_bytes=most))
        with ApiClient(find_endpoint("ctm"), Limits.of(one.settings), Patience()) as client:
            return collect_account(one, client, Collector(connection="ctm"), 7, now=NOW)

    return run


@pytest.mark.parametrize("most", [0, 10])
def test_days_with_a_rejected_record_that_is_not_kept_are_fetched_again(
    api: Api, collect_keeping: Any, collect: Collect, sql: Sql, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(reader, "BLOCK", 50_000)
    api.records[7][200] = {**api.records[7][200], "account_id": 8}
    done = collect_keeping(most)
    assert (_count(sql), done.loaded.rejected, done.loaded.quarantined) == (399, 1, 0)
    assert _watermark(sql) in (date(2026, 11, 4), date(2026, 11, 11)), "its week is not done, one before is"
    assert "account 7: 1 rejected record is not kept" in str(done.problem)
    assert "REDACTION_QUARANTINE_BYTES" in str(done.problem)
    again = collect()
    assert (again.loaded.quarantined, again.problem, _watermark(sql)) == (1, None, date(2026, 11, 27))


def test_rejected_records_are_kept_before_their_days_are_done(
    api: Api, collect: Collect, sql: Sql, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill right after the watermark moves loses no record."""
    monkeypatch.setattr(reader, "BLOCK", 50_000)
    api.records[7] = [{**record, "account_id": 8} for record in api.records[7]]

    def load(deployment: Any, paths: Any, note: Any, **more: Any) -> Any:
        def die(done: int) -> None:
            note(done)
            if (_watermark(sql) or date.min) > date(2026, 11, 10):
                raise KeyboardInterrupt

        return load_files(deployment, paths, die, **more)

    monkeypatch.setattr(accounts, "load_files", load)
    with pytest.raises(KeyboardInterrupt):
        collect()
    before = _watermark(sql)
    assert before is not None
    assert date(2026, 11, 10) < before < date(2026, 11, 27)
    kept = b"".join(path.read_bytes() for path in deployment.settings.quarantine_path.iterdir())
    days = [one["id"] for one in api.records[7] if datetime.fromtimestamp(one["unix_time"], ZONE).date() < before]
    assert days
    assert {str(number) for number in days} <= {str(json.loads(line)["id"]) for line in kept.splitlines()}


@pytest.mark.parametrize("when", ["Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359", "-5", "1e400"])
def test_a_wait_that_is_no_time_costs_one_account_no_more_than_its_tries(
    api: Api, account: int, deployed: None, sql: Sql, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm"}}')
    monkeypatch.setattr(accounts, "ApiClient", lambda api, limits: ApiClient(api, limits, Patience(tries=2, first_s=0)))
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (8, 1, 'Vet')")
    api.records[8] = make_records(8, 10, NOW, 5)
    api.fault = lambda asked: Answer(503, b"{}", {"Retry-After": when}) if asked.account == 7 else None
    with Placements(load_settings()) as placements:
        done = collect_agency(placements, 1, now=NOW)
    assert (list(done.failed), [one.account_id for one in done.collected], _count(sql)) == ([7], [8], 10)


def test_a_list_of_accounts_that_is_not_whole_keeps_none_from_being_fetched(
    api: Api, account: int, deployed: None, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm"}}')
    listed = json.dumps({"accounts": [{"id": 7}, {"id": 9}], "total_pages": 3}).encode()
    api.fault = lambda asked: Answer(body=listed) if asked.account is None else None
    with Placements(load_settings()) as placements:
        done = collect_agency(placements, 1, now=NOW)
    assert ([row["account_id"] for row in done.offered], done.failed, _count(sql)) == ([9], {}, 400)


def test_an_agency_tells_of_an_account_whose_rejected_records_are_not_kept(
    api: Api, account: int, cli: Cli, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm"}}')
    monkeypatch.setenv("REDACTION_QUARANTINE_BYTES", "0")
    api.records[7][399] = {**api.records[7][399], "account_id": 8}
    with Placements(load_settings()) as placements:
        done = collect_agency(placements, 1, now=NOW)
    assert (list(done.failed), len(done.collected)) == ([7], 1)
    with pytest.raises(SourceRefused, match="1 account was not fetched to the end, 0 whole; account 7: 1 rejected"):
        done.check()
    code, out, err = cli("collect", "7", "--since", "2026-11-20", "--account")
    assert (code, "1 rejected record is not kept" in err, "unchanged" in out) == (1, True, True)
