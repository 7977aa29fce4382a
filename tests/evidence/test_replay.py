"""A backup is restored: everything is refused until what was erased since is erased again, however the replay is
interrupted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.control.manual import ManualRequest, begin_manual
from redaction.control.texts import decide_texts
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.erasure.residue import erase_residue
from redaction.errors import BadInput, DatabaseBehind
from redaction.gate.guard import decide_approval, list_waiting
from redaction.gate.holds import list_holds, place_hold, release_hold
from redaction.gate.pauses import list_pauses, pause, resume
from redaction.ledger.act import Act
from redaction.ledger.entries import find_entry, read_entries, record_event
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.pipeline.select import select_listed
from redaction.pipeline.strip import strip_run
from redaction.placements.resolve import deploy
from redaction.recovery import replay
from redaction.recovery.replay import replay_ledger
from redaction.settings import Settings
from redaction.source.load import load_files
from tests.conftest import ReadyMade
from tests.evidence.acts import AT, CUTOFF, list_outside, list_state, redact, redact_by_hand
from tests.evidence.conftest import Restore

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]


def _reports(sql: Sql) -> dict[str, list[dict[str, Any]]]:
    tables = (
        "activity_by_hour",
        "activity_by_number",
        "activity_by_source",
        "activity_by_status",
        "call_flow",
        "contacts",
    )
    return {name: sql(f"SELECT t::text FROM reporting.{name} t ORDER BY 1") for name in tables}


def _live_after(deployment: Deployment) -> None:
    """All kinds of acts, as they happen after a backup."""
    sevens = place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[3])
    redact(deployment, 7, AT + timedelta(days=4, hours=1))  # 1, 2, 4
    redact_by_hand(deployment, 8)
    release_hold(deployment, sevens.id, "eve")
    place_hold(deployment, 7, "ticket 4", "eve", activity_ids=[6])
    redact(deployment, 7, AT + timedelta(days=7, hours=1))  # 3, 5, 7
    redact(deployment, 8, AT + timedelta(days=1, hours=1))
    redact(deployment, 8)
    pause(deployment, 8, "ticket 5", "eve")


def test_what_was_erased_after_the_backup_is_erased_again(
    database: Database,
    deployment: Deployment,
    filled: int,
    sql: Sql,
    pg_dump: Callable[[], Restore],
    cli: Cli,
    tmp_path: Path,
) -> None:
    place_hold(deployment, 7, "ticket 0", "eve", activity_ids=[9])
    restore = pg_dump()
    _live_after(deployment)
    before, reports = list_state(sql), _reports(sql)
    entries = list(read_entries(database))
    restore()
    assert all(row["caller_name"] for row in list_state(sql)), "everybody is back"

    code, said, _ = cli("ledger", "replay", "--json")
    done = json.loads(said)
    assert (code, done["rows"], done["runs"], done["stripped"]) == (0, len(entries) - 1, 4, 9)
    after = list_state(sql)
    # The runs of account 8 took everything aged, and are redone as one, the last of them.
    last = max(row["run_id"] for row in before if row["account_id"] == 8)
    assert after == [row | {"run_id": last} if row["account_id"] == 8 else row for row in before]
    assert [row["id"] for row in after if not row["gone"]] == [6, 9]
    assert list(read_entries(database))[:-1] == entries
    assert list(read_entries(database))[-1].kind == "replay"
    assert verify_ledger(deployment, activities=True).unrecorded == ()
    assert verify_ledger(deployment).is_whole
    assert sorted((hold.id, hold.scope) for hold in list_holds(database)) == [(1, "activity"), (3, "activity")]
    assert [paused.account_id for paused in list_pauses(database)] == [8]
    states = sql("SELECT DISTINCT state, kind FROM redaction.runs")
    assert states == [{"state": "succeeded", "kind": "replay"}]
    assert find_entry(database, 1) == entries[2]
    assert _reports(sql) == reports

    # From here on everything works as usual, with new ids.
    resume(deployment, 8, "eve")
    assert place_hold(deployment, 8, "ticket 6", "eve").id == 4
    release_hold(deployment, 3, "eve")
    assert redact(deployment, 7) == 1
    assert sql("SELECT max(id) AS id FROM redaction.runs")[0]["id"] == 6
    with pytest.raises(BadInput, match="nothing to replay"):
        replay_ledger(deployment, "eve")


class Killed(Exception):
    """The process ends here."""


def _kill_at(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Replay, and end it before the given one of its calls."""
    calls = iter(range(1, 99))

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            if next(calls) == at:
                raise Killed
            return function(*args, **named)

        return run

    with monkeypatch.context() as patched:
        for function in (select_listed, complete_run):
            patched.setattr(replay, function.__name__, counted(function))
        patched.setattr(Act, "restore", counted(Act.restore))
        with pytest.raises(Killed):
            replay_ledger(deployment, "eve")


