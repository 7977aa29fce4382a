"""Objects that several activities name, and what one store says of another's: only what was shown is claimed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from redaction.control.holds import place_hold
from redaction.objects.retry import retry_objects
from tests.objects_of import World, only

Answer = Callable[[str, str], tuple[int, dict[str, str]]]


@contextmanager
def vendor(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """A server that answers what a function of method and path says; its address, and the paths that were to go."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            if self.command == "DELETE":
                asked.append(self.path)
            status, headers = answer(self.command, self.path)
            self.send_response(status)
            for name, value in ({"Content-Length": "0"} | headers).items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_DELETE = _answer

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_object_that_remains_and_is_then_held_keeps_its_file(world: World) -> None:
    shared = world.file("shared.wav")
    world.account(109, 110)
    world.store(world.root)
    for account_id in (109, 110):
        world.load_audio(account_id, shared.as_uri())
    away = shutil.move(world.root, f"{world.root}-away")
    runs = {account_id: world.run(account_id)["id"] for account_id in (109, 110)}
    assert retry_objects(world.database, world.settings).outcomes == {"remains": 2}
    shutil.move(away, world.root)
    place_hold(world.database, world.settings, 110, "case 4", "eve")
    # The sweep comes to the account that is not held first.
    assert retry_objects(world.database, world.settings).outcomes == {"kept": 2}
    assert shared.exists()
    assert [world.counts(run_id) for run_id in runs.values()] == [{"kept": 1}, {"kept": 1}]


def test_a_vendor_is_asked_for_each_activity_whatever_address_they_share(world: World) -> None:
    def answer(method: str, path: str) -> tuple[int, dict[str, str]]:
        return (500 if "/110/" in path else 200), {}

    with vendor(answer) as (url, asked):
        world.account(109, 110)
        world.store(url, mode="vendor", template=f"{url}/accounts/{{account}}/calls/{{activity}}/recording")
        for account_id in (109, 110):
            world.load_audio(account_id, f"{url}/media/one.wav")
        runs = {account_id: world.run(account_id)["id"] for account_id in (109, 110)}
        retry_objects(world.database, world.settings)
    assert "/accounts/109/calls/1/recording" in asked
    assert world.counts(runs[109]) == {"deleted": 1}
    assert world.counts(runs[110]) == {"remains": 1}


def test_a_vendor_that_asks_to_wait_has_shown_nothing(world: World) -> None:
    """One 503 with Retry-After and else 404, as from a gateway: the probe is refused, so nothing is believed."""

    def answer(method: str, path: str) -> tuple[int, dict[str, str]]:
        if method == "GET":
            return 401, {}
        return (503, {"Retry-After": "600"}) if "/1/" in path else (404, {})

    with vendor(answer) as (url, _):
        world.account(36)
        store = world.store(url, mode="vendor", template=f"{url}/calls/{{activity}}/recording")
        world.load_audio(36, *[f"{url}/{number}.wav" for number in range(4)])
        record = world.run(36)
    assert only(record["objects"]) == {"remains": 4}
    lines = [line for line in world.certify(record["id"]).not_covered if store.name in line]
    assert lines == [f"4 objects still in store {store.name}"]


def test_a_vendor_that_asks_to_wait_is_left_alone(world: World) -> None:
    with vendor(lambda method, path: (503, {"Retry-After": "600"})) as (url, asked):
        world.account(36)
        store = world.store(url, mode="vendor", template=f"{url}/calls/{{activity}}/recording")
        world.load_audio(36, *[f"{url}/{number}.wav" for number in range(60)])
        assert only(world.run(36)["objects"]) == {"remains": 60}
        assert len(asked) < 20
        assert list(retry_objects(world.database, world.settings).failed) == [store.name]
