"""Recordings and other files in the answer: as files if a store of the account can be read, else an address."""

from __future__ import annotations

import io
import json
import logging
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from redaction.db.database import Database
from redaction.objects.registry import add_store
from redaction.objects.stores import Store
from redaction.placements.resolve import Placements
from redaction.requests.attachments import Attachments
from redaction.requests.document import write_answer
from redaction.requests.exports import make_export
from redaction.requests.find import look_for
from redaction.requests.letter import say_summary
from redaction.requests.records import get_home, get_request
from tests.requests.test_exports import fetch
from tests.requests.test_requests import Sql, ask

pytest.importorskip("typst")


@pytest.fixture
def name(placements: Placements, both: Database, sql: Sql, tmp_path: Path) -> Callable[..., str]:
    """Name a file of the store of account 7, with its content, as an object of an activity; return its address."""
    root = tmp_path / "recordings"
    root.mkdir()
    store = Store(0, "calls", root.as_uri(), None, "delete", None, 7, None)
    add_store(get_home(placements), store, "eve")

    def put(activity_id: int, file: str, content: bytes | None = b"RIFF", account: int = 7) -> str:
        path = root / file
        if content is not None:
            path.write_bytes(content)
        add = "INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (:account, :id, :address)"
        sql(add, account=account, id=activity_id, address=path.as_uri())
        return path.as_uri()

    return put


def export(placements: Placements) -> tuple[ZipFile, list[dict[str, Any]]]:
    request = ask(placements, kind="access").request
    archive = fetch(placements, make_export(placements, request.id, "eve"))
    assert archive.testzip() is None
    return archive, json.loads(archive.read("files.json")) if "files.json" in archive.namelist() else []


def limit(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    for setting, value in limits.items():
        monkeypatch.setenv(f"REDACTION_REQUEST_{setting.upper()}", str(value))


def test_recordings_are_files_whose_names_tell_nothing(name: Callable[..., str], placements: Placements) -> None:
    address = name(1, "Zoë +12125550143.WAV", b"RIFF one")
    name(1, "2.secret-name", b"two")
    name(3, "3.png", b"")
    archive, index = export(placements)
    assert index == [
        {"account_id": 7, "activity_id": 1, "file": "files/7-1-1.wav", "bytes": 8},
        {"account_id": 7, "activity_id": 1, "file": "files/7-1-2", "bytes": 3},
        {"account_id": 7, "activity_id": 3, "file": "files/7-3-3.png", "bytes": 0},
    ]
    assert [archive.read(one["file"]) for one in index] == [b"RIFF one", b"two", b""]
    # Its place is still named.
    assert address in json.loads(archive.read("activities.json"))[0]["objects"]


def test_what_lies_elsewhere_or_is_not_there_is_said(
    name: Callable[..., str], placements: Placements, sql: Sql, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    name(1, "gone-canary.wav", None)
    (tmp_path / "secret").write_text("root:x")
    (tmp_path / "recordings" / "link.wav").symlink_to(tmp_path / "secret")
    name(2, "link.wav", None)
    (tmp_path / "recordings" / "folder.wav").mkdir()
    name(2, "folder.wav", None)
    add = "INSERT INTO tracking.objects (account_id, activity_id, address) VALUES (7, 4, :address)"
    for address in ("https://vendor.example.com/canary", (tmp_path / "secret").as_uri(), "no address"):
        sql(add, address=address)
    archive, index = export(placements)
    assert [one["not_given"] for one in index] == [
        "it is not there",
        "it lies outside the store",
        "it is no regular file",
        *["it lies elsewhere: ask for it there"] * 3,
    ]
    assert not [one for one in archive.namelist() if one.startswith("files/")]
    assert b"canary" not in archive.read("files.json")
    assert "canary" not in caplog.text
    request = get_request(placements, 1)
    sql("UPDATE redaction.requests SET state = 'open', answered_by = NULL, answered_at = NULL")
    with look_for(placements, 1) as (found, sessions):
        attached = Attachments(ZipFile(io.BytesIO(), "w"))
        attached.add(sessions["default"], found.parts[0], placements.settings)
    said = say_summary(request, found, request.opened_at, attached)
    assert ("Of these, files in this archive", "0, in the folder files") in said["facts"]
    assert "It is not there: 1." in dict(said["sections"])["Recordings and other files that are not in this archive"]


@pytest.mark.parametrize(
    ("limits", "given", "why"),
    [
        ({"object_bytes": 9}, [True, False, True], "it is larger than 9 bytes"),
        ({"objects_bytes": 12}, [True, False, True], "all files together are larger than 12 bytes"),
        ({"objects_bytes": 0}, [False, False, False], "all files together are larger than 0 bytes"),
    ],
)
def test_there_is_a_limit_for_each_and_for_all(
    name: Callable[..., str],
    placements: Placements,
    monkeypatch: pytest.MonkeyPatch,
    limits: dict[str, int],
    given: list[bool],
    why: str,
) -> None:
    limit(monkeypatch, **limits)
    for number, size in ((1, 8), (2, 10), (3, 4)):
        name(number, f"{number}.wav", b"x" * size)
    with Placements(type(placements.settings)()) as limited:
        _, index = export(limited)
    assert ["file" in one for one in index] == given
    assert {one["not_given"] for one in index if "not_given" in one} == {why}


@pytest.mark.parametrize("other", [(7, 5), (8, 1)], ids=["of the account", "of another"])
def test_what_somebody_else_s_activity_names_too_is_not_given(
    name: Callable[..., str], placements: Placements, sql: Sql, other: tuple[int, int]
) -> None:
    """A record may name the recording of another person, who then asks what is kept."""
    sql("INSERT INTO tracking.accounts (id, agency_id, name) VALUES (8, 1, 'Law')") if other[0] == 8 else None
    name(1, "1.wav")
    name(2, "1.wav")
    name(other[1], "2.wav", account=other[0])
    name(3, "2.wav")
    _, index = export(placements)
    assert [one.get("not_given", "") for one in index] == [
        "",
        "",
        "another activity names it too, so whose it is is not sure",
    ]


def test_it_takes_constant_memory(name: Callable[..., str], placements: Placements, tmp_path: Path) -> None:
    size = 64 * 1024**2
    name(1, "1.wav")
    with (tmp_path / "recordings" / "1.wav").open("wb") as file:
        file.truncate(size)
    request = ask(placements, kind="access").request
    with look_for(placements, request.id) as (found, sessions), open(os.devnull, "wb") as sink:
        settings = {part.placement: placements.at(part.placement).settings for part in found.parts}
        tracemalloc.start()
        write_answer(request, found, sessions, settings, _Forward(sink))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 16 * 1024**2


class _Forward:
    """Only written forward."""

    def __init__(self, sink: io.BufferedWriter) -> None:
        self.write, self.flush = sink.write, sink.flush
