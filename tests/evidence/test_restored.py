"""A restored backup: every entrance reports it; only one replay runs at a time; settings come back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from redaction.accounts.accounts import set_account
from redaction.accounts.administrators import set_administrator
from redaction.accounts.snapshot import read_snapshot
from redaction.airflow.dags import build_redact_on_demand
from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import BadInput, DatabaseBehind, DatabaseBusy, LedgerBroken
from redaction.evidence.keys import make_key
from redaction.gate.holds import list_holds, place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.entries import Entry, read_entries
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import begin_run
from redaction.placements.resolve import Placements
from redaction.recovery.replay import replay_ledger
from redaction.requests.certificate import write_answer_files
from redaction.requests.ending import close_request, refuse_request
from redaction.requests.erase import erase_person
from redaction.requests.find import find_person
from redaction.requests.records import (
    get_request,
    list_accounts_of,
    list_requests,
    open_request,
)
from redaction.settings import Settings, load_settings
from redaction.source.load import load_files
from tests.evidence.acts import AT, CUTOFF, list_state, redact, redact_by_hand
from tests.evidence.conftest import Restore

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
Cli = Callable[..., tuple[int, str, str]]


def test_every_entry_point_refuses(
    deployment: Deployment,
    filled: int,
    sql: Sql,
    dump: Callable[[], Restore],
    cli: Cli,
    tmp_path: Path,
) -> None:
    restore = dump()
    place_hold(deployment, 7, "ticket 0", "eve", activity_ids=[9])
    redact(deployment, 7)
    restore()
    path = tmp_path / "calls.jsonl"
    path.write_bytes(orjson.dumps({"id": 99, "account_id": 7, "unix_time": int(AT.timestamp())}))
    request = ManualRequest(7, (1,), "ticket 2", "ada")
    acts: list[Callable[[], object]] = [
        lambda: load_files(deployment, [path]),
        lambda: begin_run(deployment, 7, CUTOFF, "cli"),
        lambda: begin_manual(deployment, request, "cli", True, administrator=True),
        lambda: place_hold(deployment, 7, "ticket 1", "eve"),
        lambda: release_hold(deployment, 1, "eve"),
        lambda: pause(deployment, 7, "ticket 1", "eve"),
        lambda: resume(deployment, 7, "eve"),
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
    assert (code, json.loads(said)["first_bad"]) == (1, 1)
    assert not any(row["gone"] for row in list_state(sql))


def test_the_dags_are_refused_too(
    deployment: Deployment,
    filled: int,
    sql: Sql,
    dump: Callable[[], Restore],
    deployed: None,
    airflow_database: None,
) -> None:
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'dag_test')")
    restore = dump()
    redact_by_hand(deployment, 8)
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
    assert not any(row["gone"] for row in list_state(sql))


def test_a_hold_on_a_contact_holds_its_account_until_it_is_placed_anew(
    database: Database, deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore], cli: Cli
) -> None:
    restore = dump()
    hold = place_hold(deployment, 7, "ticket 1", "eve", contact="+1 212 555 0143")
    assert redact(deployment, 7) == 0
    restore()
    code, said, _ = cli("ledger", "replay")
    assert (code, f"hold {hold.id} was on a contact" in said) == (0, True)
    assert [(held.id, held.scope) for held in list_holds(database)] == [(hold.id, "account")]
    assert redact(deployment, 7) == 0
    assert not any(row["gone"] for row in list_state(sql))


def test_a_hold_that_ends_is_back_with_its_end_and_permissions_are_back(
    database: Database, deployment: Deployment, filled: int, dump: Callable[[], Restore], cli: Cli, sql: Sql
) -> None:
    set_administrator(deployment, 7, "bob", "root", may_hold=False)
    restore = dump()
    hold = place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[1], until=date(2099, 1, 1))
    set_administrator(deployment, 7, "ada", "root", may_release=False)
    set_administrator(deployment, 7, "bob", "root", may_hold=True)
    restore()
    assert cli("ledger", "replay")[0] == 0
    assert [(held.id, held.expires_at) for held in list_holds(database)] == [(hold.id, hold.expires_at)]
    assert sql("SELECT username, may_hold, may_release FROM tracking.account_users ORDER BY 1") == [
        {"username": "ada", "may_hold": True, "may_release": False},
        {"username": "bob", "may_hold": True, "may_release": True},
    ]


def test_requests_are_back_and_whom_they_are_of_is_asked_anew(
    deployment: Deployment, filled: int, dump: Callable[[], Restore], cli: Cli, sql: Sql
) -> None:
    def ask(placements: Placements, contact: str) -> int:
        given = ("eve", "called back", "DSR-12", 1)
        return open_request(placements, "both", contact, *given).request.id

    with Placements(load_settings()) as placements:
        known = ask(placements, "+1 212 555 0143")
        placements.close()
        restore = dump()
        unknown, over = ask(placements, "+1 212 555 0144"), ask(placements, "+1 212 555 0145")
        refuse_request(placements, over, "not the person", "bob")
        close_request(placements, known, "eve", "taken back")
        restore()
        placements.close()
        assert cli("ledger", "replay")[0] == 0
        states = {request.id: request.state for request in list_requests(deployment, everything=True)}
        assert states == {known: "closed", unknown: "open", over: "refused"}
        # The backup had the person of a request that had ended by then.
        assert sql("SELECT FROM redaction.request_contacts") == []
        assert verify_ledger(deployment).unrecorded == ()
        with pytest.raises(BadInput, match="forgotten"):
            find_person(placements, unknown)
        assert ask(placements, "+1 212 555 0143") == over + 1


def test_an_answer_is_back_with_its_time_its_counts_and_its_certificate(
    deployment: Deployment,
    filled: int,
    dump: Callable[[], Restore],
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("typst")
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("REDACTION_CERTIFICATE_KEY", str(tmp_path / "key.pem"))
    with Placements(load_settings()) as placements:
        restore = dump()
        place_hold(deployment, 7, "case 4", "ada", [3])
        given = ("eve", "called back", "DSR-12")
        known = open_request(placements, "erasure", "+1 212 555 0143", *given, account_ids=[7]).request.id
        erased = erase_person(placements, known, "eve", True, find_person(placements, known).digest)
        close_request(placements, known, "eve")
        told = [entry for entry in read_entries(deployment.database) if entry.kind == "request"]
        restore()
        placements.close()
        assert cli("ledger", "replay")[0] == 0
        request = get_request(placements, known)
        assert [request.opened_at, request.answered_at, request.closed_at] == [entry.written_at for entry in told]
        [before], [after] = erased.accounts, list_accounts_of(deployment, known)
        assert (after.outcome, after.run_id, after.runs) == (before.outcome, before.run_id, before.runs)
        names = ("redacted", "held")
        assert [after.found[name] for name in names] == [before.found[name] for name in names] == [8, 1]
        paths = write_answer_files(placements, known, tmp_path / "out")
        content = json.loads(paths[0].read_text())["certificate"]
        assert ([run["stripped_count"] for run in content["runs"]], content["held"]) == ([8], 1)


def test_an_account_of_after_the_backup_has_to_be_created_first(
    deployment: Deployment, filled: int, sql: Sql, insert: Insert, dump: Callable[[], Restore], cli: Cli
) -> None:
    restore = dump()
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, auto_redaction, auto_redaction_since)"
        " VALUES (9, 1, 'New', 'daily', '2026-01-01')"
    )
    insert(1, account_id=9, called_at=AT)
    redact(deployment, 9)
    restore()
    code, _, said = cli("ledger", "replay")
    assert (code, "9" in said, "account add" in said) == (2, True, True)
    assert cli("account", "add", "9", "--agency", "1")[0] == 0
    assert cli("ledger", "replay")[0] == 0
    insert(1, account_id=9, called_at=AT)
    assert list_state(sql)[-1] == {"account_id": 9, "id": 1, "gone": True, "run_id": 1, "caller_name": None}


def test_a_backup_of_another_ledger_is_refused_untouched(
    deployment: Deployment, settings: Settings, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[3])
    restore = dump()
    redact(deployment, 7)
    restore()
    [first] = (settings.home / "ledger").rglob("000000000001.json")
    entry = Entry.parse(first.read_bytes(), "here").model_copy(update={"actor": "mallory"})
    first.write_bytes(entry.model_copy(update={"hash": entry.reckon()}).serialize())
    with pytest.raises(LedgerBroken, match="nothing was changed"):
        replay_ledger(deployment, "eve")
    assert not any(row["gone"] for row in list_state(sql))


def test_settings_are_again_what_they_had_become(
    deployment: Deployment, settings: Settings, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    restore = dump()
    set_account(deployment, 8, "eve", auto_redaction=None, manual_redaction=False)
    set_account(deployment, 7, "eve", auto_redaction="60", auto_redaction_since=AT.date(), timezone="Asia/Tokyo")
    set_administrator(deployment, 7, "bob", "eve")
    set_administrator(deployment, 7, "ada", "eve", allowed=False)
    tables = ("tracking.accounts", "tracking.agencies", "tracking.account_users")
    # An administrator who is added again is new from then on.
    before = [sql(f"SELECT to_jsonb(t) - 'since' AS t FROM {table} t ORDER BY 1") for table in tables]
    restore()
    assert [sql(f"SELECT to_jsonb(t) - 'since' AS t FROM {table} t ORDER BY 1") for table in tables] != before
    settings.snapshot_path.unlink()
    replay_ledger(deployment, "eve")
    assert [sql(f"SELECT to_jsonb(t) - 'since' AS t FROM {table} t ORDER BY 1") for table in tables] == before
    snapshot = read_snapshot(settings.snapshot_path)
    assert snapshot is not None
    assert [(account.id, account.period) for account in snapshot.accounts] == [(7, "60")]


def test_one_replays_at_a_time(
    database: Database, deployment: Deployment, filled: int, sql: Sql, dump: Callable[[], Restore]
) -> None:
    restore = dump()
    redact(deployment, 7)
    restore()
    with database.connected("owner") as transaction, transaction() as session:
        assert session.one("lock_replay")["locked"]
        with pytest.raises(DatabaseBusy, match="another"):
            replay_ledger(deployment, "eve")
        session.rows("unlock_replay")
    assert replay_ledger(deployment, "eve").stripped == 9
