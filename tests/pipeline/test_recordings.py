"""Recordings: real files, deleted with their activity, and never forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from redaction.database import Database
from redaction.errors import RecordingRemains
from redaction.pipeline.recordings import delete_recordings
from redaction.pipeline.select import Request, select_aged
from redaction.pipeline.strip import strip_run
from redaction.settings import Settings

CUTOFF = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def recording(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        path = tmp_path / "recordings" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"RIFF")
        return path

    return make


def _strip(database: Database, settings: Settings) -> Any:
    run = select_aged(database, settings, 7, CUTOFF, Request("test"))
    strip_run(database, settings, run)
    return run


def test_files_go_and_their_addresses_are_forgotten(
    database: Database,
    settings: Settings,
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    recording: Callable[[str], Path],
) -> None:
    one, two = recording("1.wav"), recording("2.wav")
    insert(1, recording_url=one.as_uri())
    insert(2, recording_url=str(two))
    insert(3, recording_url=(one.parent / "never there.wav").as_uri())
    insert(4)
    run = _strip(database, settings)
    assert delete_recordings(database, settings, run) == 3
    assert not one.exists()
    assert not two.exists()
    assert sql("SELECT url FROM redaction.recordings_due") == []
    assert sql("SELECT recordings_deleted AS n FROM redaction.runs") == [{"n": 3}]
    assert delete_recordings(database, settings, run) == 0


def test_one_that_stays_fails_the_run_by_its_activity_and_is_retried(
    database: Database,
    settings: Settings,
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    recording: Callable[[str], Path],
) -> None:
    good = recording("1.wav")
    stubborn = good.parent / "canary.wav"
    stubborn.mkdir()
    insert(1, recording_url=good.as_uri())
    insert(2, recording_url=stubborn.as_uri())
    insert(3, recording_url="nowhere://bucket/canary.wav")
    run = _strip(database, settings)
    with pytest.raises(RecordingRemains, match=r"2 activities .*2, 3") as caught:
        delete_recordings(database, settings, run)
    assert "canary" not in str(caught.value)
    assert not good.exists()
    stubborn.rmdir()
    sql("DELETE FROM redaction.recordings_due WHERE activity_id = 3")
    assert delete_recordings(database, settings, run) == 1


def test_outside_the_allowed_folder_nothing_is_deleted(
    database: Database,
    settings: Settings,
    account: int,
    insert: Callable[..., None],
    tmp_path: Path,
    recording: Callable[[str], Path],
) -> None:
    inside, outside = recording("1.wav"), tmp_path / "payroll.txt"
    outside.write_text("not a recording")
    allowed = settings.model_copy(update={"recordings_under": inside.parent.as_uri()})
    insert(1, recording_url=inside.as_uri())
    insert(2, recording_url=outside.as_uri())
    insert(3, recording_url=f"{inside.parent.as_uri()}/../payroll.txt")
    run = _strip(database, settings)
    with pytest.raises(RecordingRemains, match="2, 3"):
        delete_recordings(database, allowed, run)
    assert outside.exists()
    assert not inside.exists()


def test_a_replaced_recording_goes_with_its_activity(
    database: Database,
    settings: Settings,
    account: int,
    insert: Callable[..., None],
    sql: Sql,
    recording: Callable[[str], Path],
) -> None:
    old, new = recording("old.wav"), recording("new.wav")
    insert(1, recording_url=old.as_uri())
    sql("UPDATE tracking.activities SET recording_url = :url", url=new.as_uri())
    run = _strip(database, settings)
    assert delete_recordings(database, settings, run) == 2
    assert not old.exists()
    assert not new.exists()


def test_what_a_dead_run_left_goes_with_the_next(
    database: Database, settings: Settings, account: int, insert: Callable[..., None], recording: Callable[[str], Path]
) -> None:
    path = recording("1.wav")
    insert(1, recording_url=path.as_uri())
    _strip(database, settings)
    following = select_aged(database, settings, 7, CUTOFF, Request("test"))
    assert following.due_count == 0
    assert delete_recordings(database, settings, following) == 1
    assert not path.exists()
