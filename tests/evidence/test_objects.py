"""Objects and stores after a restore, after a move, and in a database of an earlier version."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from redaction.control.ends import give_up, list_left, mark_erased_outside
from redaction.db.database import Database
from redaction.db.migrations.scripts import upgrade
from redaction.db.schema import migrate
from redaction.db.session import Session
from redaction.erasure.levels import reach_level
from redaction.ledger.entries import read_entries
from redaction.objects.names import find_name, list_texts
from redaction.objects.registry import check_promises, list_stores
from redaction.objects.settle import retry_objects
from redaction.objects.spelling import spell
from redaction.placements.resolve import deploy, settings_of
from redaction.recovery.replay import replay_ledger
from redaction.settings import Settings, load_settings
from tests.conftest import database_url
from tests.evidence.conftest import Restore
from tests.objects_of import Sql, World, only

Cli = Callable[..., tuple[int, str, str]]
PLAIN = (
    "https://media.example.com/a/b.wav",
    "https://127.0.0.1/a",
    "file:///mnt/a.wav",
    "s3://bucket/key",
)
NOT_PLAIN = (
    "https://media.example.com/a//b.wav",
    "https://media.example.com/a/../b.wav",
    "https://media.example.com/.a",
    "https://MEDIA.example.com/a",
    "https://media.example.com:443/a",
    "file:///mnt/a b.wav",
    "file:///mnt/a%20b.wav",
    "file:/mnt/a",
    "s3a://bucket/key",
    "s3://bucket/key?versionId=1",
    "https://media.example.com/a\n",
    "/mnt/a",
    "",
)


def test_what_a_run_left_is_not_forgotten_when_the_backup_does_not_know_it(
    world: World, dump: Callable[[], Restore]
) -> None:
    world.account(7)
    world.store(world.root, "first")
    (world.root / "stubborn").mkdir()
    restore = dump()
    world.load_audio(7, world.file("1.wav").as_uri(), (world.root / "stubborn").as_uri(), "https://m.example.com/3")
    run_id = world.run_whole(7)["id"]
    told = world.certify(run_id)
    assert (told.level, told.objects["remains"], told.objects["elsewhere"]) == ("L0", 1, 1)
    restore()
    replay_ledger(world.deployment, "eve")
    assert world.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]
    again = world.certify(run_id)
    assert (again.level, again.objects) == ("L0", told.objects)
    assert any("2 objects left: at another placement now" in line for line in again.not_covered)
    assert reach_level(world.deployment, run_id).level == "L0"


def test_what_was_redacted_again_after_a_restore_has_its_objects_settled_again(
    world: World, dump: Callable[[], Restore]
) -> None:
    world.account(7)
    world.store(world.root, "first")
    world.load_audio(7, world.file("1.wav").as_uri(), (world.root / "stubborn").as_uri(), "https://m.example.com/3")
    (world.root / "stubborn").mkdir()
    restore = dump()
    record = world.run_whole(7)
    assert only(record["objects"]) == {"deleted": 1, "remains": 1, "elsewhere": 1}
    [stubborn] = [one for one in list_left(world.database, 7) if one.outcome == "remains"]
    give_up(world.deployment, stubborn.id, "ticket 2", "eve")
    mark_erased_outside(world.deployment, record["id"], "m.example.com", "eve")
    told = world.certify(record["id"])
    restore()
    # The backup came with a copy of the file.
    path = world.file("1.wav")
    assert world.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 3}]
    replay_ledger(world.deployment, "eve")
    assert not path.exists()
    assert world.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]
    again = world.certify(record["id"])
    assert (again.objects, again.objects_at_end) == (told.objects, told.objects_at_end)
    assert again.level == "L0"
    before = len(list(read_entries(world.database)))
    retry_objects(world.deployment)
    assert len(list(read_entries(world.database))) == before


def test_objects_go_along_with_an_account_that_moves(
    world: World, west: Database, cli: Callable[..., tuple[int, str, str]]
) -> None:
    world.account(7)
    world.store(world.root, "mine", account_id=7)
    (world.root / "1.wav").mkdir()
    world.load_audio(7, (world.root / "1.wav").as_uri())
    record = world.run_whole(7)
    assert only(record["objects"]) == {"remains": 1}
    living = world.file("living.wav")
    world.load(
        {"account_id": 7, "id": 9, "unix_time": 1793500000, "audio": living.as_uri(), "media": [f"{living.as_uri()}2"]}
    )
    code, _, err = cli("account", "move", "7", "--to", "west")
    assert code == 0, err
    assert world.sql("SELECT count(*) AS n FROM tracking.objects") == [{"n": 0}]
    theirs = settings_of(load_settings(), "west")
    assert [store.name for store in list_stores(west)] == ["mine"]
    assert len(list_left(west, 7)) == 1
    with west.engine("owner").connect() as connection:
        rows = connection.exec_driver_sql("SELECT due_since IS NULL FROM tracking.objects ORDER BY id").scalars().all()
        assert sorted(rows) == [False, True, True]
    (world.root / "1.wav").rmdir()
    world.file("1.wav")
    assert retry_objects(deploy(west, theirs)).outcomes == {"deleted": 1}
    # At the old placement nobody knows their outcome: the run stays unchanged.
    assert any("another placement" in line for line in world.certify(record["id"]).not_covered)


def test_what_is_settled_is_known_where_an_account_arrives(world: World, west: Database, cli: Cli) -> None:
    files = [world.file(f"{number}.wav") for number in range(2)]
    world.account(7)
    world.store(world.root, "mine", account_id=7)
    world.load_audio(7, files[0].as_uri())
    world.run_whole(7)
    assert world.sql("SELECT activity_id, settled FROM tracking.settled_objects") == [{"activity_id": 1, "settled": 1}]
    assert cli("account", "move", "7", "--to", "west")[0] == 0
    assert world.sql("SELECT count(*) AS n FROM tracking.settled_objects") == [{"n": 0}]
    # The agencies exist already; nothing else is asked of the database from here on.
    there = World(deploy(west, settings_of(load_settings(), "west")), world.sql, world.root)
    assert there.load_audio(7, files[0].as_uri()).late_objects == 0
    late = {"account_id": 7, "id": 1, "audio": [path.as_uri() for path in files]}
    assert there.load(late).late_objects == 2
    with west.engine("owner").connect() as connection:
        kinds = connection.exec_driver_sql(
            "SELECT DISTINCT r.kind FROM tracking.objects o JOIN redaction.runs r ON r.id = o.run_id"
        ).scalars()
        assert list(kinds) == ["move"]
    retry_objects(deploy(west, there.settings))
    assert not files[1].exists()
    assert cli("--placement", "west", "ledger", "verify")[0] == 0
    # And back, where an earlier stay has left nothing of it.
    assert cli("account", "move", "7", "--to", "default")[0] == 0
    assert world.load(late).late_objects == 0


def test_what_was_late_is_asked_once_more_after_a_restore_from_before(
    world: World, dump: Callable[[], Restore], cli: Cli
) -> None:
    files = [world.file(f"{number}.wav") for number in range(3)]
    world.account(7)
    check_promises(world.deployment, world.store(world.root, "first").name)
    sent = {"account_id": 7, "id": 1, "audio": files[0].as_uri()}
    late = sent | {"audio": [path.as_uri() for path in files[:2]]}
    world.load(sent, {"account_id": 7, "id": 2, "audio": files[2].as_uri()})
    restore = dump()
    record = world.run_whole(7)
    assert world.load(late).late_objects == 2
    retry_objects(world.deployment)
    told = world.certify(record["id"])
    restore()
    replay_ledger(world.deployment, "eve")
    assert world.certify(record["id"]).objects == told.objects
    assert world.load(sent).late_objects == 0
    # The backup lacks the second address, and anything to compare it with.
    assert world.load(late).late_objects == 2
    retry_objects(world.deployment)
    assert world.load(late).late_objects == 0
    assert cli("ledger", "verify")[0] == 0


def test_what_is_stripped_as_it_comes_in_after_a_restore_is_counted_too(
    world: World, dump: Callable[[], Restore]
) -> None:
    path = world.file("1.wav")
    world.account(7)
    check_promises(world.deployment, world.store(world.root, "first").name)
    restore = dump()
    sent = {"account_id": 7, "id": 1, "audio": path.as_uri()}
    world.load(sent)
    world.run_whole(7)
    restore()
    replay_ledger(world.deployment, "eve")
    summary = world.load(sent)
    assert (summary.inserted, summary.late_objects, len(list_left(world.database, 7))) == (1, 0, 1)
    assert world.load(sent).late_objects == 0
    retry_objects(world.deployment)
    assert world.load(sent).late_objects == 0


def test_a_database_of_the_version_before_keeps_every_address(
    server: tuple[str, Any], administer: Callable[[str], None], settings: Settings
) -> None:
    name = f"{settings.database_url.get_secret_value().rsplit('/', 1)[-1].partition('?')[0]}_old"  # type: ignore[union-attr]
    administer(f"CREATE DATABASE {name}")
    database = Database(database_url(server[0], name), settings)
    try:
        with database.engine("owner").begin() as connection:
            upgrade(Session(connection), None, "0001")
        with database.engine("owner").begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO tracking.agencies (id) VALUES (1);"
                "INSERT INTO tracking.accounts (id, agency_id) VALUES (7, 1);"
                "INSERT INTO redaction.runs (id, account_id, cutoff, state, finished_at, recordings_deleted, seconds)"
                " VALUES (1, 7, now(), 'succeeded', now(), 3, '{\"strip\": 1, \"delete_recordings\": 2}');"
                "INSERT INTO tracking.activities (id, account_id, kind, called_at, recording_url, redacted_at,"
                " redaction_run_id) VALUES (1, 7, 'call', now(), 'file:///x/1.wav', NULL, NULL),"
                " (2, 7, 'call', now(), NULL, now(), 1);"
                "INSERT INTO tracking.activity_identity SELECT account_id, id, called_at FROM tracking.activities"
                " ON CONFLICT DO NOTHING;"
                "INSERT INTO redaction.recordings_due (account_id, activity_id, url)"
                " VALUES (7, 2, 'file:///x/2.wav'), (7, 1, 'file:///x/old.wav')"
            )
        migrate(database)
        with database.engine("owner").begin() as connection:
            rows = connection.exec_driver_sql(
                "SELECT activity_id, address, due_since IS NOT NULL, run_id FROM tracking.objects ORDER BY 1, 2"
            )
            assert [tuple(row) for row in rows] == [
                (1, "file:///x/1.wav", False, None),
                (1, "file:///x/old.wav", False, None),
                (2, "file:///x/2.wav", True, 1),
            ]
            run = connection.exec_driver_sql("SELECT objects, objects_told, seconds FROM redaction.runs").one()
            assert only(run[0]) == {"deleted": 3}
            assert run[0] == run[1]
            assert run[2] == {"strip": 1, "objects": 2}
    finally:
        database.close()
        administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("plain", [True, False])
def test_what_the_database_takes_as_plain_has_that_one_spelling(sql: Sql, plain: bool) -> None:
    for address in PLAIN if plain else NOT_PLAIN:
        assert sql("SELECT tracking.is_plain_address(:address) AS plain", address=address) == [{"plain": plain}], (
            address
        )
        assert not plain or spell(address) == address


def test_no_address_is_plain_that_is_spelled_otherwise(sql: Sql) -> None:
    parts = [
        ("https:", "http:", "HTTPS:", "s3:", "s3a:", "file:", "ftp:", "", "https::"),
        ("//", "/", "///", "//u@", "//:80"),
        ("m.example.com", "M.example.com", "m.example.com.", "127.0.0.1", "bucket", "a..b", "", "-", "[::1]", "h:443"),
        ("/", "//", "", "/./", "/../", "/%2e/", "/a::b/"),
        ("k", "k.", ".k", "k/", "k//m", "K m", "k?versionId=1", "k#1", "k%20", "k\u00e4", ""),
    ]  # fmt: skip
    addresses = ["".join(part) for part in product(*parts)]
    rows = sql("SELECT a FROM unnest(CAST(:a AS text[])) AS a WHERE tracking.is_plain_address(a)", a=addresses)
    assert len(rows) > 20
    assert [row["a"] for row in rows if spell(row["a"]) != row["a"]] == []
    names = {row["a"]: find_name(row["a"]) for row in rows}
    assert [text for text, name in names.items() if name is not None and text not in list_texts(name)] == []
