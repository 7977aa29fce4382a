"""The effect of a record that says the source has redacted it: it empties nothing, and brings nothing personal in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.deployment import Deployment
from redaction.evidence.watch import watch
from redaction.gate.holds import place_hold
from redaction.pipeline.reports import rebuild_account
from redaction.source.load import LoadSummary, load_files
from tests.objects_of import AT, World

Sql = Callable[..., list[dict[str, Any]]]
CALL = {"name": "Jane Doe", "notes": "CANARY", "source": "Google Ads", "status": "answered"}
EMPTY = {"account_id": 7, "id": 8, "caller_number": None, "name": None, "notes": None, "audio": None, "redacted": True}


@pytest.fixture
def world(deployment: Deployment, sql: Sql, tmp_path: Path) -> World:
    """Account 7, which redacts nothing by itself, and a store with its recordings."""
    found = World(deployment, sql, tmp_path / "recordings")
    found.account(7)
    sql("UPDATE tracking.accounts SET auto_redaction = NULL")
    found.store(found.root)
    return found


def rows(world: World) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in world.sql("SELECT * FROM tracking.activities ORDER BY id")}


def reported(world: World) -> list[int]:
    found = world.sql("SELECT activity_id FROM tracking.redacted_at_source WHERE account_id = 7 ORDER BY 1")
    return [row["activity_id"] for row in found]


def counts(summary: LoadSummary) -> dict[str, int]:
    names = ("inserted", "updated", "unchanged", "already_redacted", "rejected", "redacted_at_source")
    return {name: getattr(summary, name) for name in names if getattr(summary, name)}


@pytest.mark.parametrize("follows", [False, True])
@pytest.mark.parametrize("said", [True, "true", " True", 1, 1.0, "1", "yes", "on", "ON ", "T", "y"], ids=repr)
def test_nothing_is_emptied_outside_a_run(world: World, follows: bool, said: Any) -> None:
    world.sql("UPDATE tracking.accounts SET follow_source = :follows", follows=follows)
    recording = world.file("f11.wav")
    world.load({"account_id": 7, "id": 8, "audio": recording.as_uri(), **CALL})
    before = rows(world)
    assert counts(world.load(EMPTY | {"redacted": said})) == {"unchanged": 1, "redacted_at_source": 1}
    assert rows(world) == before
    assert (recording.exists(), reported(world)) == (True, [8])
    # Nor by a repeated record, or one with other values.
    more = EMPTY | {"redacted": said, "name": "John Roe", "transcription": "CANARY2", "status": "busy"}
    assert counts(world.load(more)) == {"unchanged": 1, "redacted_at_source": 1}
    assert rows(world) == before


@pytest.mark.parametrize("said", [False, "false", 0, "0", "no", "Off", " ", "", None, [], {}], ids=repr)
def test_a_record_that_says_no_is_one_like_any_other(world: World, said: Any) -> None:
    world.load({"account_id": 7, "id": 8, **CALL})
    assert counts(world.load(EMPTY | {"redacted": said})) == {"updated": 1}
    assert (rows(world)[8]["notes"], reported(world)) == (None, [])
    # And it is a word of the source about itself, not a value.
    assert rows(world)[8]["unlisted"] is None


@pytest.mark.parametrize("said", ["2026-01-01T00:00:00Z", "partly", 2, -1, [True], {"at": 1}, "ｏｎ", 1e300], ids=repr)
def test_a_record_that_says_neither_is_rejected_and_empties_nothing(world: World, said: Any) -> None:
    world.sql("UPDATE tracking.accounts SET follow_source = true")
    world.load({"account_id": 7, "id": 8, **CALL})
    before = rows(world)
    summary = world.load(EMPTY | {"redacted": said})
    assert counts(summary) == {"rejected": 1}
    assert [rejection.reason for rejection in summary.rejections] == ["redacted says neither yes nor no"]
    assert (rows(world), reported(world)) == (before, [])


@pytest.mark.parametrize("follows", [False, True])
def test_what_was_never_here_comes_in_redacted(world: World, follows: bool) -> None:
    world.sql("UPDATE tracking.accounts SET follow_source = :follows", follows=follows)
    first, second = world.file("1.wav"), world.file("2.wav")
    given = {"account_id": 7, "id": 8, "redacted": "true", "audio": first.as_uri(), "tag_list": ["CANARY"], **CALL}
    summary = world.load(given, EMPTY | {"id": 9})
    assert counts(summary) == {"inserted": 2}
    found = rows(world)
    assert [row["redacted_at"] is not None for row in found.values()] == [True, True]
    personal = ("caller_name", "caller_number", "contact_key", "notes", "recording_url", "tags", "unlisted")
    assert {name: found[8][name] for name in personal} == dict.fromkeys(personal)
    assert (found[8]["source"], found[8]["status"]) == ("Google Ads", "answered")
    # The object that it names waits for a run: no payload makes one due.
    assert (reported(world), world.left()) == ([8], [])
    rebuild_account(world.database, 7)
    counted = world.sql("SELECT sum(activities)::int AS n, sum(redacted)::int AS r FROM reporting.activity_by_source")
    assert counted == [{"n": 2, "r": 2}]
    # Sent again with values, it stays redacted.
    again = {"account_id": 7, "id": 9, "audio": second.as_uri(), **CALL}
    assert counts(world.load(again)) == {"already_redacted": 1}
    assert rows(world) == found


def _in_one(world: World, *records: dict[str, Any]) -> LoadSummary:
    path = world.root.parent / "both.jsonl"
    base = {"unix_time": AT, "account_id": 7, "id": 8}
    path.write_bytes(b"\n".join(orjson.dumps(base | record) for record in records))
    return load_files(world.deployment, [path])


def test_both_in_one_file_are_as_in_two(world: World) -> None:
    recording = world.file("f11.wav")
    assert counts(_in_one(world, CALL | {"audio": recording.as_uri()}, EMPTY)) == {
        "inserted": 1,
        "redacted_at_source": 1,
    }
    assert (rows(world)[8]["notes"], rows(world)[8]["redacted_at"], reported(world)) == ("CANARY", None, [8])
    assert world.left() == []
    # A load that brings both again changes nothing.
    assert counts(_in_one(world, CALL | {"audio": recording.as_uri()}, EMPTY)) == {
        "unchanged": 1,
        "redacted_at_source": 1,
    }


@pytest.mark.parametrize("later", ["2026-10-02T00:00:00Z", "2026-10-04T00:00:00Z"], ids=["older", "newer"])
def test_which_copy_is_the_newer_one_has_no_say(world: World, later: str) -> None:
    """A record that says so: neither in one file nor in two does it empty a value, or bring one back."""
    values, empty = CALL | {"indexed_at": "2026-10-03T00:00:00Z"}, EMPTY | {"indexed_at": later}
    _in_one(world, values, empty)
    assert (rows(world)[8]["notes"], rows(world)[8]["redacted_at"], reported(world)) == ("CANARY", None, [8])
    _in_one(world, empty | {"id": 9}, values | {"id": 9})
    assert (rows(world)[9]["notes"], rows(world)[9]["redacted_at"] is None, reported(world)) == (None, False, [8])


@pytest.mark.parametrize("in_one", [True, False])
@pytest.mark.parametrize("behind", [(), (EMPTY | {"indexed_at": "2026-10-05T00:00:00Z"},)], ids=["", "and again"])
def test_a_newer_copy_that_does_not_say_so_counts_for_one_that_is_here(
    world: World, in_one: bool, behind: tuple[dict[str, Any], ...]
) -> None:
    _in_one(world, CALL | {"indexed_at": "2026-10-01T00:00:00Z"})
    newer = CALL | {"notes": "CANARY2", "indexed_at": "2026-10-03T00:00:00Z"}
    sent = (EMPTY | {"indexed_at": "2026-10-02T00:00:00Z"}, newer, *behind)
    for records in [sent] if in_one else [(record,) for record in sent]:
        _in_one(world, *records)
    found = rows(world)[8]
    assert (found["notes"], found["redacted_at"], reported(world)) == ("CANARY2", None, [8])
    assert found["indexed_at"].day == 3


def test_the_later_one_of_a_file_brings_no_value_back(world: World) -> None:
    assert counts(_in_one(world, EMPTY, CALL)) == {"inserted": 1}
    assert (rows(world)[8]["notes"], rows(world)[8]["redacted_at"] is None, reported(world)) == (None, False, [])


def test_what_a_hold_keeps_is_flagged_too(world: World) -> None:
    world.load({"account_id": 7, "id": 8, **CALL})
    place_hold(world.deployment, 7, "case 1", "eve", activity_ids=[8])
    assert counts(world.load(EMPTY)) == {"unchanged": 1, "redacted_at_source": 1}
    assert (rows(world)[8]["notes"], reported(world)) == ("CANARY", [8])


def test_an_account_that_does_not_follow_is_flagged_and_not_late(world: World) -> None:
    assert [figure for figure in watch(world.deployment) if figure.what == "redacted at the source"] == []
    world.load(*({"account_id": 7, "id": number, **CALL} for number in range(1, 4)))
    world.load(*(EMPTY | {"id": number} for number in range(1, 3)))
    world.sql("UPDATE tracking.redacted_at_source SET reported_at = now() - interval '3 days'")
    [figure] = [figure for figure in watch(world.deployment) if figure.what == "redacted at the source"]
    assert (figure.account_id, figure.count, figure.late) == (7, 2, False)
    assert "--follow-source" in figure.hint
    world.sql("UPDATE tracking.accounts SET follow_source = true")
    [figure] = [figure for figure in watch(world.deployment) if figure.what == "redacted at the source"]
    assert (figure.count, figure.late) == (2, True)
    # A held activity is due to nobody.
    place_hold(world.deployment, 7, "case 1", "eve")
    [figure] = [figure for figure in watch(world.deployment) if figure.what == "redacted at the source"]
    assert (figure.count, figure.late) == (2, False)


def test_what_goes_takes_its_mark_along(world: World) -> None:
    world.load({"account_id": 7, "id": 8, **CALL}, {"account_id": 7, "id": 9, **CALL})
    world.load(EMPTY, EMPTY | {"id": 9})
    world.sql("INSERT INTO tracking.future_activities (account_id, activity_id) VALUES (7, 8), (7, 9)")
    world.sql("DELETE FROM tracking.activities WHERE id = 8")
    assert reported(world) == [9]
    assert world.sql("SELECT activity_id AS id FROM tracking.future_activities") == [{"id": 9}]
    world.sql("TRUNCATE tracking.activities")
    assert reported(world) == []
    assert world.sql("SELECT FROM tracking.future_activities") == []


@pytest.mark.parametrize("behind", [(), ({"account_id": 7, "id": 8, **CALL},)], ids=["", "before a newer copy"])
def test_one_whose_partition_was_dropped_comes_in_redacted(world: World, behind: tuple[dict[str, Any], ...]) -> None:
    world.load({"account_id": 7, "id": 8, **CALL})
    [part] = world.sql("SELECT partition_name AS name FROM redaction.partitions WHERE NOT is_default")
    world.sql(f"ALTER TABLE tracking.activities DETACH PARTITION tracking.{part['name']}")
    world.sql(f"DROP TABLE tracking.{part['name']} CASCADE")
    assert counts(world.load(EMPTY, *behind)) == {"inserted": 1}
    assert (rows(world)[8]["redacted_at"] is not None, rows(world)[8]["notes"]) == (True, None)


def test_a_loader_marks_nothing_but_what_it_has_just_brought_in(world: World) -> None:
    world.load({"account_id": 7, "id": 8, **CALL}, {"account_id": 7, "id": 9, "caller_number": None})
    with world.database.transaction("redaction_loader") as session:
        session.run("come_in_redacted", accounts=[7, 7], ids=[8, 9], runs=[None, None])
    assert [row["redacted_at"] for row in rows(world).values()] == [None, None]
