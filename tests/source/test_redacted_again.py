"""An activity that was redacted here and whose row is gone with its partition stays redacted when it is sent again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from redaction.gate.holds import place_hold, release_hold
from redaction.objects.settle import retry_objects
from redaction.pipeline.run import begin_run, run_step
from tests.objects_of import NOW, Sql, World
from tests.pipeline.test_objects import _drop_partition

AT = 1785844800
CALL = {"account_id": 7, "unix_time": AT, "name": "Jane Doe", "notes": "CANARY", "source": "Ads", "form": {"a": "b"}}
PERSONAL = ("caller_name", "caller_number", "contact_key", "notes", "recording_url", "form", "unlisted")


@pytest.fixture
def seven(world: World) -> World:
    world.account(7)
    world.store(world.root)
    return world


def _row(world: World, activity_id: int) -> dict[str, Any]:
    [row] = world.sql("SELECT * FROM tracking.activities WHERE id = :id", id=activity_id)
    return row


@pytest.mark.parametrize("leaf_alone", [False, True])
def test_what_a_run_has_redacted_comes_in_redacted(seven: World, sql: Sql, leaf_alone: bool) -> None:
    path = seven.file("1.wav")
    record = CALL | {"id": 1, "audio": path.as_uri()}
    seven.load(record)
    run = seven.run(7)
    # This one has never been redacted.
    seven.load(CALL | {"id": 2})
    _drop_partition(sql, 1, leaf_alone)
    path = seven.file("1.wav")
    summary = seven.load(record, CALL | {"id": 2}, CALL | {"id": 3})
    assert (summary.inserted, summary.late_objects) == (3, 1)
    first = _row(seven, 1)
    assert (first["redacted_at"] is not None, first["redaction_run_id"], first["source"]) == (True, run["id"], "Ads")
    assert {name: first[name] for name in PERSONAL} == dict.fromkeys(PERSONAL)
    assert [_row(seven, number)["notes"] for number in (2, 3)] == ["CANARY", "CANARY"]
    # Its object is due as before, and it stays redacted from then on.
    assert seven.left() == [(1, None, None)]
    assert retry_objects(seven.deployment).outcomes == {"deleted": 1}
    assert not path.exists()
    assert (seven.load(record).already_redacted, _row(seven, 1)) == (1, first)


def test_one_that_the_source_has_redacted_too_belongs_to_that_run(seven: World, sql: Sql) -> None:
    seven.load(CALL | {"id": 1})
    run = seven.run(7)
    _drop_partition(sql, 1)
    assert seven.load(CALL | {"id": 1, "redacted": True}).inserted == 1
    assert _row(seven, 1)["redaction_run_id"] == run["id"]


def test_what_a_hold_may_have_kept_from_the_run_comes_in_alive(seven: World, sql: Sql) -> None:
    seven.load(CALL | {"id": 1}, CALL | {"id": 2})
    run = begin_run(seven.deployment, 7, NOW, "cli")
    hold = place_hold(seven.deployment, 7, "case 1", "eve", activity_ids=[2])
    run_step(seven.deployment, run.id, "strip")
    _drop_partition(sql, 1)
    seven.load(CALL | {"id": 1}, CALL | {"id": 2})
    assert [_row(seven, number)["notes"] for number in (1, 2)] == [None, "CANARY"]
    release_hold(seven.deployment, hold.id, "eve")


def test_an_activity_that_moved_beyond_the_cutoff_was_not_redacted(seven: World, sql: Sql) -> None:
    seven.load(CALL | {"id": 1}, CALL | {"id": 2})
    run = begin_run(seven.deployment, 7, NOW, "cli")
    later = CALL | {"id": 1, "unix_time": AT + 100 * 86400}
    seven.load(later)
    run_step(seven.deployment, run.id, "strip")
    _drop_partition(sql, 1)
    seven.load(later)
    assert _row(seven, 1)["notes"] == "CANARY"


def test_a_row_keeps_its_retained_values_alone(seven: World, sql: Sql, tmp_path: Path) -> None:
    record = CALL | {"id": 1, "tracking_number": "+12065550100", "call_path": [{"route_name": "x"}], "x": [1, {"a": 2}]}
    seven.load(record)
    seven.run(7)
    before = _row(seven, 1)
    _drop_partition(sql, 1)
    seven.load(record)
    now = _row(seven, 1)
    assert now | {"redacted_at": None} == before | {"redacted_at": None}
