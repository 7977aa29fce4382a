"""What systems outside have received of redacted activities: listed with each run until somebody marks it as erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from redaction.control.manual import ManualRequest, begin_manual
from redaction.db.database import Database
from redaction.deployment import Deployment
from redaction.errors import BadInput
from redaction.evidence.downstream import list_downstream, mark_done, record_deliveries
from redaction.gate.holds import place_hold
from redaction.ledger.entries import read_entries
from redaction.pipeline.run import begin_run, complete_run
from redaction.recovery.replay import replay_ledger
from tests.evidence.conftest import Restore

Sql = Callable[..., list[dict[str, Any]]]
Insert = Callable[..., None]
CUTOFF = datetime(2026, 4, 1, 4, tzinfo=UTC)
LEAD = "00Q5g00000ABCDEFGH"


@pytest.fixture
def fed(account: int, insert: Insert, sql: Sql) -> None:
    """An account that feeds Salesforce and HubSpot; three activities, the first with ids from Salesforce."""
    sql(
        "INSERT INTO tracking.integrations (id, account_id, name, fields)"
        " VALUES (1, 7, 'Salesforce', '{caller name}'), (2, 7, 'HubSpot', '{caller name}'), (3, 7, 'Silent', '{}')"
    )
    told = {"salesforce": {"lead_id": LEAD, "status": "Open", "owner": {"name": "canary"}}, "policy": "canary"}
    insert(1, custom_fields=json.dumps(told))
    insert(2)
    insert(3)


def _file(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["account_id,activity_id,integration,external_id", *lines]) + "\n")
    return path


def _redact(deployment: Deployment) -> int:
    run = begin_run(deployment, 7, CUTOFF, "cli")
    complete_run(deployment, run.id)
    return run.id


def _listed(database: Database) -> list[tuple[str, int | None, str | None]]:
    return [(item.integration, item.activity_id, item.external_id) for item in list_downstream(database)]


def test_each_run_lists_what_others_had_until_it_is_done(
    database: Database, deployment: Deployment, fed: None, sql: Sql, tmp_path: Path
) -> None:
    path = _file(tmp_path / "d.csv", "7,2,HubSpot,51", "7,2,HubSpot,52", "7,9,HubSpot,53")
    assert record_deliveries(deployment, path) == 3
    assert record_deliveries(deployment, path) == 0
    run_id = _redact(deployment)
    assert _listed(database) == [("Salesforce", 1, LEAD), ("HubSpot", 2, "51"), ("HubSpot", 2, "52")]
    assert sql("SELECT activity_id FROM tracking.deliveries") == [{"activity_id": 9}]
    assert mark_done(deployment, run_id, "eve", integration_id=2, activity_id=2) == 2
    assert _listed(database) == [("Salesforce", 1, LEAD)]
    assert mark_done(deployment, run_id, "eve") == 1
    assert list_downstream(database) == []
    assert [item.done_by for item in list_downstream(database, done=True)] == ["eve"] * 3
    assert sql("SELECT count(external_id) AS n FROM redaction.downstream") == [{"n": 0}]
    last = list(read_entries(database))[-1]
    assert (last.kind, last.actor, last.facts["records"]) == ("delivery", "eve", {"Salesforce": 1})
    with pytest.raises(BadInput, match="nothing of run"):
        mark_done(deployment, run_id, "eve")


def test_an_integration_of_which_no_record_is_known_stands_for_the_whole_run(
    database: Database, deployment: Deployment, account: int, insert: Insert, sql: Sql
) -> None:
    sql("INSERT INTO tracking.integrations (id, account_id, name, fields) VALUES (2, 7, 'HubSpot', '{caller name}')")
    insert(1)
    insert(2)
    _redact(deployment)
    assert [(item.activity_id, item.activities) for item in list_downstream(database)] == [(None, 2)]
    _redact(deployment)
    assert len(list_downstream(database, done=True)) == 1


def test_what_is_recorded_afterwards_is_listed_at_once(
    database: Database, deployment: Deployment, fed: None, tmp_path: Path
) -> None:
    run_id = _redact(deployment)
    assert record_deliveries(deployment, _file(tmp_path / "d.csv", "7,3,HubSpot,54")) == 1
    assert ("HubSpot", 3, "54") in _listed(database)
    assert all(item.run_id == run_id for item in list_downstream(database))


def test_what_a_run_left_is_not_listed(
    database: Database, deployment: Deployment, fed: None, sql: Sql, tmp_path: Path
) -> None:
    run = begin_run(deployment, 7, CUTOFF, "cli")
    place_hold(deployment, 7, "ticket 1", "eve", activity_ids=[1])
    complete_run(deployment, run.id)
    assert 1 not in [item.activity_id for item in list_downstream(database)]


def test_manual_runs_list_it_too(database: Database, deployment: Deployment, fed: None, sql: Sql) -> None:
    sql("UPDATE tracking.accounts SET manual_redaction = true")
    run = begin_manual(deployment, ManualRequest(7, (1,), "ticket 2", "ada"), "cli", True)
    complete_run(deployment, run.id)
    assert ("Salesforce", 1, LEAD) in _listed(database)


@pytest.mark.parametrize(
    "line", ["7,x,HubSpot,1", "7,1,HubSpot,", "7,1,HubSpot", "7,1,Nobody,1", "7,1,HubSpot,1,2", "9,1,HubSpot,1"]
)
def test_a_file_with_a_wrong_line_records_nothing(
    deployment: Deployment, fed: None, sql: Sql, tmp_path: Path, line: str
) -> None:
    with pytest.raises(BadInput, match="nothing was recorded"):
        record_deliveries(deployment, _file(tmp_path / "d.csv", "7,2,HubSpot,51", line))
    assert sql("SELECT count(*) AS n FROM tracking.deliveries") == [{"n": 0}]
    with pytest.raises(BadInput):
        record_deliveries(deployment, tmp_path / "nowhere.csv")


def test_a_replay_lists_it_again_and_knows_what_was_done(
    database: Database, deployment: Deployment, fed: None, dump: Callable[[], Restore]
) -> None:
    restore = dump()
    run_id = _redact(deployment)
    mark_done(deployment, run_id, "eve", integration_id=1)
    before = [(item.integration, item.activity_id, item.done_by) for item in list_downstream(database, done=True)]
    restore()
    replay_ledger(deployment, "bob")
    after = [(item.integration, item.activity_id, item.done_by) for item in list_downstream(database, done=True)]
    assert after == before


def test_the_database_keeps_no_external_id_of_what_is_done(deployment: Deployment, fed: None, sql: Sql) -> None:
    complete_run(deployment, begin_run(deployment, 7, CUTOFF, "cli").id)
    with pytest.raises(IntegrityError, match="downstream_done_is_forgotten"):
        sql("UPDATE redaction.downstream SET done_by = 'eve', done_at = now() WHERE external_id IS NOT NULL")
