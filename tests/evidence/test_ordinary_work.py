"""After anything that people and runs ordinarily do, the ledger is whole, and misses each act whose row is removed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from redaction.accounts.accounts import set_account
from redaction.accounts.administrators import set_administrator
from redaction.control.ends import give_up, list_left, mark_erased_outside
from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import NotAllowed
from redaction.gate.guard import decide_approval
from redaction.gate.holds import place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.verify import list_unrecorded, verify_ledger
from redaction.objects.registry import remove_store
from redaction.objects.settle import retry_objects
from redaction.pipeline.abandon import abandon_run
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.placements.resolve import deploy, settings_of
from redaction.settings import load_settings
from tests.conftest import ReadyMade
from tests.objects_of import World, only

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
CUTOFF = datetime(2026, 11, 1, 4, tzinfo=UTC)
"""Midnight in New York."""


def _is_whole(world: World) -> bool:
    verified = verify_ledger(world.deployment, activities=True)
    assert verified.is_whole, verified
    return True


def _redact(world: World, account_id: int) -> int:
    run = begin_run(world.deployment, account_id, CUTOFF, "cli")
    complete_run(world.deployment, run.id)
    return run.id


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recordings of all tests, each time at the same place: their addresses are in the database."""
    return tmp_path_factory.mktemp("worked")


@pytest.fixture
def worked(deployment: Deployment, sql: Sql, folder: Path, ready_made: ReadyMade) -> World:
    """Accounts 7 and 8 with runs, holds, stores, remaining and ended objects, refused and abandoned runs."""
    root, kept = folder / "recordings", folder / "kept"

    def build() -> None:
        _work(World(deployment, sql, root))
        shutil.copytree(root, kept)

    ready_made("worked", build, upon=None)
    shutil.rmtree(root)
    shutil.copytree(kept, root)
    return World(deployment, sql, root)


def _work(world: World) -> None:
    database, deployment = world.database, world.deployment
    world.account(7, 8)
    set_administrator(deployment, 7, "ada", "eve")
    set_account(deployment, 7, "eve", caller_id_enabled=False)
    world.store(world.root / "all", "all")
    world.store(world.root / "of 7", "of 7", account_id=7)
    world.store(world.root / "of 8", "of 8", account_id=8)
    world.store(world.root / "gone", "gone")
    remove_store(deployment, "gone", "eve")
    for stubborn in ("of 7/2.wav", "of 8/1.wav", "all/9.wav"):
        (world.root / stubborn).mkdir(parents=True)
    addresses = (world.file("of 7/1.wav").as_uri(), (world.root / "of 7/2.wav").as_uri(), "https://m.example.com/3")
    world.load_audio(7, *addresses)
    world.load_audio(8, (world.root / "of 8/1.wav").as_uri())
    assert _is_whole(world)
    hold = place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[3])
    first = _redact(world, 7)
    asked = ManualRequest(7, (3,), "ticket 2", "ada")
    with pytest.raises(NotAllowed):
        begin_manual(deployment, asked, "cli", True, administrator=True)
    release_hold(deployment, hold.id, "eve")
    by_hand = begin_manual(deployment, asked, "cli", True, administrator=True)
    complete_run(deployment, by_hand.id)
    assert only(world.counts(by_hand.id)) == {"elsewhere": 1}
    mark_erased_outside(deployment, by_hand.id, "m.example.com", "ada")
    [stubborn] = list_left(database, 7, run_id=first)
    give_up(deployment, stubborn.id, "ticket 3", "ada")
    _redact(world, 8)
    with pytest.raises(NotAllowed):
        begin_run(deployment, 7, CUTOFF.replace(hour=5), "cli")
    assert _is_whole(world)
    _end_some_otherwise(world)
    pause(deployment, None, "ticket 4", "eve")
    resume(deployment, None, "eve")
    pause(deployment, 8, "ticket 5", "eve")
    resume(deployment, 8, "eve")


