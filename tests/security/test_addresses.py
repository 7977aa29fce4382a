"""Addresses as an attacker would write them: nothing outside a store is deleted or asked, however it is spelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configure
from hypothesis import strategies as st

from redaction.errors import BadAddress
from redaction.objects.access import Settled
from redaction.objects.addresses import Address, parse_address
from redaction.objects.opened import open_store
from redaction.objects.stores import Store, find_store
from redaction.settings import Settings


def settle(stores: list[Store], settings: Settings, text: str) -> str:
    """Return the outcome of an address in a record."""
    try:
        address = parse_address(text)
    except BadAddress:
        return "refused"
    store = find_store(stores, address)
    return "elsewhere" if store is None else open_store(store, settings).delete(address, 1, 1).outcome


def file_store(folder: Path) -> Store:
    return Store(1, "recordings", folder.as_uri(), None, "delete", None, None, None)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A store with one recording, and around it an attacker's targets."""
    for name in (
        "RECORDINGS/1.wav",
        "RECORDINGS-old/1.wav",
        "victim.txt",
        "victimdir/victim.txt",
        "etc_like/hostname",
        "home/ledger/1/entries/1.json",
        "home/postgres/PG_VERSION",
        "home/postgres/base/1/1259",
        "%2e%2e/victim.txt",
        "..%2fvictim.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not yours")
    (tmp_path / "RECORDINGS" / "out").symlink_to(tmp_path / "victimdir")
    (tmp_path / "RECORDINGS" / "up").symlink_to("..")
    (tmp_path / "RECORDINGS" / "root").symlink_to("/")
    (tmp_path / "RECORDINGS" / "link.wav").symlink_to(tmp_path / "victim.txt")
    return tmp_path


def list_outside(world: Path) -> list[str]:
    inside = world / "RECORDINGS"
    return sorted(str(path) for path in world.rglob("*") if path.is_file() and inside not in path.parents)


@pytest.mark.parametrize(
    "text",
    [
        "{world}/victim.txt",
        "../victim.txt",
        "file://{world}/victim.txt",
        "file://{world}/etc_like/hostname",
        "file://{world}/RECORDINGS/../victimdir",
        "file://{world}/RECORDINGS/../victimdir/victim.txt",
        "file://{world}/RECORDINGS/%2e%2e/victim.txt",
        "file://{world}/RECORDINGS/%2E./victim.txt",
        "file://{world}/RECORDINGS/..%2fvictim.txt",
        "file://{world}/RECORDINGS%2f..%2fvictim.txt",
        "file://{world}/RECORDINGS/%252e%252e/victim.txt",
        "file://{world}/RECORDINGS/x/../../victim.txt",
        "file://{world}/RECORDINGS//..//victim.txt",
        "file://{world}/RECORDINGS/..\\victim.txt",
        "file://{world}/RECORDINGS/%c0%ae%c0%ae/victim.txt",
        "file://{world}/RECORDINGS/\uff0e\uff0e/victim.txt",
        "file://{world}/RECORDINGS/1.wav%00/../../victim.txt",
        "file://{world}/RECORDINGS/..;/victim.txt",
        "file://{world}/RECORDINGS-old/1.wav",
        "file://{world}/RECORDINGS/out/victim.txt",
        "file://{world}/RECORDINGS/up/victim.txt",
        "file://{world}/RECORDINGS/up/RECORDINGS/up/victim.txt",
        "file://{world}/RECORDINGS/root{world}/victim.txt",
        "file://{world}/RECORDINGS/link.wav",
        "file://{world}/home/ledger/1/entries/1.json",
        "file://{world}/RECORDINGS/up/home/postgres/base/1/1259",
        "file://nas{world}/RECORDINGS/1.wav",
        "file://user@localhost{world}/RECORDINGS/1.wav",
        "local://{world}/RECORDINGS/1.wav",
        "simplecache::file://{world}/victim.txt",
        "filecache::file://{world}/RECORDINGS/1.wav",
        "zip://1.wav::file://{world}/RECORDINGS/1.wav",
        "dir://{world}",
        "FILE:{world}/victim.txt",
        "file:victim.txt",
        "file://{world}/RECORDINGS",
        "file://{world}/RECORDINGS/",
        "file://{world}/RECORDINGS/.",
        "file:///",
    ],
)
def test_no_spelling_reaches_what_is_not_in_the_store(world: Path, text: str) -> None:
    before = list_outside(world)
    outcome = settle(
        [file_store(world / "RECORDINGS")], Settings(home=world / "home"), text.replace("{world}", str(world))
    )
    assert outcome in ("refused", "elsewhere", "remains", "not_found")
    assert list_outside(world) == before
    assert (world / "RECORDINGS" / "1.wav").exists()


