"""A recording is played through the server from its store, in parts, and every listener is recorded."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.objects.audio import find_kind
from redaction.objects.registry import add_store
from redaction.objects.stores import Store
from redaction.pipeline.run import begin_run, complete_run
from redaction.web import context
from redaction.web.recordings import find_part
from tests.objects.test_mp4 import DATA, FTYP, box, track
from tests.web.conftest import As

Insert = Callable[..., None]
Sql = Callable[..., list[dict[str, Any]]]
PAGE = "/redaction/accounts/7/activities/1"
PLAY = f"{PAGE}/recording"


def _make_wave() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", "not compressed"))
        file.writeframes(bytes(range(256)) * 500)
    return buffer.getvalue()


AUDIO = _make_wave()


@pytest.fixture
def folder(house_of_two: int, deployment: Deployment, tmp_path: Path) -> Path:
    """A store of files with a recording in it."""
    path = tmp_path / "calls"
    path.mkdir()
    (path / "1.wav").write_bytes(AUDIO)
    add_store(deployment, Store(0, "calls", path.as_uri(), None, "delete", None, None, None), "eve")
    return path


def _views(sql: Sql) -> list[tuple[Any, ...]]:
    rows = sql("SELECT account_id, viewed_by, activities FROM redaction.view_log WHERE page = 'recording' ORDER BY id")
    return [tuple(row.values()) for row in rows]


def test_a_recording_is_played_whole_or_in_parts_and_on_record(as_: As, folder: Path, insert: Insert, sql: Sql) -> None:
    insert(1, recording_url=(folder / "1.wav").as_uri())
    client = as_("ada")
    page = client.get(PAGE)
    assert f'<audio controls preload="none" src="{PLAY}"' in page.text
    assert "media-src 'self'" in page.headers["content-security-policy"]
    whole = client.get(PLAY)
    assert (whole.status_code, whole.headers["content-type"], whole.headers["cache-control"]) == (
        200,
        "audio/wav",
        "no-store",
    )
    assert (whole.content == AUDIO, whole.headers["accept-ranges"]) == (True, "bytes")
    part = client.get(PLAY, headers={"Range": "bytes=1000-90999"})
    assert (part.status_code, part.content == AUDIO[1000:91000]) == (206, True)
    assert part.headers["content-range"] == f"bytes 1000-90999/{len(AUDIO)}"
    beyond = client.get(PLAY, headers={"Range": f"bytes={len(AUDIO)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(AUDIO)}")
    assert _views(sql) == [(7, "ada", 1), (7, "ada", 1)]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (None, (0, 99, False)),
        ("bytes=0-", (0, 99, True)),
        ("bytes=10-19", (10, 19, True)),
        ("bytes=90-200", (90, 99, True)),
        ("bytes=-10", (90, 99, True)),
        ("bytes=-200", (0, 99, True)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        # An unreadable range asks for nothing in particular.
        ("bytes=20-10", (0, 99, False)),
        ("bytes=0-1,5-6", (0, 99, False)),
        ("bytes=-", (0, 99, False)),
        ("lines=1-2", (0, 99, False)),
    ],
)
def test_the_part_that_a_player_asks_for(asked: str | None, part: tuple[int, int, bool] | None) -> None:
    assert find_part(asked, 100) == part


def test_nobody_else_listens(as_: As, folder: Path, insert: Insert, sql: Sql) -> None:
    insert(1, recording_url=(folder / "1.wav").as_uri())
    assert as_("bob").get(PLAY).status_code == 403
    assert as_("root").get(PLAY).status_code == 403
    assert as_(None).get(PLAY).status_code == 401
    assert _views(sql) == []


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf3\x48\xc4", "audio/mpeg"),
        (b"ID3\x04\x00\x00\x00\x00\x02\x01", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypmp42", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypisom", "audio/mp4"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"fLaC\x00\x00\x00\x22", "audio/flac"),
        # Texts, pictures, and frames with an invalid bit rate, sample rate or layer.
        ("name,number".encode("utf-16"), None),
        ("id,name".encode("utf-16-be"), None),
        (b"ID3,name,number\n", None),
        (b"OggS and ends", None),
        (b"fLaC is a name", None),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"\xff\xfb\xf0\x64", None),
        (b"\xff\xfb\x9c\x64", None),
        (b"\xff\xeb\x90\x64", None),
        (b"\xff\xf9\x90\x64"[:3], None),
        (b"\xff\xfb", None),
        (b"", None),
    ],
)
def test_audio_is_known_by_its_head(head: bytes, kind: str | None) -> None:
    assert find_kind(head.ljust(12, b"\0") if len(head) > 3 else head) == kind


def test_nothing_else_is_played(
    as_: As, folder: Path, insert: Insert, deployment: Deployment, sql: Sql, tmp_path: Path
) -> None:
    (tmp_path / "secret.wav").write_bytes(AUDIO)
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    (folder / "form.pdf").write_bytes(b"%PDF-1.7 of somebody")
    (folder / "empty.wav").touch()
    (folder / "below.wav").mkdir()
    base = folder.as_uri()
    cases = {
        "outside": (tmp_path / "secret.wav").as_uri(),
        "dots": f"{base}/../secret.wav",
        "link": f"{base}/link.wav",
        "no audio": f"{base}/form.pdf",
        "empty": f"{base}/empty.wav",
        "a folder": f"{base}/below.wav",
        "not there": f"{base}/2.wav",
        "elsewhere": "https://vendor.example/1.wav",
        "no address": "see the drive",
    }
    for number, address in enumerate(cases.values(), 10):
        insert(number, recording_url=address)
    client = as_("ada")
    for number, (case, address) in enumerate(cases.items(), 10):
        answer = client.get(f"/redaction/accounts/7/activities/{number}/recording")
        assert (answer.status_code, "is not played: " in answer.text) == (404, True), case
        assert address not in answer.text, case
    insert(2)
    for number in (2, 99):
        assert "has no recording" in client.get(f"/redaction/accounts/7/activities/{number}/recording").text
    assert "<audio" not in client.get("/redaction/accounts/7/activities/10").text
    assert _views(sql) == []


def test_what_another_account_names_too_is_not_played(as_: As, folder: Path, insert: Insert, sql: Sql) -> None:
    address = (folder / "1.wav").as_uri()
    insert(1, recording_url=address)
    assert as_("ada").get(PLAY).status_code == 200
    insert(2, account_id=8, recording_url=address)
    assert "another account names it too" in as_("ada").get(PLAY).text
    assert "another account names it too" in as_("bob").get("/redaction/accounts/8/activities/2/recording").text


def test_what_an_account_at_another_placement_names_too_is_not_played(
    as_: As, folder: Path, insert: Insert, west: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    context.get_placements.cache_clear()
    address = (folder / "1.wav").as_uri()
    insert(1, recording_url=address)
    assert as_("ada").get(PLAY).status_code == 200
    with west.engine("owner").begin() as connection:
        connection.exec_driver_sql("SELECT tracking.ensure_partition('2026-03-02')")
        connection.execute(
            sa.text(
                "INSERT INTO tracking.activities (id, account_id, kind, called_at, status, recording_url)"
                " VALUES (1, 9, 'call', '2026-03-02', 'answered', :address)"
            ),
            {"address": address},
        )
    assert "another account names it too" in as_("ada").get(PLAY).text
    monkeypatch.setenv("AIRFLOW_CONN_WEST", "postgresql://nobody:secret@127.0.0.1:1/none")
    context.get_placements.cache_clear()
    refused = as_("ada").get(PLAY)
    assert (refused.status_code, "secret" in refused.text) == (404, False)
    assert "west does not answer" in refused.text


def test_what_is_redacted_is_not_played(
    as_: As, folder: Path, insert: Insert, sql: Sql, deployment: Deployment
) -> None:
    insert(1, called_at=datetime(2026, 3, 2, 15, tzinfo=UTC), recording_url=(folder / "1.wav").as_uri())
    complete_run(deployment, begin_run(deployment, 7, datetime(2026, 4, 1, 4, tzinfo=UTC), "cli").id)
    assert "has no recording" in as_("ada").get(PLAY).text


@pytest.mark.parametrize(("handler", "status"), [(b"soun", 200), (b"vide", 404)])
def test_a_video_is_not_played_whatever_its_brand(
    as_: As, folder: Path, insert: Insert, sql: Sql, handler: bytes, status: int
) -> None:
    (folder / "1.mp4").write_bytes(FTYP + DATA + box(b"moov", track(handler)))
    insert(1, recording_url=(folder / "1.mp4").as_uri())
    assert as_("ada").get(PLAY).status_code == status
    assert len(_views(sql)) == (status == 200)
