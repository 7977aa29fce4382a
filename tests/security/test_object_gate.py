"""The gate of objects: nothing living is deleted, and stores, holds, pauses and loads count until the last moment."""

from __future__ import annotations

from typing import Any

import pytest

from redaction.db.database import Database
from redaction.gate.holds import place_hold
from redaction.gate.pauses import pause, resume
from redaction.objects.opened import WORKERS
from redaction.objects.registry import remove_store
from redaction.objects.settle import retry_objects
from tests.objects_of import AT, World, vendor_server
from tests.pipeline.test_objects import _drop_partition

VENDOR = "/accounts/{account}/calls/{activity}/recording"
STRIPS_OF_8 = "pg_try_advisory_xact_lock(hashtext('redaction.strip'), hashtext('8'))"
"""Takes the first lock of a hold or a pause of account 8; false while a batch is in its gate."""


@pytest.fixture(autouse=True)
def _connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_VENDOR", '{"conn_type": "http", "password": "t"}')


def _store(world: World, base: str) -> None:
    world.store(f"{base}/rec", "vendor", mode="vendor", connection="vendor", template=f"{base}{VENDOR}")


@pytest.mark.parametrize("kind", ["audio", "media"])
@pytest.mark.parametrize("tried", [True, False])
def test_an_activity_that_is_sent_again_has_its_objects_again(world: World, kind: str, tried: bool) -> None:
    path = world.file("1.wav")
    world.account(7)
    world.store(world.root)
    record = {"account_id": 7, "id": 1, kind: path.as_uri() if kind == "audio" else [path.as_uri()]}
    world.load(record)
    world.load({"account_id": 7, "id": 2, "caller_number": "+12125550199", "unix_time": AT - 60 * 86_400})
    _drop_partition(world.sql, 1)
    lost = world.run_whole(7)
    if tried:
        place_hold(world.deployment, 7, "case 4", "eve", contact="+12125550143", anyway=True)
        # Its row is gone and it may be of that contact.
        assert retry_objects(world.deployment).outcomes == {"kept": 1}
    else:
        away = world.root.rename(world.root.with_name("away"))
        assert retry_objects(world.deployment).outcomes == {"remains": 1}
        away.rename(world.root)
    assert world.load(record | {"unix_time": AT + 40 * 86_400}).inserted == 1
    assert (world.left(), world.counts(lost["id"])) == ([], {})
    assert retry_objects(world.deployment).outcomes == {}
    assert path.exists()
    # It is not forgotten: it is deleted with its activity.
    world.sql("UPDATE redaction.holds SET released_at = now(), released_by = 'eve'")
    world.sql("DELETE FROM tracking.held_contacts")
    world.load(record)
    world.sql("UPDATE tracking.activities SET called_at = to_timestamp(:at) WHERE id = 1", at=AT)
    record_again = world.run(7)
    assert (world.counts(record_again["id"]), path.exists()) == ({"deleted": 1}, False)


def test_what_is_due_by_mistake_is_not_deleted_while_its_activity_lives(world: World) -> None:
    mine, shared = world.file("1.wav"), world.file("2.wav")
    world.account(7, 8)
    world.store(world.root)
    world.load_audio(7, shared.as_uri())
    world.load_audio(8, mine.as_uri(), shared.as_uri())
    world.sql("UPDATE tracking.objects SET due_since = now() WHERE account_id = 8")
    assert world.counts(world.run(7)["id"]) == {"kept": 1}
    retry_objects(world.deployment)
    assert (mine.exists(), shared.exists()) == (True, True)
    assert world.counts(world.run(8)["id"]) == {"deleted": 2}


def test_a_store_that_is_removed_is_asked_no_more(world: World) -> None:
    world.account(7)
    asked_after: list[str] = []
    removed: list[str] = []

    def answer(method: str, path: str) -> tuple[int, dict[str, str]]:
        if removed:
            asked_after.append(path)
        elif method == "DELETE" and not removed.append(path):
            remove_store(world.deployment, "vendor", "eve")
        return 404, {}

    with vendor_server(answer) as (base, _):
        _store(world, base)
        world.load_audio(7, *(f"{base}/rec/{number}.mp3" for number in range(60)))
        record = world.run(7)
    # Those that were under way at the same time; nothing is probed either.
    assert len(asked_after) < WORKERS
    assert world.counts(record["id"]) == {"remains": WORKERS, "elsewhere": 60 - WORKERS}


def test_what_is_loaded_during_a_pass_keeps_its_object(world: World) -> None:
    world.account(7, 8)
    loaded: list[int] = []

    def answer(method: str, path: str) -> tuple[int, dict[str, str]]:
        if method == "DELETE" and not loaded:
            loaded.append(1)
            world.load({"account_id": 8, "id": 77, "audio": f"{base}/rec/29.mp3"})
        return 200, {}

    with vendor_server(answer) as (base, asked):
        _store(world, base)
        world.load_audio(7, *(f"{base}/rec/{number}.mp3" for number in range(30)))
        record = world.run(7)
    assert world.counts(record["id"]) == {"deleted": 29, "kept": 1}
    assert ("DELETE", "/accounts/7/calls/30/recording") not in asked


def _share(world: World, base: str, how: str) -> str:
    """A redacted activity of account 8 names an object that one of account 7 names too; return their place."""
    if how == "asked alike":
        for account_id in (7, 8):
            more = {"template": f"{base}/calls/{{activity}}", "account_id": account_id}
            world.store(f"{base}/{account_id}", mode="vendor", connection="vendor", **more)
            world.load_audio(account_id, f"{base}/{account_id}/1.mp3")
    else:
        _store(world, base)
        world.load_audio(7, f"{base}/rec/1.mp3")
        world.load_audio(8, f"{base}/rec/1.mp3" + ("%3Fsig=a" if how == "oddly" else ""))
    world.run(8)
    return f"{base}/7" if how == "asked alike" else f"{base}/rec"


HOW = pytest.mark.parametrize("how", ["alike", "oddly", "asked alike"])


@HOW
def test_no_hold_of_any_account_that_names_an_object_begins_while_it_is_asked(world: World, how: str) -> None:
    world.account(7, 8)
    free: list[Any] = []

    def answer(method: str, path: str) -> tuple[int, dict[str, str]]:
        if method == "DELETE":
            free.append(world.sql(f"SELECT {STRIPS_OF_8} AS free")[0]["free"])
        return 200, {}

    with vendor_server(answer) as (base, _):
        place = _share(world, base, how)
        world.load({"account_id": 7, "id": 2, "audio": f"{place}/2.mp3"})
        assert world.counts(world.run(7)["id"]) == {"deleted": 2}
        assert free == [False, False]


@HOW
def test_an_object_stays_while_a_hold_begins_or_a_pause_is_in_force_where_it_is_named(
    world: World, database: Database, how: str
) -> None:
    world.account(7, 8)
    with vendor_server(lambda method, path: (200, {})) as (base, asked):
        _share(world, base, how)
        with database.engine("owner").begin() as connection:
            assert connection.exec_driver_sql(f"SELECT {STRIPS_OF_8}").scalar_one()
            assert world.counts(world.run(7)["id"]) == {"kept": 1}
        pause(world.deployment, 8, "case 4", "eve")
        assert retry_objects(world.deployment).outcomes == {"kept": 1}
        assert not asked
        resume(world.deployment, 8, "eve")
        assert retry_objects(world.deployment).outcomes == {"deleted": 2}
