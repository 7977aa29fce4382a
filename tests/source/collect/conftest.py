"""The source's API on a port of this host, and a collector whose pauses are recorded, not slept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from redaction.collectors import Collector
from redaction.deployment import Deployment
from redaction.source.collect.accounts import Collected, collect_account
from redaction.source.collect.client import ApiClient, Patience
from redaction.source.collect.endpoint import find_endpoint
from redaction.source.limits import Limits
from tests.source.collect.api import KEY, SECRET, Api, make_records, serving

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)
Collect = Callable[..., Collected]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """400 activities of account 7 in 20 days, and the connection `ctm` to where they are."""
    api = Api(records={7: make_records(7, 400, NOW, 20)}, accounts=[{"id": 7, "name": "Dental"}])
    with serving(api):
        given = {"conn_type": "http", "host": api.url, "login": KEY, "password": SECRET}
        monkeypatch.setenv("AIRFLOW_CONN_CTM", json.dumps(given))
        yield api


@pytest.fixture
def pauses() -> list[float]:
    """What the client would have slept (seconds)."""
    return []


@pytest.fixture
def collect(deployment: Deployment, account: int, pauses: list[float]) -> Collect:
    """Collect account 7 as of an instant, with short patience and a collector of these fields."""

    def run(since: date | None = None, now: datetime = NOW, patience: Patience | None = None, **fields: Any) -> Any:
        collector = Collector(**{"connection": "ctm", **fields})
        patience = patience or Patience(connect_s=5, read_s=5, tries=4)
        limits = Limits.of(deployment.settings)
        with ApiClient(find_endpoint("ctm"), limits, patience, pauses.append) as client:
            return collect_account(deployment, client, collector, 7, since, now=now)

    return run
