"""What a record names is never deleted or asked outside a store that an operator has declared for its account."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy.exc import ProgrammingError

from redaction.db.database import Database
from redaction.errors import BadInput
from redaction.ledger.entries import read_entries
from redaction.objects.registry import list_stores
from redaction.objects.settle import retry_objects
from tests.objects_of import AT, NOW, World, only, vendor_server

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of a real S3 API, which Airflow's connection `rec` names."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    monkeypatch.setenv(
        "AIRFLOW_CONN_REC",
        '{"conn_type": "aws", "login": "key", "password": "secret",'
        f' "extra": {{"endpoint_url": "{url}", "region_name": "us-east-1"}}}}',
    )
    yield boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    server.stop()


def test_files_and_addresses_that_are_not_ours_are_left_alone(world: World) -> None:
    """objects_not_ours, with default settings: no store at all, and then one of another folder."""
    victims = [
        world.file(f"../elsewhere/{name}") for name in ("victim.txt", "etc_like/hostname", "victim_rel.txt", "v/x")
    ]
    folder = victims[0].parent
    with vendor_server() as (url, asked):
        addresses = (
            f"file://{folder}/victim.txt",
            f"file://{folder}/etc_like/hostname",
            f"{url}/x?internal=1",
            f"{folder}/victim_rel.txt",
            f"file://{world.root}/../elsewhere/v/x",
            f"file://{world.root}/%2e%2e/elsewhere/victim.txt",
            f"simplecache::file://{world.root}/a.wav",
            f"file://rec@localhost{world.root}/a.wav",
        )
        world.account(52, 53)
        world.load_audio(52, *addresses)
        record = world.run_whole(52)
        assert only(record["objects"]) == {"elsewhere": len(addresses)}
        world.store(world.root)
        world.load_audio(53, *addresses)
        other = world.run_whole(53)
        retry_objects(world.deployment)
        assert only(world.counts(other["id"])) == {"elsewhere": len(addresses)}
        assert asked == []
    assert all(path.exists() for path in victims)
    assert world.run_whole(52)["state"] == "nothing_due"


@pytest.mark.parametrize("place", ["ledger", "", "ledger/x/entries"])
def test_what_lies_in_the_home_or_the_ledger_is_never_deleted(world: World, place: str) -> None:
    world.account(52)
    world.load({"account_id": 52, "id": 9})
    world.run(52)
    rows = sorted((world.settings.home / "ledger").rglob("*.json"))
    assert rows
    # No store may be declared there, and a store that was inserted without the command deletes nothing either.
    with pytest.raises(BadInput):
        world.store((world.settings.home / place).as_uri(), name="ours")
    world.sql(
        "INSERT INTO redaction.stores (name, prefix, mode) VALUES ('forged', :prefix, 'delete')",
        prefix=(world.settings.home / place).as_uri(),
    )
    world.load(
        {"account_id": 52, "id": 1, "audio": rows[0].as_uri()}, {"account_id": 52, "id": 2, "audio": str(rows[0])}
    )
    record = world.run(52)
    assert "deleted" not in only(record["objects"])
    assert rows == [path for path in rows if path.exists()]


def test_a_link_out_of_a_store_is_not_followed(world: World) -> None:
    victim = world.file("../elsewhere/victim.txt")
    world.file("1.wav")
    (world.root / "out").symlink_to(victim.parent)
    world.account(52)
    world.store(world.root)
    world.load_audio(52, (world.root / "out" / "victim.txt").as_uri(), (world.root / "1.wav").as_uri())
    assert only(world.run(52)["objects"])["deleted"] == 1
    assert victim.exists()


def test_a_store_of_another_account_is_not_used(world: World) -> None:
    path = world.file("1.wav")
    world.account(1, 2)
    world.store(world.root, account_id=2)
    world.load_audio(1, path.as_uri())
    assert only(world.run(1)["objects"]) == {"elsewhere": 1}
    assert path.exists()


def test_every_version_goes_or_the_object_remains(world: World, s3: Any) -> None:
    """object_versions: a versioned bucket, an object lock, a key that is a prefix too, a version in the address."""
    s3.create_bucket(Bucket="rec")
    s3.put_bucket_versioning(Bucket="rec", VersioningConfiguration={"Status": "Enabled"})
    for key in ("1.wav", "1.wav", "7", "7/a.wav", "q.wav", "other.wav"):
        s3.put_object(Bucket="rec", Key=key, Body=b"RIFF")
    s3.create_bucket(Bucket="lock", ObjectLockEnabledForBucket=True)
    s3.put_object(
        Bucket="lock",
        Key="1.wav",
        Body=b"RIFF",
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=NOW.replace(year=2036),
    )
    world.account(107, 1072, 1073, 1074)
    world.store("s3://rec", connection="rec")
    world.store("s3://lock", connection="rec")
    for account_id, address in (
        (107, "s3://rec/1.wav"),
        (1072, "s3://lock/1.wav"),
        (1073, "s3://rec/7"),
        (1074, "s3://rec/q.wav?versionId=abc"),
    ):
        world.load_audio(account_id, address)
    counts = {account_id: only(world.run_whole(account_id)["objects"]) for account_id in (107, 1072, 1073, 1074)}
    assert counts == {107: {"deleted": 1}, 1072: {"remains": 1}, 1073: {"deleted": 1}, 1074: {"deleted": 1}}
    held = s3.list_object_versions(Bucket="rec")
    keys = {one["Key"] for kind in ("Versions", "DeleteMarkers") for one in held.get(kind, ())}
    assert not keys & {"1.wav", "7", "q.wav"}
    assert {"7/a.wav", "other.wav"} <= keys
    [row] = world.sql("SELECT until FROM tracking.objects WHERE account_id = 1072")
    assert row["until"].year == 2036
    [run] = world.sql("SELECT id, erasure_level FROM redaction.runs WHERE account_id = 1072")
    assert run["erasure_level"] == "L0"
    assert any("2036" in line for line in world.certify(run["id"]).not_covered)


def test_a_bucket_that_is_not_there_is_no_deletion(world: World, s3: Any) -> None:
    world.account(1075)
    s3.create_bucket(Bucket="no-such-bucket")
    store = world.store("s3://no-such-bucket", connection="rec")
    s3.delete_bucket(Bucket="no-such-bucket")
    world.load_audio(1075, "s3://no-such-bucket/1.wav")
    record = world.run_whole(1075)
    assert only(record["objects"]) == {"remains": 1}
    assert any(store.name in line for line in world.certify(record["id"]).not_covered)


def test_a_bucket_of_the_same_name_at_another_host_tells_nothing(
    world: World, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of two accounts has a store of its own for `s3://rec`; the host of one does not answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv(
        "AIRFLOW_CONN_DOWN",
        '{"conn_type": "aws", "login": "key", "password": "secret",'
        f' "extra": {{"endpoint_url": "http://127.0.0.1:{port}", "region_name": "us-east-1"}}}}',
    )
    s3.create_bucket(Bucket="rec")
    s3.put_object(Bucket="rec", Key="1.wav", Body=b"RIFF")
    world.account(109, 110)
    world.store("s3://rec", connection="rec", account_id=109)
    down = world.store("s3://rec", connection="down", account_id=110)
    for account_id in (109, 110):
        world.load_audio(account_id, "s3://rec/1.wav")
    runs = {account_id: world.run_whole(account_id)["id"] for account_id in (109, 110)}
    retry_objects(world.deployment)
    assert world.counts(runs[109]) == {"deleted": 1}
    assert world.counts(runs[110]) == {"remains": 1}
    assert any(down.name in line for line in world.certify(runs[110]).not_covered)


def test_an_object_of_the_vendor_is_listed_and_deleted_there_only_by_its_store(world: World) -> None:
    """real_page: the address that the API sends."""
    with vendor_server() as (url, asked):
        audio = f"{url}/api/v1/accounts/50/calls/9900000001/recording"
        world.account(50)
        world.load({"account_id": 50, "id": 9900000001, "audio": audio, "is_s3_link": False})
        record = world.run(50)
        assert only(record["objects"]) == {"elsewhere": 1}
        assert asked == []
        template = f"{url}/api/v1/accounts/{{account}}/calls/{{activity}}/recording"
        world.store(f"{url}/api", mode="vendor", template=template)
        retry_objects(world.deployment)
        assert ("DELETE", "/api/v1/accounts/50/calls/9900000001/recording") in asked
    assert only(world.counts(record["id"])) == {"deleted": 1}


@pytest.mark.parametrize(
    ("prefix", "more"),
    [
        ("file:///", {}),
        ("/mnt/recordings", {}),
        ("file:///mnt/../../etc", {"connection": "rec"}),
        ("s3://", {}),
        ("s3://user@bucket/x", {}),
        ("s3://bucket", {"connection": "no_such_connection"}),
        ("simplecache::s3://bucket", {}),
        ("https://host.example.com/x", {}),
        ("https://host.example.com/x", {"mode": "vendor", "template": "https://host.example.com/calls"}),
        ("https://host.example.com/x", {"mode": "vendor", "template": "https://evil.example.com/{activity}"}),
        ("https://host.example.com/x", {"mode": "vendor"}),
    ],
)
def test_a_store_that_cannot_be_is_refused_in_one_line(world: World, prefix: str, more: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        world.store(prefix, **more)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith("nothing was changed")
    assert list_stores(world.database) == []


def test_a_bucket_that_does_not_exist_deletes_nothing_and_its_store_is_named(world: World, s3: Any) -> None:
    """no_such_bucket: also when another bucket of the same store's account answers."""
    s3.create_bucket(Bucket="rec")
    s3.put_object(Bucket="rec", Key="1.wav", Body=b"RIFF")
    world.account(1075)
    missing = world.store("s3://no-such-bucket", connection="rec")
    world.store("s3://rec", connection="rec")
    world.load_audio(1075, "s3://no-such-bucket/1.wav", "s3://rec/1.wav")
    record = world.run_whole(1075)
    assert only(record["objects"]) == {"deleted": 1, "remains": 1}
    assert world.left() == [(1, "remains", "there is no such bucket")]
    certificate = world.certify(record["id"])
    assert certificate.level == "L0"
    assert f"1 object still in store {missing.name}" in certificate.not_covered