def _end_some_otherwise(world: World) -> None:
    """A run that waits and is superseded, a refused run, and a run that is abandoned after its strip."""
    database, deployment = world.database, world.deployment
    narrow = world.settings.model_copy(update={"guard_least": 0, "guard_factor": 0.1})
    path = (world.root / "all/9.wav").as_uri()
    world.load(*({"account_id": 7, "id": number, "audio": path} for number in (8, 9)))
    begin_run(deploy(database, narrow), 7, CUTOFF, "cli")
    refused = begin_run(deploy(database, narrow), 7, datetime(2026, 11, 2, 5, tzinfo=UTC), "cli")
    decide_approval(deployment, refused.id, False, "ada")
    cut = begin_run(deployment, 7, CUTOFF, "cli")
    decide_approval(deployment, cut.id, True, "ada")
    run_step(deployment, cut.id, "strip")
    abandon_run(deployment, cut.id, "ticket 6", "ada")
    states = world.sql("SELECT state, count(*)::int AS n FROM redaction.runs GROUP BY 1 ORDER BY 1")
    assert {row["state"]: row["n"] for row in states} == {"abandoned": 2, "refused": 3, "succeeded": 3}
    assert _is_whole(world)
    # Its objects are still due, and the ledger records their outcomes.
    retry_objects(deployment)
    assert only(world.counts(cut.id)) == {"remains": 2}
    (world.root / "all/9.wav").rmdir()
    world.file("all/9.wav")
    retry_objects(deployment)
    assert only(world.counts(cut.id)) == {"deleted": 1, "not_found": 1}


def test_the_ledger_is_whole(worked: World, cli: Cli) -> None:
    code, said, _ = cli("ledger", "verify")
    assert code == 0, said
    assert _is_whole(worked)
    kinds = {row["kind"] for row in worked.sql("SELECT DISTINCT kind FROM redaction.ledger")}
    assert kinds == {
        *("redaction", "refusal", "approval", "abandonment", "hold", "release", "pause", "resume"),
        *("setting", "store", "object"),
    }


def test_it_is_whole_on_both_sides_of_a_move(worked: World, west: Database, cli: Cli) -> None:
    theirs = settings_of(load_settings(), "west")
    for account_id in ("7", "8"):
        code, _, err = cli("account", "move", account_id, "--to", "west")
        assert code == 0, err
        assert _is_whole(worked)
        assert verify_ledger(deploy(west, theirs), activities=True).is_whole
    retry_objects(deploy(west, theirs))
    [left] = list_left(west, 8)
    give_up(deploy(west, theirs), left.id, "ticket 7", "eve")
    verified = verify_ledger(deploy(west, theirs), activities=True)
    assert verified.is_whole, verified
    code, _, err = cli("account", "move", "8", "--to", "default")
    assert code == 0, err
    verified = verify_ledger(deploy(west, theirs), activities=True)
    assert verified.is_whole, verified
    assert _is_whole(worked)


def _take_away(sql: Sql, where: str) -> None:
    sql("ALTER TABLE redaction.ledger DISABLE TRIGGER USER")
    sql(f"DELETE FROM redaction.ledger WHERE {where}")
    sql("ALTER TABLE redaction.ledger ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("kind = 'abandonment'", {"run 6 of account 7 was abandoned, and no row says so"}),
        ("kind = 'store' AND facts ->> 'change' = 'added'", {"store 1 (all accounts): no row says so"}),
        ("kind = 'store' AND facts ->> 'change' = 'removed'", {"removal of store 4 (all accounts): no row says so"}),
        ("kind = 'object' AND facts ? 'given_up'", {"end of objects of run 1 (account 7): no row says so"}),
        ("kind = 'object' AND facts ? 'said_erased'", {"end of objects of run 3 (account 7): no row says so"}),
        ("kind = 'object' AND actor = 'erase_residue'", {"end of objects of run 8 (account 7): no row says so"}),
    ],
)
def test_each_new_kind_is_missed(worked: World, sql: Sql, where: str, told: set[str]) -> None:
    assert list_unrecorded(worked.database) == []
    _take_away(sql, where)
    assert told <= set(list_unrecorded(worked.database))


@pytest.mark.parametrize("change", ["prefix = 'file:///srv'", "account_id = NULL", "mode = 'vendor', template = 'x'"])
def test_a_store_that_somebody_changed_beside_the_ledger(worked: World, sql: Sql, change: str) -> None:
    sql(f"UPDATE redaction.stores SET {change} WHERE name = 'of 7'")
    [found] = list_unrecorded(worked.database)
    assert found.startswith("store 2 (")


def test_a_store_that_somebody_removed_beside_the_ledger(worked: World, sql: Sql) -> None:
    sql("DELETE FROM redaction.stores WHERE name = 'of 8'")
    assert list_unrecorded(worked.database) == ["removal of store 3 (account 8): no row says so"]
