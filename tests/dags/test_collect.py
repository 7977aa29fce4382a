"""The DAGs that fetch activities: they exist if configured, and do the same under Airflow as the commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session

from redaction.airflow.dags import build_collect
from redaction.errors import SourceRefused
from tests.checkout import ROOT
from tests.source.collect.api import KEY, SECRET, Api, make_records, serving
from tests.source.collect.conftest import NOW

Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def api(account: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    found = Api(records={7: make_records(7, 60, NOW, 4)}, accounts=[{"id": 7}, {"id": 12, "name": "New"}])
    with serving(found):
        given = {"conn_type": "http", "host": found.url, "login": KEY, "password": SECRET}
        monkeypatch.setenv("AIRFLOW_CONN_CTM", json.dumps(given))
        yield found


def test_nothing_is_there_until_it_is_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert build_collect() == {}
    collectors = {"1": {"connection": "ctm", "schedule": "30 3 * * *"}, "22": {"connection": "ctm"}}
    monkeypatch.setenv("REDACTION_COLLECTORS", json.dumps(collectors))
    monkeypatch.setenv("REDACTION_INBOX_URL", str(tmp_path))
    bag = DagBag(str(ROOT / "dags" / "collect.py"))
    assert bag.import_errors == {}
    assert set(bag.dags) == {"collect_activities_1", "collect_activities_22", "collect_inbox"}
    assert bag.dags["collect_activities_1"].schedule == "30 3 * * *"
    assert bag.dags["collect_activities_22"].schedule is None
    for dag in bag.dags.values():
        assert (dag.max_active_runs, dag.catchup) == (1, False)
        assert not [
            name for name in (dag.dag_display_name, *(one.task_display_name for one in dag.tasks)) if "_" in name
        ]


def test_a_run_fetches_the_agency_and_leaves_nothing_behind(
    api: Api,
    deployed: None,
    airflow_database: None,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm"}}')
    run = build_collect()["collect_activities_1"].test()
    assert run.state == "success"
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 60}]
    assert sql("SELECT sum(activities) AS n FROM reporting.activity_by_status") == [{"n": 60}]
    assert sql("SELECT account_id FROM redaction.offered_accounts") == [{"account_id": 12}]
    with create_session() as session:
        assert session.query(XComModel).filter(XComModel.dag_id == "collect_activities_1").all() == []
    told = "".join(capfd.readouterr())
    assert not [record["name"] for record in api.records[7] if record["name"] and record["name"] in told]
    assert SECRET not in told


def test_an_account_that_the_source_does_not_know_fails_the_run(
    api: Api, deployed: None, airflow_database: None, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("INSERT INTO tracking.accounts (id, agency_id) VALUES (8, 1)")
    monkeypatch.setenv("REDACTION_COLLECTORS", '{"1": {"connection": "ctm"}}')
    run = build_collect()["collect_activities_1"].test()
    assert run.state == "failed"
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 60}]
    assert not SourceRefused.retryable


def test_a_run_of_the_inbox(
    api: Api, deployed: None, airflow_database: None, sql: Sql, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "Zoe.jsonl").write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in api.records[7]))
    monkeypatch.setenv("REDACTION_INBOX_URL", str(inbox))
    monkeypatch.setenv("REDACTION_INBOX_QUIET_S", "0")
    assert build_collect()["collect_inbox"].test().state == "success"
    assert sql("SELECT count(*) AS n FROM tracking.activities") == [{"n": 60}]
    assert sql("SELECT sum(activities) AS n FROM reporting.activity_by_status") == [{"n": 60}]
    assert list(inbox.iterdir()) == []
