"""Stores on the settings page: confirmed, in the name of the person, and only what they may use."""

from __future__ import annotations

import re
from typing import Any

import pytest

from redaction.db.database import Database
from redaction.ledger.entries import read_entries
from redaction.objects.registry import list_stores
from redaction.objects.stores import Store, uses_the_workers
from redaction.web.context import make_token
from tests.objects_of import World
from tests.web.conftest import As

ADA = "/redaction/accounts/7"
VENDOR = {
    "name": "vendor",
    "prefix": "https://app.example.com/api",
    "mode": "vendor",
    "template": "https://app.example.com/api/{account}/{activity}",
}


def _post(client: Any, person: str, path: str = "/stores", **fields: str) -> Any:
    return client.post(f"{ADA}{path}", data={"token": make_token(person), **fields})


def test_a_store_is_shown_confirmed_and_removed(as_: As, house_of_two: int, database: Database) -> None:
    ada = as_("ada")
    shown = _post(ada, "ada", **VENDOR)
    assert (shown.status_code, "deleted for good" in shown.text) == (200, True)
    assert list_stores(database) == []
    assert _post(ada, "ada", confirmed="yes", **VENDOR).status_code == 303
    [store] = list_stores(database)
    assert (store.name, store.account_id, store.mode) == ("vendor", 7, "vendor")
    last = list(read_entries(database))[-1]
    assert (last.kind, last.actor, last.facts["change"]) == ("store", "ada", "added")
    page = ada.get(f"{ADA}/settings").text
    assert "https://app.example.com/api" in page
    # It is asked for before the button is there.
    assert re.search(
        r"<summary>Remove<.*?held elsewhere\.</p><button class=\"danger\">Remove store vendor<", page, re.S
    )
    assert _post(as_("bob"), "bob", f"/stores/{store.id}/remove").status_code == 403
    assert _post(ada, "ada", f"/stores/{store.id + 1}/remove").status_code == 404
    assert _post(ada, "ada", f"/stores/{store.id}/remove").status_code == 303
    assert list_stores(database) == []


def test_what_cannot_be_is_said_and_nothing_is_changed(as_: As, house_of_two: int, database: Database) -> None:
    for wrong in ({"template": "https://app.example.com/api"}, {"prefix": "app.example.com"}, {"mode": "erase"}):
        answer = _post(as_("ada"), "ada", confirmed="yes", **(VENDOR | wrong))
        assert (answer.status_code, 'class="problem"' in answer.text) == (400, True)
        assert 'value="vendor"' in answer.text, "what was written stays in the form"
    assert list_stores(database) == []


def test_an_administrator_of_an_account_uses_neither_the_workers_files_nor_connections_he_may_not_see(
    as_: As, house_of_two: int, database: Database
) -> None:
    files = {"name": "disk", "prefix": "file:///srv/recordings", "mode": "delete", "confirmed": "yes"}
    assert _post(as_("ada"), "ada", **files).status_code == 403
    assert _post(as_("ada"), "ada", confirmed="yes", connection="postgres_default", **VENDOR).status_code == 403
    assert list_stores(database) == []


def _vendor_at(origin: str) -> dict[str, str]:
    return VENDOR | {"prefix": f"{origin}/api", "template": f"{origin}/api/{{activity}}", "method": "POST", "body": "x"}


@pytest.mark.parametrize(
    "given",
    [
        {"name": "bucket", "prefix": "s3://of-another-tenant", "mode": "delete"},
        {"name": "bucket", "prefix": " S3A://of-another-tenant/x", "mode": "delete"},
        {"name": "bucket", "prefix": "abfs://of-another-tenant", "mode": "delete"},
        _vendor_at("http://127.0.0.1:8080"),
        _vendor_at("http://localhost:8080"),
        _vendor_at("https://[::1]"),
        _vendor_at("https://169.254.169.254"),
        _vendor_at("https://10.0.0.1:8443"),
        _vendor_at("https://[fd00::1]"),
        _vendor_at("https://2130706433"),
        _vendor_at("https://0x7f.1"),
        _vendor_at("https://airflow-apiserver"),
        _vendor_at("https://db.internal"),
    ],
)
def test_an_administrator_of_an_account_uses_neither_the_workers_credentials_nor_their_network(
    as_: As, house_of_two: int, database: Database, given: dict[str, str]
) -> None:
    answer = _post(as_("ada"), "ada", confirmed="yes", **given)
    assert (answer.status_code, list_stores(database)) == (403, [])
    assert f'name="prefix" required size="60" placeholder="s3://bucket/folder" value="{given["prefix"]}"' in answer.text


def test_the_stores_of_all_are_shown_and_not_removed_here(
    as_: As, house_of_two: int, database: Database, world: Any
) -> None:
    store = world.store(world.root)
    page = as_("ada").get(f"{ADA}/settings").text
    assert "all accounts" in page
    assert f"/stores/{store.id}/remove" not in page
    assert _post(as_("ada"), "ada", f"/stores/{store.id}/remove").status_code == 404
    assert len(list_stores(database)) == 1


def test_what_is_elsewhere_is_marked_on_the_page_of_its_run(as_: As, house_of_two: int, world: World) -> None:
    world.load_audio(7, "https://media.example.com/1.wav")
    record = world.run_whole(7)
    page = as_("ada").get(f"/redaction/runs/{record['id']}").text
    assert "<dt>Objects held elsewhere</dt><dd>1</dd>" in page
    assert "media.example.com" in page
    assert "1.wav" not in page
    elsewhere = as_("vera").get("/redaction/elsewhere?account=7").text
    assert re.search(r">1</td><td [^>]*>held elsewhere</td><td [^>]*>media.example.com</td>", elsewhere)
    assert "1.wav" not in elsewhere
    assert "Nothing is left at other systems" in as_("vera").get("/redaction/elsewhere?account=8").text
    assert "media.example.com</span></button>" not in as_("bob").get(f"/redaction/runs/{record['id']}").text
    marked = _post(as_("ada"), "ada", f"/runs/{record['id']}/objects", place="media.example.com")
    assert marked.status_code == 303
    assert world.counts(record["id"]) == {"said_erased": 1}
    assert "Nothing is left at other systems" in as_("vera").get("/redaction/elsewhere?account=7").text


@pytest.mark.parametrize(
    "host",
    [
        "kubernetes.default.svc",
        "kubernetes.default",
        "api.docker",
        "vault.service.consul",
        "db.cluster.local",
        "nas.home.arpa",
        "nas.lan",
        "nas.in-house",
        "2130706433",
        "127.1",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:0:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]:8443",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
        "[2606:4700::5efe:a00:1]",
        "[fd00::1]",
        "239.1.1.1",
    ],
)
def test_a_host_of_the_workers_network_is_theirs_however_it_is_written(host: str) -> None:
    prefix = f"https://{host}/api"
    store = Store(0, "vendor", prefix, None, "vendor", None, 7, f"{prefix}/{{activity}}")
    assert uses_the_workers(store)


@pytest.mark.parametrize(
    "host", ["app.example.com", "xn--bcher-kva.example.xn--p1ai", "8.8.8.8", "[2606:4700::1]", "[64:ff9b::808:808]"]
)
def test_a_public_host_is_not(host: str) -> None:
    prefix = f"https://{host}/api"
    store = Store(0, "vendor", prefix, None, "vendor", None, 7, f"{prefix}/{{activity}}")
    assert not uses_the_workers(store)
