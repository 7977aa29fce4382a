"""`redaction run` first finishes stopped runs: each is counted and printed as itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from redaction.accounts.accounts import set_account
from redaction.deployment import Deployment
from redaction.errors import Paused
from redaction.gate.pauses import pause, resume
from redaction.pipeline.run import begin_run, run_account, run_step

Sql = Callable[..., list[dict[str, Any]]]
Cli = Callable[..., tuple[int, str, str]]
NOW = datetime.now(UTC)
CUTOFF = datetime(2026, 3, 3, 5, tzinfo=UTC)
"""Midnight in New York."""


@pytest.fixture
def stopped(deployment: Deployment, account: int, insert: Callable[..., None]) -> list[int]:
    """Two runs of the command line: stopped before its strip (2 activities), and after it (1)."""
    insert(1)
    first = begin_run(deployment, 7, CUTOFF, "cli")
    run_step(deployment, first.id, "strip")
    insert(2)
    insert(3)
    second = begin_run(deployment, 7, CUTOFF, "cli")
    pause(deployment, 7, "ticket 1", "eve")
    with pytest.raises(Paused):
        run_step(deployment, second.id, "strip")
    resume(deployment, 7, "eve")
    insert(4, called_at=NOW - timedelta(days=3))
    return [first.id, second.id]


def test_each_run_is_an_object_of_its_own(cli: Cli, stopped: list[int], sql: Sql) -> None:
    code, said, _ = cli("run", "7", "--json")
    told = json.loads(said)
    assert code == 0
    assert [(run["id"], run["stripped_count"], run["state"]) for run in told["resumed"]] == [
        (stopped[0], 1, "succeeded"),
        (stopped[1], 2, "succeeded"),
    ]
    assert (told["id"], told["stripped_count"]) == (max(stopped) + 1, 1)
    recorded = sql(
        "SELECT run_id, (facts ->> 'stripped_count')::int AS n FROM redaction.ledger WHERE kind = 'redaction'"
    )
    assert recorded == [{"run_id": run["id"], "n": run["stripped_count"]} for run in (*told["resumed"], told)]
    assert json.loads(cli("run", "7", "--json")[1])["resumed"] == []


def test_each_run_is_a_table_of_its_own(cli: Cli, stopped: list[int]) -> None:
    code, said, _ = cli("run", "7")
    assert code == 0
    titles = [line.strip() for line in said.splitlines() if line.startswith("Run ")]
    assert titles == [
        f"Run {stopped[0]} of account 7, which was begun before and has ended now",
        f"Run {stopped[1]} of account 7, which was begun before and has ended now",
        f"Run {max(stopped) + 1} of account 7, which is new",
    ]
    assert said.count("Rebuild reports ...") == 3
    assert "3 runs have ended and have redacted 4 activities" in said
    assert "runs have ended" not in cli("run", "7")[1]


def test_a_run_of_an_account_that_is_off_now_is_listed_and_counted_once(
    cli: Cli, deployment: Deployment, stopped: list[int]
) -> None:
    set_account(deployment, 7, "eve", auto_redaction=None)
    code, said, _ = cli("run", "7")
    assert code == 0
    assert [line.strip() for line in said.splitlines() if line.startswith("Run ")] == [
        f"Run {run} of account 7, which was begun before and has ended now" for run in stopped
    ]
    assert "2 runs have ended and have redacted 3 activities" in said


def test_the_record_of_a_run_that_is_the_last_one_is_in_json_once(
    cli: Cli, deployment: Deployment, stopped: list[int]
) -> None:
    set_account(deployment, 7, "eve", auto_redaction=None)
    told = json.loads(cli("run", "7", "--json")[1])
    assert (told["id"], [run["id"] for run in told["resumed"]]) == (stopped[1], [stopped[0]])


def test_what_has_ended_is_said_although_the_new_run_waits(
    cli: Cli, stopped: list[int], monkeypatch: pytest.MonkeyPatch, insert: Callable[..., None]
) -> None:
    monkeypatch.setenv("REDACTION_GUARD_LEAST", "1")
    monkeypatch.setenv("REDACTION_GUARD_FACTOR", "1")
    for number in range(10, 40):
        insert(number, called_at=NOW - timedelta(days=3))
    code, said, warned = cli("run", "7", "--json")
    assert (code, [run["id"] for run in json.loads(said)["resumed"]]) == (2, stopped)
    assert "nobody has approved that yet" in warned


def test_the_seconds_of_a_step_are_those_of_all_its_tries(deployment: Deployment, stopped: list[int], sql: Sql) -> None:
    [failed] = sql("SELECT state, seconds FROM redaction.runs WHERE id = :id", id=stopped[1])
    assert failed["state"] == "failed"
    assert failed["seconds"].keys() == {"select", "strip"}
    sql("UPDATE redaction.runs SET seconds = seconds || '{\"strip\": 100.5}'")
    records: list[dict[str, Any]] = []
    run_account(deployment, 7, NOW, resumed=records.append)
    assert [record["id"] for record in records] == stopped
    for record in records:
        assert 100.5 <= record["seconds"]["strip"] < 200
        assert record["seconds"].keys() == {"select", "strip", "objects", "validate", "reports"}


def test_a_run_that_fails_again_is_no_success(cli: Cli, stopped: list[int], sql: Sql) -> None:
    sql("INSERT INTO redaction.run_findings (run_id, activity_id) VALUES (:run, 1)", run=stopped[0])
    for _ in range(2):
        code, said, warned = cli("run", "7", "--json")
        assert (code, json.loads(said)["state"] != "failed") == (1, True)
        assert f"run {stopped[0]} of account 7 has not ended: `redaction runs` says why" in warned
    assert cli("abandon", str(stopped[0]), "--reason", "ticket 2")[0] == 0
    assert cli("run", "7", "--json")[0] == 0