def test_stores_that_overlap_are_refused_for_accounts_that_would_have_both(world: World) -> None:
    world.account(1)
    world.account(3, agency=2)
    world.store(world.root / "a", name="first", agency_id=1)
    for more in ({}, {"account_id": 1}, {"agency_id": 1}):
        with pytest.raises(BadInput, match="overlap"):
            world.store(world.root / "a" / "b", name="second", **more)
    world.store(world.root / "a" / "b", name="second", account_id=3)
    with pytest.raises(BadInput, match="already"):
        world.store(world.root / "z", name="first")
    with pytest.raises(BadInput, match="no account 99"):
        world.store(world.root / "z", name="third", account_id=99)
    with pytest.raises(BadInput, match="no agency 99"):
        world.store(world.root / "z", name="third", agency_id=99)
    assert [entry.kind for entry in read_entries(world.database)] == ["store", "store"]


def test_the_trigger_functions_refuse_a_table_of_ones_own(database: Database) -> None:
    for role in ("redaction_loader", "redaction_worker", "redaction_analyst"):
        for function in ("record_recordings", "record_changed_recording"):
            statement = f"CREATE TRIGGER t BEFORE UPDATE ON mine FOR EACH ROW EXECUTE FUNCTION tracking.{function}()"
            with database.engine(role).connect() as connection:  # type: ignore[arg-type]
                connection.exec_driver_sql("CREATE TEMPORARY TABLE mine (id bigint, recording_url text)")
                with pytest.raises(ProgrammingError, match="permission denied"):
                    connection.exec_driver_sql(statement)


def test_the_owner_cannot_fire_them_on_another_table_either(world: World) -> None:
    world.sql("CREATE TABLE public.mine (id bigint, account_id bigint, recording_url text)")
    world.sql(
        "CREATE TRIGGER t BEFORE UPDATE ON public.mine FOR EACH ROW"
        " EXECUTE FUNCTION tracking.record_changed_recording()"
    )
    world.sql("INSERT INTO public.mine VALUES (1, 1, 'a')")
    with pytest.raises(Exception, match="not made for this table"):
        world.sql("UPDATE public.mine SET recording_url = 'file:///b'")


def test_no_address_is_in_a_message_a_row_of_the_ledger_or_the_server_log(world: World, tmp_path: Path) -> None:
    world.account(7)
    world.load(
        {"account_id": 7, "id": 1, "audio": "https://canary.example.com/zoe-canary.wav?who=zoe"},
        {"account_id": 7, "id": 2, "media": ["/canary/zoe.jpg"], "unix_time": AT},
    )
    record = world.run_whole(7)
    assert only(record["objects"]) == {"elsewhere": 2}
    told = "".join(str(entry) for entry in read_entries(world.database)) + str(world.certify(record["id"]))
    assert "zoe" not in told
