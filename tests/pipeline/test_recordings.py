"""The clock for recordings: they are deleted before their activities, whoever names them, and taken ones stay taken."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redaction.erasure.proof.structure import verify
from redaction.errors import ApprovalNeeded, PersonalDataRemains
from redaction.evidence.render import _say
from redaction.evidence.watch import watch
from redaction.gate.guard import decide_approval
from redaction.gate.holds import place_hold, release_hold
from redaction.ledger.entries import find_entry
from redaction.ledger.verify import verify_ledger
from redaction.objects.registry import check_promises
from redaction.objects.settle import retry_objects
from redaction.pipeline.preview import preview_due
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.placements.resolve import deploy
from redaction.policy import NOTHING_YET
from redaction.source.load import LoadSummary
from tests.objects_of import AT, NOW, World, only
from tests.pipeline.test_objects import _drop_partition

CLOCK = datetime(2026, 10, 28, 4, tzinfo=UTC)
"""The last end of thirty days from the first day on before NOW; that of ninety is before all activities here."""


@pytest.fixture
def seven(world: World) -> World:
    """Account 7: whole after 90 days, recordings after 30; a store of everything below the root."""
    world.account(7)
    world.sql("UPDATE tracking.accounts SET auto_redaction = '90', recordings_period = '30'")
    world.file("other.wav")
    check_promises(world.deployment, world.store(world.root).name)
    return world


def _send(world: World, *files: str | Path, activity: int = 1, **more: Any) -> LoadSummary:
    addresses = [path.as_uri() if isinstance(path, Path) else path for path in files]
    return world.load({"account_id": 7, "id": activity, **({"audio": addresses} if addresses else {}), **more})


def _rows(world: World) -> list[tuple[int, bool, bool]]:
    """Whether each activity has a recording, and whether it is redacted."""
    rows = world.sql("SELECT * FROM tracking.activities ORDER BY id")
    return [(row["id"], row["recording_url"] is not None, row["redacted_at"] is not None) for row in rows]


def test_recordings_go_and_the_rest_lives_on(seven: World) -> None:
    taken, young, picture = seven.file("1.wav"), seven.file("2.wav"), seven.file("3.png")
    _send(seven, taken, notes="canary", custom_fields={"picture": picture.as_uri()})
    _send(seven, young, activity=2, unix_time=int(CLOCK.timestamp()))
    preview = preview_due(seven.deployment, 7, NOW)
    assert (preview.activities, preview.recordings, preview.recordings_cutoff) == (0, 1, CLOCK)
    before = seven.sql("SELECT to_jsonb(a) - 'recording_url' AS row FROM tracking.activities a ORDER BY id")
    record = seven.run_whole(7)
    assert (record["state"], record["stripped_count"], record["recordings_taken"]) == ("succeeded", 0, 1)
    assert [path.exists() for path in (taken, young, picture)] == [False, True, True]
    assert seven.sql("SELECT to_jsonb(a) - 'recording_url' AS row FROM tracking.activities a ORDER BY id") == before
    assert _rows(seven) == [(1, False, False), (2, True, False)]
    assert only(record["objects"]) == {"deleted": 1}
    assert seven.run_whole(7)["recordings_taken"] == 0


def test_the_ledger_and_the_certificate_say_so(seven: World) -> None:
    _send(seven, seven.file("1.wav"))
    record = seven.run_whole(7)
    entry = find_entry(seven.database, record["id"])
    assert entry is not None
    told = {name: entry.facts[name] for name in ("recordings_due", "recordings_taken", "recordings_held", "due_count")}
    assert told == {"recordings_due": 1, "recordings_taken": 1, "recordings_held": [], "due_count": 0}
    assert "recordings after 30 days" in entry.facts["policy"]
    certificate = seven.certify(record["id"])
    assert certificate.recordings_cutoff == CLOCK
    said = dict(_say(certificate, Ed25519PrivateKey.generate())["facts"])  # type: ignore[call-overload]
    assert said["Recordings"].startswith(
        "of 1 activity from before 28 Oct 2026, 00:00:00 New York (2026-10-28 04:00:00 UTC)"
    )
    assert verify_ledger(seven.deployment).is_whole
    seven.sql("UPDATE redaction.runs SET recordings_taken = 7")
    assert not verify_ledger(seven.deployment).is_whole


def test_an_account_without_a_clock_tells_nothing_of_one(world: World) -> None:
    world.account(7)
    _send(world, world.file("1.wav"))
    record = world.run_whole(7)
    entry = find_entry(world.database, record["id"])
    assert entry is not None
    assert not [name for name in entry.facts if name.startswith("recordings")]


@pytest.mark.parametrize("again", ["1.wav", "2.wav"])
def test_what_was_taken_is_refused_from_every_load(seven: World, again: str) -> None:
    _send(seven, seven.file("1.wav"), notes="old")
    seven.run(7)
    seven.file(again)
    summary = _send(seven, seven.root / again, notes="new")
    assert (summary.updated, summary.recordings_left_out) == (1, 1)
    assert _rows(seven) == [(1, False, False)]
    assert seven.sql("SELECT notes FROM tracking.activities") == [{"notes": "new"}]
    summary = _send(seven, seven.root / again, notes="new")
    assert (summary.unchanged, summary.recordings_left_out) == (1, 1)
    older = _send(seven, "file:///older.wav", notes="older", indexed_at="2020-01-01T00:00:00Z")
    assert older.total == 1
    assert _rows(seven) == [(1, False, False)]
    assert seven.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]


def _columns(world: World) -> str:
    [row] = world.sql("SELECT to_jsonb(a)::text AS text FROM tracking.activities a WHERE id = 1")
    return str(row["text"])


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"recording_link": "{}"}, {"recording_link": "[redacted]"}),
        ({"more": {"a": [{"b": "see {}, please"}]}}, {"more": {"a": [{"b": "see [redacted] please"}]}}),
        ({"x": "{}?sig=abc&expires=5#t=3"}, {"x": "[redacted]"}),
        ({"y": {"{}": 1}}, {"y": {"[redacted]": 1}}),
        ({"custom_fields": {"rec": "{}"}}, None),
        ({"message_body": "listen: {}"}, None),
        ({"notes": "{}"}, None),
        ({"tags": ["vip", "{}"]}, None),
        ({"cnam": "{}"}, None),
    ],
    ids=[
        "unlisted",
        "within a text",
        "signed",
        "name of a field",
        "custom field",
        "message",
        "notes",
        "tags",
        "caller id",
    ],
)
@pytest.mark.parametrize("how", ["update", "row gone"])
def test_what_was_taken_does_not_come_back_under_another_field(
    seven: World, fields: dict[str, Any], left: dict[str, Any] | None, how: str
) -> None:
    path = seven.file("1.wav")
    other = seven.file("2.wav").as_uri()
    _send(seven, path, beside=other)
    seven.run(7)
    if how == "row gone":
        _drop_partition(seven.sql, 1)

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("{}", path.as_uri())
        if isinstance(value, list):
            return [fill(each) for each in value]
        return {fill(name): fill(each) for name, each in value.items()} if isinstance(value, dict) else value

    again = {**fill(fields), "beside": other}
    summary = _send(seven, **again)
    if how == "update":
        assert (summary.updated, summary.recordings_left_out) == (1, 1)
    assert "1.wav" not in _columns(seven)
    assert "2.wav" in _columns(seven)
    if left is not None:
        assert seven.sql("SELECT unlisted FROM tracking.activities") == [{"unlisted": {**left, "beside": other}}]
    addresses = {row["address"] for row in seven.sql("SELECT address FROM tracking.objects")}
    assert addresses == {other}
    assert _send(seven, **again).unchanged == 1


def test_what_is_kept_of_a_taken_address_cannot_be_found_by_trying(seven: World) -> None:
    path = seven.file("1.wav")
    _send(seven, path)
    seven.run(7)
    [row] = seven.sql("SELECT count(*) AS n, bool_or(digest = sha256(:plain)) AS plain FROM tracking.taken_addresses",
                      plain=path.as_uri().removeprefix("file:///").encode())  # fmt: skip
    assert row == {"n": 1, "plain": False}
    for role in ("redaction_loader", "redaction_worker", "redaction_manager", "redaction_analyst"):
        asked = f"SELECT has_table_privilege('{role}', 'tracking.taken_addresses', 'SELECT, INSERT, DELETE') AS may"
        assert seven.sql(asked) == [{"may": False}], role


def test_one_more_recording_than_was_taken_is_due_at_once(seven: World) -> None:
    first = seven.file("1.wav")
    _send(seven, first)
    run = seven.run_whole(7)
    second = seven.file("2.wav")
    assert _send(seven, first, second).late_objects == 2
    assert _send(seven, first, second).late_objects == 0
    [row] = seven.sql("SELECT erasure_level FROM redaction.runs WHERE id = :id", id=run["id"])
    assert row == {"erasure_level": "L0"}
    assert dict(retry_objects(seven.deployment).outcomes)["deleted"] == 1
    assert not second.exists()
    # The settled ones are those that are sent: nothing is asked for without end.
    assert _send(seven, first, second).late_objects == 0
    assert seven.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]


def test_no_statement_of_the_loader_brings_one_back_and_no_role_forgets_it(seven: World) -> None:
    _send(seven, seven.file("1.wav"))
    seven.run(7)
    with seven.database.engine("redaction_loader").begin() as connection:
        connection.exec_driver_sql("UPDATE tracking.activities SET recording_url = 'file:///x' WHERE account_id = 7")
    assert _rows(seven) == [(1, False, False)]
    for role in ("redaction_loader", "redaction_worker", "redaction_manager"):
        for act in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            asked = f"SELECT has_table_privilege('{role}', 'tracking.taken_recordings', '{act}') AS may"
            assert seven.sql(asked) == [{"may": False}], (role, act)


def test_every_recording_that_an_activity_has_named_goes(seven: World) -> None:
    first, second, third, twin = (seven.file(f"{name}.wav") for name in ("first", "second", "third", "twin"))
    _send(seven, first)
    _send(seven, second, third)
    seven.load(
        {"account_id": 7, "id": 2, "audio": twin.as_uri()},
        {"account_id": 7, "id": 2, "audio": seven.file("last.wav").as_uri()},
    )
    seven.run(7)
    assert not [path for path in (first, second, third, twin, seven.root / "last.wav") if path.exists()]


def test_a_recording_that_comes_late_goes_with_the_next_run(seven: World) -> None:
    _send(seven)
    assert seven.run(7)["recordings_taken"] == 0
    late = seven.file("late.wav")
    _send(seven, late)
    assert seven.run(7)["recordings_taken"] == 1
    assert not late.exists()


@pytest.mark.parametrize("scope", ["activity", "contact", "account"])
def test_a_hold_keeps_its_recording(seven: World, scope: str) -> None:
    path, other = seven.file("1.wav"), seven.file("2.wav")
    _send(seven, path)
    _send(seven, other, activity=2, caller_number="+12125550199")
    given: dict[str, Any] = {"activity": {"activity_ids": [1]}, "contact": {"contact": "+12125550143"}, "account": {}}
    hold = place_hold(seven.deployment, 7, "case 4", "eve", **given[scope])
    record = seven.run_whole(7)
    all_held = scope == "account"
    assert record["state"] == ("nothing_due" if all_held else "succeeded")
    assert (_rows(seven), path.exists()) == ([(1, True, False), (2, all_held, False)], True)
    entry = find_entry(seven.database, record["id"])
    assert (entry and entry.facts["recordings_held"]) == (None if all_held else [1])
    release_hold(seven.deployment, hold.id, "eve")
    assert seven.run(7)["recordings_taken"] == (2 if all_held else 1)
    assert not path.exists()


@pytest.mark.parametrize("scope", ["activity", "contact", "account"])
def test_what_remains_is_tried_again_and_kept_by_a_hold_that_comes_later(seven: World, scope: str) -> None:
    path = seven.file("1.wav")
    _send(seven, path)
    away = seven.root.rename(seven.root.with_name("away"))
    record = seven.run(7)
    away.rename(seven.root)
    assert (only(record["objects"]), _rows(seven)) == ({"remains": 1}, [(1, False, False)])
    given: dict[str, Any] = {"activity": {"activity_ids": [1]}, "contact": {"contact": "+12125550143"}, "account": {}}
    hold = place_hold(seven.deployment, 7, "case 4", "eve", **given[scope])
    assert retry_objects(seven.deployment).outcomes == {"kept": 1}
    release_hold(seven.deployment, hold.id, "eve")
    _send(seven, path)
    assert retry_objects(seven.deployment).outcomes == {"deleted": 1}
    assert not path.exists()


def test_what_another_activity_names_stays_until_that_has_lost_it_too(seven: World) -> None:
    path = seven.file("1.wav")
    _send(seven, path)
    _send(seven, path, activity=2, unix_time=int(CLOCK.timestamp()))
    assert only(seven.run(7)["objects"]) == {"kept": 1}
    assert path.exists()
    seven.sql("UPDATE tracking.accounts SET recordings_period = 'daily'")
    assert seven.run(7)["recordings_taken"] == 1
    assert not path.exists()


def test_a_row_that_is_gone_with_its_partition_comes_back_without_it(seven: World) -> None:
    path = seven.file("1.wav")
    _send(seven, path)
    seven.run(7)
    _drop_partition(seven.sql, 1)
    seven.file("1.wav")
    assert _send(seven, path).inserted == 1
    assert _rows(seven) == [(1, False, False)]
    assert retry_objects(seven.deployment).outcomes == {"deleted": 1}
    assert not path.exists()


def test_a_redacted_activity_is_not_asked_for_a_recording_that_its_clock_has_settled(seven: World) -> None:
    path = seven.file("1.wav")
    _send(seven, path)
    seven.run(7)
    seven.sql("UPDATE tracking.accounts SET auto_redaction = 'daily', recordings_period = NULL")
    assert seven.run(7)["stripped_count"] == 1
    assert _send(seven, path).late_objects == 0


def test_its_files_are_residue_and_its_level_says_so(seven: World) -> None:
    _send(seven, seven.file("1.wav"))
    record = seven.run_whole(7)
    assert record["erasure_level"] == "L1"
    [partition] = [proof for proof in verify(seven.database, run_id=record["id"]) if "." not in proof.partition_name]
    assert partition.files == "residue"
    assert seven.sql("SELECT count(*) AS n FROM redaction.residue") == [{"n": 1}]


def test_validation_finds_one_that_is_there_again(seven: World) -> None:
    _send(seven, seven.file("1.wav"))
    run = begin_run(seven.deployment, 7, None, "cli", at=NOW)
    for step in ("strip", "objects"):
        run_step(seven.deployment, run.id, step)  # type: ignore[arg-type]
    seven.sql("ALTER TABLE tracking.activities DISABLE TRIGGER keep_taken")
    seven.sql("UPDATE tracking.activities SET recording_url = 'file:///x'")
    with pytest.raises(PersonalDataRemains, match="no recording is there again that the clock has taken: not so"):
        run_step(seven.deployment, run.id, "validate")


def test_the_step_is_done_again_after_a_kill(seven: World) -> None:
    for number in range(1, 6):
        _send(seven, seven.file(f"{number}.wav"), activity=number)
    small = deploy(seven.database, seven.settings.model_copy(update={"batch_size": 2}))
    run = begin_run(small, 7, None, "cli", at=NOW)
    seven.sql("UPDATE tracking.activities SET called_at = called_at WHERE id = 1")
    with seven.database.transaction("redaction_worker") as session:
        [part] = session.rows("list_recordings_due", account_id=7, cutoff=run.cutoff, recordings_cutoff=CLOCK)
        session.run("take_recordings", run_id=run.id, partition_name=part["partition_name"], most=2)
    record = complete_run(small, run.id)
    assert (record["recordings_due"], record["recordings_taken"]) == (5, 5)
    assert only(record["objects"]) == {"deleted": 5}


def test_far_more_than_usual_waits_for_a_person(seven: World) -> None:
    seven.sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    for number in range(1, 6):
        _send(seven, seven.file(f"{number}.wav"), activity=number)
    narrow = deploy(seven.database, seven.settings.model_copy(update={"guard_first": 3, "guard_least": 1}))
    run = begin_run(narrow, 7, None, "cli", at=NOW)
    with pytest.raises(ApprovalNeeded, match="take the recordings of 5 more"):
        run_step(narrow, run.id, "strip")
    assert _rows(seven) == [(number, True, False) for number in range(1, 6)]
    decide_approval(narrow, run.id, True, "ada")
    assert complete_run(narrow, run.id)["recordings_taken"] == 5


def test_a_scheduled_run_of_the_clock_alone_takes_nothing_whole(seven: World) -> None:
    """The first end of the whole is ninety days after the first day; older activities can be redacted manually
    before.
    """
    _send(seven, seven.file("1.wav"))
    _send(seven, seven.file("2.wav"), activity=2, unix_time=AT - 90 * 86_400)
    seven.sql("UPDATE tracking.accounts SET auto_redaction_since = '2026-08-30', recordings_period = '30'")
    end = datetime(2026, 10, 29, 4, tzinfo=UTC)
    run = begin_run(seven.deployment, 7, end, "scheduled", "redact_account_7/x", at=NOW)
    assert (run.cutoff, run.due_count) == (NOTHING_YET, 0)
    record = complete_run(seven.deployment, run.id)
    assert (record["recordings_taken"], record["state"]) == (2, "succeeded")
    assert seven.certify(run.id).describe_selection().startswith("no whole activity")
    assert seven.run(7)["stripped_count"] == 1


def test_one_that_should_be_gone_is_late(seven: World) -> None:
    _send(seven, seven.file("1.wav"))

    def late() -> list[tuple[int | None, int]]:
        figures = watch(seven.deployment, NOW)
        return [(one.account_id, one.count) for one in figures if one.what == "overdue recordings" and one.late]

    assert late() == [(7, 1)]
    hold = place_hold(seven.deployment, 7, "case 4", "eve", activity_ids=[1])
    assert late() == []
    release_hold(seven.deployment, hold.id, "eve")
    seven.run(7)
    assert late() == []
