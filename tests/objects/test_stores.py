"""Which stores an operator may declare, and in which store an address is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from redaction.errors import BadInput
from redaction.objects.access import Settled, Silence
from redaction.objects.addresses import parse_address
from redaction.objects.opened import open_store
from redaction.objects.stores import check_store, find_store, read_request
from redaction.settings import Settings

TEMPLATE = "https://app.calltrackingmetrics.com/api/v1/accounts/{account}/calls/{activity}/recording"
CTM = "https://app.calltrackingmetrics.com/api/v1"


@pytest.mark.parametrize(
    ("template", "url", "asks"),
    [
        (TEMPLATE, TEMPLATE.format(account=8, activity=5), (8, 5)),
        (TEMPLATE, TEMPLATE.format(account=8, activity="x"), None),
        (f"{CTM}/{{activity}}/{{activity}}?a={{account}}", f"{CTM}/5/5?a=8", (8, 5)),
        (f"{CTM}/{{activity}}/{{activity}}", f"{CTM}/5/6", None),
        (f"{CTM}/{{activity}}", f"{CTM}/5", (None, 5)),
        (None, CTM, None),
    ],
)
def test_what_is_asked_for_is_read_from_a_request(
    make: Any, template: str | None, url: str, asks: tuple[int | None, int] | None
) -> None:
    assert read_request(make(CTM, mode="vendor", template=template), url) == asks


def test_good_stores_pass(tmp_path: Path, settings: Settings, make: Any) -> None:
    (tmp_path / "recordings").mkdir()
    check_store(make((tmp_path / "recordings").as_uri()), [], settings)
    check_store(make("s3://rec"), [], settings)
    check_store(make("s3://rec/in", connection="aws"), [], settings)
    check_store(make(CTM, mode="vendor", template=TEMPLATE, connection="ctm"), [], settings)
    check_store(make(CTM, mode="vendor", template=TEMPLATE, method="POST", body='{"id": {activity}}'), [], settings)
    local = "http://127.0.0.1:8081"
    check_store(make(local, mode="vendor", template=f"{local}/{{account}}/{{activity}}"), [], settings)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"prefix": "/mnt/recordings"}, "no scheme"),
        ({"prefix": "mnt"}, "no scheme"),
        ({"prefix": "s3://"}, "no bucket"),
        ({"prefix": "s3:///in"}, "no bucket"),
        ({"prefix": "ftp://h.example/in"}, "the scheme ftp"),
        ({"prefix": "memory://rec/in"}, "the scheme memory"),
        ({"prefix": "s3://user@rec"}, "user"),
        ({"prefix": "simplecache::s3://rec"}, "chain"),
        ({"prefix": "s3://rec?versionId=1"}, "bucket"),
        ({"prefix": "file:///"}, "names no folder"),
        ({"prefix": "file:///mnt/.."}, "names no folder"),
        ({"prefix": "file://nas/mnt"}, "another host"),
        ({"prefix": "file:///mnt/rec", "connection": "x"}, "no connection"),
        ({"prefix": CTM}, "mode vendor"),
        ({"prefix": "s3://rec", "template": TEMPLATE}, "for the mode vendor"),
        ({"prefix": "s3://rec", "mode": "vendor", "template": TEMPLATE}, "needs a prefix of https"),
        ({"prefix": CTM, "mode": "vendor"}, "needs a template"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/calls"}, "must have {activity}"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/{{activity}}/{{name}}"}, "and no others"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/{{activity}}/{{account"}, "and no others"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/{{activity}}/{{}}"}, "and no others"),
        ({"prefix": CTM, "mode": "vendor", "template": "https://evil.example/{activity}"}, "same host"),
        ({"prefix": CTM, "mode": "vendor", "template": TEMPLATE.replace("https", "http")}, "same host"),
        ({"prefix": CTM, "mode": "vendor", "template": "https://{activity}.example/"}, "same host"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/x#{{activity}}"}, "no space, #"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/../{{activity}}"}, "dot segment"),
        *(
            ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/{{account}}/{dots}/{{activity}}"}, "dot segment")
            for dots in (
                "%2e%2e",
                ".%2E",
                "%2e",
                "..;",
                "..;x=1",
                "%252e%252e",
                "..%3b",
                "x%2f..%2fy",
                "x?/../y",
            )
        ),
        ({"prefix": CTM, "mode": "vendor", "template": TEMPLATE.replace("//", "//u:p@", 1)}, "user"),
        ({"prefix": CTM, "mode": "vendor", "template": TEMPLATE, "method": "GET"}, "the method must be"),
        ({"prefix": CTM, "mode": "vendor", "template": TEMPLATE, "method": "delete"}, "the method must be"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/{{activity}}"}, "must have {account}"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/{{activity}}", "agency_id": 1}, "must have {account}"),
        ({"prefix": CTM, "mode": "vendor", "template": f"{CTM}/{{account}}{{activity}}"}, "more than digits"),
        ({"prefix": "http://h.example", "mode": "vendor", "template": "http://h.example/{activity}"}, "in clear"),
        ({"prefix": "http://127.0.0.1.evil.example", "mode": "vendor", "template": "http://x/{activity}"}, "in clear"),
    ],
)
def test_what_no_store_can_be_is_refused_in_one_line(
    settings: Settings, make: Any, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadInput) as caught:
        check_store(make(**given), [], settings)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_home_ledger_key_and_data_directories_are_no_store(tmp_path: Path, make: Any) -> None:
    home, key = tmp_path / "a" / "home", tmp_path / "c" / "key.pem"
    server = tmp_path / "d" / "server"
    for folder in (home / "recordings", key.parent, server / "base", tmp_path / "e"):
        folder.mkdir(parents=True)
    key.write_text("PEM")
    (server / "PG_VERSION").write_text("18")
    (tmp_path / "link").symlink_to(home / "recordings")
    settings = Settings(
        home=home, ledger_url=str(tmp_path / "b" / "ledger"), certificate_key=str(key), placements="eu,us"
    )
    refused = {
        home: "the home",
        home / "recordings": "the home",
        home.parent: "the home",
        tmp_path / "link": "the home",
        tmp_path / "b" / "ledger": "the ledger",
        tmp_path / "b" / "ledger" / "1" / "entries": "the ledger",
        tmp_path / "b" / "ledger_of_eu": "the ledger",
        tmp_path / "b" / "ledger_of_us" / "x": "the ledger",
        tmp_path / "b": "the ledger",
        key.parent: "the key",
        server: "a data directory",
        server / "base": "a data directory",
        server.parent: "a data directory",
    }
    for folder, says in refused.items():
        for of in (settings, settings.at("eu", ledger_url=f"{settings.ledger_url}_of_eu")):
            with pytest.raises(BadInput, match=says):
                check_store(make(folder.as_uri()), [], of)
    check_store(make((tmp_path / "e").as_uri()), [], settings)


@pytest.mark.parametrize("ledger", ["s3://redaction/ledger", "s3://conn@redaction/ledger/", "s3a://redaction/ledger"])
def test_a_ledger_in_a_bucket_is_no_store(tmp_path: Path, make: Any, ledger: str) -> None:
    settings = Settings(home=tmp_path / "home", ledger_url=ledger, placements="eu")
    for prefix in ("s3://redaction", "s3://redaction/ledger/1", "s3://redaction/ledger_of_eu"):
        with pytest.raises(BadInput, match="the ledger"):
            check_store(make(prefix), [], settings)
    check_store(make("s3://redaction/recordings"), [], settings)


@pytest.mark.parametrize("shared", ["s3://redaction/shared", "s3://conn@redaction/shared/"])
def test_what_other_processes_read_is_no_store(tmp_path: Path, make: Any, shared: str) -> None:
    settings = Settings(home=tmp_path / "home", shared_url=shared)
    for prefix in ("s3://redaction", "s3://redaction/shared/data_docs"):
        with pytest.raises(BadInput, match="what other processes read"):
            check_store(make(prefix), [], settings)
    check_store(make("s3://redaction/recordings"), [], settings)
    settings = Settings(home=tmp_path / "home", shared_url=f"file://{tmp_path}/shared")
    with pytest.raises(BadInput, match="what other processes read"):
        check_store(make((tmp_path / "shared" / "x").as_uri()), [], settings)


def test_a_ledger_written_as_a_file_address_is_protected(tmp_path: Path, make: Any) -> None:
    settings = Settings(home=tmp_path / "home", ledger_url=f"file://{tmp_path}/ledger")
    with pytest.raises(BadInput, match="the ledger"):
        check_store(make(f"file://localhost{tmp_path}/ledger"), [], settings)


def test_stores_of_one_account_do_not_overlap(tmp_path: Path, settings: Settings, make: Any) -> None:
    (tmp_path / "r" / "in").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "r")
    whole = make((tmp_path / "r").as_uri(), id=1)
    for prefix in ((tmp_path / "r" / "in").as_uri(), f"file://localhost{tmp_path}/r/", (tmp_path / "link").as_uri()):
        with pytest.raises(BadInput, match="overlap"):
            check_store(make(prefix, id=2), [whole], settings)
    check_store(whole, [whole], settings)


@pytest.mark.parametrize(
    ("one", "two", "clash"),
    [
        ({}, {}, True),
        ({"account_id": 5}, {}, True),
        ({"account_id": 5}, {"account_id": 5}, True),
        ({"account_id": 5}, {"account_id": 6}, False),
        ({"agency_id": 1}, {"agency_id": 2}, False),
        ({"agency_id": 1}, {"account_id": 5}, True),
        ({"agency_id": 1}, {"account_id": 5, "agency_id": 2}, False),
        ({"agency_id": 1}, {"account_id": 5, "agency_id": 1}, True),
    ],
)
def test_stores_that_no_account_has_both_may_overlap(
    settings: Settings, make: Any, one: dict[str, int], two: dict[str, int], clash: bool
) -> None:
    first, second = make("s3://rec/in", id=1, **one), make("s3://rec", id=2, **two)
    if not clash:
        check_store(first, [second], settings)
        return
    with pytest.raises(BadInput, match="overlap"):
        check_store(first, [second], settings)


def test_an_address_is_found_in_its_store_alone(make: Any) -> None:
    stores = [make("s3://rec/in", id=1), make("file:///R", id=2), make(CTM, id=3, mode="vendor", template=TEMPLATE)]

    def found(text: str) -> int | None:
        store = find_store(stores, parse_address(text))
        return store.id if store else None

    assert found("s3://rec/in/1.wav") == 1
    assert found("file://localhost/R/%31.wav") == 2
    assert found("https://app.calltrackingmetrics.com/api/v1/accounts/50/calls/9900000001/recording") == 3
    for text in ("s3://rec/1.wav", "file:///R/../victim.txt", "https://app.calltrackingmetrics.com/", "sftp://h/R/1"):
        assert found(text) is None


def test_a_connection_that_does_not_exist_is_one_clear_line(settings: Settings, make: Any) -> None:
    for store in (
        make("s3://rec", connection="never_there"),
        make(CTM, mode="vendor", template=TEMPLATE, connection="never_there"),
    ):
        with pytest.raises(BadInput, match="store 1: Airflow has no connection") as caught:
            open_store(store, settings)
        assert "\n" not in str(caught.value)


def test_a_mode_that_does_not_go_with_its_scheme_is_not_opened(settings: Settings, make: Any) -> None:
    for store in (make(CTM), make("ftp://h.example/x"), make("file://nas/x"), make("s3://rec", mode="vendor")):
        with pytest.raises(BadInput, match="do not go together"):
            open_store(store, settings)


def test_a_store_that_never_answers_is_given_up_after_three_tries_in_a_row() -> None:
    silence = Silence()
    for reason in ("no answer", "no answer", None, "no answer", "no answer"):
        silence.note(reason)
        assert silence.settled is None
    silence.note("no answer")
    assert silence.settled == Settled("remains", "no answer")
