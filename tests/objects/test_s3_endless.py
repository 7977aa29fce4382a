"""A store of S3 whose answer never ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from redaction.objects import s3_client
from redaction.objects.access import Settled
from redaction.objects.addresses import parse_address
from redaction.objects.opened import open_store
from redaction.settings import Settings
from tests.endless import answering


def test_a_store_whose_answer_does_not_end_is_given_up(
    settings: Settings, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_client, "_WHOLE_S", 0.2)
    with answering(b"", b"HTTP/1.1 100 Continue\r\n\r\n") as url:
        extra = {"endpoint_url": url, "region_name": "us-east-1"}
        connection = {"conn_type": "aws", "login": "long-enough-key", "password": "long-enough-secret", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_STORE", json.dumps(connection))
        access = open_store(make("s3://rec", connection="store"), settings)
        settled = access.delete(parse_address("s3://rec/1.wav"), 1, 1)
    assert settled == Settled("remains", "the store did not answer in time")