@pytest.mark.parametrize("at", [1, 4, 11])
def test_a_replay_that_is_killed_goes_on(
    database: Database,
    deployment: Deployment,
    request: pytest.FixtureRequest,
    sql: Sql,
    dump: Callable[[], Restore],
    ready_made: ReadyMade,
    monkeypatch: pytest.MonkeyPatch,
    at: int,
) -> None:
    def build() -> None:
        request.getfixturevalue("filled")
        restore = dump()
        _live_after(deployment)
        restore()

    ready_made("restored", build)
    entries = list_outside(deployment)
    assert len(entries) == 9
    assert not any(row["gone"] for row in list_state(sql)), "everybody is back"
    _kill_at(deployment, monkeypatch, at)
    with pytest.raises(DatabaseBehind):
        begin_run(deployment, 7, CUTOFF, "cli")
    replay_ledger(deployment, "eve")
    living = [(row["account_id"], row["id"]) for row in list_state(sql) if not row["gone"]]
    assert living == [(7, 6), (7, 9)]
    assert list(read_entries(database))[:-1] == entries
    assert [(hold.id, hold.scope) for hold in list_holds(database)] == [(2, "activity")]
    assert sql("SELECT count(*) AS n FROM redaction.held_activities") == [{"n": 1}]


@pytest.mark.parametrize("at", [None, 1, 3])
def test_runs_by_hand_are_redone_as_one(
    database: Database,
    deployment: Deployment,
    request: pytest.FixtureRequest,
    sql: Sql,
    dump: Callable[[], Restore],
    ready_made: ReadyMade,
    monkeypatch: pytest.MonkeyPatch,
    at: int | None,
) -> None:
    """Whichever call ends the first try, the second one knows of all of them."""

    def build() -> None:
        request.getfixturevalue("filled")
        restore = dump()
        held = place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[4])
        for number in (1, 2, 3):
            redact_by_hand(deployment, number)
        release_hold(deployment, held.id, "eve")
        redact_by_hand(deployment, 4, 5)
        restore()

    ready_made("restored_by_hand", build)
    runs = [entry.run_id or 0 for entry in list_outside(deployment) if entry.kind == "redaction"]
    assert len(runs) == 4
    if at is not None:
        _kill_at(deployment, monkeypatch, at)
    done = replay_ledger(deployment, "eve")
    assert (done.rows, done.stripped) == (6, 0 if at in (3, 4) else 5)
    gone = [(row["id"], row["run_id"]) for row in list_state(sql) if row["gone"]]
    assert gone == [(number, runs[-1]) for number in (1, 2, 3, 4, 5)]
    facts = [find_entry(database, run_id).facts["ids"] for run_id in runs]  # type: ignore[union-attr]
    assert facts == [[1], [2], [3], [4, 5]]


