"""A backup is restored: all is refused until what was erased since is erased again, whatever ends the replay midway."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.control.brake import list_pauses, pause, resume
from redaction.control.holds import list_holds, place_hold, release_hold
from redaction.control.manual import ManualRequest, begin_manual
from redaction.dagfactory import build_redact_on_demand
from redaction.database import Database
from redaction.erasure.residue import erase_residue
from redaction.errors import BadInput, DatabaseBehind, LedgerBroken
from redaction.evidence import replay
from redaction.evidence.ledger import Entry, find_entry, read_entries
from redaction.evidence.replay import replay_ledger
from redaction.evidence.verify import verify_ledger
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.settings import Settings
from redaction.source.load import load_files
from tests.evidence.conftest import Restore

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def filled(account: int, insert: Insert, sql: Sql, settings: Settings) -> int:
    """Two accounts that redact by schedule and by hand; nine activities of 7, two of 8, one a day."""
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, timezone, auto_redaction, auto_redaction_since)"
        " VALUES (8, 1, 'Law', 'UTC', 'daily', '2026-01-01')"
    )
    for number in range(1, 10):
        insert(number, called_at=AT + timedelta(days=number), caller_name=f"canary-{number}")
    for number in range(1, 3):
        insert(number, account_id=8, called_at=AT + timedelta(days=number), caller_name=f"other-{number}")
    return account


def _redact(database: Database, settings: Settings, account_id: int, cutoff: datetime = CUTOFF) -> int:
    return int(
        complete_run(database, settings, begin_run(database, settings, account_id, cutoff, "cli").id)["stripped_count"]
    )


def _by_hand(database: Database, settings: Settings, *ids: int) -> int:
    request = ManualRequest(7, ids, "ticket 2", "ada")
    run = begin_manual(database, settings, request, "cli", True, administrator=True)
    complete_run(database, settings, run.id)
    return run.id


def _state(sql: Sql) -> list[dict[str, Any]]:
    return sql(
        "SELECT account_id, id, redacted_at IS NOT NULL AS gone, redaction_run_id AS run_id, caller_name"
        " FROM tracking.activities ORDER BY account_id, id"
    )


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


def _live_after(database: Database, settings: Settings) -> None:
    """All sorts of acts, as they happen after a backup."""
    sevens = place_hold(database, settings, 7, "ticket 1", "eve", activity_ids=[3])
    _redact(database, settings, 7, AT + timedelta(days=4, hours=1))  # 1, 2, 4
    _by_hand(database, settings, 8)
    release_hold(database, settings, sevens.id, "eve")
    place_hold(database, settings, 7, "ticket 4", "eve", activity_ids=[6])
    _redact(database, settings, 7, AT + timedelta(days=7, hours=1))  # 3, 5, 7
    _redact(database, settings, 8, AT + timedelta(days=1, hours=1))
    _redact(database, settings, 8)
    pause(database, settings, 8, "ticket 5", "eve")


def test_what_was_erased_after_the_backup_is_erased_again(
    database: Database,
    settings: Settings,
    filled: int,
    sql: Sql,
    dump: Callable[[], Restore],
    cli: Cli,
    tmp_path: Path,
) -> None:
    place_hold(database, settings, 7, "ticket 0", "eve", activity_ids=[9])
    restore = dump()
    _live_after(database, settings)
    before, reports = _state(sql), _reports(sql)
    entries = list(read_entries(database))
    restore()
    assert all(row["caller_name"] for row in _state(sql)), "everybody is back"

    # Whichever way anybody goes in, he is told.
    _all_refused(database, settings, cli, tmp_path)
    assert all(row["caller_name"] for row in _state(sql))

    code, said, _ = cli("ledger", "replay", "--json")
    done = json.loads(said)
    assert (code, done["rows"], done["runs"], done["stripped"]) == (0, len(entries) - 1, 4, 9)
    after = _state(sql)
    # The runs of account 8 took all that was aged, and are redone as one, the last of them.
    last = max(row["run_id"] for row in before if row["account_id"] == 8)
    assert after == [row | {"run_id": last} if row["account_id"] == 8 else row for row in before]
    assert [row["id"] for row in after if not row["gone"]] == [6, 9]
    assert list(read_entries(database))[:-1] == entries
    assert list(read_entries(database))[-1].kind == "replay"
    assert verify_ledger(database, settings).first_bad is None
    assert sorted((hold.id, hold.scope) for hold in list_holds(database)) == [(1, "activity"), (3, "activity")]
    assert [paused.account_id for paused in list_pauses(database)] == [8]
    states = sql("SELECT DISTINCT state, kind FROM redaction.runs")
    assert states == [{"state": "succeeded", "kind": "replay"}]
    assert find_entry(database, 1) == entries[2]
    assert _reports(sql) == reports

    # From here on life goes on, with ids that nobody had.
    resume(database, settings, 8, "eve")
    assert place_hold(database, settings, 8, "ticket 6", "eve").id == 4
    release_hold(database, settings, 3, "eve")
    assert _redact(database, settings, 7) == 1
    assert sql("SELECT max(id) AS id FROM redaction.runs")[0]["id"] == 6
    with pytest.raises(BadInput, match="nothing to replay"):
        replay_ledger(database, settings, "eve")


def _all_refused(database: Database, settings: Settings, cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(orjson.dumps({"id": 99, "account_id": 7, "unix_time": int(AT.timestamp())}))
    request = ManualRequest(7, (1,), "ticket 2", "ada")
    acts: list[Callable[[], object]] = [
        lambda: load_files(database, [path], settings),
        lambda: begin_run(database, settings, 7, CUTOFF, "cli"),
        lambda: begin_manual(database, settings, request, "cli", True, administrator=True),
        lambda: place_hold(database, settings, 7, "ticket 1", "eve"),
        lambda: release_hold(database, settings, 1, "eve"),
        lambda: pause(database, settings, 7, "ticket 1", "eve"),
        lambda: resume(database, settings, 7, "eve"),
    ]
    for act in acts:
        with pytest.raises(DatabaseBehind, match="ledger replay"):
            act()
    reason = ("--reason", "ticket 1")
    for words in (
        ("load", str(path)),
        ("run", "7"),
        ("due", "7"),
        ("activity", "1", "--account", "7", *reason, "--acknowledge-irreversible"),
        ("hold", "add", "--account", "7", *reason),
        ("hold", "release", "1"),
        ("hold", "list"),
        ("pause", *reason),
        ("resume",),
        ("erase-residue",),
        ("verify", "--all"),
        ("reports", "7"),
        ("account", "list"),
        ("partitions", "ensure", "--from", "2026-01-01", "--to", "2026-01-02"),
    ):
        code, _, said = cli(*words)
        assert (words, code, "redaction ledger replay" in said) == (words, 1, True)
    code, said, _ = cli("ledger", "verify", "--json")
    assert (code, json.loads(said)["first_bad"]) == (1, 2)


def test_the_dags_are_refused_too(
    database: Database,
    settings: Settings,
    filled: int,
    sql: Sql,
    dump: Callable[[], Restore],
    deployed: None,
    airflow_database: None,
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'dag_test')")
    restore = dump()
    _by_hand(database, settings, 8)
    restore()
    form = {
        "account": 7,
        "activity_ids": [2],
        "content": True,
        "past_from_contact": False,
        "acknowledged": True,
        "reason": "ticket 12",
        "expect": None,
    }
    run = build_redact_on_demand().test(run_conf=form)
    assert run.state == "failed"
    assert not any(row["gone"] for row in _state(sql))


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("at", [1, 2, 4, 7, 11])
def test_a_replay_that_is_killed_goes_on(
    database: Database,
    settings: Settings,
    filled: int,
    sql: Sql,
    dump: Callable[[], Restore],
    monkeypatch: pytest.MonkeyPatch,
    at: int,
) -> None:
    restore = dump()
    _live_after(database, settings)
    before = [(row["account_id"], row["id"], row["gone"]) for row in _state(sql)]
    entries = list(read_entries(database))
    restore()
    calls = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at:
                raise Killed
            return function(*args, **named)

        return run

    with monkeypatch.context() as patched:
        patched.setattr(replay, "complete_run", counted(complete_run))
        patched.setattr(replay, "restore_entry", counted(replay.restore_entry))
        with pytest.raises(Killed):
            replay_ledger(database, settings, "eve")
    with pytest.raises(DatabaseBehind):
        begin_run(database, settings, 7, CUTOFF, "cli")
    replay_ledger(database, settings, "eve")
    assert [(row["account_id"], row["id"], row["gone"]) for row in _state(sql)] == before
    assert list(read_entries(database))[:-1] == entries
    assert [(hold.id, hold.scope) for hold in list_holds(database)] == [(2, "activity")]
    assert sql("SELECT count(*) AS n FROM redaction.held_activities") == [{"n": 1}]


@pytest.mark.parametrize("known", [False, True], ids=["begun after the backup", "begun before the backup"])
@pytest.mark.parametrize("finished", [False, True], ids=["killed", "finished"])
def test_a_run_that_was_under_way_is_redone(
    database: Database,
    settings: Settings,
    filled: int,
    sql: Sql,
    dump: Callable[[], Restore],
    known: bool,
    finished: bool,
) -> None:
    restore = None if known else dump()
    run = begin_run(database, settings, 7, CUTOFF, "cli")
    restore = restore or dump()
    run_step(database, settings, run.id, "strip")
    if finished:
        complete_run(database, settings, run.id)
    restore()
    if known and not finished:
        # To the backup it is a run like any other that has not ended: it goes on.
        assert complete_run(database, settings, run.id)["stripped_count"] == 9
    else:
        with pytest.raises(DatabaseBehind):
            begin_run(database, settings, 7, CUTOFF, "cli")
        assert replay_ledger(database, settings, "eve").stripped == 9
    assert [row["gone"] for row in _state(sql)] == [True] * 9 + [False] * 2
    entry = find_entry(database, run.id)
    assert entry is not None
    assert entry.facts["stripped_count"] == 9
    assert verify_ledger(database, settings).first_bad is None


def test_what_the_backup_does_not_have_is_stripped_as_it_comes_in(
    database: Database,
    settings: Settings,
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
    place_hold(database, settings, 7, "ticket 1", "eve", activity_ids=[5])
    _redact(database, settings, 7, AT + timedelta(days=1))
    _by_hand(database, settings, 3)
    restore()
    done = replay_ledger(database, settings, "eve")
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
    load_files(database, [path], settings)
    load_files(database, [path], settings)
    assert [(row["id"], row["gone"], row["caller_name"]) for row in _state(sql)] == [
        (1, True, None),
        (2, True, None),
        (3, True, None),
        (4, False, "Zoë Canary"),
        (5, False, "Zoë Canary"),
    ]
    assert {row["source"] for row in sql("SELECT source FROM tracking.activities WHERE id = 2")} == {"Ads"}
    due = sql("SELECT activity_id, url FROM redaction.recordings_due ORDER BY 1, 2")
    assert {(row["activity_id"], row["url"]) for row in due} >= {
        (2, "https://example.com/2.wav"),
        (3, "https://example.com/3.wav"),
    }


def test_a_hold_on_a_contact_holds_its_account_until_it_is_placed_anew(
    database: Database, settings: Settings, filled: int, sql: Sql, dump: Callable[[], Restore], cli: Cli
) -> None:
    restore = dump()
    hold = place_hold(database, settings, 7, "ticket 1", "eve", contact="+1 212 555 0143")
    assert _redact(database, settings, 7) == 0
    restore()
    code, said, _ = cli("ledger", "replay")
    assert (code, f"hold {hold.id} was on a contact" in said) == (0, True)
    assert [(held.id, held.scope) for held in list_holds(database)] == [(hold.id, "account")]
    assert _redact(database, settings, 7) == 0
    assert not any(row["gone"] for row in _state(sql))


def test_an_account_of_after_the_backup_has_to_be_created_first(
    database: Database, settings: Settings, filled: int, sql: Sql, insert: Insert, dump: Callable[[], Restore], cli: Cli
) -> None:
    restore = dump()
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)"
        " VALUES (9, 1, 'New', 'daily', '2026-01-01')"
    )
    insert(1, account_id=9, called_at=AT)
    _redact(database, settings, 9)
    restore()
    code, _, said = cli("ledger", "replay")
    assert (code, "9" in said, "account add" in said) == (2, True, True)
    assert cli("account", "add", "9", "--agency", "1")[0] == 0
    assert cli("ledger", "replay")[0] == 0
    insert(1, account_id=9, called_at=AT)
    assert _state(sql)[-1] == {"account_id": 9, "id": 1, "gone": True, "run_id": 1, "caller_name": None}


def test_a_backup_of_another_ledger_is_refused_untouched(
    database: Database, settings: Settings, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    place_hold(database, settings, 7, "ticket 1", "eve", activity_ids=[3])
    restore = dump()
    _redact(database, settings, 7)
    restore()
    [first] = (settings.home / "ledger").rglob("000000000001.json")
    entry = Entry.parse(first.read_bytes(), "here").model_copy(update={"actor": "mallory"})
    first.write_bytes(entry.model_copy(update={"hash": entry.reckon()}).serialize())
    with pytest.raises(LedgerBroken, match="nothing was changed"):
        replay_ledger(database, settings, "eve")
    assert not any(row["gone"] for row in _state(sql))


def test_what_partitions_hold_is_erased_from_their_files_after_a_replay(
    database: Database, settings: Settings, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    restore = dump()
    _redact(database, settings, 7)
    restore()
    replay_ledger(database, settings, "eve")
    erase_residue(database, settings)
    assert sql("SELECT count(*) AS n FROM redaction.residue") == [{"n": 0}]
