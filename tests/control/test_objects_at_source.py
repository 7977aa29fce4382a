"""An activity that comes in redacted names objects: a payload alone makes none of them due."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.control.follow import follow_account
from redaction.control.manual import ManualRequest, begin_manual, preview_manual
from redaction.deployment import Deployment
from redaction.errors import ApprovalNeeded
from redaction.evidence.watch import watch
from redaction.gate.guard import decide_approval
from redaction.gate.holds import list_holds, place_hold, release_hold
from redaction.ledger.entries import read_entries
from redaction.objects.settle import retry_objects
from redaction.pipeline.run import complete_run
from redaction.placements.resolve import deploy
from redaction.source.load import load_files
from tests.objects_of import World, only
from tests.pipeline.test_objects import _drop_partition

Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def world(deployment: Deployment, sql: Sql, tmp_path: Path) -> World:
    """Account 7, which follows its source and redacts nothing by itself; eve administers it."""
    found = World(deployment, sql, tmp_path / "recordings")
    found.account(7)
    sql("UPDATE tracking.accounts SET auto_redaction = NULL, follow_source = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'eve')")
    found.store(found.root)
    return found


def _does_not_follow(world: World) -> None:
    world.sql("UPDATE tracking.accounts SET follow_source = false")


def _load(world: World, *ids: int, **more: Any) -> list[Path]:
    """Load never-seen activities that the source has redacted, each with a recording; return the files."""
    files = [world.file(f"{number}.wav") for number in ids]
    given = {"account_id": 7, "name": "Zoe Canary", "redacted": True} | more
    world.load(*(given | {"id": n, "audio": path.as_uri()} for n, path in zip(ids, files, strict=True)))
    return files


def _figure(world: World) -> list[tuple[int, bool]]:
    return [(each.count, each.late) for each in watch(world.deployment) if each.what == "redacted at the source"]


def _sweep(world: World) -> dict[str, int]:
    return only(retry_objects(world.deployment).outcomes)


def test_they_stay_while_the_account_does_not_follow(world: World) -> None:
    _does_not_follow(world)
    [path] = _load(world, 1)
    assert (world.left(), _sweep(world), path.exists(), _figure(world)) == ([], {}, True, [(1, False)])
    # Another record of it makes none due either.
    more = world.file("more.wav")
    world.load({"account_id": 7, "id": 1, "redacted": True, "audio": [path.as_uri(), more.as_uri()]})
    assert (world.left(), _sweep(world), path.exists(), more.exists()) == ([], {}, True, True)
    [row] = world.sql("SELECT * FROM tracking.activities")
    assert (row["redacted_at"] is not None, row["caller_name"], row["recording_url"]) == (True, None, None)


def test_a_person_redacts_them(world: World) -> None:
    _does_not_follow(world)
    [path] = _load(world, 1)
    request = ManualRequest(7, (1,), "case 1", "eve")
    preview = preview_manual(world.database, request)
    assert ([each.id for each in preview.activities], preview.already_redacted, preview.objects) == ([1], (), 1)
    run = begin_manual(world.deployment, request, "cli", True, preview.digest)
    record = complete_run(world.deployment, run.id)
    assert (record["state"], record["due_count"], record["stripped_count"]) == ("succeeded", 1, 1)
    assert (only(record["objects"]), path.exists(), _figure(world)) == ({"deleted": 1}, False, [])
    assert preview_manual(world.database, request).already_redacted == (1,)


def test_switching_on_redacts_them_with_ledger_and_certificate(world: World) -> None:
    _does_not_follow(world)
    files = _load(world, 1, 2)
    world.sql("UPDATE tracking.accounts SET follow_source = true")
    [record] = follow_account(world.deployment, 7)
    assert (record["state"], record["stripped_count"], only(record["objects"])) == ("succeeded", 2, {"deleted": 2})
    assert [path.exists() for path in files] == [False, False]
    [row] = [entry for entry in read_entries(world.database) if entry.kind == "redaction"]
    assert (row.facts["kind"], row.facts["stripped_count"], only(row.facts["objects"])) == ("source", 2, {"deleted": 2})
    assert world.certify(record["id"]).due_count == 2
    assert (list(follow_account(world.deployment, 7)), _figure(world)) == ([], [])
    # From now on it is like any other activity that a run has redacted.
    late = world.file("late.wav")
    world.load({"account_id": 7, "id": 1, "audio": [files[0].as_uri(), late.as_uri()]})
    assert (_sweep(world), late.exists()) == ({"deleted": 1, "not_found": 1}, False)


def test_many_at_once_wait_for_a_person_and_are_not_taken_in_slices(world: World) -> None:
    narrow = deploy(world.database, world.settings.model_copy(update={"guard_least": 3, "guard_factor": 2}))
    files = _load(world, 1, 2, 3)
    [record] = follow_account(narrow, 7)
    assert record["stripped_count"] == 3
    more = _load(world, 4, 5)
    with pytest.raises(ApprovalNeeded) as asked:
        list(follow_account(narrow, 7))
    assert ([path.exists() for path in files], [path.exists() for path in more]) == ([False] * 3, [True] * 2)
    run_id = asked.value.subject
    assert isinstance(run_id, int)
    assert (_sweep(world), more[0].exists()) == ({}, True)
    decide_approval(narrow, run_id, True, "eve")
    [record] = follow_account(narrow, 7)
    assert (record["stripped_count"], [path.exists() for path in more]) == (2, [False] * 2)


@pytest.mark.parametrize("contact", ["+12125550143", "zoe@x.example"])
@pytest.mark.parametrize("follows", [False, True])
def test_a_hold_on_the_contact_keeps_them(world: World, follows: bool, contact: str) -> None:
    if not follows:
        _does_not_follow(world)
    hold = place_hold(world.deployment, 7, "case 9", "eve", contact=contact, anyway=True)
    [path] = _load(world, 1, email="zoe@x.example")
    [other] = _load(world, 2, caller_number="+12125550144")
    assert [each.activities for each in list_holds(world.database, 7)] == [1]
    world.sql("UPDATE tracking.accounts SET follow_source = true")
    [record] = follow_account(world.deployment, 7)
    assert (record["stripped_count"], path.exists(), other.exists()) == (1, True, False)
    assert (_sweep(world), path.exists(), _figure(world)) == ({}, True, [(1, False)])
    release_hold(world.deployment, hold.id, "eve")
    [record] = follow_account(world.deployment, 7)
    assert (record["stripped_count"], path.exists()) == (1, False)


def test_a_contact_that_a_later_record_of_the_file_names_is_held_too(world: World) -> None:
    place_hold(world.deployment, 7, "case 9", "eve", contact="+12125550143", anyway=True)
    path = world.file("1.wav")
    at = {"unix_time": 1790812800, "account_id": 7, "id": 1}
    file = world.root.parent / "both.jsonl"
    file.write_bytes(
        orjson.dumps(at | {"redacted": True, "audio": path.as_uri()})
        + b"\n"
        + orjson.dumps(at | {"caller_number": "+12125550143"})
    )
    load_files(world.deployment, [file])
    assert [each.activities for each in list_holds(world.database, 7)] == [1]
    assert (list(follow_account(world.deployment, 7)), path.exists()) == ([], True)


def test_objects_of_a_lost_row_wait_too(world: World, sql: Sql) -> None:
    _does_not_follow(world)
    path = world.file("1.wav")
    world.load({"account_id": 7, "id": 1, "audio": path.as_uri()})
    _drop_partition(sql, 1)
    world.load({"account_id": 7, "id": 1, "redacted": True})
    assert (_sweep(world), path.exists(), _figure(world)) == ({}, True, [(1, False)])


def test_a_run_of_the_schedule_leaves_them(world: World) -> None:
    _does_not_follow(world)
    world.sql("UPDATE tracking.accounts SET auto_redaction = 'daily'")
    [path] = _load(world, 1)
    world.load({"account_id": 7, "id": 2})
    record = world.run_whole(7)
    assert (record["state"], record["stripped_count"]) == ("succeeded", 1)
    assert (_sweep(world), path.exists(), _figure(world)) == ({}, True, [(1, False)])
