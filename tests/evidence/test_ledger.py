"""The ledger: one row for each act, chained, append-only, the same outside; the test sees each protection fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.db.session import Session
from redaction.deployment import Deployment
from redaction.errors import LedgerBroken, NotAllowed
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.entries import Entry, find_entry, read_entries, record_event
from redaction.ledger.external import check_ledger, open_external, publish, publish_all
from redaction.ledger.verify import verify_ledger
from redaction.pipeline.run import begin_run, complete_run
from redaction.placements.resolve import deploy
from redaction.settings import Settings
from tests.conftest import PERSONAL_VALUES, ReadyMade
from tests.evidence.acts import digest

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)


@pytest.fixture
def kept(
    database: Database,
    deployment: Deployment,
    insert: Insert,
    sql: Sql,
    ready_made: ReadyMade,
) -> Database:
    """A database whose ledger has seven rows: each kind of act except a replay."""
    ready_made("kept", lambda: _act(deployment, insert, sql))
    return database


def _act(deployment: Deployment, insert: Insert, sql: Sql) -> None:
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    sql("INSERT INTO tracking.account_users (account_id, username) VALUES (7, 'ada')")
    for number in range(1, 6):
        insert(number)
    ask = ManualRequest(7, (4,), "ticket 2", "ada")
    hold = place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[4])
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    with pytest.raises(NotAllowed):
        begin_manual(deployment, ask, "cli", True, administrator=True)
    release_hold(deployment, hold.id, "eve")
    manual = begin_manual(deployment, ask, "cli", True, administrator=True)
    complete_run(deployment, manual.id)
    pause(deployment, None, "ticket 3", "eve")
    resume(deployment, None, "bob")


def test_each_act_has_one_row_that_says_who_and_why(kept: Database, settings: Settings) -> None:
    entries = list(read_entries(kept))
    assert [(entry.kind, entry.account_id, entry.actor, entry.reason) for entry in entries] == [
        ("hold", 7, "eve", "ticket 1"),
        ("redaction", 7, entries[1].actor, None),
        ("refusal", 7, "ada", "ticket 2"),
        ("release", 7, "eve", None),
        ("redaction", 7, "ada", "ticket 2"),
        ("pause", None, "eve", "ticket 3"),
        ("resume", None, "bob", None),
    ]
    assert "every day" in entries[1].actor
    assert [entry.position for entry in entries] == list(range(1, 8))
    assert [entry.previous_hash for entry in entries] == ["", *(entry.hash for entry in entries[:-1])]
    automatic, manual = entries[1].facts, entries[4].facts
    assert (automatic["due_count"], automatic["stripped_count"], automatic["ids"]) == (4, 4, None)
    assert (automatic["held"], manual["held"], manual["ids"]) == ([4], [], [4])
    assert automatic["by_kind"] == {"call": 4}
    assert automatic["by_category"]["caller name"] == 4
    assert automatic["validation"]["rows"] == 4
    assert automatic["erasure_level"] in ("L0", "L1", "L2", "L3")
    assert automatic["catalog_version"]
    assert automatic["ids_digest"] == digest(1, 2, 3, 5)
    assert manual["ids_digest"] == digest(4)
    assert find_entry(kept, entries[1].run_id or 0) == entries[1]
    assert find_entry(kept, 99) is None
    verified = verify_ledger(deploy(kept, settings))
    assert (verified.rows, verified.outside, verified.first_bad) == (7, 7, None)


def test_no_personal_value_is_in_it_or_outside(kept: Database, settings: Settings) -> None:
    written = b"".join(entry.serialize() for entry in read_entries(kept))
    files = [path for path in (settings.home / "ledger").rglob("*") if path.is_file()]
    written += b"".join(path.read_bytes() for path in files)
    assert len(files) == 7 + 2 + 1
    assert b"ticket 2" in written
    for value in PERSONAL_VALUES.values():
        for text in (value,) if isinstance(value, str) else value:
            assert text.encode() not in written
    assert b"anary" not in written.lower().replace(b"\\", b"")


@pytest.mark.parametrize("role", ["owner", "redaction_worker"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE redaction.ledger SET reason = 'other' WHERE position = 2",
        "DELETE FROM redaction.ledger WHERE position = 7",
        "TRUNCATE redaction.ledger",
        "INSERT INTO redaction.ledger SELECT 9, kind, account_id, run_id, actor, reason, facts, written_at, hash, 'x'"
        " FROM redaction.ledger WHERE position = 7",
        "INSERT INTO redaction.ledger SELECT 8, kind, account_id, run_id, actor, reason, facts, written_at, 'y', 'x'"
        " FROM redaction.ledger WHERE position = 7",
    ],
)
def test_nobody_changes_a_row_or_puts_one_elsewhere(kept: Database, role: str, statement: str) -> None:
    before = list(read_entries(kept))
    with (
        pytest.raises(Exception, match=r"append-only|goes on after|permission denied"),
        kept.engine(role).begin() as connection,
    ):
        connection.exec_driver_sql(statement)
    assert list(read_entries(kept)) == before


def test_a_run_has_one_row_only(kept: Database, settings: Settings) -> None:
    entry = list(read_entries(kept))[1]
    complete_run(deploy(kept, settings), entry.run_id or 0)
    assert len(list(read_entries(kept))) == 7


def _untie(sql: Sql, statement: str) -> None:
    """Do what only the owner of the table can: remove the protection first."""
    sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
    sql(statement)
    sql("ALTER TABLE redaction.ledger ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    ("statement", "first_bad", "reason"),
    [
        ("UPDATE redaction.ledger SET reason = 'other' WHERE position = 3", 3, "altered"),
        ("UPDATE redaction.ledger SET facts = facts || '{\"stripped_count\": 3}' WHERE position = 2", 2, "altered"),
        ("UPDATE redaction.ledger SET written_at = written_at + interval '1 us' WHERE position = 1", 1, "altered"),
        ("DELETE FROM redaction.ledger WHERE position = 4", 4, "gone"),
        ("DELETE FROM redaction.ledger WHERE position = 7", 7, "restored"),
        ("UPDATE redaction.ledger SET previous_hash = 'x' WHERE position = 5", 5, "go on"),
    ],
)
def test_a_row_that_was_altered_in_the_database_is_named(
    kept: Database, settings: Settings, sql: Sql, statement: str, first_bad: int, reason: str
) -> None:
    _untie(sql, statement)
    verified = verify_ledger(deploy(kept, settings))
    assert verified.first_bad == first_bad
    assert reason in str(verified.reason)


def test_a_whole_chain_that_was_made_anew_differs_from_the_one_outside(
    kept: Database, settings: Settings, sql: Sql
) -> None:
    entries = list(read_entries(kept))
    previous = entries[1].hash
    for entry in entries[2:]:
        other = entry.model_copy(update={"actor": "mallory", "previous_hash": previous})
        previous = other.reckon()
        _untie(
            sql,
            f"UPDATE redaction.ledger SET actor = 'mallory', previous_hash = '{other.previous_hash}',"
            f" hash = '{previous}' WHERE position = {entry.position}",
        )
    verified = verify_ledger(deploy(kept, settings))
    assert (verified.rows, verified.outside, verified.first_bad) == (7, 2, 3)
    with pytest.raises(LedgerBroken):
        begin_run(deploy(kept, settings), 7, CUTOFF, "cli")


def _outside(settings: Settings, position: int) -> Path:
    [path] = (settings.home / "ledger").rglob(f"{position:012d}.json")
    return path


@pytest.mark.parametrize("what", ["text", "fact", "moved"])
def test_a_row_that_was_altered_outside_is_named(kept: Database, settings: Settings, what: str) -> None:
    path = _outside(settings, 3)
    if what == "text":
        path.write_text("nothing")
    elif what == "fact":
        path.write_text(json.dumps(json.loads(path.read_text()) | {"actor": "mallory"}))
    else:
        path.write_text(_outside(settings, 5).read_text())
    verified = verify_ledger(deploy(kept, settings))
    assert (verified.outside, verified.first_bad) == (2, 3)
    assert "somebody has" in str(verified.reason) or "altered" in str(verified.reason)


def test_a_row_that_is_gone_outside_is_named(kept: Database, settings: Settings) -> None:
    _outside(settings, 3).unlink()
    verified = verify_ledger(deploy(kept, settings))
    assert (verified.first_bad, verified.reason) == (3, "it is gone from the place outside")


def test_another_place_is_refused_until_somebody_says_that_it_moved(
    kept: Database, settings: Settings, tmp_path: Path
) -> None:
    moved = settings.model_copy(update={"ledger_url": str(tmp_path / "moved")})
    with pytest.raises(NotAllowed, match="REDACTION_LEDGER_URL"):
        begin_run(deploy(kept, moved), 7, CUTOFF, "cli")
    with pytest.raises(NotAllowed, match="REDACTION_LEDGER_URL"):
        verify_ledger(deploy(kept, moved))
    assert publish_all(deploy(kept, moved)) == 7
    assert verify_ledger(deploy(kept, moved)).first_bad is None
    assert begin_run(deploy(kept, moved), 7, CUTOFF, "cli").due_count == 0


def test_any_object_storage_serves(kept: Database, settings: Settings) -> None:
    stored = settings.model_copy(update={"ledger_url": "memory://ledger"})
    assert publish_all(deploy(kept, stored)) == 7
    assert verify_ledger(deploy(kept, stored)).first_bad is None
    external, head, digest = open_external(deploy(kept, stored))
    last = external.read_entry(head)
    assert last is not None
    assert last.hash == digest
    check_ledger(deploy(kept, stored))
    assert begin_run(deploy(kept, stored), 7, CUTOFF, "cli").due_count == 0
    with pytest.raises(LedgerBroken):
        external.write_entry(last.model_copy(update={"actor": "mallory"}))


def test_a_clock_that_was_set_back_does_not_turn_the_order(kept: Database, settings: Settings) -> None:
    late = datetime(2100, 1, 1, tzinfo=UTC)
    with kept.transaction("redaction_worker") as session:
        head = session.one("ledger_head")
        row = next(read_entries(kept, 6)).model_copy(
            update={"position": 8, "previous_hash": head["hash"], "written_at": late}
        )
        session.run("append_entry", **(row.model_dump() | {"facts": json.dumps(dict(row.facts)), "hash": row.reckon()}))
    pause(deploy(kept, settings), None, "ticket 4", "eve")
    assert [entry.written_at for entry in read_entries(kept, 7)] == [late, late]
    assert verify_ledger(deploy(kept, settings)).first_bad is None


def test_who_rolls_back_leaves_no_row(kept: Database) -> None:
    with kept.engine("redaction_worker").connect() as connection:
        record_event(Session(connection), "hold", 7, "eve", "ticket 5", {})
        connection.rollback()
    assert len(list(read_entries(kept))) == 7


@given(
    facts=st.dictionaries(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(2**62), 2**62)
            | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "é", "b c"]), inner),
            max_leaves=8,
        ),
        max_size=5,
    )
)
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
def test_facts_come_back_as_they_went_in(database: Database, deployment: Deployment, facts: dict[str, Any]) -> None:
    with database.transaction("redaction_worker") as session:
        position = record_event(session, "delivery", None, "eve", None, facts)
    entry = next(read_entries(database, position - 1))
    assert (entry.facts, entry.reckon()) == (facts, entry.hash)
    assert Entry.parse(entry.serialize(), "here") == entry
    publish(deployment)
    assert open_external(deployment)[0].read_entry(position) == entry
