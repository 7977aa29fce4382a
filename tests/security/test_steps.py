"""Each step of a run does its part or none: marking a task as done, leaving one out, or naming another run does not
help.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from redaction.airflow.dags.residue import erase_partition
from redaction.deployment import Deployment
from redaction.erasure.levels import reach_level
from redaction.errors import BadInput, NotAllowed, PersonalDataRemains
from redaction.evidence.certificate import certify_run
from redaction.pipeline.run import begin_run, complete_run, run_step
from redaction.pipeline.steps import STEPS, Step
from tests.objects_of import World
from tests.security.conftest import As, do_first

Sql = Callable[..., list[dict[str, Any]]]
ACCOUNT = "redact_account_7"
ORDER = list(STEPS)


def _begin(world: World, account: int) -> tuple[int, Path]:
    world.account(account)
    file = world.file(f"{account}/1.wav")
    world.store(world.root / str(account), f"s{account}", account_id=account)
    world.load({"account_id": account, "id": 1, "audio": file.as_uri(), "name": "Zoe"})
    return begin_run(world.deployment, account, None, "manual", f"redact_account_{account}/m1", "ada").id, file


def _record(world: World, run_id: int) -> dict[str, Any]:
    [row] = world.sql(
        "SELECT state, failed_step, stripped_count, objects, erasure_level FROM redaction.runs WHERE id = :i", i=run_id
    )
    return dict(row)


def test_no_order_but_their_own_does_a_step(world: World) -> None:
    for number, order in enumerate(permutations(STEPS)):
        run_id, file = _begin(world, 300 + number)
        done: list[str] = []
        for step in order:
            before = _record(world, run_id)
            if step == ORDER[len(done)]:
                run_step(world.deployment, run_id, step)
                done.append(step)
                continue
            said = f"{ORDER[len(done)]} is not done, so {step} was not done and nothing was changed: clear the task"
            with pytest.raises(NotAllowed, match=said):
                run_step(world.deployment, run_id, step)
            assert _record(world, run_id) == before
        assert file.exists() == ("objects" not in done)
        if done != ORDER:
            with pytest.raises(NotAllowed):
                certify_run(world.deployment, run_id)


def test_what_failed_is_done_again_before_what_follows(world: World) -> None:
    run_id, _ = _begin(world, 7)
    for step in ("strip", "objects"):
        run_step(world.deployment, run_id, cast(Step, step))
    world.sql("ALTER TABLE tracking.activities DISABLE TRIGGER USER")
    world.sql("UPDATE tracking.activities SET source = 'other'")
    with pytest.raises(PersonalDataRemains):
        run_step(world.deployment, run_id, "validate")
    before = _record(world, run_id)
    assert (before["state"], before["failed_step"]) == ("failed", "validate")
    with pytest.raises(NotAllowed, match="validate is not done, so reports was not done"):
        run_step(world.deployment, run_id, "reports")
    assert _record(world, run_id) == before


def test_a_step_is_done_again_and_those_after_it_follow(world: World) -> None:
    run_id, _ = _begin(world, 7)
    complete_run(world.deployment, run_id)
    for number, step in enumerate(ORDER):
        for again in ORDER[number:]:
            run_step(world.deployment, run_id, again)
        assert _record(world, run_id)["state"] == "succeeded"
        run_step(world.deployment, run_id, step)
        for later in ORDER[number + 2 :]:
            with pytest.raises(NotAllowed, match=f"{ORDER[number + 1]} is not done"):
                run_step(world.deployment, run_id, later)
        for later in ORDER[number + 1 :]:
            run_step(world.deployment, run_id, later)
    assert certify_run(world.deployment, run_id).objects["deleted"] == 1


def test_an_object_that_no_step_has_come_to_keeps_a_run_from_its_level(world: World) -> None:
    run_id, _ = _begin(world, 7)
    run_step(world.deployment, run_id, "strip")
    reached = reach_level(world.deployment, run_id)
    assert (reached.level, reached.outside[0]) == ("L0", "1 object not tried yet")
    run_step(world.deployment, run_id, "objects")
    assert "1 object not tried yet" not in reach_level(world.deployment, run_id).outside


def test_no_xcom_chooses_the_run(
    dags: dict[str, Any],
    as_: As,
    sql: Sql,
    insert: Callable[..., None],
    deployment: Deployment,
) -> None:
    sql(
        "INSERT INTO tracking.accounts (id, agency_id, name, timezone, auto_redaction, auto_redaction_since)"
        " VALUES (8, 1, 'Other', 'America/New_York', 'daily', '2026-01-01')"
    )
    insert(1)
    insert(2, account_id=8)
    other = begin_run(deployment, 8, None, "scheduled", "redact_account_8/s1")
    _trigger(as_("ada"), "mine")
    _trigger(as_("ada"), "none")
    mine = do_first(dags, ACCOUNT, "mine")
    forged = SimpleNamespace(xcom_pull=lambda **_: other.id)
    strip = dags[ACCOUNT].get_task("strip")
    context: dict[str, Any] = {"ti": forged, "params": {"account": 8}}
    with pytest.raises(BadInput, match="select has begun no run for strip"):
        strip.execute({**context, "dag_run": SimpleNamespace(dag_id=ACCOUNT, run_id="none")})
    # A key of another account does not help either.
    with pytest.raises(NotAllowed, match="is of account 8, not of account 7"):
        strip.execute({**context, "dag_run": SimpleNamespace(dag_id="redact_account_8", run_id="s1")})
    assert sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL") == []
    strip.execute({**context, "dag_run": SimpleNamespace(dag_id=ACCOUNT, run_id="mine")})
    assert sql("SELECT id FROM tracking.activities WHERE redacted_at IS NOT NULL") == [{"id": 1}]
    assert sql("SELECT id, state FROM redaction.runs ORDER BY id") == [
        {"id": other.id, "state": "selected"},
        {"id": mine, "state": "stripped"},
    ]


def _trigger(client: TestClient, run_id: str) -> None:
    asked = {"logical_date": None, "dag_run_id": run_id}
    assert client.post(f"/api/v2/dags/{ACCOUNT}/dagRuns", json=asked).status_code == 200


def test_no_xcom_has_a_partition_without_residue_rewritten(
    account: int, insert: Callable[..., None], sql: Sql, deployed: None, airflow_database: None
) -> None:
    insert(1)
    files = "SELECT relname, relfilenode FROM pg_class WHERE relname LIKE 'activities%' ORDER BY 1"
    before = sql(files)
    [row] = sql("SELECT CAST(CAST(tableoid AS regclass) AS text) AS leaf FROM tracking.activities")
    erase_partition.function("default", row["leaf"].removeprefix("tracking.").removesuffix("_rows"))
    assert sql(files) == before
