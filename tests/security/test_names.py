"""An object that a living or held activity names is kept, however either of the two spells its address."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from redaction.objects.addresses import parse_address
from redaction.objects.hosts import is_here
from redaction.objects.names import list_places, list_texts
from tests.objects_of import World, vendor_server


def hold(world: World, account_id: int) -> None:
    world.sql(
        "INSERT INTO redaction.holds (account_id, scope, reason, placed_by) VALUES (:id, 'account', 'case', 'eve')",
        id=account_id,
    )


@pytest.mark.parametrize("by_host", [7, 8])
def test_the_name_of_a_machine_names_no_file_of_it(world: World, monkeypatch: pytest.MonkeyPatch, by_host: int) -> None:
    world.account(7, 8)
    file = world.file("1.pdf")
    world.store(world.root)
    monkeypatch.setattr(socket, "gethostname", lambda: "loader1")
    for account_id in (7, 8):
        text = f"file://worker1{file}" if account_id == by_host else file.as_uri()
        world.load({"account_id": account_id, "id": account_id, "form": {"CV": text}})
    hold(world, 8)
    monkeypatch.setattr(socket, "gethostname", lambda: "worker1")
    run = world.run(7)
    assert file.exists()
    assert world.counts(run["id"]) == ({"elsewhere": 1} if by_host == 7 else {"kept": 1})


def test_a_host_is_here_on_every_machine_or_on_none() -> None:
    assert all(is_here(host) for host in ("", "localhost", "127.0.0.1", "127.9.9.9", "[::1]"))
    assert not any(is_here(host) for host in (socket.gethostname().lower(), "nas", "nas:80", "10.0.0.1"))


SPELLED: list[Callable[[Path], str]] = [
    lambda path: f"file://nas{path}",
    lambda path: f"file://other.example{path}.",
    lambda path: str(path),
    lambda path: f"{path},",
    lambda path: path.as_uri() + ",",
    lambda path: path.as_uri() + ".",
    lambda path: path.as_uri() + ";",
    lambda path: path.as_uri() + ")",
    lambda path: path.as_uri() + '"',
    lambda path: path.as_uri() + ">",
    lambda path: path.as_uri() + ").",
    lambda path: path.as_uri().replace("%C3%A9", "e%CC%81"),
    lambda path: path.as_uri().replace("%", "%25"),
    lambda path: path.as_uri() + "#t=10",
    lambda path: path.as_uri() + "&x=1",
    lambda path: path.as_uri() + "%20",
    lambda path: path.as_uri() + "%0a",
    lambda path: path.as_uri() + "%E2%80%8B",
    lambda path: f"simplecache::{path.as_uri()}",
    lambda path: path.as_uri().replace("file://", "local:"),
    lambda path: "file:" + str(path).replace("/", "\\"),
    lambda path: "file:\\\\localhost" + str(path).replace("/", "\\"),
    lambda path: "file:\\/\\/nas" + str(path).replace("/", "\\/"),
    lambda path: f"//localhost{path}",
    lambda path: f"//{path}",
    lambda path: f"{path}:12",
    lambda path: f"file://user:pass@nas/./x/..{path}#t=1",
]


@pytest.mark.parametrize("spelled", SPELLED)
@pytest.mark.parametrize("held", [True, False])
def test_what_may_name_a_file_keeps_it(world: World, spelled: Callable[[Path], str], held: bool) -> None:
    world.account(7, 8)
    file, lone = world.file("a b/\u00e9.wav"), world.file("a b/2.wav")
    world.store(world.root)
    world.load_audio(7, file.as_uri(), lone.as_uri())
    world.load({"account_id": 8, "id": 1, "message_media": [spelled(file)], "direction": "text"})
    if held:
        hold(world, 8)
    else:
        world.sql("UPDATE tracking.accounts SET auto_redaction = NULL, auto_redaction_since = NULL WHERE id = 8")
    run = world.run(7)
    assert world.counts(run["id"]) == {"deleted": 1, "kept": 1}
    assert file.exists()
    assert not lone.exists()


def test_what_is_redacted_too_keeps_nothing(world: World) -> None:
    world.account(7, 8)
    file = world.file("1.wav")
    world.store(world.root)
    world.load_audio(7, file.as_uri())
    world.load_audio(8, f"file://nas{file}")
    world.run(8)
    assert world.counts(world.run(7)["id"]) == {"deleted": 1}
    assert not file.exists()


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("https://calls.s3.amazonaws.com/a/b%20c.wav?X-Amz-Signature=1", True),
        ("https://calls.s3.eu-west-1.amazonaws.com/a/b%20c.wav?X-Amz-Signature=1", True),
        ("https://calls.s3-eu-west-1.amazonaws.com/a/b%20c.wav", True),
        ("http://CALLS.s3.dualstack.eu-west-1.amazonaws.com:80/a/b+c.wav", True),
        ("https://s3.amazonaws.com/calls/a/b%20c.wav?X-Amz-Signature=1", True),
        ("https://s3.eu-west-1.amazonaws.com/calls/a/b%20c.wav,", True),
        ("https://s3-eu-west-1.amazonaws.com/calls/a/b%20c.wav#t=1", True),
        ("https://s3.cn-north-1.amazonaws.com.cn/calls/a/b%20c.wav", True),
        ("s3://calls/a/b%20c.wav", True),
        ("s3://calls/a/b c.wav.", True),
        ("https://others.s3.amazonaws.com/a/b%20c.wav", False),
        ("https://calls.s3.amazonaws.com/a/b%20c.wav.txt", False),
        ("s3://others/a/b c.wav", False),
    ],
)
def test_an_object_of_a_bucket_is_named_by_the_web_too(world: World, named: str, kept: bool) -> None:
    world.account(7, 8)
    world.load_audio(7, "s3://calls/a/b c.wav")
    world.load({"account_id": 8, "id": 1, "audio": named})
    [row] = world.sql("SELECT id FROM tracking.objects WHERE account_id = 7 AND address LIKE '%.wav'")
    address = parse_address("s3://calls/a/b c.wav")
    texts, places = list_texts(address), list(list_places(address))
    with world.database.transaction("redaction_worker") as session:
        found = session.rows(
            "named_by_another",
            ids=[row["id"]] * len(texts),
            addresses=list(texts),
            placed=[row["id"]] * len(places),
            paths=[path for path, _ in places],
            hosts=[host for _, host in places],
            unread=[],
            others=[],
        )
    assert [each["id"] for each in found] == ([row["id"]] if kept else [])


REC = "https://vendor.example/rec/1.mp3"


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        (f"{REC}?sig=b", True),
        (REC, True),
        (f"{REC}#t=10", True),
        (f"{REC}/", True),
        (f"{REC}.", True),
        (f"{REC}%3Fsig=a", True),
        (f"{REC}?sig=a&x=1".replace("https:", "HTTP:"), True),
        ("https://vendor.example/rec/2.mp3?sig=a", False),
        ("https://other.example/rec/1.mp3?sig=a", False),
    ],
)
def test_a_vendor_is_not_asked_for_what_is_signed_otherwise(world: World, other: str, kept: bool) -> None:
    world.account(7, 8)
    with vendor_server() as (url, asked):
        world.store(f"{url}/rec", mode="vendor", template=f"{url}/200/{{account}}/{{activity}}")
        host = url.removeprefix("http://")
        by_name = host.replace("127.0.0.1", "localhost")
        first, second = (
            text.replace("https:", "http:").replace("vendor.example", host) for text in (f"{REC}?sig=a", other)
        )
        world.load_audio(7, first)
        world.load_audio(8, second.replace(host, by_name) if second.startswith("HTTP") else second)
        hold(world, 8)
        run = world.run(7)
    assert world.counts(run["id"]) == ({"kept": 1} if kept else {"deleted": 1})
    assert [method for method, _ in asked if method == "DELETE"] == ([] if kept else ["DELETE"])


def test_recordings_of_one_path_do_not_keep_each_other(world: World) -> None:
    world.account(7, 8)
    with vendor_server() as (url, asked):
        world.store(f"{url}/recording", mode="vendor", template=f"{url}/200/{{account}}/{{activity}}")
        world.load_audio(7, *(f"{url}/recording?sig=a&call_id={number}" for number in (5, 6, 7)))
        world.load_audio(8, f"{url}/recording?call_id=5&sig=b", f"{url}/recording?call_id=8&sig=a")
        hold(world, 8)
        run = world.run(7)
    assert world.counts(run["id"]) == {"deleted": 2, "kept": 1}
    assert sorted(path for method, path in asked if method == "DELETE") == ["/200/7/2", "/200/7/3"]


def test_one_recording_that_is_signed_twice_is_one_object(world: World) -> None:
    world.account(7)
    with vendor_server() as (url, _):
        world.store(url, mode="vendor", template=f"{url}/200/{{account}}/{{activity}}")
        world.load({"account_id": 7, "id": 1, "audio": f"{url}/r/1.mp3?sig=a", "media": [f"{url}/r/1.mp3?sig=b"]})
        [kept] = world.sql("SELECT recording_url FROM tracking.activities")
        run = world.run(7)
    assert kept["recording_url"].endswith("?sig=a"), "people play it by its signature until it is redacted"
    assert world.counts(run["id"]) == {"deleted": 1}


@pytest.mark.parametrize("other", ["held", "living", "redacted"])
def test_a_vendor_is_not_asked_as_for_another_activity(world: World, other: str) -> None:
    world.account(7, 8)
    with vendor_server() as (url, asked):
        for account_id in (7, 8):
            # Neither names its account: a request for one is also that for the other.
            world.store(f"{url}/{account_id}", mode="vendor", template=f"{url}/200/{{activity}}", account_id=account_id)
        world.load_audio(7, f"{url}/7/a.mp3", f"{url}/7/b.mp3")
        world.load_audio(8, f"{url}/8/c.mp3")
        if other == "held":
            hold(world, 8)
        if other == "redacted":
            world.run(8)
            asked.clear()
        run = world.run(7)
    assert world.counts(run["id"]) == ({"deleted": 2} if other == "redacted" else {"deleted": 1, "kept": 1})
    assert sorted(path for method, path in asked if method == "DELETE") == ["/200/1", "/200/2"][other != "redacted" :]
