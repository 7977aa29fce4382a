"""After a restore an object is deleted only by today's gate: what keeps it is restored before the first deletion."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redaction.gate.holds import list_holds, place_hold, release_hold
from redaction.gate.pauses import pause, resume
from redaction.ledger.verify import verify_ledger
from redaction.objects.registry import remove_store
from redaction.objects.settle import retry_objects
from redaction.recovery.replay import replay_ledger
from tests.evidence.conftest import Restore
from tests.objects_of import World


@pytest.mark.parametrize("held", [7, 8])
def test_what_a_hold_keeps_stays_through_a_replay(world: World, dump: Callable[[], Restore], held: int) -> None:
    """The hold is on the account of the run, or on another account that names the object."""
    path = world.file("1.wav")
    world.account(7, 8)
    world.store(world.root, "first")
    for account_id in (7, 8):
        world.load_audio(account_id, path.as_uri())
    world.run_whole(8)
    restore = dump()
    place_hold(world.deployment, 8, "case 4", "eve")
    record = world.run_whole(7)
    if held == 7:
        release_hold(world.deployment, 1, "eve")
        place_hold(world.deployment, 7, "case 4", "eve")
        retry_objects(world.deployment)
    assert world.counts(record["id"]) == {"kept": 1}
    restore()
    done = replay_ledger(world.deployment, "eve")
    assert (path.exists(), done.holds_to_release) == (True, ())
    retry_objects(world.deployment)
    assert path.exists()
    assert world.counts(record["id"]) == {"kept": 1}
    hold_id = next(hold.id for hold in list_holds(world.database) if hold.released_at is None)
    release_hold(world.deployment, hold_id, "eve")
    retry_objects(world.deployment)
    assert not path.exists()


def test_what_something_loaded_since_the_backup_had_kept_stays_until_a_person_says_so(
    world: World, dump: Callable[[], Restore]
) -> None:
    path = world.file("1.wav")
    world.account(7, 8)
    world.store(world.root, "first")
    world.load_audio(7, path.as_uri())
    restore = dump()
    world.load_audio(8, path.as_uri())
    record = world.run_whole(7)
    restore()
    [hold_id] = replay_ledger(world.deployment, "eve").holds_to_release
    assert verify_ledger(world.deployment).is_whole
    retry_objects(world.deployment)
    assert path.exists()
    world.load_audio(8, path.as_uri())
    release_hold(world.deployment, hold_id, "eve")
    retry_objects(world.deployment)
    assert (path.exists(), world.counts(record["id"])) == (True, {"kept": 1})
    world.run_whole(8)
    retry_objects(world.deployment)
    assert not path.exists()


@pytest.mark.parametrize("what", ["paused", "remained", "removed"])
def test_a_replay_asks_for_no_object_of_a_pause_a_failure_or_a_removed_store(
    world: World, dump: Callable[[], Restore], what: str
) -> None:
    path = world.file("1.wav")
    world.account(7)
    world.store(world.root, "first")
    world.load_audio(7, path.as_uri())
    restore = dump()
    if what == "remained":
        away = world.root.rename(world.root.with_name("away"))
        world.run_whole(7)
        away.rename(world.root)
    else:
        world.run_whole(7)
    if what == "paused":
        pause(world.deployment, 7, "case 4", "eve")
    elif what == "removed":
        remove_store(world.deployment, "first", "eve")
    restore()
    # The backup came with a copy of the files.
    world.file("1.wav")
    replay_ledger(world.deployment, "eve")
    assert path.exists()
    assert len(world.left()) == 1
    if what == "paused":
        resume(world.deployment, 7, "eve")
    retry_objects(world.deployment)
    assert path.exists() == (what == "removed")