def test_even_a_store_that_holds_everything_spares_home_ledger_and_data(world: Path) -> None:
    stores, settings = [file_store(world)], Settings(home=world / "home")
    for name in ("home/ledger/1/entries/1.json", "home/postgres/PG_VERSION", "home/postgres/base/1/1259"):
        assert settle(stores, settings, (world / name).as_uri()) == "remains"
        assert (world / name).exists()
    other = Settings(home=world / "nowhere")
    assert settle(stores, other, (world / "home/postgres/base/1/1259").as_uri()) == "remains"
    assert (world / "home/postgres/base/1/1259").exists()


_PARTS = st.sampled_from(
    [
        "..",
        ".",
        "",
        "%2e%2e",
        "%2e",
        "%2f",
        "/",
        "//",
        "\\",
        "RECORDINGS",
        "out",
        "up",
        "root",
        "link.wav",
        "1.wav",
        "victim.txt",
        "victimdir",
        "home",
        "%252e%252e",
        "%5c",
        "?",
        "#",
        ";",
        "%00",
        "．．",
        "localhost",
        "@",
        "::",
    ]
)


@configure(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(_PARTS, max_size=8),
    st.sampled_from(["/", "", "%2f"]),
    st.sampled_from(["file://", "file:", "FILE://localhost"]),
)
def test_no_row_of_segments_leads_out(world: Path, parts: list[str], join: str, scheme: str) -> None:
    before = list_outside(world)
    settle(
        [file_store(world / "RECORDINGS")],
        Settings(home=world / "home"),
        f"{scheme}{world}/RECORDINGS/{join.join(parts)}",
    )
    assert list_outside(world) == before


@configure(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PARTS, max_size=8))
def test_not_even_an_address_that_nobody_parsed_leads_out(world: Path, parts: list[str]) -> None:
    before = list_outside(world)
    access = open_store(file_store(world / "RECORDINGS"), Settings(home=world / "home"))
    settled = access.delete(Address("file", "", f"{world}/RECORDINGS/{'/'.join(parts)}"), 1, 1)
    assert isinstance(settled, Settled)
    assert list_outside(world) == before


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server that records each request."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_DELETE = do_POST = do_PUT = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:{port}/x?internal=1",
        "http://localhost:{port}/x",
        "http://2130706433:{port}/x",
        "http://0x7f.1:{port}/x",
        "http://[::ffff:127.0.0.1]:{port}/x",
        "http://vendor.example@127.0.0.1:{port}/x",
        "https://vendor.example:443@127.0.0.1:{port}/x",
        "https://vendor.example\\@127.0.0.1:{port}/x",
        "https://127.0.0.1:{port}/vendor.example/x",
        "s3://conn@127.0.0.1:{port}/x",
        "webdav://127.0.0.1:{port}/x",
        "github://127.0.0.1:{port}/x",
        "reference://http://127.0.0.1:{port}/x",
        "https://vendor.example.:443/../../x",
    ],
)
def test_no_payload_makes_a_worker_ask_an_address_of_its_choice(
    listener: tuple[int, list[str]], tmp_path: Path, text: str
) -> None:
    port, asked = listener
    own = f"http://127.0.0.1:{port}/own"
    stores = [
        Store(1, "vendor", own, None, "vendor", None, None, f"{own}/{{activity}}"),
        Store(2, "files", (tmp_path / "RECORDINGS").as_uri(), None, "delete", None, None, None),
    ]
    outcome = settle(stores, Settings(home=tmp_path / "home"), text.replace("{port}", str(port)))
    assert outcome in ("refused", "elsewhere")
    assert asked == []


def test_a_payload_below_a_vendors_prefix_only_asks_the_template(
    listener: tuple[int, list[str]], tmp_path: Path
) -> None:
    port, asked = listener
    own = f"http://127.0.0.1:{port}/own"
    store = Store(1, "vendor", own, None, "vendor", None, None, f"{own}/{{account}}/{{activity}}")
    for text in (f"{own}/../secret", f"{own}%2f..%2fsecret", f"{own}x/secret"):
        assert settle([store], Settings(home=tmp_path), text) == "elsewhere"
    assert asked == []
    assert settle([store], Settings(home=tmp_path), f"{own}/accounts/delete-all?confirm=1") == "deleted"
    assert asked == ["DELETE /own/1/1"]
