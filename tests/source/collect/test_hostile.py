"""Whatever an answer names, only the intended host, scheme and account are ever requested."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from redaction.errors import BadInput, SourceRefused
from redaction.source.collect.client import ApiClient, Patience
from redaction.source.collect.endpoint import find_endpoint
from redaction.source.limits import DEFAULT_LIMITS
from tests.endless import answering
from tests.source.collect.api import Answer, Api, Asked, make_records, serving
from tests.source.collect.conftest import NOW, Collect

Sql = Callable[..., list[dict[str, Any]]]
PATH = "/api/v1/accounts/7/calls"


def _page(api: Api, **more: Any) -> Answer:
    return Answer(body=json.dumps({"calls": api.records[7][:2], **more}).encode())


@pytest.fixture
def elsewhere() -> Any:
    with serving(Api()) as other:
        yield other


@pytest.mark.parametrize(
    "address",
    [
        "{other}{path}?after=1",
        "{other}{path}.json?after=1",
        "//{other_host}{path}?after=1",
        "https://127.0.0.1:1{path}?after=1",
        "{https}{path}?after=1",
        "http://{host}@{other_host}{path}?after=1",
        "http://{host}%40{other_host}{path}?after=1",
        "http://user:password@{host}{path}?after=1",
        "http://{host}.evil.example{path}?after=1",
        "{base}/api/v1/accounts/8/calls?after=1",
        "{base}/api/v1/accounts/7/calls/../../8/calls?after=1",
        "{base}/api/v1/accounts/07/calls?after=1",
        "{base}{path}/1/delete?after=1",
        "{base}/other{path}?after=1",
        "file:///etc/passwd?after=1",
        "gopher://{host}{path}?after=1",
        "javascript:alert(1)",
        "{base}{path}",
        "{base}{path}?before=1",
        "{base}{path}?after=",
        "{base}{path}?after=a%0d%0aHost:%20evil",
        "{base}{path}?after=" + "x" * 1001,
        "http://[::1{path}?after=1",
        ["a list"],
        {"an": "object"},
        1.5,
        True,
    ],
)
def test_an_address_that_leads_elsewhere_is_never_asked(
    api: Api, elsewhere: Api, collect: Collect, sql: Sql, address: Any
) -> None:
    if isinstance(address, str):
        host, other = api.url.removeprefix("http://"), elsewhere.url.removeprefix("http://")
        words = {"other": elsewhere.url, "other_host": other, "host": host, "base": api.url, "path": PATH}
        address = address.format(**words, https=f"https://{host}")
    api.fault = lambda asked: _page(api, next_page=address)
    with pytest.raises(SourceRefused, match="the next page that the API names") as told:
        collect()
    assert len(api.asked) == 1
    assert elsewhere.asked == []
    assert str(address) not in str(told.value)
    assert sql("SELECT count(*) AS n FROM redaction.watermarks") == [{"n": 0}]


@pytest.mark.parametrize("address", ["{base}{path}?after=5&account_id=8&start_date=1999-01-01", "{path}?after=5", 5])
def test_of_an_address_that_may_be_asked_only_the_cursor_is_taken(api: Api, collect: Collect, address: Any) -> None:
    if isinstance(address, str):
        address = address.format(base=api.url, path=PATH)
    api.fault = lambda asked: _page(api, next_page=address) if asked.number == 1 else None
    collect()
    second = api.asked[1]
    assert second.path == PATH
    cursor = {"page": "5"} if address == 5 else {"after": "5"}
    days = {"start_date": "2026-10-28", "end_date": "2026-11-03"}
    assert second.given == {"per_page": "150", **days, **cursor}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(api: Api, elsewhere: Api, collect: Collect, status: int) -> None:
    api.fault = lambda asked: Answer(status, headers={"Location": f"{elsewhere.url}{PATH}"})
    with pytest.raises(SourceRefused, match=f"HTTP {status} .a redirect, which is not followed"):
        collect()
    assert elsewhere.asked == []
    assert len(api.asked) == 1


def test_pages_in_a_circle_end(api: Api, collect: Collect) -> None:
    api.fault = lambda asked: _page(api, next_page=f"{api.url}{PATH}?after=1")
    with pytest.raises(SourceRefused, match="lead in a circle"):
        collect()
    assert len(api.asked) == 2


def test_the_same_page_under_ever_new_cursors_ends(api: Api, collect: Collect) -> None:
    cursors = count()
    api.fault = lambda asked: _page(api, next_page=f"{api.url}{PATH}?after={next(cursors)}", seen=next(cursors))
    with pytest.raises(SourceRefused, match="lead in a circle"):
        collect()
    assert len(api.asked) == 3


def test_a_last_page_that_names_another_one_ends_with_an_empty_one(api: Api, collect: Collect, sql: Sql) -> None:
    def fault(asked: Asked) -> Answer | None:
        return Answer(body=json.dumps({"calls": [], "after": "xyz", "next_page": f"{api.url}{PATH}?after=y"}).encode())

    api.fault = fault
    assert collect().records == 0
    assert sql("SELECT count(*) AS n FROM redaction.watermarks") == [{"n": 1}]


def test_a_page_beyond_measure_is_refused(api: Api, collect: Collect, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    packed = gzip.compress(b'{"calls": [' + b" " * (80 * 1024**2))
    api.fault = lambda asked: Answer(body=packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(SourceRefused, match="REDACTION_LIMIT_DOCUMENT_BYTES"):
        collect()


@pytest.mark.parametrize("packing", ["gzip, gzip", "gzip, identity, gzip", "deflate, gzip", "br", "zstd"])
def test_a_page_in_a_packing_that_nobody_asked_for_is_not_unpacked(
    api: Api, collect: Collect, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    """Packed twice, a thousandth of a thousandth of it arrives."""
    import gzip

    from redaction.errors import SourceUnreachable

    packed = gzip.compress(gzip.compress(b'{"calls": [' + b" " * (80 * 1024**2)))
    api.fault = lambda asked: Answer(body=packed, headers={"Content-Encoding": packing})
    monkeypatch.setattr("httpx._decoders.GZipDecoder.decode", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(SourceUnreachable, match="a packing that nobody asked for"):
        collect(patience=Patience(tries=1))


def test_a_page_is_unpacked_no_further_than_its_limit(api: Api) -> None:
    import gzip
    import tracemalloc

    packed = gzip.compress(b'{"calls": [' + b" " * (300 * 1024**2), 9)
    api.fault = lambda asked: Answer(body=packed, headers={"Content-Encoding": "gzip"})
    limits = replace(DEFAULT_LIMITS, document_bytes=1024**2)
    with ApiClient(find_endpoint("ctm"), limits, Patience(tries=1)) as client:
        tracemalloc.start()
        with pytest.raises(SourceRefused, match="REDACTION_LIMIT_DOCUMENT_BYTES"):
            list(client.activities(7, NOW.date(), NOW.date()))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20 * 1024**2


def test_a_page_that_drips_is_given_up(api: Api, collect: Collect, pauses: list[float]) -> None:
    from redaction.errors import SourceUnreachable

    with pytest.raises(SourceUnreachable, match="did not send a page to its end in time"):
        collect(patience=Patience(page_s=-1, tries=2))
    assert len(pauses) == 1


@pytest.mark.parametrize(
    ("begin", "part"),
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"A\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff\r\n",
            b"5\r\n\0\0\0\xff\xff\r\n",
        ),
    ],
    ids=["interim answers", "packed parts with nothing in them"],
)
def test_an_answer_without_a_page_is_given_up(
    collect: Collect, monkeypatch: pytest.MonkeyPatch, begin: bytes, part: bytes
) -> None:
    from redaction.errors import SourceUnreachable

    with answering(begin, part) as url:
        monkeypatch.setenv("AIRFLOW_CONN_CTM", json.dumps({"conn_type": "http", "host": url}))
        with pytest.raises(SourceUnreachable, match="did not send a page to its end in time"):
            collect(patience=Patience(page_s=0.2, tries=1))


@pytest.mark.parametrize(
    ("connection", "says"),
    [
        ("http://k:s@api.example.com/http", "in clear: use https"),
        ("postgresql://k:s@api.example.com/x", "of another type than HTTP"),
        ("http://k:s@/", None),
        ('{"conn_type": "http", "host": "ftp://x.example"}', "write its host like"),
        ('{"conn_type": "http", "host": "https://a b.example"}', "names no host"),
        ('{"conn_type": "http", "host": "https://x.example?key=1"}', "write its host like"),
        ('{"conn_type": "http"', "cannot be read"),
    ],
)
def test_a_connection_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, connection: str, says: str | None
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CTM", connection)
    if says is None:
        assert find_endpoint("ctm").base == "https://api.calltrackingmetrics.com"
        return
    with pytest.raises(BadInput, match=says):
        find_endpoint("ctm")


@pytest.mark.parametrize(
    ("connection", "base"),
    [
        ("https://k:s@api.example.com", "https://api.example.com"),
        ("http://k:s@api.example.com:443/https", "https://api.example.com"),
        ('{"conn_type": "http", "host": "https://api.example.com/ctm/"}', "https://api.example.com/ctm"),
        ('{"conn_type": "http", "host": "API.example.com", "port": 8443}', "https://api.example.com:8443"),
        ('{"conn_type": "http", "schema": "http", "host": "127.0.0.1", "port": 8000}', "http://127.0.0.1:8000"),
        ('{"conn_type": "http", "login": "k", "password": "s"}', "https://api.calltrackingmetrics.com"),
    ],
)
def test_a_connection_says_where_the_api_is(monkeypatch: pytest.MonkeyPatch, connection: str, base: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CTM", connection)
    found = find_endpoint("ctm")
    assert found.base == base
    assert "'s'" not in repr(found)


def test_credentials_are_sent_to_the_api_alone(api: Api, collect: Collect) -> None:
    api.records[7] = make_records(7, 10, NOW, 1)
    collect()
    assert {asked.headers["Host"] for asked in api.asked} == {api.url.removeprefix("http://")}
    assert {asked.headers["Authorization"][:6] for asked in api.asked} == {"Basic "}


@pytest.mark.parametrize("extra", [None, {"verify": "false"}, {"headers": {"X-A": "b c"}, "n": 1}])
@pytest.mark.parametrize(
    "host", ["api.example.com", "https://api.example.com", "https://api.example.com/ctm", "127.0.0.1"]
)
@pytest.mark.parametrize("password", ["s", "p@ss:w/rd?#%41 é", None])
def test_it_is_read_as_airflow_writes_it(
    monkeypatch: pytest.MonkeyPatch, host: str, password: str | None, extra: dict[str, Any] | None
) -> None:
    from airflow.sdk import Connection

    given = Connection(
        conn_id="ctm", conn_type="http", host=host, schema="https", login="k@y", password=password, port=8443,
        extra=json.dumps(extra) if extra else None,
    )  # fmt: skip
    found = []
    for text in (given.get_uri(), json.dumps({**given.to_dict(), "conn_type": "http"})):
        monkeypatch.setenv("AIRFLOW_CONN_CTM", text)
        endpoint = find_endpoint("ctm")
        found.append((endpoint.base, endpoint.credentials.login, endpoint.credentials.password))
        assert endpoint.credentials.extra == (extra or {})
    base = host if "://" in host else f"https://{host}"
    wanted = f"{base.replace('/ctm', '')}:8443" + ("/ctm" if "/ctm" in base else "")
    assert found == [(wanted, "k@y", password)] * 2
