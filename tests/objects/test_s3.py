"""Objects in buckets, against an S3 API on 127.0.0.1: every version of exactly one key is deleted, or it remains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import moto.settings
import pytest
from botocore.session import Session
from moto.server import ThreadedMotoServer

from redaction.errors import BadInput
from redaction.objects.access import OUTSIDE, Refused, Settled, StoreAccess
from redaction.objects.addresses import Address, parse_address
from redaction.objects.audio import open_body
from redaction.objects.opened import open_store
from redaction.objects.stores import Store
from redaction.settings import Settings

DELETED, NOT_FOUND = Settled("deleted"), Settled("not_found")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def client_of(endpoint: str, service: str = "s3", key: str = "setup", secret: str = "setup") -> Any:
    return Session().create_client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


@pytest.fixture
def s3(endpoint: str) -> Any:
    from urllib.request import Request, urlopen

    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    return client_of(endpoint)


def connect(monkeypatch: pytest.MonkeyPatch, endpoint: str, **changes: Any) -> None:
    given = {
        "conn_type": "aws",
        "login": "long-enough-key",
        "password": "long-enough-secret",
        "extra": {"endpoint_url": endpoint, "region_name": "us-east-1"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_STORE", json.dumps(given | changes))


@pytest.fixture
def opened(endpoint: str, s3: Any, settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    connect(monkeypatch, endpoint)

    def open_one(prefix: str) -> StoreAccess:
        return open_store(make(prefix, connection="store"), settings)

    return open_one


def versioned(s3: Any, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def put(s3: Any, bucket: str, *keys: str) -> list[Any]:
    return [s3.put_object(Bucket=bucket, Key=key, Body=b"RIFF").get("VersionId") for key in keys]


def list_keys(s3: Any, bucket: str) -> list[str]:
    page = s3.list_object_versions(Bucket=bucket)
    return sorted(each["Key"] for kind in ("Versions", "DeleteMarkers") for each in page.get(kind, ()))


def delete(access: StoreAccess, text: str) -> Settled:
    return access.delete(parse_address(text), 1, 1)


def test_without_versions(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", "1.wav", "2.wav")
    access = opened("s3://rec")
    assert delete(access, "s3://rec/1.wav") == DELETED
    assert list_keys(s3, "rec") == ["2.wav"]
    assert delete(access, "s3://rec/1.wav") == NOT_FOUND


def test_every_version_and_delete_marker_goes(s3: Any, opened: Any) -> None:
    versioned(s3, "rec")
    put(s3, "rec", "1.wav", "1.wav", "1.wav", "2.wav")
    s3.delete_object(Bucket="rec", Key="1.wav")
    put(s3, "rec", "1.wav")
    s3.delete_object(Bucket="rec", Key="1.wav")
    access = opened("s3://rec")
    assert delete(access, "s3://rec/1.wav") == DELETED
    assert list_keys(s3, "rec") == ["2.wav"]
    assert delete(access, "s3://rec/1.wav") == NOT_FOUND


def test_versions_from_before_a_suspension_go(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", "1.wav")
    s3.put_bucket_versioning(Bucket="rec", VersioningConfiguration={"Status": "Enabled"})
    put(s3, "rec", "1.wav", "1.wav")
    s3.put_bucket_versioning(Bucket="rec", VersioningConfiguration={"Status": "Suspended"})
    access = opened("s3://rec")
    assert delete(access, "s3://rec/1.wav") == DELETED
    assert list_keys(s3, "rec") == []


@pytest.mark.parametrize("version", [False, True])
def test_a_key_that_others_begin_with(s3: Any, opened: Any, version: bool) -> None:
    if version:
        versioned(s3, "rec")
    else:
        s3.create_bucket(Bucket="rec")
    put(s3, "rec", "7", "7/x", "70", "6")
    access = opened("s3://rec")
    assert delete(access, "s3://rec/7") == DELETED
    assert list_keys(s3, "rec") == ["6", "7/x", "70"]
    assert delete(access, "s3://rec/7") == NOT_FOUND
    assert list_keys(s3, "rec") == ["6", "7/x", "70"]


@pytest.mark.parametrize("text", ["s3://rec/q.wav?versionId=abc", "s3a://rec/q.wav?versionid=", "s3n://rec/q.wav"])
def test_a_version_in_the_address_means_the_object(s3: Any, opened: Any, text: str) -> None:
    versioned(s3, "rec")
    put(s3, "rec", "q.wav", "q.wav", "q.wav2")
    assert delete(opened("s3://rec"), text) == DELETED
    assert list_keys(s3, "rec") == ["q.wav2"]


@pytest.mark.parametrize(
    "key", ["call one é.wav", "call%20one.wav", "a//b.wav", "/lead.wav", "hash#1.wav", "q?a=1.wav", "a+b&c=d;e.wav"]
)
def test_a_key_is_literal(s3: Any, opened: Any, key: str) -> None:
    versioned(s3, "rec")
    put(s3, "rec", key, "other")
    assert delete(opened("s3://rec"), f"s3://rec/{key}") == DELETED
    assert list_keys(s3, "rec") == ["other"]


@pytest.mark.parametrize(
    "asked",
    [
        *("call%20one.wav", "call one.wav#t=5", "call one.wav ", "call+one.wav", "call one.wav?X-Amz-Signature=1"),
        *("call one.wav,", "call one.wav.", "call one.wav>", "call one.wav\u200b", "call%20one.wav),"),
        "call \uff4fne.wav",
    ],
)
def test_a_key_of_another_spelling_is_neither_deleted_nor_called_not_found(s3: Any, opened: Any, asked: str) -> None:
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", "call one.wav")
    settled = delete(opened("s3://rec"), f"s3://rec/{asked}")
    assert settled.outcome == "remains"
    assert "spelling" in settled.reason
    assert list_keys(s3, "rec") == ["call one.wav"]


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("q.wav?versionId=abc", "q.wav?versionId=abc"),
        ("q.wav?X-Amz-Signature=1", "q.wav"),
        ("a/1.wav", "a//1.wav"),
        ("a/1.wav", "/a/1.wav"),
        ("a/1.wav", "a/1.wav/"),
        ("/a/1.wav", "a/1.wav"),
        ("a/1.wav", "/a//1.wav?versionId=abc"),
    ],
)
def test_nor_is_one_with_another_slash_or_with_its_query(s3: Any, opened: Any, stored: str, asked: str) -> None:
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", stored)
    assert "spelling" in delete(opened("s3://rec"), f"s3://rec/{asked}").reason
    assert list_keys(s3, "rec") == [stored]


def test_more_versions_than_a_page_holds(s3: Any, opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    versioned(s3, "rec")
    put(s3, "rec", *["1.wav"] * 7, *["1.wavx"] * 3, "0")
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    assert delete(opened("s3://rec"), "s3://rec/1.wav") == DELETED
    monkeypatch.delenv("MOTO_S3_DEFAULT_MAX_KEYS")
    assert list_keys(s3, "rec") == ["0", "1.wavx", "1.wavx", "1.wavx"]


def test_a_lock_remains_until_its_date(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="lock", ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    put(s3, "lock", "1.wav")
    for days in (0, 2):
        s3.put_object(
            Bucket="lock",
            Key="1.wav",
            Body=b"RIFF",
            ObjectLockMode="COMPLIANCE",
            ObjectLockRetainUntilDate=until - timedelta(days=days),
        )
    s3.delete_object(Bucket="lock", Key="1.wav")
    access = opened("s3://lock")
    assert delete(access, "s3://lock/1.wav") == Settled("remains", "an object lock keeps a version", until)
    page = s3.list_object_versions(Bucket="lock")
    assert len(page["Versions"]) == 2
    assert page["DeleteMarkers"][0]["IsLatest"], "a marker that went first would have shown the object again"


def test_a_legal_hold_remains_without_a_date(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="lock", ObjectLockEnabledForBucket=True)
    put(s3, "lock", "1.wav")
    s3.put_object_legal_hold(Bucket="lock", Key="1.wav", LegalHold={"Status": "ON"})
    access = opened("s3://lock")
    assert delete(access, "s3://lock/1.wav") == Settled("remains", "a legal hold of the store keeps a version")
    s3.put_object_legal_hold(Bucket="lock", Key="1.wav", LegalHold={"Status": "OFF"})
    assert delete(access, "s3://lock/1.wav") == DELETED


def test_a_missing_bucket_remains(opened: Any) -> None:
    access = opened("s3://no-such-bucket")
    assert delete(access, "s3://no-such-bucket/1.wav") == Settled("remains", "there is no such bucket")
    assert not access.probe().sound
    assert access.check().notes == ("there is no such bucket",)


def test_a_store_that_cannot_be_reached_remains(
    settings: Settings, make: Any, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, f"http://127.0.0.1:{unused_port}")
    access = open_store(make("s3://rec", connection="store"), settings)
    settled = delete(access, "s3://rec/secret.wav")
    assert settled == Settled("remains", "the store cannot be reached")
    assert not access.probe().sound


def test_wrong_credentials_and_missing_permissions_remain(
    s3: Any, endpoint: str, settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", "1.wav")
    iam = client_of(endpoint, "iam")
    iam.create_user(UserName="reader")
    may = [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}]
    iam.put_user_policy(
        UserName="reader",
        PolicyName="read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": may}),
    )
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    for login, password, says in (
        ("nobody-knows-this", "secret-of-nobody", "does not know these credentials"),
        (key["AccessKeyId"], "not-the-secret-of-it", "refuses these credentials"),
        (key["AccessKeyId"], key["SecretAccessKey"], "does not let these credentials list versions"),
    ):
        connect(monkeypatch, endpoint, login=login, password=password)
        access = open_store(make("s3://rec", connection="store"), settings)
        settled = delete(access, "s3://rec/1.wav")
        assert settled.outcome == "remains"
        assert says in settled.reason
        assert login not in settled.reason
        assert not access.probe().sound
        assert access.check().may_delete is None
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", float("inf"))
    assert list_keys(s3, "rec") == ["1.wav"]


def test_outside_the_prefix_nothing_is_asked(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="rec")
    s3.create_bucket(Bucket="rec2")
    put(s3, "rec", "1.wav", "in/1.wav", "in2/1.wav", "in")
    put(s3, "rec2", "in/1.wav")
    access = opened("s3://rec/in")
    for address in (
        Address("s3", "rec", "1.wav"),
        Address("s3", "rec", "in2/1.wav"),
        Address("s3", "rec", "in"),
        Address("s3", "rec", "in/"),
        Address("s3", "rec", ""),
        Address("s3", "rec", "in/../1.wav"),
        Address("s3", "rec2", "in/1.wav"),
        Address("gs", "rec", "in/1.wav"),
    ):
        assert access.delete(address, 1, 1) == OUTSIDE
    assert list_keys(s3, "rec") == ["1.wav", "in", "in/1.wav", "in2/1.wav"]


def test_in_the_ledger_nothing_is_deleted(
    s3: Any, endpoint: str, settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, endpoint)
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", "ledger/1/entries/1.json")
    chosen = settings.model_copy(update={"ledger_url": "s3://conn@rec/ledger"})
    access = open_store(make("s3://rec", connection="store"), chosen)
    assert delete(access, "s3://rec/ledger/1/entries/1.json").outcome == "remains"
    assert list_keys(s3, "rec") == ["ledger/1/entries/1.json"]


def test_the_probe_wants_the_marker_below_the_prefix(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="rec")
    access = opened("s3://rec/in")
    put(s3, "rec", "other", "in2/x")
    assert not access.probe().sound
    assert "its marker was written" not in access.check().notes
    put(s3, "rec", "in/1.wav")
    # A bucket of the same name at another host has objects below the prefix too.
    assert not access.probe().sound
    assert "its marker was written" in access.check().notes
    assert "its marker is there" in access.check().notes
    assert access.probe().sound
    put(s3, "rec", "in/.redaction-store-1")
    assert not access.probe().sound
    assert "its marker was written" in access.check().notes
    assert delete(access, "s3://rec/in/1.wav") == DELETED
    assert access.probe().sound
    assert delete(access, "s3://rec/in/.redaction-store-1") == OUTSIDE
    assert list_keys(s3, "rec") == ["in/.redaction-store-1", "in2/x", "other"]


def test_a_check_says_what_a_bucket_promises_and_leaves_nothing(s3: Any, opened: Any) -> None:
    s3.create_bucket(Bucket="plain")
    versioned(s3, "versions")
    s3.create_bucket(Bucket="lock", ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket="lock",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}},
        },
    )
    told = {}
    for bucket in ("plain", "versions", "lock"):
        promise = opened(f"s3://{bucket}").check()
        told[bucket] = (promise.versioning, promise.lock, promise.may_delete, promise.may_delete_versions)
        assert list_keys(s3, bucket) == []
        if bucket == "lock":
            assert "every object is locked for 30 days after it was written" in promise.notes
    assert told == {
        "plain": (False, False, True, True),
        "versions": (True, False, True, True),
        "lock": (True, True, None, None),
    }
    put(s3, "lock", "1.wav")
    assert "its marker was written" in opened("s3://lock").check().notes
    assert opened("s3://lock").probe().sound


def test_a_connection_that_assumes_a_role_is_refused(
    endpoint: str, settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, endpoint, extra={"endpoint_url": endpoint, "role_arn": "arn:aws:iam::1:role/x"})
    with pytest.raises(BadInput, match="assumes a role"):
        open_store(make("s3://rec", connection="store"), settings)


def test_without_a_connection_the_environment_gives_the_credentials(
    s3: Any, endpoint: str, settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.create_bucket(Bucket="rec")
    put(s3, "rec", "1.wav")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-environment")
    store: Store = make("s3://rec")
    assert delete(open_store(store, settings), "s3://rec/1.wav") == DELETED


def test_a_recording_is_read_in_parts_with_the_credentials_of_the_store(
    s3: Any, endpoint: str, make: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, endpoint)
    s3.create_bucket(Bucket="calls")
    content = b"RIFF0000WAVE" + bytes(range(256)) * 1_000
    s3.put_object(Bucket="calls", Key="a/1.wav", Body=content)
    store = make("s3://calls/a", connection="store")
    body = open_body(store, parse_address("s3://calls/a/1.wav"), settings)
    assert body.size == len(content)
    assert b"".join(body.read(5, 200_000)) == content[5:200_005]
    s3.put_object(Bucket="calls", Key="a/1.wav", Body=b"other" * 60_000)
    with pytest.raises(Refused):
        list(body.read(0, 10))
    body.close()
    for address in ("s3://calls/b/1.wav", "s3://calls/a/.redaction-store-1", "s3://calls/a/2.wav"):
        with pytest.raises(Refused):
            open_body(store, parse_address(address), settings)
