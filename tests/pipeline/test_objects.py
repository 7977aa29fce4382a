"""Objects: deleted with their activity if a store holds them, counted by outcome, and never forgotten."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from redaction.control.ends import give_up, list_left, mark_erased_outside
from redaction.db.database import Database
from redaction.errors import BadInput, Paused
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.entries import find_entry, read_entries
from redaction.objects import settle
from redaction.objects.access import Settled
from redaction.objects.settle import retry_objects
from redaction.pipeline.objects import delete_objects
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.pipeline.runs import Request
from redaction.pipeline.select import select_aged
from redaction.pipeline.strip import strip_run
from tests.objects_of import NOW, Sql, World, only, vendor_server


def _drop_partition(sql: Sql, activity_id: int, leaf_alone: bool = False) -> None:
    """Detach and drop the partition that an activity is in; or drop its leaf, which has the rows."""
    [part] = sql(
        "SELECT p.relation::regclass::text AS name, p.leaf::regclass::text AS leaf FROM redaction.partitions p"
        " JOIN tracking.activities a ON a.tableoid = p.leaf WHERE a.id = :id",
        id=activity_id,
    )
    if leaf_alone:
        sql(f"DROP TABLE {part['leaf']}")
        return
    sql(f"ALTER TABLE tracking.activities DETACH PARTITION {part['name']}")
    sql(f"DROP TABLE {part['name']}")


def test_spellings_of_a_file_are_decoded_and_what_is_not_there_is_counted_apart(world: World) -> None:
    names = ("call one é.wav", "local.wav", "sig.wav", "plain.wav", "space name.wav", "hash#1.wav")
    files = [world.file(name) for name in names]
    world.account(108)
    world.store(world.root)
    at = world.root
    world.load_audio(
        108,
        f"file://{at}/call%20one%20%C3%A9.wav",
        f"file://localhost{at}/local.wav",
        f"file://{at}/sig.wav?sig=1",
        f"file://{at}/plain.wav",
        f"file://{at}/missing.wav",
        f"file://{at}/space name.wav",
        f"file://{at}/hash#1.wav",
    )
    record = world.run_whole(108)
    assert [path.exists() for path in files] == [False] * 6
    assert only(record["objects"]) == {"deleted": 6, "not_found": 1}
    assert record["erasure_level"] == "L1"
    assert world.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]


def test_pictures_and_uploads_are_objects_like_recordings(world: World) -> None:
    files = [world.file(name) for name in ("mms.jpg", "mm2.jpg", "up.pdf", "deep.pdf", "voice.mp3", "list.wav")]
    at = world.root.as_uri()
    world.account(110)
    world.store(world.root)
    world.load(
        {"account_id": 110, "id": 3, "type": "text", "body": "x", "media": [f"{at}/mms.jpg"]},
        {"account_id": 110, "id": 4, "type": "text", "message_body": "x", "message_media": [f"{at}/mm2.jpg"]},
        {"account_id": 110, "id": 5, "type": "form", "form": {"upload": f"{at}/up.pdf"}},
        {
            "account_id": 110,
            "id": 6,
            "form": {"custom": [{"id": "cv", "value": [{"file": {"url": f"{at}/deep.pdf"}}]}]},
        },
        {"account_id": 110, "id": 7, "voicemail": {"recording_url": f"{at}/voice.mp3"}},
        {"account_id": 110, "id": 8, "audio": [f"{at}/list.wav"]},
    )
    record = world.run(110)
    assert [path.exists() for path in files] == [False] * 6
    assert only(record["objects"]) == {"deleted": 6}


def test_an_object_stays_while_another_activity_names_it(world: World) -> None:
    shared, other = world.file("shared.wav"), world.file("shared2.wav")
    world.account(109, 1091)
    world.store(world.root)
    world.load_audio(109, shared.as_uri(), f"file://localhost{shared}", other.as_uri())
    world.load({"account_id": 1091, "id": 1, "audio": other.as_uri()})
    hold = place_hold(world.deployment, 109, "case 4", "eve", activity_ids=[2])
    record = world.run_whole(109)
    assert (shared.exists(), other.exists()) == (True, True)
    assert only(record["objects"]) == {"kept": 2}
    assert record["erasure_level"] == "L0"
    assert {outcome for _, outcome, _ in world.left()} == {"kept"}
    assert any("kept" in reason for reason in world.certify(record["id"]).not_covered)
    # It is deleted when the last one is redacted.
    release_hold(world.deployment, hold.id, "eve")
    world.run_whole(109)
    assert not shared.exists()
    world.run_whole(1091)
    assert not other.exists()
    retry_objects(world.deployment)
    assert world.left() == []
    assert sum(world.counts(record["id"]).values()) == 2
    assert set(world.counts(record["id"])) <= {"deleted", "not_found"}


@pytest.mark.parametrize(
    "spelling", ["file://localhost{0}", "file:{0}", "file://{1}/./x/../shared%2Ewav", "FILE://{0}", "file://{0}?sig=2"]
)
def test_a_spelling_that_the_door_has_not_seen_is_compared_too(world: World, spelling: str) -> None:
    shared = world.file("shared.wav")
    world.account(109, 110)
    world.store(world.root)
    world.load_audio(109, shared.as_uri())
    world.load({"account_id": 110, "id": 1})
    # Written without the loader, as any client of the database may.
    world.sql(
        "UPDATE tracking.activities SET recording_url = :url WHERE account_id = 110",
        url=spelling.format(shared, shared.parent),
    )
    assert only(world.run(109)["objects"]) == {"kept": 1}
    assert shared.exists()


def test_a_file_that_another_activity_names_without_the_links_stays(world: World) -> None:
    target = world.file("real/a.wav")
    (world.root / "link").symlink_to(world.root / "real")
    world.account(109, 110)
    world.store(world.root)
    world.load_audio(109, (world.root / "link" / "a.wav").as_uri())
    world.load({"account_id": 110, "id": 1, "audio": target.as_uri()})
    assert only(world.run(109)["objects"]) == {"kept": 1}
    assert target.exists()


def test_a_store_in_which_nothing_is_found_is_not_believed(world: World) -> None:
    world.account(108)
    store = world.store(world.root)
    world.load_audio(108, (world.root / "1.wav").as_uri(), (world.root / "2.wav").as_uri())
    # The folder exists and is empty, as when the disk is not mounted.
    record = world.run_whole(108)
    assert only(record["objects"]) == {"remains": 2}
    assert (record["state"], record["erasure_level"]) == ("succeeded", "L0")
    assert any(store.name in reason for reason in world.certify(record["id"]).not_covered)
    # Mounted again, the nightly job deletes them, and records it in the ledger.
    files = [world.file("1.wav"), world.file("2.wav")]
    done = retry_objects(world.deployment)
    assert done.outcomes == {"deleted": 2}
    assert not any(path.exists() for path in files)
    assert world.counts(record["id"]) == {"deleted": 2}
    assert world.left() == []
    told = [entry for entry in read_entries(world.database) if entry.kind == "object"]
    assert [(entry.run_id, only(entry.facts["objects"])) for entry in told] == [(record["id"], {"deleted": 2})]
    certificate = world.certify(record["id"])
    assert (only(dict(certificate.objects)), only(dict(certificate.objects_at_end))) == ({"deleted": 2}, {"remains": 2})
    assert certificate.level >= "L1"


def test_a_folder_that_is_gone_keeps_its_objects_due(world: World) -> None:
    world.account(108)
    world.store(world.root)
    world.load_audio(108, (world.root / "1.wav").as_uri())
    os.rmdir(world.root)
    assert only(world.run(108)["objects"]) == {"remains": 1}


def test_an_object_that_stays_stops_neither_its_run_nor_the_next(world: World) -> None:
    good, stubborn = world.file("1.wav"), world.root / "canary.wav"
    stubborn.mkdir()
    world.account(7)
    world.store(world.root)
    world.load_audio(7, good.as_uri(), stubborn.as_uri(), "nowhere://bucket/canary.wav")
    record = world.run_whole(7)
    assert (record["state"], record["erasure_level"]) == ("succeeded", "L0")
    assert only(record["objects"]) == {"deleted": 1, "remains": 1, "elsewhere": 1}
    assert not good.exists()
    entry = find_entry(world.database, record["id"])
    assert entry is not None
    assert only(entry.facts["objects"]) == only(record["objects"])
    assert "canary" not in str(entry.facts) + str(world.left()) + str(list_left(world.database))
    stubborn.rmdir()
    (world.root / "canary.wav").write_bytes(b"RIFF")
    again = world.run_whole(7)
    assert again["state"] == "succeeded"
    assert world.counts(record["id"]) == {"deleted": 2, "elsewhere": 1}


def test_a_replaced_recording_goes_with_its_activity(world: World) -> None:
    old, new = world.file("old.wav"), world.file("new.wav")
    world.account(7)
    world.store(world.root)
    world.load_audio(7, old.as_uri())
    world.load_audio(7, new.as_uri())
    assert only(world.run(7)["objects"]) == {"deleted": 2}
    assert not old.exists()
    assert not new.exists()


def test_what_a_dead_run_left_goes_with_the_next_and_is_counted_by_its_own(world: World) -> None:
    path = world.file("1.wav")
    world.account(7)
    world.store(world.root)
    world.load_audio(7, path.as_uri())
    dead = select_aged(world.deployment, 7, NOW, Request("test"))
    strip_run(world.deployment, dead)
    following = select_aged(world.deployment, 7, NOW, Request("test"))
    assert following.due_count == 0
    assert delete_objects(world.deployment, following) == {"deleted": 1}
    assert not path.exists()
    assert world.counts(dead.id) == {"deleted": 1}
    assert world.counts(following.id) == {}
    assert delete_objects(world.deployment, dead) == {}


def test_a_run_that_is_killed_at_its_objects_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [world.file(f"{number}.wav") for number in range(4)]
    world.account(7)
    world.store(world.root)
    world.load_audio(7, *(path.as_uri() for path in files))
    run = begin_run(world.deployment, 7, NOW, "cli")
    run_step(world.deployment, run.id, "strip")
    real = settle._Pass._record

    def killed(*given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(settle, "BATCH", 2)
        # The first batch is committed; of the second the files are gone and the record is not.
        calls: list[int] = []
        patched.setattr(
            settle._Pass, "_record", lambda *given: (calls.append(1), (killed if len(calls) > 1 else real)(*given))
        )
        with pytest.raises(KeyboardInterrupt):
            run_step(world.deployment, run.id, "objects")
    assert world.counts(run.id) == {"deleted": 2}
    record = complete_run(world.deployment, run.id)
    assert not any(path.exists() for path in files)
    # Deleted and unrecorded objects are not found: the folder is empty now and cannot prove that it is whole.
    assert record["objects"]["deleted"] == 2
    assert record["objects"]["not_found"] + record["objects"]["remains"] == 2


def test_a_pause_stops_the_deletion_and_a_resumed_run_goes_on(world: World) -> None:
    path = world.file("1.wav")
    world.account(7)
    world.store(world.root)
    world.load_audio(7, path.as_uri())
    run = begin_run(world.deployment, 7, NOW, "cli")
    run_step(world.deployment, run.id, "strip")
    pause(world.deployment, 7, "case 1", "eve")
    with pytest.raises(Paused):
        run_step(world.deployment, run.id, "objects")
    assert path.exists()
    assert retry_objects(world.deployment).outcomes == {}
    resume(world.deployment, 7, "eve")
    assert only(complete_run(world.deployment, run.id)["objects"]) == {"deleted": 1}
    assert not path.exists()


def test_the_nightly_job_leaves_a_paused_account(world: World) -> None:
    world.account(7)
    world.store(world.root)
    world.load_audio(7, (world.root / "1.wav").as_uri())
    world.run(7)
    path = world.file("1.wav")
    pause(world.deployment, None, "case 1", "eve")
    left = retry_objects(world.deployment)
    assert (left.outcomes, list(left.left)) == ({}, ["objects of account 7"])
    assert path.exists()


def test_what_is_held_after_the_strip_stays(world: World) -> None:
    path = world.file("1.wav")
    world.account(7)
    world.store(world.root)
    world.load_audio(7, path.as_uri())
    run = begin_run(world.deployment, 7, NOW, "cli")
    run_step(world.deployment, run.id, "strip")
    hold = place_hold(world.deployment, 7, "case 2", "eve")
    record = complete_run(world.deployment, run.id)
    assert path.exists()
    assert only(record["objects"]) == {"kept": 1}
    release_hold(world.deployment, hold.id, "eve")
    assert retry_objects(world.deployment).outcomes == {"deleted": 1}


def test_a_hold_waits_for_the_batch_that_is_under_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [world.file(f"{number}.wav") for number in range(2)]
    world.account(7)
    world.store(world.root)
    world.load_audio(7, *(path.as_uri() for path in files))
    run = begin_run(world.deployment, 7, NOW, "cli")
    run_step(world.deployment, run.id, "strip")
    begun, placed = threading.Event(), threading.Event()
    real = settle.OpenedStores.delete

    def slow(self: Any, asked: Any) -> Any:
        if not begun.is_set():
            begun.set()
            # It cannot be placed while this transaction is open.
            assert not placed.wait(0.5)
        return real(self, asked)

    def place() -> None:
        begun.wait()
        place_hold(world.deployment, 7, "case 2", "eve")
        placed.set()

    monkeypatch.setattr(settle, "BATCH", 1)
    monkeypatch.setattr(settle.OpenedStores, "delete", slow)
    holder = threading.Thread(target=place)
    holder.start()
    run_step(world.deployment, run.id, "objects")
    holder.join()
    assert not files[0].exists()
    counts = world.counts(run.id)
    assert counts.get("deleted", 0) == [path.exists() for path in files].count(False)


def test_vendor_answers_are_not_taken_for_a_deletion(world: World) -> None:
    with vendor_server() as (url, asked):
        world.account(36)
        world.store(url, mode="vendor", template=f"{url}/{{activity}}/r.wav", account_id=36)
        world.load(
            *(
                {"account_id": 36, "id": status, "audio": f"{url}/{status}/r.wav"}
                for status in (200, 204, 401, 403, 404, 410, 429, 500, 503)
            ),
            {"account_id": 36, "id": 7, "audio": "http://127.0.0.1:9/refused.wav"},
            {"account_id": 36, "id": 8, "audio": "https://no-such-host.invalid/r.wav"},
        )
        record = world.run(36)
    assert {path for method, path in asked if method == "DELETE"} >= {f"/{status}/r.wav" for status in (200, 404, 500)}
    assert only(record["objects"]) == {"deleted": 2, "not_found": 2, "remains": 5, "elsewhere": 2}
    assert record["erasure_level"] == "L0"
    assert [activity for activity, outcome, _ in world.left() if outcome == "remains"] == [401, 403, 429, 500, 503]


def test_without_a_store_nothing_is_asked_and_it_is_listed_until_somebody_marks_it(world: World) -> None:
    with vendor_server() as (url, asked):
        world.account(36)
        world.load_audio(36, f"{url}/200/r.wav", f"{url}/404/r.wav", "https://app.calltrackingmetrics.com/api/v1/x")
        record = world.run_whole(36)
        assert asked == []
    assert only(record["objects"]) == {"elsewhere": 3}
    assert (record["state"], record["erasure_level"]) == ("succeeded", "L0")
    place = url.removeprefix("http://")
    lines = world.certify(record["id"]).not_covered
    assert any(line.startswith("2 objects held elsewhere") and place in line for line in lines)
    assert mark_erased_outside(world.deployment, record["id"], place, "ada") == 2
    with pytest.raises(BadInput, match="no object held"):
        mark_erased_outside(world.deployment, record["id"], place, "ada")
    assert world.counts(record["id"]) == {"elsewhere": 1, "said_erased": 2}
    mark_erased_outside(world.deployment, record["id"], "app.calltrackingmetrics.com", "ada")
    certificate = world.certify(record["id"])
    assert any("erased there, as ada says" in line for line in certificate.not_covered)
    assert world.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]


def test_a_store_that_is_declared_later_takes_what_was_elsewhere(world: World) -> None:
    path = world.file("1.wav")
    world.account(50)
    world.load_audio(50, path.as_uri())
    record = world.run(50)
    assert only(record["objects"]) == {"elsewhere": 1}
    assert retry_objects(world.deployment).outcomes == {}
    world.store(world.root)
    assert retry_objects(world.deployment).outcomes == {"deleted": 1}
    assert world.counts(record["id"]) == {"deleted": 1}
    assert not path.exists()


def test_a_store_is_for_its_account_or_agency(world: World) -> None:
    files = [world.file(name) for name in ("a/1.wav", "b/1.wav", "c/1.wav")]
    world.account(1, 2)
    world.account(3, agency=2)
    world.store(world.root / "a", account_id=1)
    world.store(world.root / "b", agency_id=1)
    for account_id in (1, 2, 3):
        world.load_audio(account_id, *(path.as_uri() for path in files))
    # Nobody else names them when the first account is redacted last.
    counts = {account_id: only(world.run(account_id)["objects"]) for account_id in (3, 2, 1)}
    assert counts[3] == {"elsewhere": 3}
    assert counts[2] == {"kept": 1, "elsewhere": 2}
    assert counts[1] == {"deleted": 2, "elsewhere": 1}
    assert [path.exists() for path in files] == [False, False, True]


def test_an_object_that_is_given_up_ends_and_never_counts_as_erased(world: World) -> None:
    stubborn = world.root / "1.wav"
    stubborn.mkdir(parents=True)
    world.account(7)
    world.store(world.root)
    world.load_audio(7, stubborn.as_uri())
    record = world.run_whole(7)
    [left] = list_left(world.database, 7)
    with pytest.raises(BadInput, match="phone number"):
        give_up(world.deployment, left.id, "call +1 212 555 0143", "eve")
    give_up(world.deployment, left.id, "ticket 9", "eve")
    with pytest.raises(BadInput, match=f"no object {left.id} is due"):
        give_up(world.deployment, left.id, "ticket 9", "eve")
    assert world.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]
    assert world.counts(record["id"]) == {"given_up": 1}
    retry_objects(world.deployment)
    certificate = world.certify(record["id"])
    assert certificate.level == "L0"
    assert any("given up" in line for line in certificate.not_covered)
    entry = [entry for entry in read_entries(world.database) if entry.kind == "object"][-1]
    assert (entry.actor, entry.reason, entry.facts["given_up"]) == ("eve", "ticket 9", [left.id])


def test_a_store_that_fails_again_and_again_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.account(7)
    with vendor_server() as (url, asked):
        world.store(url, mode="vendor", template=f"{url}/500/{{activity}}", account_id=7)
        world.load_audio(7, *(f"{url}/500/{number}" for number in range(60)))
        record = world.run(7)
        first = {path for _, path in asked}
        assert only(record["objects"]) == {"remains": 60}
        assert len(first) < 30
        asked.clear()
        # Objects that were not asked come first the next time.
        retry_objects(world.deployment)
        assert not first & {path for _, path in asked}


def test_a_store_whose_connection_is_gone_fails_no_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_REC", "aws://key:secret@")
    world.account(7)
    world.store("s3://rec", connection="rec")
    monkeypatch.delenv("AIRFLOW_CONN_REC")
    world.load_audio(7, "s3://rec/1.wav")
    record = world.run_whole(7)
    assert record["state"] == "succeeded"
    assert only(record["objects"]) == {"remains": 1}


def test_an_activity_whose_partition_was_dropped_is_loaded_again_and_its_object_stays_due(
    world: World, sql: Sql
) -> None:
    path = world.file("f28.wav")
    world.account(128)
    world.store(world.root)
    record = {"account_id": 128, "id": 1, "unix_time": 1785844800, "name": "Jane Doe", "audio": path.as_uri()}
    world.load(record)
    _drop_partition(sql, 1)
    # Nobody has asked for its redaction yet: nothing is deleted.
    retry_objects(world.deployment)
    assert path.exists()
    assert world.load(record).inserted == 1
    assert world.load(record).unchanged == 1
    run = world.run(128)
    assert run["stripped_count"] == 1
    assert only(run["objects"]) == {"deleted": 1}
    assert not path.exists()


def test_an_object_of_a_dropped_partition_goes_once_its_account_would_have_redacted_it(world: World, sql: Sql) -> None:
    path = world.file("f28.wav")
    world.account(128)
    world.store(world.root)
    world.load({"account_id": 128, "id": 1, "unix_time": 1785844800, "audio": path.as_uri()})
    world.load({"account_id": 128, "id": 2})
    _drop_partition(sql, 1)
    run = world.run_whole(128)
    assert (run["stripped_count"], path.exists()) == (1, True)
    assert retry_objects(world.deployment).outcomes == {"deleted": 1}
    assert not path.exists()


def test_what_is_sent_again_after_its_redaction_brings_no_address_back(world: World) -> None:
    world.account(7)
    world.store(world.root)
    record = {
        "account_id": 7,
        "id": 1,
        "audio": world.file("1.wav").as_uri(),
        "media": [world.file("1.jpg").as_uri()],
    }
    world.load(record)
    assert only(world.run(7)["objects"]) == {"deleted": 2}
    assert world.load(record).already_redacted == 1
    assert world.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]


def test_the_loader_reads_no_address_back(database: Database) -> None:
    with database.engine("redaction_loader").connect() as connection:
        for statement in ("SELECT address FROM tracking.objects", "DELETE FROM tracking.objects"):
            with pytest.raises(Exception, match="permission denied"):
                connection.exec_driver_sql(statement)
            connection.rollback()


def test_settled_words_never_name_an_object(world: World) -> None:
    world.account(7)
    world.store(world.root)
    (world.root / "zoe canary.wav").mkdir()
    world.load_audio(7, (world.root / "zoe canary.wav").as_uri())
    world.run(7)
    assert all("canary" not in (reason or "") for _, _, reason in world.left())
    assert Settled("remains").reason == ""
