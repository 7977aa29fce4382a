"""An object that a living or held activity names is kept, however either of the two spells its address."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from redaction.objects.addresses import parse_address
from redaction.objects.hosts import is_here
from redaction.objects.spelling import list_places, list_texts
from tests.objects_of import World


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
        )
    assert [each["id"] for each in found] == ([row["id"]] if kept else [])