def test_a_run_that_the_backup_has_begun_is_redone_by_itself(
    deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    begun = begin_manual(deployment, ManualRequest(7, (2,), "ticket 2", "ada"), "cli", True, administrator=True)
    restore = dump()
    first = redact_by_hand(deployment, 1)
    complete_run(deployment, begun.id)
    restore()
    assert replay_ledger(deployment, "eve").stripped == 2
    assert [(row["id"], row["run_id"]) for row in list_state(sql) if row["gone"]] == [(1, first), (2, begun.id)]


@pytest.mark.parametrize("known", [False, True], ids=["begun after the backup", "begun before the backup"])
@pytest.mark.parametrize("finished", [False, True], ids=["killed", "finished"])
def test_a_run_that_was_under_way_is_redone(
    database: Database,
    deployment: Deployment,
    filled: int,
    sql: Sql,
    dump: Callable[[], Restore],
    known: bool,
    finished: bool,
) -> None:
    restore = None if known else dump()
    run = begin_run(deployment, 7, CUTOFF, "cli")
    restore = restore or dump()
    run_step(deployment, run.id, "strip")
    if finished:
        complete_run(deployment, run.id)
    restore()
    if known and not finished:
        # For the backup it is an ordinary unfinished run: it continues.
        assert complete_run(deployment, run.id)["stripped_count"] == 9
    else:
        with pytest.raises(DatabaseBehind):
            begin_run(deployment, 7, CUTOFF, "cli")
        assert replay_ledger(deployment, "eve").stripped == 9
    assert [row["gone"] for row in list_state(sql)] == [True] * 9 + [False] * 2
    entry = find_entry(database, run.id)
    assert entry is not None
    assert entry.facts["stripped_count"] == 9
    assert verify_ledger(deployment, activities=True).unrecorded == ()
    assert verify_ledger(deployment).is_whole


def test_what_the_backup_does_not_have_is_stripped_as_it_comes_in(
    deployment: Deployment,
    account: int,
    insert: Insert,
    sql: Sql,
    dump: Callable[[], Restore],
    tmp_path: Path,
) -> None:
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    insert(1, called_at=AT)
    restore = dump()
    insert(2, called_at=AT)
    insert(3, called_at=AT + timedelta(days=20))
    insert(4, called_at=AT + timedelta(days=30))
    insert(5, called_at=AT)
    place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[5])
    redact(deployment, 7, AT + timedelta(days=1))
    redact_by_hand(deployment, 3)
    restore()
    done = replay_ledger(deployment, "eve")
    assert (done.stripped, done.remembered) == (1, 1)
    sent = [
        {
            "id": number,
            "account_id": 7,
            "name": "Zoë Canary",
            "caller_number": "+12125550143",
            "unix_time": int(at.timestamp()),
            "audio": f"https://example.com/{number}.wav",
            "source": "Ads",
        }
        for number, at in ((1, AT), (2, AT), (3, AT + timedelta(days=20)), (4, AT + timedelta(days=30)), (5, AT))
    ]
    path = tmp_path / "again.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, sent)))
    load_files(deployment, [path])
    load_files(deployment, [path])
    assert [(row["id"], row["gone"], row["caller_name"]) for row in list_state(sql)] == [
        (1, True, None),
        (2, True, None),
        (3, True, None),
        (4, False, "Zoë Canary"),
        (5, False, "Zoë Canary"),
    ]
    assert {row["source"] for row in sql("SELECT source FROM tracking.activities WHERE id = 2")} == {"Ads"}
    due = sql("SELECT activity_id, address AS url FROM tracking.objects WHERE due_since IS NOT NULL")
    assert {(row["activity_id"], row["url"]) for row in due} >= {
        (2, "https://example.com/2.wav"),
        (3, "https://example.com/3.wav"),
    }


