"""The buckets of the profile `s3` of docker-compose.yml."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import botocore.session
import pytest
from moto.server import ThreadedMotoServer

from tests.checkout import ROOT


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A store with the protocol of S3, empty."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_the_buckets_are_made_once_and_the_ledgers_are_locked(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for said in ("made", "is there already"):
        done = subprocess.run(
            [sys.executable, str(ROOT / "docker" / "make_buckets.py")],
            env={**os.environ, "LEDGER_LOCK_DAYS": "30"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"bucket ledger: {said}" in done.stdout
    client = botocore.session.get_session().create_client("s3", region_name="us-east-1")
    for bucket in ("recordings", "ledger"):
        assert client.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    lock = client.get_object_lock_configuration(Bucket="ledger")["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"].items() >= {"Mode": "COMPLIANCE", "Days": 30}.items()
    with pytest.raises(client.exceptions.ClientError, match="ObjectLockConfigurationNotFound"):
        client.get_object_lock_configuration(Bucket="recordings")
