"""A recording that the clock has taken stays taken after a restore, and after a move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from redaction.control.move import move_account
from redaction.db.database import Database
from redaction.gate.holds import place_hold
from redaction.ledger.verify import verify_ledger
from redaction.objects.registry import check_promises
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import begin_run, run_step
from redaction.placements.resolve import deploy, settings_of
from redaction.recovery.replay import replay_ledger
from redaction.settings import load_settings
from redaction.source.load import load_files
from tests.evidence.conftest import Restore
from tests.objects_of import NOW, World


@pytest.fixture
def seven(world: World) -> World:
    """Account 7: whole after 90 days, recordings after 30; a store of everything below the root."""
    world.account(7)
    world.sql("UPDATE tracking.accounts SET auto_redaction = '90', recordings_period = '30'")
    world.file("other.wav")
    check_promises(world.deployment, world.store(world.root).name)
    return world


def _send(world: World, number: int) -> Any:
    return world.load({"account_id": 7, "id": number, "audio": world.file(f"{number}.wav").as_uri()})


def _with_recording(world: World) -> list[int]:
    rows = world.sql("SELECT id FROM tracking.activities WHERE recording_url IS NOT NULL ORDER BY id")
    return [row["id"] for row in rows]


@pytest.mark.parametrize("ended", ["succeeded", "unfinished", "abandoned"])
def test_a_replay_takes_them_again_and_knows_what_is_loaded_later(
    seven: World, dump: Callable[[], Restore], ended: str
) -> None:
    _send(seven, 1)
    _send(seven, 2)
    hold = place_hold(seven.deployment, 7, "case 4", "eve", activity_ids=[2])
    restore = dump()
    _send(seven, 3)
    if ended == "succeeded":
        record = seven.run_whole(7)
        assert record["recordings_taken"] == 2
    else:
        run = begin_run(seven.deployment, 7, None, "cli", at=NOW)
        run_step(seven.deployment, run.id, "strip")
        if ended == "abandoned":
            abandon_run(seven.deployment, run.id, "ticket 1", "eve")
    restore()
    assert _with_recording(seven) == [1, 2]
    replay_ledger(seven.deployment, "eve")
    assert _with_recording(seven) == [2]
    assert hold.id in [row["id"] for row in seven.sql("SELECT id FROM redaction.holds WHERE released_at IS NULL")]
    _send(seven, 1)
    assert _send(seven, 3).inserted == 1
    assert _with_recording(seven) == [2]
    assert seven.sql("SELECT count(*) AS n FROM tracking.activities WHERE redacted_at IS NOT NULL") == [{"n": 0}]
    assert verify_ledger(seven.deployment).is_whole


def test_a_move_keeps_what_was_taken(seven: World, deployed: None, west: Database) -> None:
    _send(seven, 1)
    seven.run_whole(7)
    move_account(load_settings(), 7, "west", "eve")
    there = deploy(west, settings_of(load_settings(), "west"))
    path = seven.root.parent / "again.jsonl"
    path.write_text('{"account_id": 7, "id": 1, "unix_time": 1790812800, "audio": "file:///x.wav"}')
    summary = load_files(there, [path])
    assert summary.recordings_left_out == 1
    with west.engine("owner").begin() as connection:
        rows = connection.exec_driver_sql("SELECT recording_url FROM tracking.activities WHERE account_id = 7").all()
        assert [tuple(row) for row in rows] == [(None,)]
        period = connection.exec_driver_sql("SELECT recordings_period FROM tracking.accounts WHERE id = 7").scalar()
    assert period == "30"
    assert seven.sql("SELECT count(*) AS n FROM tracking.taken_recordings") == [{"n": 0}]
