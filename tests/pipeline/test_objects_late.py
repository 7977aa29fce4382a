"""Objects whose address arrives only after their activity was redacted: they are deleted too, and nothing is asked
twice.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from redaction.control.ends import give_up, list_left, mark_erased_outside
from redaction.erasure.residue import erase_residue
from redaction.evidence.watch import watch
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.entries import find_entry, read_entries
from redaction.ledger.verify import verify_ledger
from redaction.objects.registry import check_promises
from redaction.objects.settle import retry_objects
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.source.load import LoadSummary
from tests.objects_of import AT, NOW, Sql, World, only, vendor_server
from tests.pipeline.test_objects import _drop_partition


def _send(world: World, *files: str | Path, activity: int = 1, **more: Any) -> LoadSummary:
    """Send one call of account 7 with recordings; `more` are fields of its record."""
    addresses = [path.as_uri() if isinstance(path, Path) else path for path in files]
    return world.load({"account_id": 7, "id": activity, **({"audio": addresses} if addresses else {}), **more})


def _retry(world: World) -> dict[str, int]:
    return retry_objects(world.deployment).outcomes


@pytest.fixture
def seven(world: World) -> World:
    """Account 7, and a store of everything below the root, proven to be whole."""
    world.account(7)
    world.file("other.wav")
    check_promises(world.deployment, world.store(world.root).name)
    return world


def test_a_recording_that_comes_after_its_call_was_redacted_goes(seven: World) -> None:
    _send(seven)
    record = seven.run(7)
    assert (record["stripped_count"], only(record["objects"])) == (1, {})
    before = seven.sql("SELECT to_jsonb(a) AS row FROM tracking.activities a")
    path = seven.file("canary.wav")
    summary = _send(seven, path, notes="canary")
    assert (summary.already_redacted, summary.late_objects, summary.total) == (1, 1, 1)
    assert seven.sql("SELECT to_jsonb(a) AS row FROM tracking.activities a") == before
    [left] = list_left(seven.database, 7)
    assert (left.activity_id, left.run_id, left.outcome) == (1, record["id"], None)
    assert _retry(seven) == {"deleted": 1}
    assert not path.exists()
    assert seven.counts(record["id"]) == {"deleted": 1}
    assert seven.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]


def test_the_count_of_what_was_settled_goes_when_nobody_can_ask_for_it(seven: World) -> None:
    paths = [seven.file(f"{number}.wav") for number in range(3)]
    for number, path in enumerate(paths):
        _send(seven, path, activity=number)
    # Far from the others, in a partition of its own.
    _send(seven, seven.file("old.wav"), activity=9, unix_time=AT - 60 * 86_400)
    seven.run(7)
    counted = "SELECT activity_id AS id, settled FROM tracking.settled_objects ORDER BY activity_id"
    assert [row["id"] for row in seven.sql(counted)] == [0, 1, 2, 9]
    seven.sql("UPDATE tracking.settled_objects SET settled = 0 WHERE activity_id = 1")
    _drop_partition(seven.sql, 9)
    erase_residue(seven.deployment)
    assert seven.sql(counted) == [{"id": 0, "settled": 1}, {"id": 2, "settled": 1}]
    # An address that is sent again is known as before.
    assert _send(seven, paths[0], activity=0).late_objects == 0


def test_its_run_is_at_l0_until_it_is_gone_and_the_ledger_tells_of_it(seven: World) -> None:
    _send(seven)
    record = seven.run_whole(7)
    seven.sql("UPDATE redaction.runs SET erasure_level = 'L4'")
    path = seven.file("canary.wav")
    _send(seven, path)
    assert seven.sql("SELECT erasure_level FROM redaction.runs") == [{"erasure_level": "L0"}]
    certificate = seven.certify(record["id"])
    assert certificate.level == "L0"
    assert any("1 object not tried yet" in line for line in certificate.not_covered)
    _retry(seven)
    assert seven.certify(record["id"]).level != "L0"
    entry = list(read_entries(seven.database))[-1]
    assert (entry.kind, entry.run_id, only(entry.facts["objects"])) == ("object", record["id"], {"deleted": 1})
    assert "canary" not in str([entry.model_dump() for entry in read_entries(seven.database)])
    at_end = find_entry(seven.database, record["id"])
    assert at_end is not None
    assert only(at_end.facts["objects"]) == {}
    verified = verify_ledger(seven.deployment)
    assert (verified.first_bad, list(verified.unrecorded)) == (None, [])


def test_it_is_shown_as_an_object_that_remains_and_late_after_the_tolerance(seven: World) -> None:
    _send(seven)
    seven.run(7)
    _send(seven, seven.file("1.wav"))

    def late(at: datetime) -> list[tuple[int, bool]]:
        figures = watch(seven.deployment, at)
        return [(figure.count, figure.late) for figure in figures if figure.what == "objects"]

    now = datetime.now(UTC)
    assert late(now) == [(1, False)]
    assert late(now + timedelta(hours=seven.settings.watch_object_h, minutes=1)) == [(1, True)]


def test_one_then_one_then_two_then_three_recordings(seven: World) -> None:
    files = [seven.file(f"{number}.wav") for number in range(3)]
    _send(seven, files[0])
    record = seven.run(7)
    sent = [(1, 0, {}), (2, 2, {"deleted": 1, "not_found": 1}), (2, 0, {}), (1, 0, {}), (3, 3, None), (3, 0, {})]
    for number, late, outcomes in sent:
        summary = _send(seven, *files[:number])
        assert (number, summary.late_objects) == (number, late)
        # While they are due they are compared, and none is recorded again.
        assert _send(seven, *files[:number]).late_objects == 0
        assert outcomes in (None, _retry(seven))
    _retry(seven)
    assert not any(path.exists() for path in files)
    assert seven.counts(record["id"]) == {"deleted": 3, "not_found": 3}


def test_a_vendor_is_not_asked_again_for_what_is_sent_again(world: World) -> None:
    with vendor_server() as (url, asked):
        world.account(7)
        world.store(url, mode="vendor", template=f"{url}/200/{{account}}/{{activity}}")
        for number in (1, 2):
            world.load({"account_id": 7, "id": number, "audio": f"{url}/200/{number}.wav"})
        world.run(7)
        asked.clear()
        for token in ("a", "b", "a"):
            # An address that differs each time: as many as were settled, so it counts as the same.
            for number in (1, 2):
                summary = world.load({"account_id": 7, "id": number, "audio": f"{url}/200/{number}.wav?token={token}"})
                assert (summary.already_redacted, summary.late_objects) == (1, 0)
            _retry(world)
        assert asked == []


def test_what_remains_and_has_another_address_each_time_is_recorded_once(seven: World) -> None:
    (seven.root / "1.wav").mkdir(parents=True)
    _send(seven, seven.root / "1.wav")
    record = seven.run(7)
    assert only(record["objects"]) == {"remains": 1}
    for number in range(3):
        assert _send(seven, f"https://m.example.com/1?token={number}").late_objects == 0
    # It is among those that are sent now, so the other one is one more.
    path = seven.file("2.wav")
    assert _send(seven, seven.root / "1.wav", path).late_objects == 1
    assert _retry(seven) == {"deleted": 1, "remains": 1}
    assert _send(seven, seven.root / "1.wav", path).late_objects == 0


def test_late_objects_that_lie_elsewhere_do_not_grow_with_each_load(seven: World) -> None:
    _send(seven)
    seven.run(7)
    late = []
    for number in range(3):
        late.append(_send(seven, f"https://m.example.com/1?token={number}").late_objects)
        _retry(seven)
    assert late == [1, 0, 0]
    assert len(seven.left()) == 1


def test_another_spelling_is_no_other_address(seven: World) -> None:
    path = seven.file("call one.wav")
    spellings = [f"file://localhost{path}", path.as_uri(), f"file://{path}"]
    _send(seven, spellings[0], media=spellings)
    assert only(seven.run(7)["objects"]) == {"deleted": 1}
    for first in spellings:
        assert _send(seven, first, media=spellings).late_objects == 0


def test_an_audio_that_is_no_address_is_one_and_the_same(seven: World) -> None:
    _send(seven, audio="%zz")
    assert only(seven.run(7)["objects"]) == {"elsewhere": 1}
    assert _send(seven, audio="%zz").late_objects == 0
    mark_erased_outside(seven.deployment, 1, list_left(seven.database, 7)[0].place or "", "eve")
    assert _send(seven, audio="%zz").late_objects == 0


def test_the_recordings_of_twins_in_one_file_are_counted_together(seven: World) -> None:
    files = [seven.file(f"{number}.wav") for number in range(3)]

    def twins(*paths: Path) -> LoadSummary:
        return seven.load(*({"account_id": 7, "id": 1, "audio": path.as_uri()} for path in paths))

    twins(files[0], files[0])
    record = seven.run(7)
    assert twins(files[0], files[0], files[0]).late_objects == 0
    assert twins(*files, files[0]).late_objects == 3
    _retry(seven)
    assert not any(path.exists() for path in files)
    assert seven.counts(record["id"]) == {"deleted": 3, "not_found": 1}
    assert twins(*files).late_objects == 0


def test_pictures_of_a_text_and_uploads_of_a_form_count_too(seven: World) -> None:
    path = seven.file("1.jpg")
    seven.load({"account_id": 7, "id": 1}, {"account_id": 7, "id": 2, "audio": seven.file("2.wav").as_uri()})
    seven.run(7)
    summary = seven.load(
        {"account_id": 7, "id": 1, "media": [path.as_uri()]},
        {"account_id": 7, "id": 2, "audio": (seven.root / "2.wav").as_uri()},
        {"account_id": 7, "id": 3, "audio": seven.file("3.wav").as_uri()},
    )
    assert (summary.late_objects, summary.already_redacted, summary.inserted) == (1, 2, 1)
    _retry(seven)
    assert not path.exists()
    # That of an unredacted activity stays.
    assert (seven.root / "3.wav").exists()


def test_a_late_object_of_a_held_account_stays_until_the_release(seven: World) -> None:
    _send(seven)
    record = seven.run(7)
    hold = place_hold(seven.deployment, 7, "case 4", "eve")
    path = seven.file("1.wav")
    assert _send(seven, path).late_objects == 1
    assert _retry(seven) == {"kept": 1}
    assert path.exists()
    assert _send(seven, path).late_objects == 0
    release_hold(seven.deployment, hold.id, "eve")
    assert _retry(seven) == {"deleted": 1}
    assert seven.counts(record["id"]) == {"deleted": 1}


def test_a_pause_keeps_it_and_what_lies_elsewhere_is_listed(seven: World) -> None:
    _send(seven)
    record = seven.run(7)
    path = seven.file("1.wav")
    pause(seven.deployment, 7, "case 1", "eve")
    _send(seven, path, "https://m.example.com/1.wav")
    assert _retry(seven) == {}
    resume(seven.deployment, 7, "eve")
    assert _retry(seven) == {"deleted": 1, "elsewhere": 1}
    assert seven.counts(record["id"]) == {"deleted": 1, "elsewhere": 1}
    assert mark_erased_outside(seven.deployment, record["id"], "m.example.com", "eve") == 1
    assert _send(seven, path, "https://m.example.com/1.wav").late_objects == 0


def test_what_was_given_up_is_not_brought_back(seven: World) -> None:
    (seven.root / "1.wav").mkdir(parents=True)
    _send(seven, seven.root / "1.wav")
    seven.run(7)
    give_up(seven.deployment, list_left(seven.database, 7)[0].id, "ticket 9", "eve")
    assert _send(seven, seven.root / "1.wav").late_objects == 0


def test_what_another_account_had_deleted_is_settled_here_too(seven: World) -> None:
    shared = seven.file("shared.wav")
    seven.account(8)
    for account_id in (7, 8):
        seven.load_audio(account_id, shared.as_uri())
    first = seven.run(7)
    assert only(first["objects"]) == {"kept": 1}
    seven.run(8)
    assert seven.counts(first["id"]) == {"not_found": 1}
    assert [seven.load_audio(account_id, shared.as_uri()).late_objects for account_id in (7, 8)] == [0, 0]


def test_an_activity_whose_partition_was_dropped_begins_anew(seven: World, sql: Sql) -> None:
    files = [seven.file(f"{number}.wav") for number in range(2)]
    at = {"unix_time": 1785844800}
    _send(seven, files[0], **at)
    seven.run(7)
    _drop_partition(sql, 1)
    # It comes in redacted, and its object is asked for once more.
    summary = _send(seven, files[0], **at)
    assert (summary.inserted, summary.late_objects) == (1, 1)
    assert _retry(seven) == {"not_found": 1}
    # Objects from before its partition was dropped are not counted again.
    assert _send(seven, files[0], **at).late_objects == 0
    assert _send(seven, *files, **at).late_objects == 2
    _retry(seven)
    assert not files[1].exists()


def test_a_call_that_is_sent_again_between_its_strip_and_its_objects(seven: World) -> None:
    files = [seven.file(f"{number}.wav") for number in range(3)]
    _send(seven, files[0])
    run = begin_run(seven.deployment, 7, NOW, "cli")
    run_step(seven.deployment, run.id, "strip")
    assert _send(seven, *files[:2]).late_objects == 1
    record = complete_run(seven.deployment, run.id)
    assert only(record["objects"]) == {"deleted": 2}
    assert _send(seven, *files[:2]).late_objects == 0
    assert _send(seven, *files).late_objects == 3


@pytest.mark.parametrize("is_changed", [True, False])
def test_a_call_that_is_stripped_while_it_is_loaded(seven: World, sql: Sql, is_changed: bool) -> None:
    """The load waits for the strip, and finds the call redacted; also if only a further recording is new."""
    first, second = seven.file("1.wav"), seven.file("2.wav")
    sent = [second] if is_changed else [first, second]
    _send(seven, first)
    run = begin_run(seven.deployment, 7, NOW, "cli")
    done: list[LoadSummary] = []
    loading = threading.Thread(target=lambda: done.append(_send(seven, *sent)))
    with seven.database.transaction("redaction_worker") as session:
        assert session.one("strip_batch", run_id=run.id, numbers=[1])["stripped"] == 1
        loading.start()
        while not sql("SELECT FROM pg_locks WHERE NOT granted"):
            assert loading.is_alive()
    loading.join()
    assert done[0].late_objects == 1
    assert only(complete_run(seven.deployment, run.id)["objects"]) == {"deleted": 2}
    assert not second.exists()


def test_the_next_run_of_the_account_takes_it_along(seven: World) -> None:
    _send(seven)
    first = seven.run(7)
    path = seven.file("1.wav")
    _send(seven, path)
    second = seven.run(7)
    assert not path.exists()
    assert (seven.counts(first["id"]), only(second["objects"])) == ({"deleted": 1}, {})


def test_what_was_redacted_before_the_count_began_is_asked_once(seven: World, sql: Sql) -> None:
    _send(seven, seven.file("1.wav"))
    seven.run(7)
    sql("DELETE FROM tracking.settled_objects")
    assert _send(seven, seven.root / "1.wav").late_objects == 1
    assert _retry(seven) == {"not_found": 1}
    assert _send(seven, seven.root / "1.wav").late_objects == 0


def test_the_command_says_how_many(cli: Callable[..., tuple[int, str, str]], seven: World, tmp_path: Path) -> None:
    _send(seven)
    seven.run(7)
    sent = tmp_path / "again.jsonl"
    record = {"account_id": 7, "id": 1, "unix_time": AT, "audio": seven.file("canary.wav").as_uri()}
    sent.write_text(json.dumps(record))
    code, out, err = cli("load", str(sent), "--json")
    assert (code, json.loads(out)["late_objects"]) == (0, 1), err
    assert "canary" not in out + err
    sent.write_text(json.dumps({**record, "audio": seven.file("canary2.wav").as_uri()}))
    assert "recordings of redacted activities" in cli("load", str(sent))[1]
