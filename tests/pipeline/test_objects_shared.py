"""Objects that several activities name, and what one store says about another's: only proven outcomes are claimed."""

from __future__ import annotations

import shutil

from redaction.gate.holds import place_hold
from redaction.objects.settle import retry_objects
from tests.objects_of import World, only, vendor_server


def test_an_object_that_remains_and_is_then_held_keeps_its_file(world: World) -> None:
    shared = world.file("shared.wav")
    world.account(109, 110)
    world.store(world.root)
    for account_id in (109, 110):
        world.load_audio(account_id, shared.as_uri())
    away = shutil.move(world.root, f"{world.root}-away")
    runs = {account_id: world.run(account_id)["id"] for account_id in (109, 110)}
    assert retry_objects(world.deployment).outcomes == {"remains": 2}
    shutil.move(away, world.root)
    place_hold(world.deployment, 110, "case 4", "eve")
    # The sweep reaches the account without the hold first.
    assert retry_objects(world.deployment).outcomes == {"kept": 2}
    assert shared.exists()
    assert [world.counts(run_id) for run_id in runs.values()] == [{"kept": 1}, {"kept": 1}]


def test_a_vendor_is_asked_for_each_activity_whatever_address_they_share(world: World) -> None:
    def answer(method: str, path: str) -> tuple[int, dict[str, str]]:
        return (500 if "/110/" in path else 200), {}

    with vendor_server(answer) as (url, asked):
        world.account(109, 110)
        world.store(url, mode="vendor", template=f"{url}/accounts/{{account}}/calls/{{activity}}/recording")
        for account_id in (109, 110):
            world.load_audio(account_id, f"{url}/media/one.wav")
        runs = {account_id: world.run(account_id)["id"] for account_id in (109, 110)}
        retry_objects(world.deployment)
    assert ("DELETE", "/accounts/109/calls/1/recording") in asked
    assert world.counts(runs[109]) == {"deleted": 1}
    assert world.counts(runs[110]) == {"remains": 1}


def test_a_vendor_that_asks_to_wait_has_shown_nothing(world: World) -> None:
    """One 503 with Retry-After and else 404, as from a gateway: the probe is refused, so nothing is believed."""

    def answer(method: str, path: str) -> tuple[int, dict[str, str]]:
        if method == "GET":
            return 401, {}
        return (503, {"Retry-After": "600"}) if "/1/" in path else (404, {})

    with vendor_server(answer) as (url, _):
        world.account(36)
        store = world.store(url, mode="vendor", template=f"{url}/calls/{{account}}/{{activity}}/recording")
        world.load_audio(36, *[f"{url}/{number}.wav" for number in range(4)])
        record = world.run_whole(36)
    assert only(record["objects"]) == {"remains": 4}
    lines = [line for line in world.certify(record["id"]).not_covered if store.name in line]
    assert lines == [f"4 objects still in store {store.name}"]


def test_a_vendor_that_asks_to_wait_is_left_alone(world: World) -> None:
    with vendor_server(lambda method, path: (503, {"Retry-After": "600"})) as (url, asked):
        world.account(36)
        store = world.store(url, mode="vendor", template=f"{url}/calls/{{account}}/{{activity}}/recording")
        world.load_audio(36, *[f"{url}/{number}.wav" for number in range(60)])
        assert only(world.run(36)["objects"]) == {"remains": 60}
        assert len([path for method, path in asked if method == "DELETE"]) < 20
        assert list(retry_objects(world.deployment).failed) == [store.name]
