"""A ledger that lost its last rows here and outside: the database's records of runs and acts reveal it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from redaction.accounts.accounts import set_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.agencies import set_agency
from redaction.accounts.recipients import record_exposure
from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import LedgerBroken, NotAllowed
from redaction.evidence.certificate import certify_run
from redaction.evidence.downstream import mark_done
from redaction.evidence.watch import list_late, watch
from redaction.gate.guard import decide_approval
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.entries import Entry, read_entries, reckon_hash, restore_entry
from redaction.ledger.external import open_external
from redaction.ledger.verify import Verified, list_unrecorded, verify_ledger
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import ReadyMade

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)
"""Midnight in New York."""


@pytest.fixture
def acted(database: Database, deployment: Deployment, insert: Insert, sql: Sql, ready_made: ReadyMade) -> Database:
    """A database with an act of each kind that leaves a trace; nothing is missing."""
    ready_made("acted", lambda: _act(deployment, insert, sql))
    verified = verify_ledger(deployment, activities=True)
    assert (verified.is_whole, verified.notes) == (True, ()), verified
    return database


def _act(deployment: Deployment, insert: Insert, sql: Sql) -> None:
    for number in range(1, 6):
        insert(number)
    set_account(deployment, 7, "eve", manual_redaction=True, caller_id_enabled=False)  # 1
    set_administrator(deployment, 7, "ada", "eve")  # 2
    record_exposure(deployment.database, 7, "integration", "HubSpot", ["email"])
    hold = place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[4])  # 3
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)  # 4
    ask = ManualRequest(7, (4,), "ticket 2", "ada")
    with pytest.raises(NotAllowed):
        begin_manual(deployment, ask, "cli", True, administrator=True)  # 5
    release_hold(deployment, hold.id, "eve")  # 6
    complete_run(deployment, begin_manual(deployment, ask, "cli", True, administrator=True).id)  # 7
    mark_done(deployment, run.id, "ada")  # 8
    narrow = deployment.settings.model_copy(update={"guard_least": 0, "guard_factor": 1.0})
    for number in range(10, 30):
        insert(number)
    waiting = begin_run(deploy(deployment.database, narrow), 7, CUTOFF, "cli")
    decide_approval(deployment, waiting.id, False, "ada")  # 9
    pause(deployment, None, "ticket 3", "eve")  # 10
    resume(deployment, None, "bob")  # 11
    pause(deployment, 7, "ticket 4", "eve")  # 12
    set_agency(deployment, 1, "opal", name="South")  # 13
    set_account(deployment, 7, "eve", timezone="UTC", caller_id_enabled=True)  # 14


LEFT = [
    (13, {"caller_id_enabled of account 7 is not what"}),
    # Nobody knows a setting without any row.
    (12, set()),
    (11, {"pause (account 7): no row"}),
    (10, {"end of a pause (all accounts): no row"}),
    (8, {"answer about run 4 (account 7): no row", "run 4 of account 7 was refused"}),
    (7, {"erasure in a system outside of run 1"}),
    (6, {"run 3 of account 7 has succeeded"}),
    (5, {"release of hold 1 (account 7): no row"}),
    (4, {"run 2 of account 7 was refused"}),
    (3, {"run 1 of account 7 has succeeded"}),
    (2, {"hold 1 (account 7): no row"}),
    (1, set()),
    (0, set()),
]
"""What is found in addition when the ledger ends at a position, in the order of the removed rows."""


def _cut(deployment: Deployment, sql: Sql, last: int) -> None:
    """Remove the rows after a position, here and outside, as only the owner of both can."""
    sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
    sql("DELETE FROM redaction.ledger WHERE position > :last", last=last)
    sql("ALTER TABLE redaction.ledger ENABLE TRIGGER USER")
    place = deployment.settings.home / "ledger" / open_external(deployment)[0].ledger_id
    for path in [*place.glob("entries/*/*.json"), *place.glob("begun/*")]:
        if int(path.stem) > last + (path.parent.name == "begun"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_whatever_end_is_taken_away_here_and_outside(acted: Database, settings: Settings, sql: Sql) -> None:
    assert len(list(read_entries(acted))) == 14
    seen: set[str] = set()
    for last, told in LEFT:
        _cut(deploy(acted, settings), sql, last)
        verified = verify_ledger(deploy(acted, settings))
        # By the chain alone it is whole.
        assert (verified.rows, verified.outside, verified.first_bad) == (last, last, None)
        found = set(verified.unrecorded)
        for words in told:
            assert [line for line in found if line.startswith(words)], (last, words, found)
        assert not verified.is_whole
        # What is found stays found; but nobody knows a setting or a pause without any row.
        assert {line for line in seen if line.startswith(("run", "hold", "release", "answer", "erasure"))} <= found
        seen |= found


@pytest.mark.parametrize(
    ("position", "facts", "differs"),
    [
        (4, {"stripped_count": 77}, "stripped_count"),
        (4, {"due_count": 77, "by_kind": {"call": 77}}, "by_kind, due_count"),
        (4, {"cutoff": "2026-03-01T05:00:00.000000+00:00"}, "cutoff"),
        (7, {"requested_by": "mallory"}, "requested_by"),
        (7, {"kind": "automatic", "policy": "daily"}, "kind, policy"),
    ],
)
def test_the_end_is_taken_away_and_written_anew(
    acted: Database, settings: Settings, sql: Sql, position: int, facts: dict[str, Any], differs: str
) -> None:
    """The chain is whole again, here and outside; the record of the run still differs."""
    told = list(read_entries(acted))[position - 1].model_dump(exclude={"hash"})
    _cut(deploy(acted, settings), sql, position - 1)
    told["facts"] = {**told["facts"], **facts}
    with acted.transaction("redaction_worker") as session:
        restore_entry(session, Entry(**told, hash=reckon_hash(told)))
    verified = verify_ledger(deploy(acted, settings))
    assert (verified.rows, verified.outside, verified.first_bad) == (position, position, None)
    run_id = told["run_id"]
    [line] = [line for line in verified.unrecorded if "differ" in line]
    assert line.startswith(f"run {run_id} of account 7: its record and row {position} differ in {differs},")
    assert not verified.is_whole
    with pytest.raises(LedgerBroken, match=f"row {position} .* run {run_id} differ"):
        certify_run(deploy(acted, settings), run_id)


def test_all_of_it_is_taken_away(acted: Database, settings: Settings, sql: Sql, cli: Cli) -> None:
    sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
    sql("DELETE FROM redaction.ledger")
    sql("ALTER TABLE redaction.ledger ENABLE TRIGGER USER")
    shutil.rmtree(settings.home / "ledger")
    code, said, _ = cli("ledger", "verify", "--json")
    told = json.loads(said)
    assert (code, told["rows"], told["first_bad"]) == (1, 0, None)
    assert len(told["unrecorded"]) >= 7
    code, said, _ = cli("ledger", "verify")
    assert (code, "no row: run 1 of account 7 has succeeded" in said) == (1, True)


def test_it_is_late(acted: Database, settings: Settings, sql: Sql, cli: Cli) -> None:
    assert "acts without a row of the ledger" not in {
        figure.what for figure in list_late(watch(deploy(acted, settings)))
    }
    _cut(deploy(acted, settings), sql, 6)
    [late] = [
        one for one in list_late(watch(deploy(acted, settings))) if one.what == "acts without a row of the ledger"
    ]
    assert (late.account_id, late.count >= 4) == (None, True)
    assert "ledger verify" in late.hint
    code, said, _ = cli("status", "--json")
    assert code == 1
    assert any("run 3 of account 7 has succeeded" in figure["hint"] for figure in json.loads(said)["figures"])


def test_the_record_of_a_run_is_taken_away_too(acted: Database, settings: Settings, sql: Sql, cli: Cli) -> None:
    _cut(deploy(acted, settings), sql, 6)
    for table in ("runs", "run_batches", "run_days", "run_findings", "run_reports", "run_partitions", "approvals"):
        sql(f"DROP TRIGGER keep_record ON redaction.{table}")
    for table in ("run_batches", "run_days", "run_reports", "approvals", "downstream"):
        sql(f"DELETE FROM redaction.{table} WHERE run_id >= 3")
    sql("DELETE FROM redaction.runs WHERE id >= 3")
    verified = verify_ledger(deploy(acted, settings), activities=True)
    assert "account 7: run 3, which has no record, redacted 1 activity" in verified.unrecorded
    assert "run 3 has left its set or its files in the books, and its record is gone" in verified.unrecorded
    assert any("2 of the ids of runs up to 4" in line for line in verified.notes)
    # Only the activities reveal what was removed with all its traces.
    sql("DELETE FROM redaction.run_partitions WHERE run_id >= 3")
    assert not any("run 3" in line for line in list_unrecorded(acted))
    assert any("run 3" in line for line in list_unrecorded(acted, activities=True))
    code, said, _ = cli("ledger", "verify")
    assert (code, "run 3, which has no record" in said, "note: 2 of the ids of runs" in said) == (1, True, True)


@pytest.mark.parametrize("left", ["begun", "entry far behind"])
def test_something_is_left_outside(acted: Database, settings: Settings, sql: Sql, left: str) -> None:
    [begun] = (settings.home / "ledger").glob("*/begun/000000000007")
    kept = settings.home / "kept"
    if left == "begun":
        shutil.copytree(begun, kept)
        _cut(deploy(acted, settings), sql, 4)
        shutil.copytree(kept, begun)
    else:
        [entry] = (settings.home / "ledger").glob("*/entries/*/000000000009.json")
        text = entry.read_bytes()
        _cut(deploy(acted, settings), sql, 4)
        entry.write_bytes(text)
    verified = verify_ledger(deploy(acted, settings))
    assert (verified.first_bad, verified.outside) == (5, 4)
    assert f"row {6 if left == 'begun' else 9}" in str(verified.reason)


def test_an_id_that_was_rolled_back_is_a_note_and_no_loss(acted: Database, settings: Settings, sql: Sql) -> None:
    sql("SELECT nextval('redaction.runs_id_seq')")
    verified = verify_ledger(deploy(acted, settings), activities=True)
    assert verified.is_whole
    [note] = verified.notes
    assert "1 of the ids of runs up to 5" in note


def test_a_setting_that_somebody_changed_beside_the_ledger(acted: Database, settings: Settings, sql: Sql) -> None:
    sql("UPDATE tracking.accounts SET timezone = 'Asia/Tokyo', auto_redaction_since = '2020-01-01' WHERE id = 7")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'mallory')")
    sql("UPDATE tracking.agencies SET name = 'East' WHERE id = 1")
    found = verify_ledger(deploy(acted, settings)).unrecorded
    assert found == (
        "administrators of account 7 is not what row 2, the last one about it, says",
        "timezone of account 7 is not what row 14, the last one about it, says",
        "name of agency 1 is not what row 13, the last one about it, says",
    )


def test_what_nobody_can_find(acted: Database, settings: Settings, sql: Sql) -> None:
    """A pause and its end, removed from both places; the docstring of `unrecorded` says so."""
    before = len(list(read_entries(acted)))
    pause(deploy(acted, settings), None, "ticket 9", "eve")
    resume(deploy(acted, settings), None, "eve")
    _cut(deploy(acted, settings), sql, before)
    assert verify_ledger(deploy(acted, settings), activities=True) == Verified(before, before, None, None)


def test_a_long_list_is_cut(acted: Database, sql: Sql) -> None:
    sql(
        "INSERT INTO redaction.holds (account_id, scope, reason, placed_by)"
        " SELECT 7, 'account', 'case', 'eve' FROM generate_series(1, 150)"
    )
    found = list_unrecorded(acted)
    assert (len(found), found[-1]) == (101, "and 50 more")
