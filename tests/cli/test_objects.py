"""`redaction store` and `redaction object`, as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from redaction.db.database import Database
from redaction.ledger.entries import read_entries
from tests.objects_of import NOW, World

Cli = Callable[..., tuple[int, str, str]]


def test_a_store_is_added_listed_checked_and_removed(cli: Cli, world: World, database: Database) -> None:
    world.account(7)
    world.file("1.wav")
    code, out, err = cli("store", "add", "disk", "--prefix", world.root.as_uri())
    assert (code, "store disk added" in out) == (0, True), err
    assert cli("store", "add", "disk", "--prefix", world.root.as_uri())[0] == 2
    [listed] = json.loads(cli("store", "list", "--account", "7", "--json")[1])
    assert (listed["name"], listed["mode"]) == ("disk", "delete")
    code, out, err = cli("store", "check", "disk")
    assert (code, "may delete" in out) == (0, True), err
    assert cli("store", "check", "nothing")[0] == 2
    assert cli("store", "remove", "disk")[0] == 0
    assert cli("store", "remove", "disk")[0] == 2
    assert [(entry.kind, entry.facts["change"]) for entry in read_entries(database)] == [
        ("store", "added"),
        ("store", "removed"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("--prefix", "file:///"),
        ("--prefix", "s3://"),
        ("--prefix", "s3://bucket", "--connection", "no_such"),
        ("--prefix", "https://h.example.com", "--mode", "vendor", "--template", "https://h.example.com/x"),
        ("--prefix", "file:///mnt/x", "--mode", "erase"),
        ("--prefix", "file:///mnt/x", "--account", "99"),
        ("--prefix", "file:///mnt/x", "--agency", "99"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(cli: Cli, world: World, words: tuple[str, ...]) -> None:
    code, _, err = cli("store", "add", "bad", *words)
    assert (code, err.count("\n")) == (2, 1), err
    assert world.sql("SELECT count(*) AS n FROM redaction.stores") == [{"n": 0}]


def test_what_is_left_is_listed_without_its_address_and_ended(cli: Cli, world: World) -> None:
    world.account(7)
    world.store(world.root)
    (world.root / "canary.wav").mkdir()
    world.load_audio(7, (world.root / "canary.wav").as_uri(), "https://media.example.com/canary")
    record = world.run_whole(7)
    code, out, _ = cli("object", "list", "--run", str(record["id"]), "--json")
    found = json.loads(out)
    assert (code, [one["outcome"] for one in found]) == (0, ["remains", "elsewhere"])
    assert "canary" not in out
    assert cli("object", "done", str(record["id"]), "--place", "other.example.com")[0] == 2
    assert cli("object", "done", str(record["id"]), "--place", "media.example.com")[0] == 0
    assert cli("object", "give-up", str(found[0]["id"]), "--reason", "ticket 3")[0] == 0
    assert cli("object", "give-up", str(found[0]["id"]), "--reason", "ticket 3")[0] == 2
    assert json.loads(cli("object", "list", "--json")[1]) == []
    assert world.counts(record["id"]) == {"said_erased": 1, "given_up": 1}


def test_due_run_and_status_tell_of_objects(cli: Cli, world: World) -> None:
    world.account(7)
    world.store(world.root)
    world.load_audio(7, (world.root / "1.wav").as_uri())
    at = NOW.isoformat()
    assert json.loads(cli("due", "7", "--as-of", at, "--json")[1])["objects"] == 1
    record = json.loads(cli("run", "7", "--as-of", at, "--json")[1])
    assert record["objects"]["remains"] == 1
    world.sql("UPDATE tracking.objects SET due_since = now() - interval '25 hours'")
    figures = json.loads(cli("status", "--json")[1])["figures"]
    assert [one["late"] for one in figures if one["what"] == "objects"] == [True]
    world.file("1.wav")
    assert json.loads(cli("erase-residue", "--json")[1])["objects"] == {"deleted": 1}
    figures = json.loads(cli("status", "--json")[1])["figures"]
    assert [one for one in figures if one["what"] == "objects"] == []