def test_what_partitions_hold_is_erased_from_their_files_after_a_replay(
    deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    restore = dump()
    redact(deployment, 7)
    restore()
    replay_ledger(deployment, "eve")
    erase_residue(deployment)
    assert sql("SELECT count(*) AS n FROM redaction.residue") == [{"n": 0}]


@pytest.mark.parametrize("known", [False, True], ids=["begun after the backup", "begun before the backup"])
def test_what_an_abandoned_run_had_stripped_is_stripped_again_and_no_more(
    database: Database,
    settings: Settings,
    deployment: Deployment,
    filled: int,
    sql: Sql,
    dump: Callable[[], Restore],
    monkeypatch: pytest.MonkeyPatch,
    known: bool,
) -> None:
    """A manual run that was killed after the first of its activities, and abandoned by a person."""
    restore = None if known else dump()
    asked = ManualRequest(7, (2, 5, 8), "ticket 2", "ada")
    run = begin_manual(deployment, asked, "cli", True, administrator=True)
    restore = restore or dump()

    def killed(*_: Any) -> None:
        raise Killed

    with pytest.raises(Killed):
        strip_run(deploy(database, settings.model_copy(update={"batch_size": 1})), run, killed)
    abandon_run(deployment, run.id, "ticket 3", "eve")
    [told] = [entry.facts for entry in list_outside(deployment) if entry.kind == "abandonment"]
    assert (len(told["ids"]), sorted(told["ids"] + told["ids_left"])) == (1, [2, 5, 8])
    before = list_state(sql)
    restore()
    with monkeypatch.context() as patched:
        patched.setattr(Act, "restore", killed)
        with pytest.raises(Killed):
            replay_ledger(deployment, "eve")
    assert list_state(sql) == before
    replay_ledger(deployment, "eve")
    assert list_state(sql) == before
    [record] = sql("SELECT state, abandoned_by FROM redaction.runs")
    assert record == {"state": "abandoned", "abandoned_by": "eve"}
    verified = verify_ledger(deployment, activities=True)
    assert verified.is_whole, verified
    # What it had left is due by its age, like everything else.
    assert redact(deployment, 7) == 8
    assert verify_ledger(deployment, activities=True).is_whole


def test_an_automatic_run_that_was_abandoned_is_redone(
    deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    run = begin_run(deployment, 7, CUTOFF, "cli")
    restore = dump()
    run_step(deployment, run.id, "strip")
    abandon_run(deployment, run.id, "ticket 3", "eve")
    before = list_state(sql)
    restore()
    assert replay_ledger(deployment, "eve").stripped == 9
    assert list_state(sql) == before
    assert verify_ledger(deployment, activities=True).is_whole


def test_an_answer_that_a_run_got_after_the_backup_is_given_again(
    database: Database, settings: Settings, deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    narrow = settings.model_copy(update={"guard_first": 1, "guard_least": 1, "guard_factor": 1.0})
    runs = {account_id: begin_run(deploy(database, narrow), account_id, None, "cli") for account_id in (7, 8)}
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (8, 'ada')")
    assert len(list_waiting(database)) == 2
    restore = dump()
    decide_approval(deployment, runs[7].id, True, "ada")
    decide_approval(deployment, runs[8].id, False, "ada")
    complete_run(deployment, runs[7].id)
    before = list_state(sql)
    restore()
    assert replay_ledger(deployment, "eve").stripped == 9
    assert list_state(sql) == before
    assert list_waiting(database) == []
    verified = verify_ledger(deployment, activities=True)
    assert verified.is_whole, verified


def test_what_was_taken_away_after_the_backup_is_taken_away_again(
    database: Database, deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore], cli: Cli
) -> None:
    restore = dump()
    redact(deployment, 7, AT + timedelta(days=4, hours=1))  # 1 to 4
    with database.transaction("redaction_worker") as session:
        act = {"taken_away": {"columns": ["tracking_label"], "ids": [1, 2]}}
        record_event(session, "setting", 7, "ada", "ticket 9", act)
        session.rows("take_away", account_id=7, ids=[1, 2], columns=["tracking_label"])
    with database.transaction("redaction_worker") as session:
        record_event(session, "setting", None, "ada", "ticket 9", {"catalog": "0" * 64, "columns": {}})
    sevens = "SELECT id, tracking_label IS NULL AS gone FROM tracking.activities WHERE account_id = 7 ORDER BY id"
    before = sql(sevens)
    assert [row["id"] for row in before if row["gone"]] == [1, 2]
    assert verify_ledger(deployment).is_whole
    restore()
    code, _, err = cli("ledger", "replay")
    assert (code, err) == (0, "")
    assert sql(sevens) == before
    assert verify_ledger(deployment).is_whole


def test_what_was_cut_out_of_texts_after_the_backup_is_cut_again(
    database: Database, deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore], cli: Cli
) -> None:
    sql("UPDATE tracking.activities SET tracking_label = 'From 303 555 0150' WHERE account_id = 7 AND id IN (1, 2, 6)")
    restore = dump()
    redact(deployment, 7, AT + timedelta(days=4, hours=1))  # 1 to 4
    done = decide_texts(deployment, 7, "cut", "ada", "ticket 9", text="From 303 555 0150")
    assert done.activities == 3
    redact(deployment, 7, AT + timedelta(days=7, hours=1))  # 5 to 7
    sevens = "SELECT id, tracking_label, redacted_at IS NOT NULL AS redacted FROM tracking.activities"
    sevens += " WHERE account_id = 7 ORDER BY id"
    before = sql(sevens)
    assert [row["id"] for row in before if row["tracking_label"] == "From [redacted]"] == [1, 2, 6]
    restore()
    code, _, err = cli("ledger", "replay")
    assert (code, err) == (0, "")
    assert sql(sevens) == before
    assert verify_ledger(deployment).is_whole
